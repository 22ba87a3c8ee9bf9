use serde_json::{Value, json};

use crate::{actors::Ask, house::House};

fn done(view: &Value, code: &str) -> Value {
    let list = view["checklist"].as_array().unwrap();
    list.iter().find(|check| check["code"] == code).unwrap()["is_done"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_score_is_the_sum_of_what_is_done() {
    let house = House::new();
    let alice = house.alice().await;
    let view = alice.get("/v1/security").await.is(200);
    let total: i64 = view["checklist"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["points"].as_i64().unwrap())
        .sum();
    assert_eq!(total, 100);
    assert_eq!(done(&view, "strong_password"), true);
    assert_eq!(done(&view, "security_token"), true);
    assert_eq!(done(&view, "two_contacts"), false);
    assert_eq!(done(&view, "reviewed"), false);
    let before = view["score"].as_i64().unwrap();
    let none = alice
        .post("/v1/security/review", &json!({"answers": []}))
        .await;
    assert_eq!(none.is(200)["state"], "clean");
    let view = alice.get("/v1/security").await.is(200);
    assert_eq!(done(&view, "reviewed"), true);
    assert_eq!(view["score"].as_i64().unwrap(), before + 10);
}

/// A no ends every other session at once.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_me_ends_what_others_hold() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(500).await;
    alice.pay("one", &alice.payment(&bob, 120)).await.is(201);
    let elsewhere = alice.elsewhere().await;
    let shown = alice.get("/v1/security/review").await.is(200);
    let items = shown["items"].as_array().unwrap();
    let kinds: Vec<&str> = items
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"payment") && kinds.contains(&"sign_in"),
        "{shown}"
    );
    let newest = items.iter().find(|item| item["kind"] == "sign_in").unwrap();
    let foreign = json!({"answers": [{"id": "ses_nothing", "was_me": false}]});
    alice
        .post("/v1/security/review", &foreign)
        .await
        .refused(404, "not_found");
    let body = json!({"answers": [{"id": newest["id"], "was_me": false}]});
    let answered = alice.post("/v1/security/review", &body).await.is(200);
    assert_eq!(answered["state"], "frozen");
    alice
        .pay("two", &alice.payment(&bob, 1))
        .await
        .refused(423, "account_frozen");
    elsewhere
        .get("/v1/me")
        .await
        .refused(401, "unauthenticated");
    alice.get("/v1/me").await.is(200);
}

/// Hours of quiet and channels never keep a security message back.
#[tokio::test(flavor = "multi_thread")]
async fn preferences_do_not_silence_security() {
    let house = House::new();
    let mut alice = house.alice().await;
    let fresh = alice.get("/v1/preferences").await.is(200);
    assert_eq!(fresh["locale"], "zh");
    assert_eq!(fresh["quiet_hours"], Value::Null);
    let refused = |field: &'static str, value: Value| {
        let (alice, body) = (alice.clone(), json!({field: value}));
        async move { alice.post("/v1/preferences", &body).await }
    };
    let security = refused("channels", json!({"security": []})).await;
    security.refused(422, "security_is_always_told");
    let quiet = refused("quiet_hours", json!({"from": "25:00", "to": "07:00"})).await;
    quiet.refused(422, "quiet_hours_invalid");
    refused("time_zone", json!("../x"))
        .await
        .refused(422, "time_zone_invalid");
    let body = json!({
        "locale": "en",
        "time_zone": "Europe/Berlin",
        "quiet_hours": {"from": "00:00", "to": "23:59"},
        "channels": {"payments": [], "product": []},
    });
    let changed = alice.post("/v1/preferences", &body).await.is(200);
    assert_eq!(changed["channels"]["payments"], json!([]));
    assert_eq!(
        changed["channels"]["security"],
        json!(["inbox", "sms", "email"])
    );
    house.clock.advance(1);
    let change = json!({
        "current_password": crate::actors::PASSWORD,
        "password": "Cobalt-Meadow4#Saddle*Whistle",
    });
    alice.step_up("change_password", "").await;
    alice.post("/v1/password", &change).await.is(200);
    house.deliver().await;
    let page = format!("/sandbox/messages?to={}", alice.contact.replace('+', "%2B"));
    let told = house.anon().get(&page).await.is(200);
    assert!(
        told["data"][0]["text"]
            .as_str()
            .unwrap()
            .contains("password"),
        "{told}"
    );
    let quiet = json!({"quiet_hours": "none"});
    let ended = alice
        .send(Ask::post("/v1/preferences", &quiet))
        .await
        .is(200);
    assert_eq!(ended["quiet_hours"], Value::Null);
}
