use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, Answer, Ask, PASSWORD},
    house::{House, Plan},
};

const NEXT: &str = "Cobalt-Meadow4#Saddle*Whistle";

/// A recovery as its client holds it.
#[derive(Clone)]
struct Recovery {
    house: Arc<House>,
    id: String,
    secret: String,
}

impl Recovery {
    async fn begin(house: &Arc<House>, identifier: &str) -> Self {
        let body = json!({"identifier": identifier});
        let begun = house.anon().post("/v1/recoveries", &body).await.is(202);
        Self {
            house: house.clone(),
            id: begun["id"].as_str().unwrap().to_owned(),
            secret: begun["secret"].as_str().unwrap().to_owned(),
        }
    }

    async fn step(&self, step: &str, body: &Value) -> Answer {
        let ask = Ask::post(&format!("/v1/recoveries/{}/{step}", self.id), body);
        let ask = ask.with("tael-recovery", &self.secret);
        self.house.anon().send(ask).await
    }

    /// Verifies the code that went to a contact.
    async fn verify(&self, contact: &str) -> Value {
        let code = self.house.message(contact, "code").await;
        self.step("verify", &json!({"code": code})).await.is(200)
    }
}

async fn sign_in(house: &Arc<House>, contact: &str, password: &str) -> u16 {
    let body = json!({"identifier": contact, "password": password});
    house.anon().post("/v1/sessions", &body).await.status
}

/// Carol has a phone, no second factor.
async fn carol(house: &Arc<House>) -> Actor {
    Actor::register(house.clone(), "phone", "+8613800000007", "王小明").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_and_a_new_password_bring_a_person_back() {
    let house = House::new();
    let carol = carol(&house).await;
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, &carol.contact).await;
    let proven = recovery.verify(&carol.contact).await;
    assert_eq!(proven["state"], "proven");
    house.clock.advance(1);
    let reused = recovery.step("reset", &json!({"password": PASSWORD})).await;
    let reused = reused.refused(422, "password_too_weak");
    assert_eq!(reused["errors"][0]["detail"], "reused");
    let done = recovery.step("reset", &json!({"password": NEXT})).await;
    assert!(
        !done.headers.contains_key("set-cookie"),
        "nobody is signed in by it"
    );
    let done = done.is(200);
    assert_eq!(done["state"], "completed");
    carol.get("/v1/me").await.refused(401, "unauthenticated");
    assert_eq!(sign_in(&house, &carol.contact, PASSWORD).await, 401);
    assert_eq!(sign_in(&house, &carol.contact, NEXT).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_stays_for_a_day_after_a_recovery() {
    let house = House::new();
    let bob = house.bob().await;
    let mut carol = carol(&house).await;
    carol.top_up(1_000).await;
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, &carol.contact).await;
    recovery.verify(&carol.contact).await;
    let opened = recovery.step("sign-in", &json!({})).await;
    assert!(opened.header("set-cookie").starts_with("tael="));
    let opened = opened.is(201);
    assert_eq!(opened["is_restricted"], true);
    carol.get("/v1/me").await.refused(401, "unauthenticated");
    carol.session = opened["token"].as_str().map(str::to_owned);
    carol.get("/v1/wallet").await.is(200);
    house.clock.advance(1);
    let body = carol.payment(&bob, 100);
    let refused = carol.send(Ask::post("/v1/transfers", &body).key("k")).await;
    let refused = refused.refused(423, "outgoing_hold");
    assert_eq!(refused["retry_at"], opened["hold_until"]);
}

/// Known, unknown and impossible identifiers get one answer: status, headers, cookies, body.
#[tokio::test(flavor = "multi_thread")]
async fn s_54_recovery_does_not_tell_who_is_known() {
    let house = House::planned(Plan::strict());
    let carol = carol(&house).await;
    house.clock.advance(61);
    let mut shapes = BTreeSet::new();
    for identifier in [
        carol.contact.as_str(),
        "+8613800000099",
        "nobody@example.com",
    ] {
        let body = json!({"identifier": identifier});
        let answer = house.anon().post("/v1/recoveries", &body).await;
        let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        let cookie = answer.header("set-cookie");
        let (name, rest) = cookie.split_once('=').unwrap();
        let shape = format!("{headers:?} {name} {}", rest.split_once(';').unwrap().1);
        let mut begun = answer.is(202);
        let secret = begun["secret"].as_str().unwrap().to_owned();
        let id = begun["id"].as_str().unwrap().to_owned();
        begun["id"] = json!(id.len());
        begun["secret"] = json!(secret.len());
        let wrong = Ask::post(
            &format!("/v1/recoveries/{id}/verify"),
            &json!({"code": "000000"}),
        );
        let wrong = wrong.with("tael-recovery", &secret);
        let wrong = house.anon().send(wrong).await.refused(422, "code_wrong");
        let again = house.anon().post("/v1/recoveries", &body).await;
        let again = again.refused(429, "codes_too_many");
        shapes.insert(format!(
            "{shape} {begun} {} {}",
            wrong["title"], again["retry_at"]
        ));
    }
    assert_eq!(shapes.len(), 1, "{shapes:#?}");
}

/// Whoever has a second factor needs two different proofs; the same code twice is one.
#[tokio::test(flavor = "multi_thread")]
async fn s_45_a_stolen_number_alone_does_not_recover_a_guarded_account() {
    let mut plan = Plan::default();
    plan.policy.life.token_guards_recovery = true;
    let house = House::planned(plan);
    let alice = house.alice().await;
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, &alice.contact).await;
    let more = recovery.verify(&alice.contact).await;
    assert_eq!(more["state"], "more_proof_needed");
    assert_eq!(more["methods"], json!(["security_token"]));
    let again = recovery.step("challenge", &json!({"method": "sms"})).await;
    again.refused(422, "proof_not_offered");
    let none = recovery
        .step("challenge", &json!({"method": "email"}))
        .await;
    none.refused(422, "proof_not_offered");
    recovery
        .step("reset", &json!({"password": NEXT}))
        .await
        .refused(409, "recovery_step");
    recovery
        .step("sign-in", &json!({}))
        .await
        .refused(409, "recovery_step");
    let guess = json!({"security_token": "AAAA-AAAA-AAAA-AAAA"});
    recovery
        .step("prove", &guess)
        .await
        .refused(422, "proof_wrong");
    let proven = recovery
        .step("prove", &json!({"security_token": alice.token}))
        .await
        .is(200);
    assert_eq!(proven["state"], "proven");
    recovery
        .step("reset", &json!({"password": NEXT}))
        .await
        .is(200);
}

