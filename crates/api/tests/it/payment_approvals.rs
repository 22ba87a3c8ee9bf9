//! What authorises money: one proof or several with the payment, or an approval before it.

use std::sync::Arc;

use payments::limits::{Limits, Preset};
use serde_json::{Value, json};

use crate::{
    actors::{Actor, Answer, Ask, PASSWORD, cny},
    factors::{app_code, with_app},
    house::{House, Plan},
    passkeys::with_passkey,
    pin::{PIN, with_pin},
    soft_key::SoftKey,
};

/// A large payment, in fen.
const LARGE: i64 = 5_000_001;

fn wish(to: &Actor, amount: i64) -> Value {
    json!({"to": {"account": to.account}, "money": cny(amount)})
}

fn with(mut wish: Value, authorization: Value) -> Value {
    wish["authorization"] = authorization;
    wish
}

async fn ask(actor: &Actor, wish: &Value) -> (String, Value) {
    let asked = actor.post("/v1/payment-approvals", wish).await.is(201);
    (asked["id"].as_str().unwrap().to_owned(), asked)
}

async fn approve(actor: &Actor, id: &str, proof: Value) -> Answer {
    let path = format!("/v1/payment-approvals/{id}/approve");
    actor.post(&path, &proof).await
}

async fn state(actor: &Actor, id: &str) -> Value {
    let path = format!("/v1/payment-approvals/{id}");
    actor.get(&path).await.is(200)["state"].clone()
}

