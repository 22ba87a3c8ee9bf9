//! `/v1/security/events` and `/v1/security/access-log`: what happened, and who looked.

use std::sync::Arc;

use identity::{
    audit::{self, Action, Actor as Doer, By},
    freeze::{self, Authority, FreezeKind, NewFreeze},
};
use serde_json::{Value, json};
use vocab::OperatorId;

use crate::{
    actors::{Actor, Ask, PASSWORD},
    factors::with_app,
    house::House,
};

async fn page(actor: &Actor, path: &str) -> (Vec<Value>, Option<String>) {
    let list = actor.get(path).await.is(200);
    let next = list["next"].as_str().map(str::to_owned);
    (list["data"].as_array().unwrap().clone(), next)
}

/// Every event of a person, newest first, read in pages of seven.
async fn events(actor: &Actor) -> Vec<Value> {
    let (mut all, mut next) = page(actor, "/v1/security/events?limit=7").await;
    while let Some(cursor) = next {
        let path = format!("/v1/security/events?limit=7&after={cursor}");
        let (more, then) = page(actor, &path).await;
        assert!(!more.is_empty());
        all.extend(more);
        next = then;
    }
    all
}

fn has(events: &[Value], action: &str, actor: &str) -> bool {
    events
        .iter()
        .any(|event| event["action"] == action && event["actor"] == actor)
}

/// What a person does to their devices, contacts, money and data.
async fn live(alice: &mut Actor) {
    let sessions = alice.get("/v1/sessions").await.is(200);
    let session = sessions["data"][0]["id"].as_str().unwrap().to_owned();
    let named = json!({"name": "Laptop"});
    let path = format!("/v1/sessions/{session}/rename");
    alice.post(&path, &named).await.is(200);
    let devices = alice.get("/v1/devices").await.is(200);
    let device = devices["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/devices/{device}/rename");
    alice.post(&path, &named).await.is(200);

    alice.step_up("change_contact", "").await;
    let wish = json!({"email": "alice@example.com"});
    let begun = alice.post("/v1/contacts", &wish).await.is(202);
    let contact = format!("/v1/contacts/{}", begun["id"].as_str().unwrap());
    alice.step_up("change_contact", "").await;
    alice.delete(&contact).await.is(200);

    let freeze = alice.post("/v1/freezes", &json!({"kind": "debit"})).await;
    let freeze = freeze.is(201)["id"].as_str().unwrap().to_owned();
    alice.step_up("lift_freeze", &freeze).await;
    let path = format!("/v1/freezes/{freeze}/lift");
    alice.post(&path, &json!({})).await.is(200);

    let limits = json!({"currency": "CNY", "per_payment": 500});
    alice.post("/v1/limits", &limits).await.is(200);
    alice.step_up("raise_limit", "CNY").await;
    let limits = json!({"currency": "CNY", "per_payment": 501});
    alice.post("/v1/limits", &limits).await.is(200);

    let quiet = json!({"quiet_hours": "none"});
    alice.post("/v1/preferences", &quiet).await.is(200);
    let review = json!({"answers": []});
    alice.post("/v1/security/review", &review).await.is(200);
    alice.step_up("export_data", "").await;
    alice.send(Ask::raw("/v1/exports", "")).await.is(202);
    alice.step_up("close_account", "").await;
    let leave = json!({"phrase": "close my account"});
    alice.post("/v1/closing", &leave).await.is(202);
    alice.delete("/v1/closing").await.is(200);
}