/// Walks every order of steps: the password changes only behind a code that was used up.
#[tokio::test(flavor = "multi_thread")]
async fn s_10_no_order_of_steps_reaches_the_end_without_the_proof() {
    let house = House::new();
    let carol = carol(&house).await;
    let steps = ["verify", "prove", "reset", "sign-in", "resend", "challenge"];
    for first in steps {
        for second in steps {
            house.clock.advance(1);
            let recovery = Recovery::begin(&house, &carol.contact).await;
            for step in [first, second] {
                let body = match step {
                    "verify" => json!({"code": "nonsense"}),
                    "prove" => json!({"email_code": "123456"}),
                    "reset" => json!({"password": NEXT}),
                    "challenge" => json!({"method": "email"}),
                    _ => json!({}),
                };
                let answer = recovery.step(step, &body).await;
                let is_harmless = step == "resend" && answer.status == 202;
                assert!(
                    is_harmless || answer.status >= 400,
                    "{first} {second}: {step}"
                );
            }
            recovery
                .step("reset", &json!({"password": NEXT}))
                .await
                .refused(409, "recovery_step");
        }
    }
    assert_eq!(sign_in(&house, &carol.contact, PASSWORD).await, 201);
    carol.get("/v1/me").await.is(200);
}

/// 50 parallel resets after one proof: one password is set.
#[tokio::test(flavor = "multi_thread")]
async fn s_09_a_proof_serves_once() {
    let house = House::new();
    let carol = carol(&house).await;
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, &carol.contact).await;
    let code = house.message(&carol.contact, "code").await;
    let mut guesses = JoinSet::new();
    for _ in 0..5 {
        let (recovery, code) = (recovery.clone(), code.clone());
        guesses.spawn(async move { recovery.step("verify", &json!({"code": code})).await.status });
    }
    let proven = guesses
        .join_all()
        .await
        .into_iter()
        .filter(|&status| status == 200)
        .count();
    assert_eq!(proven, 1);
    let mut resets = JoinSet::new();
    for n in 0..20 {
        let recovery = recovery.clone();
        let body = json!({"password": format!("{NEXT}{n}")});
        resets.spawn(async move { recovery.step("reset", &body).await.status });
    }
    let set = resets
        .join_all()
        .await
        .into_iter()
        .filter(|&status| status == 200)
        .count();
    assert_eq!(set, 1);
}

