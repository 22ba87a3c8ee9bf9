use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    actors::{Actor, Answer, Ask, PASSWORD},
    house::House,
    soft_key::SoftKey,
};

async fn post_nothing(actor: &Actor, path: &str) -> Answer {
    actor.send(Ask::new("POST".parse().unwrap(), path)).await
}

/// Adds a passkey to an account; gives its id.
pub async fn with_passkey(alice: &mut Actor, key: &mut SoftKey) -> String {
    alice.step_up("set_up_factor", "").await;
    let asked = post_nothing(alice, "/v1/factors/passkeys/options").await;
    let asked = asked.is(200);
    let options = &asked["public_key"];
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(
        options["authenticatorSelection"]["userVerification"],
        "required"
    );
    let body = json!({
        "ticket": asked["ticket"], "name": "Phone", "credential": key.make(options),
    });
    let added = alice.post("/v1/factors/passkeys", &body).await.is(201);
    assert_eq!(added["name"], "Phone");
    let again = alice.post("/v1/factors/passkeys", &body).await;
    again.refused(422, "proof_wrong");
    added["id"].as_str().unwrap().to_owned()
}

async fn by_passkey(house: &Arc<House>, answer: impl FnOnce(&Value) -> Value) -> Answer {
    let anon = house.anon();
    let asked = post_nothing(&anon, "/v1/sessions/passkey/options").await;
    let asked = asked.is(200);
    let credential = answer(&asked["public_key"]);
    let body = json!({"ticket": asked["ticket"], "credential": credential});
    anon.post("/v1/sessions/passkey", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_by_itself_once_per_challenge() {
    let house = House::new();
    let mut alice = house.alice().await;
    let mut key = SoftKey::new(1);
    with_passkey(&mut alice, &mut key).await;
    let opened = by_passkey(&house, |asked| key.answer(asked)).await.is(201);
    assert_eq!(opened["user"]["id"], alice.user);
    let there = Actor {
        session: opened["token"].as_str().map(str::to_owned),
        ..alice.clone()
    };
    let places = there.get("/v1/sessions").await.is(200);
    assert_eq!(places["data"][0]["methods"], json!(["passkey"]));
    let factors = there.get("/v1/factors").await.is(200);
    assert!(factors["passkeys"][0]["last_used_at"].is_string());

    let anon = house.anon();
    let asked = post_nothing(&anon, "/v1/sessions/passkey/options").await;
    let asked = asked.is(200);
    let answer = key.answer(&asked["public_key"]);
    let body = json!({"ticket": asked["ticket"], "credential": answer});
    anon.post("/v1/sessions/passkey", &body).await.is(201);
    let replayed = anon.post("/v1/sessions/passkey", &body).await;
    replayed.refused(401, "auth_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_22_answers_that_do_not_hold_are_refused() {
    let house = House::new();
    let (mut alice, mut bob) = (house.alice().await, house.bob().await);
    let (mut key, mut bobs) = (SoftKey::new(1), SoftKey::new(2));
    with_passkey(&mut alice, &mut key).await;
    with_passkey(&mut bob, &mut bobs).await;
    let mut absent = key.clone();
    absent.flags = 0;
    let with = |change: &dyn Fn(&mut SoftKey)| {
        let mut other = key.clone();
        change(&mut other);
        other
    };
    let forgeries = [
        ("locked", key.clone().locked()),
        ("nobody there", absent),
        (
            "foreign handle",
            with(&|other| other.handle.clone_from(&bobs.handle)),
        ),
        ("no handle", with(&|other| other.handle.clear())),
        (
            "evil origin",
            with(&|other| other.origin = "https://evil-localhost".into()),
        ),
        (
            "other port",
            with(&|other| other.origin = "http://localhost:8081".into()),
        ),
        (
            "subdomain",
            with(&|other| other.origin = "http://a.localhost:8080".into()),
        ),
        ("unknown key", SoftKey::new(3)),
    ];
    for (what, forged) in forgeries {
        let answer = by_passkey(&house, |asked| forged.answer(asked)).await;
        assert_eq!(answer.status, 401, "{what}");
        answer.refused(401, "auth_failed");
    }
    let old = by_passkey(&house, |_| key.answer(&json!({"challenge": "AAAA"}))).await;
    old.refused(401, "auth_failed");
    let garbage = by_passkey(&house, |_| json!({"id": "x"})).await;
    garbage.refused(401, "auth_failed");
    by_passkey(&house, |asked| key.answer(asked)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_23_a_passkey_cannot_be_passed_by_anything_weaker() {
    let house = House::new();
    let mut alice = house.alice().await;
    let mut key = SoftKey::new(1);
    let id = with_passkey(&mut alice, &mut key).await;
    let body = json!({"purpose": "create_access_token"});
    let step_up = alice.post("/v1/step-ups", &body).await.is(201);
    assert_eq!(step_up["methods"], json!(["passkey"]));
    let path = format!("/v1/step-ups/{}", step_up["id"].as_str().unwrap());
    let verify = format!("{path}/verify");
    for weaker in [
        json!({"password": PASSWORD}),
        json!({"security_token": alice.token}),
        json!({"totp": "000000"}),
        json!({"sms_code": "000000"}),
    ] {
        let answer = alice.post(&verify, &weaker).await;
        answer.refused(403, "method_not_accepted");
    }
    let (path, sms) = (format!("{path}/challenge"), json!({"method": "sms"}));
    let sms = alice.post(&path, &sms).await;
    sms.refused(403, "method_not_accepted");
    // A challenge of a sign-in proves nothing here.
    let anon = house.anon();
    let other = post_nothing(&anon, "/v1/sessions/passkey/options").await;
    let crossed = json!({"passkey": key.answer(&other.is(200)["public_key"])});
    alice
        .post(&verify, &crossed)
        .await
        .refused(422, "proof_wrong");
    let ask = json!({"method": "passkey"});
    let asked = alice.post(&path, &ask).await.is(200);
    let wrong = json!({"passkey": key.clone().locked().answer(&asked["public_key"])});
    let answer = alice.post(&verify, &wrong).await;
    assert_eq!(answer.refused(422, "proof_wrong")["param"], "/passkey");
    let asked = alice.post(&path, &ask).await.is(200);
    let right = json!({"passkey": key.answer(&asked["public_key"])});
    alice.post(&verify, &right).await.is(200);

    let stranger = house.bob().await;
    let path = format!("/v1/factors/passkeys/{id}");
    stranger.delete(&path).await.refused(404, "not_found");
    let name = json!({"name": "Old phone"});
    let renamed = alice.post(&format!("{path}/rename"), &name).await.is(200);
    assert_eq!(renamed["name"], "Old phone");
    alice.delete(&path).await.refused(403, "step_up_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_a_second_step_after_the_password() {
    let house = House::new();
    let mut alice = house.alice().await;
    let mut key = SoftKey::new(1);
    with_passkey(&mut alice, &mut key).await;
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    let anon = house.anon();
    let ticket = anon.post("/v1/sessions", &body).await.is(200);
    assert_eq!(ticket["methods"], json!(["passkey"]));
    let ask = json!({"ticket": ticket["ticket"], "method": "passkey"});
    let asked = anon
        .post("/v1/sessions/second-factor/challenge", &ask)
        .await;
    let answer = key.answer(&asked.is(200)["public_key"]);
    let proof = json!({"ticket": ticket["ticket"], "passkey": answer});
    anon.post("/v1/sessions/second-factor", &proof)
        .await
        .is(201);
}
