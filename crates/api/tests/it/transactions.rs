use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, cny},
    house::House,
};

fn ids(page: &Value) -> Vec<String> {
    let lines = page["data"].as_array().unwrap().iter();
    lines
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Alice with a top-up of 10000 and five payments of 1 to 5 to Bob, a minute apart, and one of 50
/// back.
async fn history() -> (Actor, Actor) {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    for amount in 1..=5 {
        house.clock.advance(60);
        let mut body = alice.payment(&bob, amount * 100);
        body["note"] = json!(format!("Lunch {amount}"));
        alice.pay(&format!("k{amount}"), &body).await.is(201);
    }
    house.clock.advance(60);
    bob.pay("back", &bob.payment(&alice, 50)).await.is(201);
    (alice, bob)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_join_without_gap_or_overlap() {
    let (alice, _) = history().await;
    let all = ids(&alice.get("/v1/transactions").await.is(200));
    assert_eq!(all.len(), 7);
    let (mut gathered, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = alice
            .get(&format!("/v1/transactions?limit=2{cursor}"))
            .await
            .is(200);
        gathered.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(gathered, all);
    let page = alice.get("/v1/transactions?limit=4").await.is(200);
    let last = page["next"].as_str().unwrap();
    let before = alice
        .get(&format!("/v1/transactions?limit=2&before={last}"))
        .await
        .is(200);
    assert_eq!(ids(&before), all[1..3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_what_they_name() {
    let (alice, bob) = history().await;
    let count = async |actor: &Actor, query: &str| {
        ids(&actor
            .get(&format!("/v1/transactions?{query}"))
            .await
            .is(200))
        .len()
    };
    let cases = [
        ("type=transfer", 6),
        ("type=top_up", 1),
        ("type=refund", 0),
        ("direction=in", 2),
        ("direction=out", 5),
        ("state=completed", 7),
        ("state=pending", 0),
        ("min=300&direction=out", 3),
        ("max=300&direction=out", 3),
        ("min=300&max=300", 1),
        ("q=lunch%203", 1),
        ("q=LUNCH", 5),
        ("q=B***", 6),
        ("q=nothing", 0),
        ("from=2026-11-22T20:36:00Z", 4),
        ("to=2026-11-22T20:36:00Z", 3),
        ("from=2026-11-23", 0),
        ("to=2026-11-23", 7),
    ];
    for (query, expected) in cases {
        assert_eq!(count(&alice, query).await, expected, "{query}");
    }
    assert_eq!(count(&bob, "direction=in").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_read_strictly() {
    let house = House::new();
    let alice = house.alice().await;
    let cases = [
        ("colour=red", "unknown_filter", "colour"),
        ("Type=transfer", "unknown_filter", "Type"),
        ("type=gift", "invalid_parameter", "type"),
        ("type=", "invalid_parameter", "type"),
        ("type=transfer&type=transfer", "invalid_parameter", "type"),
        ("state=done", "invalid_parameter", "state"),
        ("direction=up", "invalid_parameter", "direction"),
        ("from=yesterday", "invalid_parameter", "from"),
        ("to=2026-02-30", "invalid_parameter", "to"),
        ("min=-1", "invalid_parameter", "min"),
        ("max=1.5", "invalid_parameter", "max"),
        ("q=", "invalid_parameter", "q"),
        ("limit=0", "invalid_parameter", "limit"),
        ("limit=101", "invalid_parameter", "limit"),
        ("after=trf_0000000000001", "invalid_parameter", "after"),
        (
            "after=cur_0000000000001&before=cur_0000000000001",
            "invalid_parameter",
            "before",
        ),
    ];
    for (query, code, param) in cases {
        let problem = alice
            .get(&format!("/v1/transactions?{query}"))
            .await
            .refused(400, code);
        assert_eq!(problem["param"], param, "{query}");
        assert!(problem["outcome"].is_null(), "a read has no outcome");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_follows_from_the_one_before() {
    let (alice, _) = history().await;
    let page = alice.get("/v1/transactions").await.is(200);
    let mut balance = 0;
    for line in page["data"].as_array().unwrap().iter().rev() {
        let amount = line["money"]["amount"].as_i64().unwrap();
        balance += if line["direction"] == "in" {
            amount
        } else {
            -amount
        };
        assert_eq!(line["balance_after"], cny(balance), "{line}");
    }
    assert_eq!(alice.posted().await, balance);
}

/// Whoever reads while money moves sees some moment whole: no gap, no fault.
#[tokio::test(flavor = "multi_thread")]
async fn records_are_whole_while_money_moves() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    let mut paying = JoinSet::new();
    for payer in 0..8 {
        let (alice, body) = (alice.clone(), alice.payment(&bob, 1));
        paying.spawn(async move {
            for n in 0..100 {
                alice.pay(&format!("p{payer}-{n}"), &body).await.is(201);
            }
        });
    }
    let mut reading = JoinSet::new();
    for _ in 0..3 {
        let alice = alice.clone();
        reading.spawn(async move {
            loop {
                read_once(&alice).await;
            }
        });
    }
    while let Some(paid) = paying.join_next().await {
        paid.unwrap();
        assert!(
            reading.try_join_next().is_none(),
            "a reader met a gap or a fault"
        );
    }
}

async fn read_once(alice: &Actor) {
    let page = alice.get("/v1/transactions?limit=5").await.is(200);
    let lines = page["data"].as_array().unwrap();
    for pair in lines.windows(2).filter(|pair| pair[1]["type"] != "top_up") {
        let after = |line: &Value| line["balance_after"]["amount"].as_i64().unwrap();
        assert_eq!(after(&pair[1]) - after(&pair[0]), 1, "{page}");
    }
    let id = lines[0]["id"].as_str().unwrap();
    alice.get(&format!("/v1/transactions/{id}")).await.is(200);
}
