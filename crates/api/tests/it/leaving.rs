use identity::{
    Purpose,
    audit::{self, Action, Page},
    person_key,
};
use serde_json::json;

use crate::{
    actors::{Actor, Ask, PASSWORD},
    house::House,
};

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_way_is_shown_at_once() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(700).await;
    let view = alice.get("/v1/closing").await.is(200);
    assert_eq!(view["state"], "open");
    assert_eq!(view["obstacles"][0]["code"], "balance");
    assert_eq!(view["balances"][0]["amount"], 700);
    let wish = json!({"phrase": "注销账户"});
    let blocked = alice.post("/v1/closing", &wish).await;
    let blocked = blocked.refused(409, "closing_blocked");
    assert_eq!(blocked["errors"][0]["param"], "balance");
    alice.pay("out", &alice.payment(&bob, 700)).await.is(201);
    let bare = alice.post("/v1/closing", &wish).await;
    assert_eq!(
        bare.refused(403, "step_up_required")["purpose"],
        "close_account"
    );
    let (alice, wrong) = leave(&alice, &json!({"phrase": "yes"})).await;
    assert_eq!(
        wrong.refused(422, "closing_phrase_wrong")["param"],
        "/phrase"
    );
    let (alice, begun) = leave(&alice, &wish).await;
    assert_eq!(begun.is(202)["state"], "cooling_off");
    let (_, again) = leave(&alice, &wish).await;
    again.refused(409, "closing_under_way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_change_their_mind_for_a_week() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    bob.top_up(500).await;
    let nothing = alice.delete("/v1/closing").await;
    nothing.refused(409, "closing_not_under_way");
    let (alice, begun) = leave(&alice, &json!({"phrase": "Close my account"})).await;
    begun.is(202);
    let refused = bob.pay("in", &bob.payment(&alice, 100)).await;
    refused.refused(423, "payee_frozen");
    house.clock.advance(6 * 86_400);
    assert_eq!(house.app.close_due_accounts().await.unwrap(), 0);
    let alice = signed_in(&house, &alice, PASSWORD).await;
    alice.delete("/v1/closing").await.is(200);
    house.clock.advance(2 * 86_400);
    assert_eq!(house.app.close_due_accounts().await.unwrap(), 0);
    let bob = signed_in(&house, &bob, PASSWORD).await;
    bob.pay("again", &bob.payment(&alice, 100)).await.is(201);
}

/// Asks to leave, with a fresh proof.
async fn leave(actor: &Actor, body: &serde_json::Value) -> (Actor, crate::actors::Answer) {
    let mut actor = actor.clone();
    actor.step_up("close_account", "").await;
    let answer = actor.post("/v1/closing", body).await;
    (actor, answer)
}

async fn signed_in(house: &std::sync::Arc<House>, actor: &Actor, password: &str) -> Actor {
    let body = json!({"identifier": actor.contact, "password": password});
    let opened = house.anon().post("/v1/sessions", &body).await.is(201);
    Actor {
        session: opened["token"].as_str().map(str::to_owned),
        ..actor.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_week_nothing_of_the_person_is_left() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    bob.top_up(500).await;
    let wish = json!({"phrase": "注销账户", "reason": "moving"});
    let (alice, begun) = leave(&alice, &wish).await;
    begun.is(202);
    house.clock.advance(7 * 86_400);
    assert_eq!(house.app.close_due_accounts().await.unwrap(), 1);
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    house
        .anon()
        .post("/v1/sessions", &body)
        .await
        .refused(401, "auth_failed");
    alice.get("/v1/me").await.refused(401, "unauthenticated");
    let bob = signed_in(&house, &bob, PASSWORD).await;
    let refused = bob.pay("gone", &bob.payment(&alice, 100)).await;
    refused.refused(422, "payee_not_found");
    house.deliver().await;
    let page = format!("/sandbox/messages?to={}", alice.contact.replace('+', "%2B"));
    let told = house.anon().get(&page).await.is(200);
    assert!(
        told["data"][0]["text"].as_str().unwrap().contains("已注销"),
        "{told}"
    );
    // Their key is gone for good, and the log says that the account is.
    let user: vocab::UserId = alice.user.parse().unwrap();
    let sealed = house
        .write(move |tx, cx| {
            let place = (Purpose::Name, &b"row"[..]);
            Ok(person_key::seal(tx, cx, user, place, b"new").is_ok())
        })
        .await;
    assert!(!sealed, "a new value was sealed under a key that is gone");
    let page = Page {
        before: None,
        most: 1,
    };
    let last = house.write(move |tx, _| audit::about(tx, user, page)).await;
    assert_eq!(last[0].action, Action::AccountClosed);
    // The number is free for somebody else.
    house.clock.advance(1);
    Actor::register(house.clone(), "phone", &alice.contact, "李四").await;
}

/// Money that slips in while an account is being closed is never lost: the account stays.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_money_is_not_closed() {
    let house = House::new();
    let alice = house.alice().await;
    let (alice, begun) = leave(&alice, &json!({"phrase": "注销账户"})).await;
    begun.is(202);
    house.clock.advance(7 * 86_400 - 100);
    let alice = signed_in(&house, &alice, PASSWORD).await;
    // Opens an account that nobody has shut for incoming money.
    let body = json!({"channel": "sandbox", "money": {"amount": 5, "currency": "USD"}});
    alice
        .send(Ask::post("/v1/top-ups", &body).key("usd"))
        .await
        .is(201);
    house.clock.advance(100);
    assert_eq!(house.app.close_due_accounts().await.unwrap(), 1);
    let view = alice.get("/v1/closing").await.is(200);
    assert_eq!(view["state"], "open");
    assert_eq!(view["obstacles"][0]["code"], "balance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_ones_data_is_fetched_once() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(900).await;
    let mut body = alice.payment(&bob, 100);
    body["note"] = json!("=HYPERLINK(\"https://evil.example\")");
    alice.pay("note", &body).await.is(201);
    let (mut alice, bare) = (alice.clone(), alice.send(Ask::raw("/v1/exports", "")).await);
    bare.refused(403, "step_up_required");
    alice.step_up("export_data", "").await;
    let asked = alice.send(Ask::raw("/v1/exports", "")).await.is(202);
    assert_eq!(asked["state"], "preparing");
    let path = format!("/v1/exports/{}", asked["id"].as_str().unwrap());
    let early = alice.send(Ask::raw(&format!("{path}/download"), "")).await;
    early.refused(409, "export_not_ready");
    assert_eq!(house.app.prepare_exports().await.unwrap(), 1);
    assert_eq!(alice.get(&path).await.is(200)["state"], "ready");
    bob.get(&path).await.refused(404, "not_found");
    let fetched = alice.send(Ask::raw(&format!("{path}/download"), "")).await;
    assert!(
        fetched
            .header("content-disposition")
            .starts_with("attachment")
    );
    let copy = fetched.is(200);
    assert_eq!(copy["person"]["name"], "张三");
    assert_eq!(copy["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(copy["consents"][0]["document"], "terms");
    let csv = copy["transactions_csv"].as_str().unwrap();
    assert!(csv.contains("\"'=HYPERLINK("), "{csv}");
    let again = alice.send(Ask::raw(&format!("{path}/download"), "")).await;
    again.refused(410, "export_gone");
    for _ in 0..2 {
        alice.step_up("export_data", "").await;
        alice.send(Ask::raw("/v1/exports", "")).await.is(202);
    }
    alice.step_up("export_data", "").await;
    alice
        .send(Ask::raw("/v1/exports", ""))
        .await
        .refused(429, "tries_too_many");
}
