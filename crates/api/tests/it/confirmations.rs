use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, Answer, Ask},
    house::House,
};

/// The device that shows the QR code.
#[derive(Clone)]
struct Screen {
    house: Arc<House>,
    id: String,
    nonce: String,
    pickup: String,
}

impl Screen {
    async fn show(house: &Arc<House>, purpose: &str) -> Self {
        let body = json!({"purpose": purpose});
        let shown = house
            .anon()
            .post("/v1/device-confirmations", &body)
            .await
            .is(201);
        Self {
            house: house.clone(),
            id: shown["id"].as_str().unwrap().to_owned(),
            nonce: nonce_of(&shown),
            pickup: shown["pickup"].as_str().unwrap().to_owned(),
        }
    }

    async fn state(&self) -> Answer {
        let ask = Ask::get(&format!("/v1/device-confirmations/{}", self.id));
        self.house
            .anon()
            .send(ask.with("tael-pickup", &self.pickup))
            .await
    }

    async fn post(&self, step: &str) -> Answer {
        let ask = Ask::raw(&format!("/v1/device-confirmations/{}/{step}", self.id), "");
        self.house
            .anon()
            .send(ask.with("tael-pickup", &self.pickup))
            .await
    }
}

fn nonce_of(shown: &Value) -> String {
    let url = shown["url"].as_str().unwrap();
    url.split_once("/q#").unwrap().1.to_owned()
}

async fn scan(actor: &Actor, nonce: &str) -> Answer {
    actor
        .post("/v1/device-confirmations/scan", &json!({"nonce": nonce}))
        .await
}

