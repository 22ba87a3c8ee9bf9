use serde_json::json;

use crate::{actors::Actor, house::House};

pub const PIN: &str = "384756";

pub async fn with_pin(alice: &mut Actor) {
    alice.step_up("set_pin", "").await;
    alice.post("/v1/pin", &json!({"pin": PIN})).await.is(200);
}

fn change(old: &str, new: &str) -> serde_json::Value {
    json!({"old_pin": old, "pin": new})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_set_once_and_changed_with_the_old_one() {
    let house = House::new();
    let mut alice = house.alice().await;
    let refused = alice.post("/v1/pin", &json!({"pin": PIN})).await;
    assert_eq!(
        refused.refused(403, "step_up_required")["purpose"],
        "set_pin"
    );
    let none = alice.post("/v1/pin/change", &change(PIN, "907164")).await;
    none.refused(409, "pin_not_set");
    alice.step_up("set_pin", "").await;
    for (typed, status, code) in [
        ("12345", 400, "pin_invalid"),
        ("123456", 422, "pin_weak"),
        ("380000", 422, "pin_weak"),
        ("901231", 422, "pin_weak"),
    ] {
        let answer = alice.post("/v1/pin", &json!({"pin": typed})).await;
        assert_eq!(answer.refused(status, code)["param"], "/pin", "{typed}");
    }
    alice.post("/v1/pin", &json!({"pin": PIN})).await.is(200);
    let twice = alice.post("/v1/pin", &json!({"pin": PIN})).await;
    twice.refused(409, "pin_already_set");
    let wrong = alice
        .post("/v1/pin/change", &change("111119", "907164"))
        .await;
    assert_eq!(wrong.refused(422, "proof_wrong")["param"], "/old_pin");
    let right = alice.post("/v1/pin/change", &change(PIN, "907164")).await;
    right.is(200);
    let old = alice.post("/v1/pin/change", &change(PIN, "463829")).await;
    old.refused(422, "proof_wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_pins_lock_it_and_ten_make_it_void() {
    let house = House::new();
    let mut alice = house.alice().await;
    with_pin(&mut alice).await;
    let wrong = change("111119", "907164");
    for _ in 0..4 {
        let answer = alice.post("/v1/pin/change", &wrong).await;
        answer.refused(422, "proof_wrong");
    }
    let fifth = alice.post("/v1/pin/change", &wrong).await;
    fifth.refused(423, "pin_locked");
    let right = alice.post("/v1/pin/change", &change(PIN, "907164")).await;
    right.refused(423, "pin_locked");
    house.clock.advance(3 * 3_600);
    let mut alice = alice.elsewhere().await;
    for _ in 0..4 {
        let answer = alice.post("/v1/pin/change", &wrong).await;
        answer.refused(422, "proof_wrong");
    }
    let tenth = alice.post("/v1/pin/change", &wrong).await;
    tenth.refused(423, "pin_void");
    let factors = alice.get("/v1/factors").await.is(200);
    assert_eq!(factors["pin"]["is_void"], true);
    let reset = alice.post("/v1/pin/reset", &json!({"pin": "463829"})).await;
    reset.refused(403, "step_up_required");
    alice.step_up("reset_pin", "").await;
    let reset = alice.post("/v1/pin/reset", &json!({"pin": "463829"})).await;
    reset.is(200);
    let changed = alice.post("/v1/pin/change", &change("463829", PIN)).await;
    changed.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_01_of_60_parallel_pins_five_are_compared() {
    let house = House::new();
    let mut alice = house.alice().await;
    with_pin(&mut alice).await;
    let mut all = tokio::task::JoinSet::new();
    for guess in 0..60 {
        let alice = alice.clone();
        let body = change(&format!("1111{guess:02}"), "907164");
        all.spawn(async move { alice.post("/v1/pin/change", &body).await.status });
    }
    let answers = all.join_all().await;
    let compared = answers.iter().filter(|&&status| status == 422).count();
    assert!(compared <= 5, "{compared}");
    let right = alice.post("/v1/pin/change", &change(PIN, "907164")).await;
    right.refused(423, "pin_locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_approves_another_device_and_nothing_stronger() {
    let house = House::new();
    let mut alice = house.alice().await;
    with_pin(&mut alice).await;
    let body = json!({"purpose": "close_account"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    assert_eq!(step_up["methods"], json!(["password", "security_token"]));
    let body = json!({"purpose": "approve_device"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    let path = format!("/v1/step-ups/{}/verify", step_up["id"].as_str().unwrap());
    alice.post(&path, &json!({"pin": PIN})).await.is(200);
}

/// A PIN that was reset without the old one pays nothing for a day, and no code by SMS resets it.
#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_was_reset_pays_nothing_for_a_day() {
    let house = House::new();
    let mut alice = house.alice().await;
    let bob = house.bob().await;
    with_pin(&mut alice).await;
    alice.top_up(1_000).await;
    alice.step_up("set_up_factor", "").await;
    let accepted = json!({"accept_notice": true});
    alice.post("/v1/factors/sms", &accepted).await.is(200);
    let body = json!({"purpose": "reset_pin"});
    let asked = alice.post("/v1/step-ups", &body).await.is(201);
    assert_eq!(asked["methods"], json!(["password", "security_token"]));
    let challenge = format!("/v1/step-ups/{}/challenge", asked["id"].as_str().unwrap());
    let by_sms = alice.post(&challenge, &json!({"method": "sms"})).await;
    by_sms.refused(403, "method_not_accepted");
    alice.step_up("reset_pin", "").await;
    let reset = alice.post("/v1/pin/reset", &json!({"pin": "463829"})).await;
    reset.is(200);
    let mut body = alice.payment(&bob, 1);
    body["authorization"] = json!({"pin": "463829"});
    let held = alice.pay("k1", &body).await.refused(423, "pin_locked");
    assert_eq!(held["param"], "/authorization/pin");
    let wish = json!({"to": {"account": bob.account}, "money": {"amount": 1, "currency": "CNY"}});
    let seen = alice.post("/v1/transfers/preview", &wish).await.is(200);
    assert_eq!(seen["factors"], json!(["security_token"]));
    // Where it is no money, it serves.
    let changed = alice.post("/v1/pin/change", &change("463829", PIN)).await;
    changed.is(200);
}
