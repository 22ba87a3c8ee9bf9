use serde_json::{Value, json};

use crate::{
    actors::{Actor, PASSWORD},
    house::House,
};

const WRONG: &str = "Wrong-Orbit7#Gravel*Lantern";

async fn asked(actor: &Actor, purpose: &str) -> Value {
    let body = json!({"purpose": purpose, "resource": "x"});
    actor.post("/v1/step-ups", &body).await.is(201)
}

fn verify(step_up: &Value) -> String {
    format!("/v1/step-ups/{}/verify", step_up["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_grants_and_renews_the_session() {
    let house = House::new();
    let alice = house.alice().await;
    let step_up = asked(&alice, "set_up_factor").await;
    assert_eq!(step_up["state"], "pending");
    assert_eq!(step_up["methods"], json!(["password", "security_token"]));
    let proof = json!({"password": PASSWORD});
    let answer = alice.post(&verify(&step_up), &proof).await;
    let cookie = answer.header("set-cookie").to_owned();
    let granted = answer.is(200);
    assert_eq!(granted["state"], "granted");
    assert_eq!(granted["purpose"], "set_up_factor");
    assert_eq!(granted["resource"], "x");
    let renewed = granted["token"].as_str().unwrap();
    assert!(cookie.starts_with(&format!("tael={renewed};")), "{cookie}");
    assert_ne!(alice.session.as_deref(), Some(renewed));

    let after = Actor {
        session: Some(renewed.to_owned()),
        ..alice.clone()
    };
    after.get("/v1/me").await.is(200);
    house.clock.advance(29);
    alice.get("/v1/me").await.is(200);
    house.clock.advance(1);
    alice.get("/v1/me").await.refused(401, "unauthenticated");
    after.get("/v1/me").await.is(200);
    let again = after.post(&verify(&step_up), &proof).await;
    again.refused(409, "step_up_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_security_token_proves_too_and_keeps_its_own_count() {
    let house = House::new();
    let alice = house.alice().await;
    let step_up = asked(&alice, "raise_limit").await;
    let token = json!({"security_token": alice.token});
    alice.post(&verify(&step_up), &token).await.is(200);
    for round in 0..5 {
        let step_up = asked(&alice, "raise_limit").await;
        let wrong = json!({"security_token": "0000-0000-0000-0000"});
        let answer = alice.post(&verify(&step_up), &wrong).await;
        if round < 4 {
            let problem = answer.refused(422, "proof_wrong");
            assert_eq!(problem["param"], "/security_token");
        } else {
            answer.refused(403, "security_token_blocked");
        }
    }
    let step_up = asked(&alice, "raise_limit").await;
    assert_eq!(step_up["methods"], json!(["password"]));
    let answer = alice.post(&verify(&step_up), &token).await;
    let problem = answer.refused(403, "method_not_accepted");
    assert_eq!(problem["methods"], json!(["password"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_pending_for_five_minutes_in_one_session() {
    let house = House::new();
    let mut alice = house.alice().await;
    alice.step_up("close_account", "").await;
    let phone = alice.elsewhere().await;
    let step_up = asked(&alice, "close_account").await;
    let proof = json!({"password": PASSWORD});
    let foreign = phone.post(&verify(&step_up), &proof).await;
    foreign.refused(404, "not_found");
    house.clock.advance(300);
    let late = alice.post(&verify(&step_up), &proof).await;
    late.refused(410, "step_up_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_03_a_step_up_is_no_second_door_for_guessing() {
    let house = House::new();
    let alice = house.alice().await;
    let mut heard = 0;
    for _ in 0..20 {
        let step_up = asked(&alice, "export_data").await;
        for _ in 0..6 {
            let wrong = json!({"password": WRONG});
            let answer = alice.post(&verify(&step_up), &wrong).await;
            match answer.status {
                422 => heard += 1,
                429 => {
                    answer.refused(429, "tries_too_many");
                }
                _ => {
                    answer.refused(409, "step_up_closed");
                }
            }
        }
    }
    assert_eq!(heard, 5, "of 120 guesses over 20 step-ups");
    let step_up = asked(&alice, "export_data").await;
    let right = json!({"password": PASSWORD});
    let answer = alice.post(&verify(&step_up), &right).await;
    answer.refused(429, "tries_too_many");
    house.clock.advance(61);
    let step_up = asked(&alice, "export_data").await;
    alice.post(&verify(&step_up), &right).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_proof_and_a_known_purpose() {
    let house = House::new();
    let alice = house.alice().await;
    let step_up = asked(&alice, "export_data").await;
    let both = json!({"password": PASSWORD, "security_token": alice.token});
    for body in [json!({}), both] {
        let answer = alice.post(&verify(&step_up), &body).await;
        answer.refused(400, "invalid_field");
    }
    let long = json!({"password": "x".repeat(400)});
    let answer = alice.post(&verify(&step_up), &long).await;
    assert_eq!(answer.refused(422, "proof_wrong")["param"], "/password");
    for (body, param) in [
        (json!({"purpose": "be_root"}), "/purpose"),
        (
            json!({"purpose": "export_data", "resource": "ü"}),
            "/resource",
        ),
    ] {
        let answer = alice.post("/v1/step-ups", &body).await;
        assert_eq!(answer.refused(400, "invalid_field")["param"], param);
    }
}
