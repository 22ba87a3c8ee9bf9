use std::sync::Arc;

use serde_json::{Value, json};
use vocab::Clock;

use crate::{
    actors::{Actor, Answer, Ask, PASSWORD},
    house::House,
};

/// The code that an authenticator app shows now.
pub fn app_code(house: &House, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let seconds = house.clock.now().micros() / 1_000_000;
    app.generate(u64::try_from(seconds).unwrap()).to_string()
}

/// Sets up an authenticator app; gives its secret and the recovery codes.
pub async fn with_app(alice: &mut Actor) -> (String, Vec<String>) {
    alice.step_up("set_up_factor", "").await;
    let begun = alice.send(Ask::new("POST".parse().unwrap(), "/v1/factors/totp"));
    let begun = begun.await.is(201);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let uri = begun["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Tael:") && uri.contains(&secret),
        "{uri}"
    );
    let code = json!({"code": app_code(&alice.house, &secret)});
    let active = alice.post("/v1/factors/totp/activate", &code).await.is(200);
    assert_eq!(active["state"], "active");
    let codes = active["recovery_codes"].as_array().unwrap().iter();
    let codes = codes.map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect())
}

async fn sign_in(alice: &Actor) -> Value {
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    let anon = alice.house.anon();
    anon.post("/v1/sessions", &body).await.is(200)
}