/// A flow and its secret belong together, and to whoever the identifier named.
#[tokio::test(flavor = "multi_thread")]
async fn s_12_a_recovery_is_of_one_person_and_one_browser() {
    let house = House::new();
    let carol = carol(&house).await;
    let bob = house.bob().await;
    house.clock.advance(1);
    let mine = Recovery::begin(&house, &carol.contact).await;
    house.clock.advance(1);
    let theirs = Recovery::begin(&house, &bob.contact).await;
    let code = house.message(&carol.contact, "code").await;
    let crossed = Recovery {
        secret: theirs.secret.clone(),
        ..mine.clone()
    };
    crossed
        .step("verify", &json!({"code": code}))
        .await
        .refused(404, "not_found");
    theirs
        .step("verify", &json!({"code": code}))
        .await
        .refused(422, "code_wrong");
    let path = format!("/v1/recoveries/{}/verify", mine.id);
    let bare = house.anon().post(&path, &json!({"code": code})).await;
    bare.refused(404, "not_found");
    let extra = json!({"code": code, "email": "evil@example.com"});
    mine.step("verify", &extra)
        .await
        .refused(400, "unknown_field");
    let cookie = format!("tael-recovery={}", mine.secret);
    let ask = Ask::post(&path, &json!({"code": code})).with("cookie", &cookie);
    let foreign = ask
        .with("origin", "https://evil.example")
        .with("host", "localhost:8080");
    house
        .anon()
        .send(foreign)
        .await
        .refused(403, "origin_not_allowed");
    let ask = Ask::post(&path, &json!({"code": code})).with("cookie", &cookie);
    let ours = ask
        .with("origin", "http://localhost:8080")
        .with("host", "localhost:8080");
    house.anon().send(ours).await.is(200);
}

/// A flow ends with its use, with its time, and with a change of the password.
#[tokio::test(flavor = "multi_thread")]
async fn s_13_a_recovery_outlives_neither_use_nor_time_nor_a_change() {
    let house = House::new();
    let carol = carol(&house).await;
    house.clock.advance(1);
    let used = Recovery::begin(&house, &carol.contact).await;
    used.verify(&carol.contact).await;
    house.clock.advance(1);
    let overtaken = Recovery::begin(&house, &carol.contact).await;
    overtaken.verify(&carol.contact).await;
    house.clock.advance(1);
    let late = Recovery::begin(&house, &carol.contact).await;
    let late_code = house.message(&carol.contact, "code").await;
    used.step("reset", &json!({"password": NEXT})).await.is(200);
    used.step("reset", &json!({"password": format!("{NEXT}2")}))
        .await
        .refused(409, "recovery_closed");
    overtaken
        .step("reset", &json!({"password": format!("{NEXT}3")}))
        .await
        .refused(409, "recovery_closed");
    overtaken
        .step("sign-in", &json!({}))
        .await
        .refused(409, "recovery_closed");
    // One that was overtaken before its code looks like one for nobody.
    late.step("verify", &json!({"code": late_code}))
        .await
        .refused(422, "code_wrong");
    house.clock.advance(1);
    let expired = Recovery::begin(&house, &carol.contact).await;
    expired.verify(&carol.contact).await;
    house.clock.advance(1_801);
    expired
        .step("reset", &json!({"password": NEXT}))
        .await
        .refused(410, "recovery_expired");
    assert_eq!(sign_in(&house, &carol.contact, NEXT).await, 201);
}