/// What a person does to what they prove themselves with.
async fn arm(alice: &mut Actor) {
    alice.step_up("set_pin", "").await;
    alice
        .post("/v1/pin", &json!({"pin": "384756"}))
        .await
        .is(200);
    alice.house.clock.advance(1);
    alice.step_up("create_access_token", "").await;
    let wish = json!({
        "name": "till", "scopes": ["wallet:read"], "expires_in_days": 30, "channel": "sms",
    });
    let asked = alice.post("/v1/access-tokens", &wish).await.is(202);
    let token = format!("/v1/access-tokens/{}", asked["id"].as_str().unwrap());
    alice.delete(&token).await.is(200);
    let asked = alice.get("/v1/security-tokens").await.is(200);
    let token = asked["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/security-tokens/{token}/block");
    alice.send(Ask::raw(&path, "")).await.is(200);
    let path = format!("/v1/security-tokens/{token}");
    alice.delete(&path).await.is(200);
    alice.step_up("change_password", "").await;
    let next = "Cobalt-Meadow4#Saddle*Whistle";
    let changed = json!({"current_password": PASSWORD, "password": next});
    alice.post("/v1/password", &changed).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_an_account_is_in_its_log() {
    let house = House::new();
    let mut alice = house.alice().await;
    let wrong = json!({"identifier": alice.contact, "password": "not-the-one-62"});
    let refused = house.anon().post("/v1/sessions", &wrong).await;
    refused.refused(401, "auth_failed");
    alice.elsewhere().await;
    live(&mut alice).await;
    with_app(&mut alice).await;
    let events = events(&alice).await;
    for action in [
        "account_opened",
        "session_opened",
        "security_token_requested",
        "security_token_activated",
        "session_renamed",
        "device_renamed",
        "contact_begun",
        "contact_called_off",
        "account_frozen",
        "freeze_lifted",
        "limits_set",
        "limit_raised",
        "preferences_changed",
        "security_reviewed",
        "export_requested",
        "closing_begun",
        "closing_canceled",
        "totp_activated",
        "recovery_codes_replaced",
    ] {
        assert!(has(&events, action, "me"), "{action}: {events:#?}");
    }
    assert!(has(&events, "sign_in_refused", "nobody"));
    let ids: std::collections::BTreeSet<_> = events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), events.len(), "each has an id of its own");
    let begun = events
        .iter()
        .find(|event| event["action"] == "closing_begun")
        .unwrap();
    assert!(begun["device"].is_string() && begun["network"].is_string());
    let report = house.write(|tx, cx| audit::verify(tx, cx.keys)).await;
    assert_eq!(report.differences_total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_come_and_go_in_the_log() {
    let house = House::new();
    let mut alice = house.alice().await;
    arm(&mut alice).await;
    let events = events(&alice).await;
    for action in [
        "pin_set",
        "access_token_requested",
        "access_token_revoked",
        "security_token_blocked_by_owner",
        "security_token_canceled",
        "password_changed",
    ] {
        assert!(has(&events, action, "me"), "{action}: {events:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_their_owners_alone_and_come_in_pages() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let theirs = events(&bob).await;
    let (newest, next) = page(&alice, "/v1/security/events?limit=2").await;
    let (older, _) = page(
        &alice,
        &format!("/v1/security/events?limit=2&after={}", next.unwrap()),
    )
    .await;
    let first = older[0]["id"].as_str().unwrap().replace("evt_", "cur_");
    let path = format!("/v1/security/events?limit=2&before={first}");
    assert_eq!(page(&alice, &path).await.0, newest);
    for event in newest.iter().chain(&older) {
        assert!(!theirs.contains(event));
    }
    let foreign = theirs[0]["id"].as_str().unwrap().replace("evt_", "cur_");
    for cursor in [foreign.as_str(), "cur_00", "evt_1", "x"] {
        let path = format!("/v1/security/events?after={cursor}");
        alice.get(&path).await.refused(400, "invalid_parameter");
    }
}

/// What the house does is there too, and it is said that the house did it.
#[tokio::test(flavor = "multi_thread")]
async fn operators_and_rules_are_named_as_such() {
    let house = House::new();
    let alice = house.alice().await;
    let user = alice.user.parse().unwrap();
    for by in [Authority::Operator, Authority::Rule] {
        let new = NewFreeze {
            user,
            kind: FreezeKind::Debit,
            by,
            reason: Some("case 7".to_owned()),
        };
        house
            .write(move |tx, cx| freeze::place(tx, cx, new.clone()))
            .await;
    }
    let events = events(&alice).await;
    assert!(has(&events, "account_frozen", "operator"));
    assert!(has(&events, "account_frozen", "system"));
    assert!(!has(&events, "account_frozen", "me"));
}

async fn looked_at(house: &Arc<House>, user: vocab::UserId) -> OperatorId {
    house
        .write(move |tx, cx| {
            let operator = OperatorId::new(cx.now, cx.entropy);
            let by = By::actor(Doer::Operator(operator));
            audit::note(tx, cx, by, user, (Action::ProfileSeen, "case:7"))?;
            Ok(operator)
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_who_looked_at_their_data() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let (none, next) = page(&alice, "/v1/security/access-log").await;
    assert!(none.is_empty() && next.is_none());
    let operator = looked_at(&house, alice.user.parse().unwrap()).await;
    let (looks, _) = page(&alice, "/v1/security/access-log").await;
    assert_eq!(looks.len(), 1);
    assert_eq!(looks[0]["action"], "profile_seen");
    assert_eq!(looks[0]["actor"], "operator");
    assert_eq!(looks[0]["object"], "case:7");
    let text = looks[0].to_string();
    assert!(!text.contains(&operator.to_string()), "{text}");
    assert!(page(&bob, "/v1/security/access-log").await.0.is_empty());
    assert!(!has(&events(&alice).await, "profile_seen", "operator"));
}