async fn approve(actor: &Actor, id: &str) -> Answer {
    let path = format!("/v1/device-confirmations/{id}/approve");
    actor
        .post(&path, &json!({"security_token": actor.token}))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_signs_the_first_one_in() {
    let house = House::new();
    let alice = house.alice().await;
    let screen = Screen::show(&house, "sign_in").await;
    assert_eq!(screen.state().await.is(200)["state"], "created");
    let scanned = scan(&alice, &screen.nonce).await.is(200);
    assert_eq!(
        (&scanned["purpose"], &scanned["action"]),
        (&json!("sign_in"), &json!("sign_in"))
    );
    assert_eq!(screen.state().await.is(200)["state"], "scanned");
    screen
        .post("redeem")
        .await
        .refused(409, "confirmation_not_approved");
    let path = format!("/v1/device-confirmations/{}/approve", screen.id);
    let guess = json!({"security_token": "AAAA-AAAA-AAAA-AAAA"});
    alice.post(&path, &guess).await.refused(422, "proof_wrong");
    approve(&alice, &screen.id).await.is(200);
    let opened = screen.post("redeem").await;
    assert!(opened.header("set-cookie").starts_with("tael="));
    let opened = opened.is(201);
    let session = opened["token"].as_str().map(str::to_owned);
    let me = Actor {
        session,
        ..house.anon()
    }
    .get("/v1/me")
    .await
    .is(200);
    assert_eq!(me["id"], json!(alice.user));
    screen
        .post("redeem")
        .await
        .refused(409, "confirmation_closed");
}

/// Neither the photograph of a code nor the device that scans it gets what is behind it.
#[tokio::test(flavor = "multi_thread")]
async fn s_43_a_photograph_of_the_code_gets_nothing() {
    let house = House::new();
    let alice = house.alice().await;
    let bob = house.bob().await;
    let screen = Screen::show(&house, "sign_in").await;
    assert!(!screen.nonce.contains(&alice.user) && !screen.nonce.contains("138"));
    scan(&alice, &screen.nonce).await.is(200);
    scan(&bob, &screen.nonce).await.refused(404, "not_found");
    scan(&alice, &screen.nonce).await.refused(404, "not_found");
    approve(&bob, &screen.id).await.refused(404, "not_found");
    approve(&alice.elsewhere().await, &screen.id)
        .await
        .refused(404, "not_found");
    approve(&alice, &screen.id).await.is(200);
    let thief = Screen {
        pickup: screen.nonce.clone(),
        ..screen.clone()
    };
    thief.post("redeem").await.refused(404, "not_found");
    thief.state().await.refused(404, "not_found");
    let path = format!("/v1/device-confirmations/{}/redeem", screen.id);
    house
        .anon()
        .send(Ask::raw(&path, ""))
        .await
        .refused(404, "not_found");
    screen.post("redeem").await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_09_parallel_approvals_and_pickups_come_to_one() {
    let house = House::new();
    let alice = house.alice().await;
    let screen = Screen::show(&house, "sign_in").await;
    scan(&alice, &screen.nonce).await.is(200);
    let mut approvals = JoinSet::new();
    for _ in 0..20 {
        let (alice, id) = (alice.clone(), screen.id.clone());
        approvals.spawn(async move { approve(&alice, &id).await.status });
    }
    let approved = approvals
        .join_all()
        .await
        .into_iter()
        .filter(|&status| status == 200);
    assert_eq!(approved.count(), 1);
    let mut pickups = JoinSet::new();
    for _ in 0..20 {
        let screen = screen.clone();
        pickups.spawn(async move { screen.post("redeem").await.status });
    }
    let picked = pickups
        .join_all()
        .await
        .into_iter()
        .filter(|&status| status == 201);
    assert_eq!(picked.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_final_and_so_is_time() {
    let house = House::new();
    let alice = house.alice().await;
    let screen = Screen::show(&house, "sign_in").await;
    scan(&alice, &screen.nonce).await.is(200);
    let path = format!("/v1/device-confirmations/{}/reject", screen.id);
    alice.send(Ask::raw(&path, "")).await.is(200);
    approve(&alice, &screen.id)
        .await
        .refused(409, "confirmation_closed");
    assert_eq!(screen.state().await.is(200)["state"], "rejected");
    screen
        .post("redeem")
        .await
        .refused(409, "confirmation_closed");

    let screen = Screen::show(&house, "sign_in").await;
    house.clock.advance(60);
    scan(&alice, &screen.nonce).await.refused(404, "not_found");
    let next = screen.post("refresh").await.is(200);
    scan(&alice, &screen.nonce).await.refused(404, "not_found");
    scan(&alice, &nonce_of(&next)).await.is(200);
    screen.post("refresh").await.refused(404, "not_found");
    approve(&alice, &screen.id).await.is(200);
    house.clock.advance(30);
    assert_eq!(screen.state().await.is(200)["state"], "expired");
    screen
        .post("redeem")
        .await
        .refused(409, "confirmation_closed");

    let screen = Screen::show(&house, "sign_in").await;
    scan(&alice, &screen.nonce).await.is(200);
    house.clock.advance(120);
    approve(&alice, &screen.id)
        .await
        .refused(409, "confirmation_closed");
}

/// What stops a person between yes and pickup stops the pickup.
#[tokio::test(flavor = "multi_thread")]
async fn s_06_a_person_who_was_stopped_in_between_is_not_signed_in() {
    let house = House::new();
    let alice = house.alice().await;
    let screen = Screen::show(&house, "sign_in").await;
    scan(&alice, &screen.nonce).await.is(200);
    approve(&alice, &screen.id).await.is(200);
    let user: vocab::UserId = alice.user.parse().unwrap();
    let raised = house
        .db
        .write(move |tx| identity::user::raise_epoch(tx, user));
    raised.await.unwrap();
    screen
        .post("redeem")
        .await
        .refused(409, "confirmation_closed");
}

/// A freeze between yes and pickup stops the pickup, and whoever is frozen confirms nothing.
#[tokio::test(flavor = "multi_thread")]
async fn s_06_a_frozen_person_neither_scans_nor_is_signed_in() {
    let house = House::new();
    let alice = house.alice().await;
    let early = Screen::show(&house, "sign_in").await;
    scan(&alice, &early.nonce).await.is(200);
    approve(&alice, &early.id).await.is(200);
    let late = Screen::show(&house, "sign_in").await;
    let body = json!({"kind": "debit"});
    alice.post("/v1/freezes", &body).await.is(201);
    early.post("redeem").await.refused(423, "account_frozen");
    scan(&alice, &late.nonce)
        .await
        .refused(423, "account_frozen");
}

/// Somebody without an account completes a registration on the phone; the screen hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_completed_on_the_second_device() {
    let house = House::new();
    let screen = Screen::show(&house, "registration").await;
    let body = json!({"nonce": screen.nonce});
    let claimed = house
        .anon()
        .post("/v1/device-confirmations/claim", &body)
        .await
        .is(200);
    let again = house
        .anon()
        .post("/v1/device-confirmations/claim", &body)
        .await;
    again.refused(404, "not_found");
    house.clock.advance(200);
    let phone = Actor::register(house.clone(), "phone", "+8613800000009", "王小明").await;
    let path = format!("/v1/device-confirmations/{}/approve", screen.id);
    let wrong = json!({"claim": "tqc_nonsense"});
    phone.post(&path, &wrong).await.refused(404, "not_found");
    phone
        .post(&path, &json!({"claim": claimed["claim"]}))
        .await
        .is(200);
    let done = screen.post("redeem").await;
    assert!(!done.headers.contains_key("set-cookie"));
    assert_eq!(done.is(200)["state"], "redeemed");
}

/// A step-up that another device of the same person grants.
#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_device_says_yes_to_a_step_up_elsewhere() {
    let house = House::new();
    let alice = house.alice().await;
    let bob = house.bob().await;
    let purpose = json!({"purpose": "create_access_token"});
    let young = alice.elsewhere().await;
    let asked = young.post("/v1/step-ups", &purpose).await.is(201);
    assert_eq!(asked["methods"], json!(["password", "security_token"]));
    let path = format!("/v1/step-ups/{}/challenge", asked["id"].as_str().unwrap());
    let too_early = young.post(&path, &json!({"method": "device"})).await;
    too_early.refused(403, "method_not_accepted");
    house.clock.advance(86_400);
    let (here, mut there) = (alice.again().await, alice.elsewhere().await);
    let asked = there.post("/v1/step-ups", &purpose).await.is(201);
    assert_eq!(asked["methods"][2], "device");
    let path = format!("/v1/step-ups/{}/challenge", asked["id"].as_str().unwrap());
    let shown = there
        .post(&path, &json!({"method": "device"}))
        .await
        .is(200);
    let screen = Screen {
        house: house.clone(),
        id: shown["id"].as_str().unwrap().to_owned(),
        nonce: nonce_of(&shown),
        pickup: shown["pickup"].as_str().unwrap().to_owned(),
    };
    // Neither who asked, nor a device that has only just come, nor somebody else.
    for nobody in [&there, &alice.elsewhere().await, &bob.again().await] {
        let refused = scan(nobody, &screen.nonce).await;
        refused.refused(404, "not_found");
    }
    let scanned = scan(&here, &screen.nonce).await.is(200);
    assert_eq!(
        (&scanned["purpose"], &scanned["action"]),
        (&json!("step_up"), &json!("create_access_token"))
    );
    approve(&here, &screen.id).await.is(200);
    let granted = screen.post("redeem").await.is(200);
    assert_eq!(
        (&granted["state"], &granted["methods"]),
        (&json!("granted"), &json!(["device"]))
    );
    screen
        .post("redeem")
        .await
        .refused(409, "confirmation_closed");
    there.session = granted["token"].as_str().map(str::to_owned);
    let wish = crate::access_tokens::wish(&["wallet:read"]);
    there.post("/v1/access-tokens", &wish).await.is(202);
}
