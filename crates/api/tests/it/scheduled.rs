//! Payments that arrive later, and can be called back until then.

use serde_json::{Value, json};

use crate::{
    access_tokens::{program, wish},
    actors::{Actor, Answer, Ask},
    house::House,
};

async fn cancel(actor: &Actor, id: &str) -> Answer {
    let path = format!("/v1/transfers/{id}/cancel");
    actor.send(Ask::new("POST".parse().unwrap(), &path)).await
}

async fn schedule(alice: &Actor, bob: &Actor, key: &str, amount: i64) -> Value {
    let mut body = alice.payment(bob, amount);
    body["delay_seconds"] = json!(7_200);
    body["note"] = json!("deposit");
    alice.pay(key, &body).await.is(201)
}

async fn held(actor: &Actor) -> Value {
    actor.get("/v1/wallet").await.is(200)["accounts"][0]["held"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_arrives_when_it_is_due_and_once() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let made = schedule(&alice, &bob, "k1", 600).await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["state"], "scheduled");
    assert_eq!(made["note"], "deposit");
    assert_eq!(made["balance_after"], json!(null));
    assert_eq!(
        (alice.posted().await, held(&alice).await),
        (1_000, json!(600))
    );
    let waiting = alice.get("/v1/transfers").await.is(200);
    assert_eq!(waiting["data"][0]["id"], json!(id));
    let path = format!("/v1/transfers/{id}");
    assert_eq!(alice.get(&path).await.is(200)["state"], "scheduled");
    bob.get(&path).await.refused(404, "not_found");
    assert_eq!(house.app.let_due_arrive().await.unwrap(), 0);
    house.clock.advance(7_200);
    let alice = alice.elsewhere().await;
    let bob = bob.elsewhere().await;
    let mut rounds = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let app = house.app.clone();
        rounds.spawn(async move { app.let_due_arrive().await.unwrap() });
    }
    rounds.join_all().await;
    assert_eq!((alice.posted().await, bob.posted().await), (400, 600));
    assert_eq!(held(&alice).await, json!(0));
    let done = alice.get(&path).await.is(200);
    assert_eq!(done["state"], "completed");
    let arrived = done["completed_as"].as_str().unwrap();
    for person in [&alice, &bob] {
        let seen = person
            .get(&format!("/v1/transfers/{arrived}"))
            .await
            .is(200);
        assert_eq!(
            (&seen["state"], &seen["note"]),
            (&json!("completed"), &json!("deposit"))
        );
        let records = person.get("/v1/transactions").await.is(200);
        assert_eq!(records["data"][0]["id"], json!(arrived));
        assert_eq!(records["data"][0]["note"], "deposit");
        let receipt = format!("/v1/transfers/{arrived}/receipt");
        person.get(&receipt).await.is(200);
    }
    assert_eq!(alice.get("/v1/transfers").await.is(200)["data"], json!([]));
    cancel(&alice, &id)
        .await
        .refused(409, "transfer_not_scheduled");
    // The first answer, however far it is by now.
    let mut body = alice.payment(&bob, 600);
    body["delay_seconds"] = json!(7_200);
    body["note"] = json!("deposit");
    let again = alice.pay("k1", &body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.is(201), made);
    body["delay_seconds"] = json!(86_400);
    let other = alice.pay("k1", &body).await;
    other.refused(409, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_called_back_by_its_payer_alone() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let made = schedule(&alice, &bob, "k1", 600).await;
    let id = made["id"].as_str().unwrap();
    cancel(&bob, id).await.refused(404, "not_found");
    let closing = alice.get("/v1/closing").await.is(200);
    let codes = closing["obstacles"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|obstacle| obstacle["code"].clone()).collect();
    assert_eq!(codes, ["balance", "scheduled_transfer"]);
    assert_eq!(cancel(&alice, id).await.is(200)["state"], "canceled");
    assert_eq!(held(&alice).await, json!(0));
    cancel(&alice, id)
        .await
        .refused(409, "transfer_not_scheduled");
    house.clock.advance(7_200);
    assert_eq!(house.app.let_due_arrive().await.unwrap(), 0);
    let plain = alice.elsewhere().await;
    plain.pay("k2", &plain.payment(&bob, 1)).await.is(201);
    let record = plain.get("/v1/transactions").await.is(200);
    let direct = record["data"][0]["id"].as_str().unwrap();
    cancel(&plain, direct).await.refused(404, "not_found");
}

