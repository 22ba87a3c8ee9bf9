use serde_json::json;
use vocab::Clock;

use crate::{
    actors::{Actor, Ask, PASSWORD},
    house::{House, Plan},
};

const NEXT: &str = "Cobalt-Meadow4#Saddle*Whistle";

/// Somebody without a second factor.
async fn carol(house: &std::sync::Arc<House>) -> Actor {
    Actor::register(house.clone(), "phone", "+8613800000007", "王小明").await
}

async fn sign_in(house: &std::sync::Arc<House>, contact: &str, password: &str) -> u16 {
    let body = json!({"identifier": contact, "password": password});
    house.anon().post("/v1/sessions", &body).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_are_served_with_their_numbers() {
    let house = House::new();
    let policy = house.anon().get("/v1/password-policy").await.is(200);
    assert_eq!(policy["policy"], "mission");
    assert_eq!(policy["max_age_days"], 90);
    let rules = policy["rules"].as_array().unwrap();
    let value =
        |code: &str| rules.iter().find(|rule| rule["code"] == code).unwrap()["value"].clone();
    assert_eq!(value("length"), 10);
    assert_eq!(value("symbol"), 20);
    assert_eq!(value("reused"), 5);
    assert!(
        !rules.iter().any(|rule| rule["code"] == "leaked"),
        "{policy}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_says_what_the_server_will_say() {
    let house = House::new();
    let alice = carol(&house).await;
    let check = |typed: &str| {
        let (alice, body) = (alice.clone(), json!({"password": typed}));
        async move { alice.post("/v1/password/check", &body).await.is(200) }
    };
    let weak = check("Abc123!@").await;
    let failed = weak["failed"].as_array().unwrap();
    assert!(
        failed.contains(&json!("length")) && failed.contains(&json!("guessable")),
        "{weak}"
    );
    let personal = check("kQ7#+8613800000007").await;
    assert!(
        personal["failed"]
            .as_array()
            .unwrap()
            .contains(&json!("personal")),
        "{personal}"
    );
    let good = check(NEXT).await;
    assert_eq!(
        (good["failed"].clone(), good["score"].clone()),
        (json!([]), json!(4))
    );

    let body = json!({"email": "new@example.com", "accept_terms": true});
    let begun = house.anon().post("/v1/registrations", &body).await.is(202);
    let path = format!(
        "/v1/registrations/{}/password-check",
        begun["id"].as_str().unwrap()
    );
    let body = json!({"password": NEXT, "name": "Cobalt Meadow"});
    house
        .anon()
        .post(&path, &body)
        .await
        .refused(409, "contact_not_verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_the_present_one_and_ends_every_other_session() {
    let house = House::new();
    let alice = carol(&house).await;
    let elsewhere = alice.elsewhere().await;
    let wrong = json!({"current_password": "Not-The-0ne#", "password": NEXT});
    let refused = alice.post("/v1/password", &wrong).await;
    assert_eq!(
        refused.refused(422, "password_wrong")["param"],
        "/current_password"
    );
    let weak = json!({"current_password": PASSWORD, "password": "short"});
    alice
        .post("/v1/password", &weak)
        .await
        .refused(422, "password_too_weak");
    house.clock.advance(1);
    let change = json!({"current_password": PASSWORD, "password": NEXT});
    let changed = alice.post("/v1/password", &change).await.is(200);
    assert_eq!(changed["outcome"], "applied");
    alice.get("/v1/me").await.is(200);
    elsewhere
        .get("/v1/me")
        .await
        .refused(401, "unauthenticated");
    assert_eq!(sign_in(&house, &alice.contact, PASSWORD).await, 401);
    assert_eq!(sign_in(&house, &alice.contact, NEXT).await, 201);
    let inbox = alice.get("/v1/inbox").await.is(200);
    assert_eq!(inbox["data"][0]["template"], "password_changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_five_are_not_taken_again() {
    let house = House::new();
    let alice = carol(&house).await;
    let nth = |n: usize| format!("{NEXT}-{n}-Quartz");
    let mut current = PASSWORD.to_owned();
    for n in 0..5 {
        house.clock.advance(1);
        let body = json!({"current_password": current, "password": nth(n)});
        alice.post("/v1/password", &body).await.is(200);
        current = nth(n);
    }
    for n in 0..5 {
        // A try counts until one is right.
        house.clock.advance(200);
        let body = json!({"current_password": current, "password": nth(n)});
        let refused = alice.post("/v1/password", &body).await;
        let refused = refused.refused(422, "password_too_weak");
        assert_eq!(refused["errors"][0]["detail"], "reused", "{n}: {refused}");
    }
    house.clock.advance(800);
    let body = json!({"current_password": current, "password": PASSWORD});
    alice.post("/v1/password", &body).await.is(200);
}

/// Every route that takes a secret counts the guess before it compares.
#[tokio::test(flavor = "multi_thread")]
async fn s_03_the_present_password_cannot_be_guessed_from_inside() {
    let house = House::new();
    let alice = carol(&house).await;
    let wrong = json!({"current_password": "Not-The-0ne#", "password": NEXT});
    for _ in 0..5 {
        alice
            .post("/v1/password", &wrong)
            .await
            .refused(422, "password_wrong");
    }
    let right = json!({"current_password": PASSWORD, "password": NEXT});
    let waiting = alice.post("/v1/password", &right).await;
    assert!(waiting.header("retry-after").parse::<i64>().unwrap() > 0);
    waiting.refused(429, "tries_too_many");
    house.clock.advance(850);
    alice.get("/v1/me").await.is(200);
    house.clock.advance(60);
    alice.post("/v1/password", &right).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_can_be_put_off() {
    let house = House::new();
    let alice = carol(&house).await;
    let snoozed = alice
        .send(Ask::raw("/v1/password/snooze", ""))
        .await
        .is(200);
    assert!(
        snoozed["until"].as_str().unwrap() > house.clock.now().to_string().as_str(),
        "{snoozed}"
    );
}

/// The operator may force the change: then money stays until it is made.
#[tokio::test(flavor = "multi_thread")]
async fn a_forced_change_keeps_money_in() {
    let mut plan = Plan::default();
    plan.policy.life.password_rotation = identity::policy::Rotation::Force;
    plan.policy.life.password_age_seconds = Some(600);
    plan.policy.life.token_guards_recovery = true;
    let house = House::planned(plan);
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    house.clock.advance(700);
    let body = alice.payment(&bob, 100);
    let pay = |payer: &Actor| {
        let (payer, body) = (payer.clone(), body.clone());
        async move { payer.pay("a", &body).await }
    };
    pay(&alice).await.refused(403, "password_due");
    let change = json!({"current_password": PASSWORD, "password": NEXT});
    let bare = alice.post("/v1/password", &change).await;
    assert_eq!(
        bare.refused(403, "step_up_required")["purpose"],
        "change_password"
    );
    alice.step_up("change_password", "").await;
    alice.post("/v1/password", &change).await.is(200);
    pay(&alice).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_leaked_must_be_changed() {
    #[derive(Debug)]
    struct Everything;
    impl identity::policy::LeakedPasswords for Everything {
        fn holds(&self, _: &[u8; 20]) -> bool {
            true
        }
    }
    let dir = tempfile::TempDir::new().unwrap();
    let clock = House::clock();
    let house = std::sync::Arc::new(House::at(dir.path(), clock.clone(), Plan::default()));
    let alice = carol(&house).await;
    house.db.shut_down().unwrap();
    drop(house);
    let mut plan = Plan::default();
    plan.policy.life.leaked = Some(&Everything);
    clock.advance(1);
    let house = std::sync::Arc::new(House::at(dir.path(), clock, plan));
    assert_eq!(sign_in(&house, &alice.contact, PASSWORD).await, 201);
    let alice = Actor {
        house: house.clone(),
        ..alice
    };
    // Looked after in the background, before anything else is written.
    let told = async {
        loop {
            let inbox = alice.get("/v1/inbox").await.is(200);
            if inbox["data"][0]["template"] == "password_compromised" {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), told)
        .await
        .unwrap();
    let body = json!({"password": "Cobalt-Meadow4#Saddle*Whistle"});
    let judged = alice.post("/v1/password/check", &body).await.is(200);
    assert_eq!(judged["failed"], json!(["leaked"]));
}