/// Two codes are two proofs, but the money stays for three days.
#[tokio::test(flavor = "multi_thread")]
async fn s_45_two_codes_recover_a_guarded_account_and_money_stays_longer() {
    let mut plan = Plan::default();
    plan.policy.life.token_guards_recovery = true;
    let house = House::planned(plan);
    let mut alice = house.alice().await;
    alice.step_up("change_contact", "").await;
    house.clock.advance(1);
    let body = json!({"email": "alice@example.com"});
    let begun = alice.post("/v1/contacts", &body).await.is(202);
    let path = format!("/v1/contacts/{}", begun["id"].as_str().unwrap());
    for (step, to) in [
        ("verify", "alice@example.com"),
        ("confirm-old", alice.contact.as_str()),
    ] {
        let code = house.message(to, "code").await;
        let body = json!({"code": code});
        alice.post(&format!("{path}/{step}"), &body).await.is(200);
    }
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, "alice@example.com").await;
    let more = recovery.verify("alice@example.com").await;
    assert_eq!(more["methods"], json!(["sms", "security_token"]));
    house.clock.advance(1);
    let sent = recovery.step("challenge", &json!({"method": "sms"})).await;
    assert_eq!(sent.is(200)["delivered_to"], "138****0001");
    let both = json!({"sms_code": "1", "security_token": "x"});
    recovery
        .step("prove", &both)
        .await
        .refused(400, "invalid_field");
    let code = house.message(&alice.contact, "code").await;
    let proven = recovery.step("prove", &json!({"sms_code": code})).await;
    assert_eq!(proven.is(200)["state"], "proven");
    let done = recovery.step("reset", &json!({"password": NEXT})).await;
    let until: String = done.is(200)["hold_until"].as_str().unwrap().to_owned();
    let three_days = vocab::Clock::now(&*house.clock).plus_seconds(3 * 86_400);
    assert_eq!(until, three_days.to_string());
    // Nor do contacts change meanwhile.
    let body = json!({"identifier": alice.contact, "password": NEXT});
    let opened = house.anon().post("/v1/sessions", &body).await.is(201);
    let session = opened["token"].as_str().map(str::to_owned);
    let intruder = Actor { session, ..alice };
    let asked = json!({"purpose": "change_contact", "resource": ""});
    let asked = intruder.post("/v1/step-ups", &asked).await.is(201);
    let path = format!("/v1/step-ups/{}/verify", asked["id"].as_str().unwrap());
    let granted = intruder
        .post(&path, &json!({"password": NEXT}))
        .await
        .is(200);
    let session = granted["token"].as_str().map(str::to_owned);
    let intruder = Actor {
        session,
        ..intruder
    };
    let body = json!({"email": "evil@example.com"});
    let held = intruder.post("/v1/contacts", &body).await;
    held.refused(423, "outgoing_hold");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_everything_asks_for_a_review() {
    let house = House::new();
    let carol = carol(&house).await;
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, &carol.contact).await;
    let body = json!({"reach_me_at": {"email": "new@example.com"}, "statement": "short"});
    let short = recovery.step("review", &body).await;
    assert_eq!(
        short.refused(422, "statement_invalid")["param"],
        "/statement"
    );
    let body = json!({"reach_me_at": {"email": "new@example.com"},
        "statement": "My phone fell into the river and the number is gone."});
    let asked = recovery.step("review", &body).await.is(202);
    assert_eq!(asked["state"], "in_review");
    assert!(asked["case"].as_str().unwrap().starts_with("cas_"));
    let nobody = Recovery::begin(&house, "nobody@example.com").await;
    let same = nobody.step("review", &body).await.is(202);
    assert_eq!(same["state"], "in_review");
    let inbox = carol.get("/v1/inbox").await.is(200);
    assert_eq!(inbox["data"][0]["template"], "review_asked");
    recovery
        .step("reset", &json!({"password": NEXT}))
        .await
        .refused(409, "recovery_step");
}

/// A passkey on a device that is still there is the second proof.
#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_proves_in_a_recovery() {
    let house = House::new();
    let mut carol = carol(&house).await;
    let mut key = crate::soft_key::SoftKey::new(7);
    crate::passkeys::with_passkey(&mut carol, &mut key).await;
    house.clock.advance(1);
    let recovery = Recovery::begin(&house, &carol.contact).await;
    let more = recovery.verify(&carol.contact).await;
    assert_eq!(more["state"], "more_proof_needed");
    assert_eq!(more["methods"], json!(["passkey"]));
    let asked = recovery
        .step("challenge", &json!({"method": "passkey"}))
        .await;
    let asked = asked.is(200);
    let locked = key.clone().locked().answer(&asked["public_key"]);
    let wrong = recovery.step("prove", &json!({"passkey": locked})).await;
    wrong.refused(422, "proof_wrong");
    let asked = recovery
        .step("challenge", &json!({"method": "passkey"}))
        .await;
    let answer = json!({"passkey": key.answer(&asked.is(200)["public_key"])});
    let proven = recovery.step("prove", &answer).await.is(200);
    assert_eq!(proven["state"], "proven");
    let again = recovery.step("prove", &answer).await;
    assert_ne!(again.status, 200);
    let done = recovery.step("reset", &json!({"password": NEXT})).await;
    done.is(200);
}