/// Called back and due in the same moment: one of both.
#[tokio::test(flavor = "multi_thread")]
async fn s_31_a_payment_is_called_back_or_arrives_and_never_both() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let mut ids = Vec::new();
    for number in 0..10 {
        let made = schedule(&alice, &bob, &format!("k{number}"), 100).await;
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    house.clock.advance(7_200);
    let alice = alice.elsewhere().await;
    let arriving = house.app.clone();
    let arriving = tokio::spawn(async move { arriving.let_due_arrive().await.unwrap() });
    let mut back = 0;
    for id in &ids {
        back += i64::from(cancel(&alice, id).await.status == 200);
    }
    arriving.await.unwrap();
    house.app.let_due_arrive().await.unwrap();
    assert_eq!(held(&alice).await, json!(0));
    let (left, arrived) = (alice.posted().await, bob.elsewhere().await.posted().await);
    assert_eq!((left, arrived), (back * 100, 1_000 - back * 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_keeps_what_is_due_until_it_is_lifted() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    schedule(&alice, &bob, "k1", 600).await;
    let frozen = alice.post("/v1/freezes", &json!({"kind": "debit"})).await;
    let freeze = frozen.is(201)["id"].as_str().unwrap().to_owned();
    house.clock.advance(7_200);
    alice = alice.elsewhere().await;
    assert_eq!(house.app.let_due_arrive().await.unwrap(), 1);
    assert_eq!(alice.posted().await, 1_000);
    alice.step_up("lift_freeze", &freeze).await;
    let path = format!("/v1/freezes/{freeze}/lift");
    alice.post(&path, &json!({})).await.is(200);
    assert_eq!(
        house.app.let_due_arrive().await.unwrap(),
        0,
        "a minute later"
    );
    house.clock.advance(60);
    assert_eq!(house.app.let_due_arrive().await.unwrap(), 1);
    assert_eq!(alice.posted().await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_access_token_stands_in_the_way_of_leaving() {
    let house = House::new();
    let mut alice = house.alice().await;
    let (id, bot) = program(&mut alice, &wish(&["wallet:read"])).await;
    let closing = alice.get("/v1/closing").await.is(200);
    assert_eq!(closing["obstacles"][0]["code"], "access_token");
    assert_eq!(closing["obstacles"][0]["link"], "/v1/access-tokens");
    bot.get("/v1/wallet").await.is(200);
    alice.delete(&format!("/v1/access-tokens/{id}")).await;
    let closing = alice.get("/v1/closing").await.is(200);
    assert_eq!(closing["obstacles"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn delays_are_two_hours_or_a_day_and_for_people() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let mut body = alice.payment(&bob, 1);
    for delay in [1, 3_600, 86_401] {
        body["delay_seconds"] = json!(delay);
        let refused = alice.pay("k1", &body).await;
        assert_eq!(
            refused.refused(400, "invalid_field")["param"],
            "/delay_seconds"
        );
    }
    body["delay_seconds"] = json!(0);
    assert_eq!(alice.pay("k1", &body).await.is(201)["state"], "completed");
    let (_, program) = program(&mut alice, &wish(&["transfers:create"])).await;
    let mut body =
        json!({"to": {"account": bob.account}, "money": {"amount": 1, "currency": "CNY"}});
    body["delay_seconds"] = json!(7_200);
    let refused = program.pay("k2", &body).await;
    refused.refused(403, "person_required");
}
