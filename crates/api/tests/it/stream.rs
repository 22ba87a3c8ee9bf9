use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    actors::{Actor, Ask, cny},
    house::House,
};

/// The reader of a stream.
struct Listening {
    body: Body,
    text: String,
}

#[derive(Debug)]
struct Event {
    kind: String,
    id: String,
    data: Value,
}

impl Listening {
    async fn open(actor: &Actor, ask: Ask) -> Self {
        let response = actor.open(ask).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let lines = block.lines().filter_map(|line| line.strip_prefix(name));
                    lines
                        .map(|text| text.trim_start_matches([':', ' ']))
                        .next()
                        .unwrap_or_default()
                        .to_owned()
                };
                let data = field("data");
                if data.is_empty() {
                    continue;
                }
                let data = serde_json::from_str(&data).unwrap();
                return Some(Event {
                    kind: field("event"),
                    id: field("id"),
                    data,
                });
            }
            let frame = timeout(Duration::from_secs(10), self.body.frame())
                .await
                .unwrap()?;
            let bytes = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    async fn next_of(&mut self, kind: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.kind == kind {
                return event;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_seen_by_both_as_it_commits_and_can_be_caught_up_on() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let mut listening = Listening::open(&bob, Ask::get("/v1/stream")).await;
    let opening = listening.next_of("balance").await;
    assert_eq!(
        (&opening.data["id"], &opening.data["posted"]),
        (&bob.account.clone().into(), &0.into())
    );
    let paid = alice.pay("k1", &alice.payment(&bob, 10)).await.is(201);
    let seen = listening.next_of("transaction").await;
    assert_eq!(seen.data["id"], paid["id"]);
    assert_eq!(seen.data["direction"], "in");
    assert_eq!(seen.data["balance_after"], cny(10));
    assert_eq!(listening.next_of("balance").await.data["posted"], 10);
    drop(listening);

    let missed = alice.pay("k2", &alice.payment(&bob, 20)).await.is(201);
    let resume = Ask::get("/v1/stream").with("last-event-id", &seen.id);
    let mut listening = Listening::open(&bob, resume).await;
    assert_eq!(
        listening.next_of("transaction").await.data["id"],
        missed["id"]
    );
    assert_eq!(listening.next_of("balance").await.data["posted"], 30);

    let bad = Ask::get("/v1/stream").with("last-event-id", "yesterday");
    bob.send(bad).await.refused(400, "invalid_parameter");
}

/// An account that is opened while the stream stands is watched as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_joins_the_stream() {
    let house = House::new();
    let alice = house.alice().await;
    let mut listening = Listening::open(&alice, Ask::get("/v1/stream")).await;
    listening.next_of("balance").await;
    let usd = serde_json::json!({"channel": "sandbox", "money": {"amount": 5, "currency": "USD"}});
    alice
        .send(Ask::post("/v1/top-ups", &usd).key("k"))
        .await
        .is(201);
    let seen = listening.next_of("transaction").await;
    assert_eq!(seen.data["type"], "top_up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_session_and_with_the_server() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let mut listening = Listening::open(&alice, Ask::get("/v1/stream")).await;
    let mut other = Listening::open(&bob, Ask::get("/v1/stream")).await;
    listening.next_of("balance").await;
    alice.delete("/v1/sessions/current").await.is(204);
    let ended = timeout(Duration::from_secs(1), async {
        while listening.next().await.is_some() {}
    });
    ended.await.expect("over within a second");
    alice
        .get("/v1/stream")
        .await
        .refused(401, "unauthenticated");
    other.next_of("balance").await;
    house.hub.close();
    let ended = timeout(Duration::from_secs(1), async {
        while other.next().await.is_some() {}
    });
    ended.await.expect("over within a second");
    bob.get("/v1/stream").await.refused(503, "overloaded");
}

/// One person's forgotten tabs do not take everybody's places.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_a_bounded_number_of_streams() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(Listening::open(&alice, Ask::get("/v1/stream")).await);
    }
    alice.get("/v1/stream").await.refused(429, "rate_limited");
    Listening::open(&bob, Ask::get("/v1/stream")).await;
}