async fn second(house: &Arc<House>, ticket: &Value, field: &str, proof: &str) -> Answer {
    let body = json!({"ticket": ticket["ticket"], field: proof});
    let anon = house.anon();
    anon.post("/v1/sessions/second-factor", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s_20_an_authenticator_app_makes_signing_in_two_steps() {
    let house = House::new();
    let mut alice = house.alice().await;
    let refused = alice
        .send(Ask::new("POST".parse().unwrap(), "/v1/factors/totp"))
        .await
        .refused(403, "step_up_required");
    assert_eq!(refused["purpose"], "set_up_factor");
    assert_eq!(refused["resource"], "");
    let (secret, codes) = with_app(&mut alice).await;
    assert_eq!(codes.len(), 10);
    let again = alice.send(Ask::new("POST".parse().unwrap(), "/v1/factors/totp"));
    again.await.refused(409, "factor_already_set");
    let late = json!({"code": app_code(&house, &secret)});
    let late = alice.post("/v1/factors/totp/activate", &late).await;
    late.refused(409, "factor_not_pending");

    let factors = alice.get("/v1/factors").await.is(200);
    assert_eq!(factors["totp"]["state"], "active");
    assert_eq!(factors["recovery_codes"]["left"], 10);
    assert_eq!(factors["two_step_enabled"], true);

    house.clock.advance(30);
    let ticket = sign_in(&alice).await;
    assert_eq!(ticket["state"], "second_factor_required");
    assert_eq!(ticket["methods"], json!(["totp", "recovery_code"]));
    assert!(
        ticket.get("token").is_none(),
        "the password alone opens nothing"
    );
    let code = app_code(&house, &secret);
    let opened = second(&house, &ticket, "totp", &code).await.is(201);
    let phone = Actor {
        session: opened["token"].as_str().map(str::to_owned),
        ..alice.clone()
    };
    let places = phone.get("/v1/sessions").await.is(200);
    assert_eq!(places["data"][0]["methods"], json!(["password", "totp"]));
    let spent = second(&house, &ticket, "totp", &code).await;
    spent.refused(410, "ticket_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_07_a_code_of_the_app_serves_once_in_sequence_and_in_parallel() {
    let house = House::new();
    let mut alice = house.alice().await;
    let (secret, _) = with_app(&mut alice).await;
    // The code that activated the app is used up.
    let ticket = sign_in(&alice).await;
    let code = app_code(&house, &secret);
    let replayed = second(&house, &ticket, "totp", &code).await;
    assert_eq!(replayed.refused(422, "proof_wrong")["param"], "/totp");

    house.clock.advance(60);
    let mut all = tokio::task::JoinSet::new();
    let code = app_code(&house, &secret);
    for _ in 0..50 {
        let (house, code) = (house.clone(), code.clone());
        let ticket = sign_in(&alice).await;
        all.spawn(async move { second(&house, &ticket, "totp", &code).await.status });
    }
    let opened = all.join_all().await;
    let opened = opened.iter().filter(|&&status| status == 201).count();
    assert_eq!(opened, 1, "of 50 parallel uses of one code");
    // On another surface it is as spent.
    house.clock.advance(1);
    let body = json!({"purpose": "raise_limit"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    assert_eq!(step_up["methods"], json!(["totp", "recovery_code"]));
    let path = format!("/v1/step-ups/{}/verify", step_up["id"].as_str().unwrap());
    let spent = alice.post(&path, &json!({"totp": code})).await;
    assert!([422, 429].contains(&spent.status), "{}", spent.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_01_the_fifth_wrong_second_step_ends_the_ticket() {
    let house = House::new();
    let mut alice = house.alice().await;
    let (secret, codes) = with_app(&mut alice).await;
    house.clock.advance(60);
    let ticket = sign_in(&alice).await;
    let mut all = tokio::task::JoinSet::new();
    for guess in 0..40 {
        let (house, ticket) = (house.clone(), ticket.clone());
        let guess = format!("{guess:06}");
        all.spawn(async move { second(&house, &ticket, "totp", &guess).await.status });
    }
    let answers = all.join_all().await;
    let compared = answers.iter().filter(|&&status| status == 422).count();
    assert!(
        compared <= 5,
        "{compared} of 40 parallel guesses were compared"
    );
    let right = app_code(&house, &secret);
    let dead = second(&house, &ticket, "totp", &right).await;
    dead.refused(410, "ticket_invalid");
    // The counter of the app is its own: the saved codes still open.
    let ticket = sign_in(&alice).await;
    let opened = second(&house, &ticket, "recovery_code", &codes[0]).await;
    opened.is(201);
    let ticket = sign_in(&alice).await;
    let reused = second(&house, &ticket, "recovery_code", &codes[0]).await;
    reused.refused(422, "proof_wrong");
    let spelled = codes[1].to_lowercase().replace('-', " ");
    second(&house, &ticket, "recovery_code", &spelled)
        .await
        .is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_21_a_foreign_recovery_code_is_nothing() {
    let house = House::new();
    let (mut alice, mut bob) = (house.alice().await, house.bob().await);
    with_app(&mut alice).await;
    let (_, codes) = with_app(&mut bob).await;
    let ticket = sign_in(&alice).await;
    let foreign = second(&house, &ticket, "recovery_code", &codes[0]).await;
    foreign.refused(422, "proof_wrong");
    let ticket = sign_in(&bob).await;
    second(&house, &ticket, "recovery_code", &codes[0])
        .await
        .is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_19_a_stronger_factor_cannot_be_passed_by_a_weaker_one() {
    let house = House::new();
    let mut alice = house.alice().await;
    let (secret, codes) = with_app(&mut alice).await;
    let refused = alice.delete("/v1/factors/totp").await;
    let refused = refused.refused(403, "step_up_required");
    assert_eq!(refused["resource"], "totp");
    assert_eq!(refused["methods"], json!(["totp", "recovery_code"]));
    let body = json!({"purpose": "remove_factor", "resource": "totp"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    let path = format!("/v1/step-ups/{}/verify", step_up["id"].as_str().unwrap());
    let weaker = alice.post(&path, &json!({"password": PASSWORD})).await;
    weaker.refused(403, "method_not_accepted");
    house.clock.advance(30);
    let proof = json!({"totp": app_code(&house, &secret)});
    let granted = alice.post(&path, &proof).await.is(200);
    alice.session = granted["token"].as_str().map(str::to_owned);
    alice.delete("/v1/factors/totp").await.is(204);
    let once = alice.delete("/v1/factors/totp").await;
    once.refused(403, "step_up_required");
    alice.step_up("remove_factor", "totp").await;
    let gone = alice.delete("/v1/factors/totp").await;
    gone.refused(409, "factor_not_set");
    assert_eq!(codes.len(), 10);
    alice.elsewhere().await.get("/v1/me").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_by_sms_are_a_second_step_with_a_notice() {
    let house = House::new();
    let mut alice = house.alice().await;
    let path = "/v1/factors/sms";
    let unread = alice.post(path, &json!({"accept_notice": false})).await;
    unread.refused(400, "invalid_field");
    alice.step_up("set_up_factor", "").await;
    let enabled = alice
        .post(path, &json!({"accept_notice": true}))
        .await
        .is(200);
    assert_eq!(enabled["to"], "138****0001");
    let ticket = sign_in(&alice).await;
    assert_eq!(ticket["methods"], json!(["sms"]));
    let ask = json!({"ticket": ticket["ticket"], "method": "sms"});
    let anon = house.anon();
    let sent = anon
        .post("/v1/sessions/second-factor/challenge", &ask)
        .await;
    assert_eq!(sent.is(200)["delivered_to"], "138****0001");
    let code = house.message(&alice.contact, "code").await;
    // A code of one sign-in is nothing in another.
    let other = sign_in(&alice).await;
    let moved = second(&house, &other, "sms_code", &code).await;
    moved.refused(410, "code_expired");
    let opened = second(&house, &ticket, "sms_code", &code).await;
    opened.is(201);

    let body = json!({"purpose": "remove_factor", "resource": "sms"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    assert_eq!(step_up["methods"], json!(["sms", "security_token"]));
    let base = format!("/v1/step-ups/{}", step_up["id"].as_str().unwrap());
    house.clock.advance(1);
    let ask = json!({"method": "sms"});
    alice.post(&format!("{base}/challenge"), &ask).await.is(200);
    let code = json!({"sms_code": house.message(&alice.contact, "code").await});
    let granted = alice.post(&format!("{base}/verify"), &code).await.is(200);
    alice.session = granted["token"].as_str().map(str::to_owned);
    alice.delete(path).await.is(204);
    let body = json!({"purpose": "change_contact"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    let base = format!("/v1/step-ups/{}", step_up["id"].as_str().unwrap());
    let off = alice.post(&format!("{base}/challenge"), &ask).await;
    off.refused(403, "method_not_accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_make_the_old_ones_void() {
    let house = House::new();
    let mut alice = house.alice().await;
    let (secret, old) = with_app(&mut alice).await;
    let path = "/v1/factors/recovery-codes";
    let renewed = alice.send(Ask::new("POST".parse().unwrap(), path)).await;
    let renewed = renewed.is(201);
    let new = renewed["codes"].as_array().unwrap();
    assert_eq!(new.len(), 10);
    let ticket = sign_in(&alice).await;
    let void = second(&house, &ticket, "recovery_code", &old[0]).await;
    void.refused(422, "proof_wrong");
    let fresh = new[0].as_str().unwrap();
    second(&house, &ticket, "recovery_code", fresh)
        .await
        .is(201);
    assert!(!secret.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn s_18_what_ends_sessions_ends_a_sign_in_halfway() {
    let house = House::new();
    let mut alice = house.alice().await;
    let (secret, _) = with_app(&mut alice).await;
    house.clock.advance(60);
    let ticket = sign_in(&alice).await;
    let user = alice.user.parse().unwrap();
    house
        .write(move |tx, _| identity::user::raise_epoch(tx, user))
        .await;
    let code = app_code(&house, &secret);
    let dead = second(&house, &ticket, "totp", &code).await;
    dead.refused(410, "ticket_invalid");
    let ticket = sign_in(&alice).await;
    house.clock.advance(300);
    let code = app_code(&house, &secret);
    let late = second(&house, &ticket, "totp", &code).await;
    late.refused(410, "ticket_invalid");
}
