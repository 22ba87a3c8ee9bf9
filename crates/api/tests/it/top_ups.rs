use api::Mode;
use serde_json::json;

use crate::{
    actors::{Ask, cny},
    house::{House, Plan},
};

#[tokio::test(flavor = "multi_thread")]
async fn money_comes_in_once_per_key() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let body = json!({"channel": "sandbox", "money": cny(500)});
    let first = alice.send(Ask::post("/v1/top-ups", &body).key("k")).await;
    let again = alice.send(Ask::post("/v1/top-ups", &body).key("k")).await;
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    let made = first.is(201);
    assert_eq!(made["outcome"], "applied");
    assert_eq!(alice.posted().await, 500);
    let other = json!({"channel": "sandbox", "money": cny(501)});
    let answer = alice.send(Ask::post("/v1/top-ups", &other).key("k")).await;
    answer.refused(409, "idempotency_key_reused");
    let path = format!("/v1/top-ups/{}", made["id"].as_str().unwrap());
    assert_eq!(alice.get(&path).await.is(200)["money"], cny(500));
    bob.get(&path).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_currency_opens_its_account() {
    let house = House::new();
    let alice = house.alice().await;
    let body = json!({"channel": "sandbox", "money": {"amount": "700", "currency": "JPY"}});
    let made = alice
        .send(Ask::post("/v1/top-ups", &body).key("k"))
        .await
        .is(201);
    assert_eq!(
        made["balance_after"],
        json!({"amount": 700, "currency": "JPY"})
    );
    let wallet = alice.get("/v1/wallet").await.is(200);
    assert_eq!(wallet["accounts"][1]["currency"], "JPY");
    assert_eq!(wallet["accounts"][1]["available"], 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_beyond_reckoning_are_kept_exactly_or_refused() {
    let house = House::new();
    let alice = house.alice().await;
    let large =
        json!({"channel": "sandbox", "money": {"amount": "9007199254740993", "currency": "CNY"}});
    let made = alice
        .send(Ask::post("/v1/top-ups", &large).key("1"))
        .await
        .is(201);
    assert_eq!(made["balance_after"]["amount"], "9007199254740993");
    let wallet = alice.get("/v1/wallet").await.is(200);
    assert_eq!(wallet["accounts"][0]["posted"], "9007199254740993");
    let most = json!({"channel": "sandbox", "money": cny(i64::MAX)});
    alice
        .send(Ask::post("/v1/top-ups", &most).key("2"))
        .await
        .refused(422, "amount_overflow");
}

/// A server that does not play has neither the channel nor the outbox.
#[tokio::test(flavor = "multi_thread")]
async fn production_mints_nothing() {
    let dir = tempfile::TempDir::new().unwrap();
    let clock = House::clock();
    let house = std::sync::Arc::new(House::at(dir.path(), clock.clone(), Plan::default()));
    let alice = house.alice().await;
    house.db.shut_down().unwrap();
    let session = alice.session.clone();
    drop((alice, house));
    let plan = Plan {
        mode: Mode::Production,
        ..Plan::default()
    };
    let house = std::sync::Arc::new(House::at(dir.path(), clock, plan));
    let alice = crate::actors::Actor {
        session,
        ..house.anon()
    };
    let body = json!({"channel": "sandbox", "money": cny(500)});
    let answer = alice.send(Ask::post("/v1/top-ups", &body).key("k")).await;
    assert_eq!(answer.refused(400, "invalid_field")["param"], "/channel");
    alice
        .get("/sandbox/messages")
        .await
        .refused(404, "not_found");
    let document = alice.get("/openapi.json").await.is(200);
    assert!(document["paths"]["/sandbox/messages"].is_null());
}