async fn rich(house: &Arc<House>) -> (Actor, Actor) {
    let mut alice = house.alice().await;
    with_pin(&mut alice).await;
    alice.top_up(9_000_000).await;
    (alice, house.bob().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_pays_its_payment_once() {
    let house = House::new();
    let (alice, bob) = rich(&house).await;
    let wish = wish(&bob, 700);
    let (id, asked) = ask(&alice, &wish).await;
    assert_eq!(asked["state"], "pending");
    assert_eq!(asked["payee"]["name"], "B*** S***");
    assert_eq!(asked["money"], cny(700));
    assert_eq!(asked["fee"], cny(0));
    assert_eq!(asked["factor_sets"], json!([["security_token"], ["pin"]]));
    assert_eq!(asked["missing"], asked["factor_sets"]);
    let shown = with(wish.clone(), json!({"approval": id}));
    let early = alice.pay("k1", &shown).await;
    let early = early.refused(403, "step_up_required");
    assert_eq!(early["factor_sets"], json!([["security_token"], ["pin"]]));
    let approved = approve(&alice, &id, json!({"pin": PIN})).await.is(200);
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["missing"], json!([]));
    assert_eq!(approved["digest"], asked["digest"]);
    // A refusal for want of a proof is no outcome: the same key goes on.
    alice.pay("k1", &shown).await.is(201);
    assert_eq!(state(&alice, &id).await, "used");
    let again = alice.pay("k1", &shown).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    let twice = alice.pay("k2", &shown).await.refused(409, "approval_void");
    assert_eq!(twice["param"], "/authorization/approval");
    assert_eq!(bob.posted().await, 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_47_whatever_is_changed_voids_the_approval() {
    let house = House::new();
    let (alice, bob) = rich(&house).await;
    let carol = Actor::join(house.clone(), "phone", "+8613800000003", "李四").await;
    let mut wish = wish(&bob, 700);
    wish["note"] = json!("lunch");
    wish["reference"] = json!("order-1");
    let changes = [
        ("/to/account", json!(carol.account)),
        ("/money/amount", json!(701)),
        ("/note", json!("dinner")),
        ("/reference", json!("order-2")),
    ];
    for (field, value) in changes {
        let (id, _) = ask(&alice, &wish).await;
        approve(&alice, &id, json!({"pin": PIN})).await.is(200);
        let mut changed = with(wish.clone(), json!({"approval": id}));
        *changed.pointer_mut(field).unwrap() = value;
        let refused = alice.pay(field, &changed).await;
        refused.refused(409, "approval_void");
        assert_eq!(state(&alice, &id).await, "void", "{field}");
        let shown = with(wish.clone(), json!({"approval": id}));
        let late = alice.pay("what-it-was-for", &shown).await;
        late.refused(409, "approval_void");
    }
    // Another person's approval is none.
    let (id, _) = ask(&alice, &wish).await;
    approve(&alice, &id, json!({"pin": PIN})).await.is(200);
    let foreign = with(self::wish(&bob, 700), json!({"approval": id}));
    let refused = carol.pay("foreign", &foreign).await;
    refused.refused(409, "approval_void");
    assert_eq!(state(&alice, &id).await, "approved");
    house.clock.advance(300);
    assert_eq!(state(&alice, &id).await, "expired");
    let late = alice
        .pay("late", &with(wish, json!({"approval": id})))
        .await;
    late.refused(409, "approval_void");
    assert_eq!(bob.posted().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_09_of_40_payments_with_one_approval_one_is_made() {
    let house = House::new();
    let (alice, bob) = rich(&house).await;
    let wish = wish(&bob, 700);
    let (id, _) = ask(&alice, &wish).await;
    approve(&alice, &id, json!({"pin": PIN})).await.is(200);
    let shown = with(wish, json!({"approval": id}));
    let mut all = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (alice, shown) = (alice.clone(), shown.clone());
        all.spawn(async move { alice.pay(&format!("k{number}"), &shown).await.status });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|&&status| status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|&&status| status == 409).count(), 39);
    assert_eq!(bob.posted().await, 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_proofs_end_an_approval() {
    let house = House::new();
    let mut alice = house.alice().await;
    with_app(&mut alice).await;
    let bob = house.bob().await;
    alice.top_up(1_000).await;
    let wish = wish(&bob, 700);
    let (id, _) = ask(&alice, &wish).await;
    for _ in 0..5 {
        let wrong = approve(&alice, &id, json!({"totp": "000000"})).await;
        wrong.refused(422, "proof_wrong");
    }
    let right = json!({"security_token": alice.token});
    let closed = approve(&alice, &id, right).await;
    closed.refused(409, "approval_closed");
    let shown = with(wish, json!({"approval": id}));
    let refused = alice.pay("k1", &shown).await;
    refused.refused(409, "approval_void");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_or_an_app_pays_and_a_wrong_one_can_be_corrected() {
    let house = House::new();
    let (mut alice, bob) = rich(&house).await;
    let by = |proof| with(wish(&bob, 700), proof);
    let wrong = alice.pay("k1", &by(json!({"pin": "907164"}))).await;
    let wrong = wrong.refused(422, "proof_wrong");
    assert_eq!(wrong["param"], "/authorization/pin");
    alice.pay("k1", &by(json!({"pin": PIN}))).await.is(201);
    // A repeat hears the first answer whatever its proof.
    let again = alice.pay("k1", &by(json!({"pin": "907164"}))).await;
    assert_eq!(again.status, 201);
    let (secret, _) = with_app(&mut alice).await;
    house.clock.advance(30);
    let code = app_code(&house, &secret);
    alice.pay("k2", &by(json!({"totp": code}))).await.is(201);
    let replayed = alice.pay("k3", &by(json!({"totp": code}))).await;
    assert_eq!(
        replayed.refused(422, "proof_wrong")["param"],
        "/authorization/totp"
    );
    assert_eq!(bob.posted().await, 1_400);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_07_an_app_code_in_20_parallel_payments_pays_once() {
    let house = House::new();
    let (mut alice, bob) = rich(&house).await;
    let (secret, _) = with_app(&mut alice).await;
    house.clock.advance(30);
    let body = with(wish(&bob, 700), json!({"totp": app_code(&house, &secret)}));
    let mut all = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (alice, body) = (alice.clone(), body.clone());
        all.spawn(async move { alice.pay(&format!("k{number}"), &body).await.status });
    }
    let paid = all.join_all().await;
    assert_eq!(paid.iter().filter(|&&status| status == 201).count(), 1);
    assert_eq!(bob.posted().await, 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_sms_never_pays_alone() {
    let house = House::new();
    let (mut alice, bob) = rich(&house).await;
    alice.step_up("set_up_factor", "").await;
    let accepted = json!({"accept_notice": true});
    alice.post("/v1/factors/sms", &accepted).await.is(200);
    let wish = wish(&bob, 700);
    let (id, asked) = ask(&alice, &wish).await;
    assert_eq!(asked["factor_sets"], json!([["security_token"], ["pin"]]));
    let path = format!("/v1/payment-approvals/{id}/challenge");
    alice.post(&path, &json!({"method": "sms"})).await.is(200);
    let code = house.message(&alice.contact, "code").await;
    let page = house
        .anon()
        .get("/sandbox/messages?to=%2B8613800000001")
        .await;
    let page = page.is(200);
    let mut texts = page["data"].as_array().unwrap().iter();
    let with_code = |message: &&Value| message["code"] == json!(code);
    let text = texts.find(with_code).unwrap()["text"].as_str().unwrap();
    assert!(text.contains("7.00 CNY → B*** S***"), "{text}");
    let half = approve(&alice, &id, json!({"sms_code": code}))
        .await
        .is(200);
    assert_eq!(half["state"], "pending");
    let shown = with(wish.clone(), json!({"approval": id}));
    let refused = alice.pay("k1", &shown).await;
    refused.refused(403, "step_up_required");
    // The code of one approval is nothing in another.
    let (other, _) = ask(&alice, &wish).await;
    let foreign = approve(&alice, &other, json!({"sms_code": code})).await;
    assert_ne!(foreign.status, 200);
    approve(&alice, &id, json!({"pin": PIN})).await.is(200);
    alice.pay("k1", &shown).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_says_yes_or_no() {
    let house = House::new();
    let (mut alice, bob) = rich(&house).await;
    let mut key = SoftKey::new(1);
    with_passkey(&mut alice, &mut key).await;
    let wish = wish(&bob, 700);
    let (id, _) = ask(&alice, &wish).await;
    let waiting = alice.get("/v1/payment-approvals").await.is(200);
    assert_eq!(waiting["data"][0]["id"], json!(id));
    assert_eq!(
        bob.get("/v1/payment-approvals").await.is(200)["data"],
        json!([])
    );
    let path = format!("/v1/payment-approvals/{id}");
    bob.get(&path).await.refused(404, "not_found");
    let not_his = bob.post(&format!("{path}/reject"), &json!({})).await;
    not_his.refused(404, "not_found");
    let (challenge, method) = (format!("{path}/challenge"), json!({"method": "passkey"}));
    let asked = alice.post(&challenge, &method).await.is(200);
    let locked = json!({"passkey": key.clone().locked().answer(&asked["public_key"])});
    approve(&alice, &id, locked)
        .await
        .refused(422, "proof_wrong");
    let asked = alice.post(&challenge, &method).await.is(200);
    let answer = json!({"passkey": key.answer(&asked["public_key"])});
    let approved = approve(&alice, &id, answer.clone()).await.is(200);
    assert_eq!(approved["state"], "approved");
    // The answer to one approval's challenge is nothing in another.
    let (other, _) = ask(&alice, &wish).await;
    approve(&alice, &other, answer)
        .await
        .refused(422, "proof_wrong");
    alice
        .pay("k1", &with(wish.clone(), json!({"approval": id})))
        .await
        .is(201);
    let reject = format!("/v1/payment-approvals/{other}/reject");
    let rejected = alice.post(&reject, &json!({})).await.is(200);
    assert_eq!(rejected["state"], "rejected");
    let late = approve(&alice, &other, json!({"pin": PIN})).await;
    late.refused(409, "approval_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_voids_what_was_approved() {
    let house = House::new();
    let (mut alice, bob) = rich(&house).await;
    let wish = wish(&bob, 700);
    let (id, _) = ask(&alice, &wish).await;
    approve(&alice, &id, json!({"pin": PIN})).await.is(200);
    let frozen = alice
        .post("/v1/freezes", &json!({"kind": "debit"}))
        .await
        .is(201);
    let refused = alice.post("/v1/payment-approvals", &wish).await;
    refused.refused(423, "account_frozen");
    alice
        .step_up("lift_freeze", frozen["id"].as_str().unwrap())
        .await;
    let path = format!("/v1/freezes/{}/lift", frozen["id"].as_str().unwrap());
    alice.post(&path, &json!({})).await.is(200);
    let late = alice.pay("k1", &with(wish, json!({"approval": id}))).await;
    late.refused(409, "approval_void");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_payments_wait_at_a_time() {
    let house = House::new();
    let (alice, bob) = rich(&house).await;
    for _ in 0..10 {
        ask(&alice, &wish(&bob, 1)).await;
    }
    let more = alice.post("/v1/payment-approvals", &wish(&bob, 1)).await;
    more.refused(409, "approvals_too_many");
    house.clock.advance(300);
    ask(&alice, &wish(&bob, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn much_money_from_a_new_device_needs_two_factors() {
    let house = House::new();
    let (alice, bob) = rich(&house).await;
    let large = wish(&bob, LARGE);
    let here = alice.post("/v1/transfers/preview", &large).await.is(200);
    assert_eq!(here["warnings"], json!(["first_time_payee"]));
    assert_eq!(
        here["delay_offer"],
        json!({"seconds": 7_200, "reason": "first_time_payee"})
    );
    assert_eq!(here["factor_sets"], json!([["security_token"], ["pin"]]));
    assert_eq!(here["factors"], json!(["security_token", "pin"]));
    let there = alice.elsewhere().await;
    let seen = there.post("/v1/transfers/preview", &large).await.is(200);
    assert_eq!(seen["warnings"], json!(["first_time_payee", "new_device"]));
    assert_eq!(seen["factor_sets"], json!([["pin", "security_token"]]));
    assert_eq!(seen["delay_offer"]["seconds"], 86_400);
    let token = json!({"security_token": there.token});
    let refused = there.pay("k1", &with(large.clone(), token.clone())).await;
    let refused = refused.refused(403, "step_up_required");
    assert_eq!(refused["factor_sets"], json!([["pin", "security_token"]]));
    // Less is not looked into.
    let little = with(wish(&bob, LARGE - 1), token.clone());
    assert_eq!(there.pay("little", &little).await.status, 201);
    alice.top_up(7_000_000).await;
    let both = json!({"security_token": there.token, "pin": PIN});
    there.pay("k1", &with(large.clone(), both)).await.is(201);
    // Where one registered, one proof is enough.
    let here = alice.pay("k2", &with(wish(&bob, LARGE), token)).await;
    here.is(201);
    // A day later the payee is known, and so is the device.
    house.clock.advance(86_400);
    let alice = alice.elsewhere().await;
    let seen = alice.post("/v1/transfers/preview", &large).await.is(200);
    assert_eq!(seen["warnings"], json!(["new_device"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn much_money_from_an_unfamiliar_network_needs_two_factors() {
    let house = House::new();
    let (alice, bob) = rich(&house).await;
    let token = json!({"security_token": alice.token});
    let large = with(wish(&bob, LARGE), token);
    let ask = |address: &str| {
        let ask = Ask::post("/v1/transfers", &large).key("k1").from(address);
        alice.send(ask)
    };
    let refused = ask("203.0.113.7").await;
    refused.refused(403, "step_up_required");
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    let there = Ask::post("/v1/sessions", &body).from("203.0.113.99");
    house.anon().send(there).await.is(201);
    let refused = ask("203.0.113.7").await;
    refused.refused(403, "step_up_required");
    house.clock.advance(86_400);
    let alice = alice.elsewhere().await;
    let seen = Ask::post("/v1/transfers/preview", &wish(&bob, LARGE)).from("203.0.113.7");
    let seen = alice.send(seen).await.is(200);
    assert_eq!(seen["warnings"], json!(["first_time_payee", "new_device"]));
    let elsewhere = Ask::post("/v1/transfers/preview", &wish(&bob, LARGE)).from("203.0.114.7");
    let elsewhere = alice.send(elsewhere).await.is(200);
    assert_eq!(elsewhere["warnings"][2], "unfamiliar_network");
}

async fn european() -> (Arc<House>, Actor, Actor) {
    let house = House::planned(Plan {
        limits: Limits::of(Preset::Eu),
        ..Plan::default()
    });
    let (mut alice, mut bob) = (house.alice().await, house.bob().await);
    with_pin(&mut alice).await;
    for person in [&mut alice, &mut bob] {
        let opened = person
            .post("/v1/wallet/accounts", &json!({"currency": "EUR"}))
            .await;
        let opened = opened.is(201);
        person.account = opened["id"].as_str().unwrap().to_owned();
    }
    let body = json!({"channel": "sandbox", "money": {"amount": 1_000_000, "currency": "EUR"}});
    let asked = Ask::post("/v1/top-ups", &body).key("eur");
    alice.send(asked).await.is(201);
    (house, alice, bob)
}

fn euros(to: &Actor, amount: i64) -> Value {
    json!({"to": {"account": to.account}, "money": {"amount": amount, "currency": "EUR"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn europe_asks_for_two_factors_but_for_small_sums() {
    let (_house, alice, bob) = european().await;
    let both = json!({"security_token": alice.token, "pin": PIN});
    let token = json!({"security_token": alice.token});
    let one = alice
        .pay("k1", &with(euros(&bob, 3_001), token.clone()))
        .await;
    let one = one.refused(403, "step_up_required");
    assert_eq!(one["factor_sets"], json!([["pin", "security_token"]]));
    alice
        .pay("k1", &with(euros(&bob, 3_001), both.clone()))
        .await
        .is(201);
    let seen = alice
        .post("/v1/transfers/preview", &euros(&bob, 3_000))
        .await
        .is(200);
    assert_eq!(seen["factor_sets"], json!([]));
    // Five small ones go without, the sixth does not.
    for number in 0..5 {
        let paid = alice
            .pay(&format!("small-{number}"), &euros(&bob, 100))
            .await;
        paid.is(201);
    }
    let sixth = alice.pay("sixth", &euros(&bob, 100)).await;
    sixth.refused(403, "step_up_required");
    let sixth = alice.pay("sixth", &with(euros(&bob, 100), token)).await;
    sixth.refused(403, "step_up_required");
    alice
        .pay("sixth", &with(euros(&bob, 100), both.clone()))
        .await
        .is(201);
    // A hundred euros go without, one cent more does not.
    for number in 0..4 {
        let paid = alice
            .pay(&format!("round-{number}"), &euros(&bob, 2_500))
            .await;
        paid.is(201);
    }
    alice
        .pay("cent", &euros(&bob, 1))
        .await
        .refused(403, "step_up_required");
    alice.pay("cent", &with(euros(&bob, 1), both)).await.is(201);
    alice.pay("again", &euros(&bob, 1)).await.is(201);
    // Other currencies know no small sums.
    let yuan = json!({"to": {"user": bob.user}, "money": cny(1)});
    alice
        .pay("yuan", &yuan)
        .await
        .refused(403, "step_up_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_31_of_30_parallel_small_payments_five_go_without_a_proof() {
    let (_house, alice, bob) = european().await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..30 {
        let (alice, body) = (alice.clone(), euros(&bob, 100));
        all.spawn(async move { alice.pay(&format!("k{number}"), &body).await.status });
    }
    let answers = all.join_all().await;
    assert_eq!(answers.iter().filter(|&&status| status == 201).count(), 5);
    assert_eq!(answers.iter().filter(|&&status| status == 403).count(), 25);
}
