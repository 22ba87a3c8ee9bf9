use serde_json::json;

use crate::{
    actors::{Actor, cny},
    house::{House, Plan},
};

fn activate(id: &str) -> String {
    format!("/v1/security-tokens/{id}/activate")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_activated_where_it_was_asked_for() {
    let house = House::new();
    let alice = Actor::register(house.clone(), "phone", "+8613800000001", "张三").await;
    let (id, token) = alice.request_token().await;
    let phone = alice.elsewhere().await;
    let answer = phone.post(&activate(&id), &json!({"token": token})).await;
    answer.refused(403, "security_token_other_session");
    alice
        .post(&activate(&id), &json!({"token": token}))
        .await
        .is(200);
    let again = alice.post(&activate(&id), &json!({"token": token})).await;
    again.refused(409, "security_token_not_pending");
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(list["data"][0]["state"], "active");
    assert!(
        !list.to_string().contains(&token),
        "the text travels only in the message"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_ends_by_wrong_tries_and_by_time() {
    let house = House::new();
    let alice = Actor::register(house.clone(), "phone", "+8613800000001", "张三").await;
    let (id, token) = alice.request_token().await;
    let cut = &token[..token.len() - 1];
    let last = if token.ends_with('0') { '1' } else { '0' };
    let changed = format!("{cut}{last}");
    for wrong in [cut, &changed, "", "0000-0000-0000-0000", "é"] {
        let answer = alice.post(&activate(&id), &json!({"token": wrong})).await;
        assert_eq!(
            answer.refused(403, "security_token_invalid")["param"],
            "/token"
        );
    }
    let answer = alice.post(&activate(&id), &json!({"token": token})).await;
    answer.refused(403, "security_token_blocked");
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(list["data"][0]["state"], "blocked");

    let (id, token) = alice.request_token().await;
    house.clock.advance(900);
    let list = alice.get("/v1/security-tokens").await;
    assert_eq!(
        list.status, 401,
        "fifteen silent minutes end the session as well"
    );
    let alice = alice.elsewhere().await;
    let answer = alice.post(&activate(&id), &json!({"token": token})).await;
    answer.refused(410, "security_token_activation_expired");
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(list["data"][0]["state"], "activation_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_to_the_designated_contact_alone() {
    let house = House::new();
    let alice = Actor::register(house.clone(), "phone", "+8613800000001", "张三").await;
    let answer = alice
        .post("/v1/security-tokens", &json!({"channel": "email"}))
        .await;
    answer.refused(422, "designated_contact_missing");
    let body = json!({"channel": "sms", "to": "+8613900000000"});
    assert_eq!(
        alice
            .post("/v1/security-tokens", &body)
            .await
            .refused(400, "unknown_field")["param"],
        "/to"
    );
    let answer = alice
        .post("/v1/security-tokens", &json!({"channel": "pigeon"}))
        .await;
    assert_eq!(answer.refused(400, "invalid_field")["param"], "/channel");
    let inbox = alice
        .post("/v1/security-tokens", &json!({"channel": "inbox"}))
        .await
        .is(202);
    assert_eq!(inbox["delivered_to"], "inbox");
    let messages = alice.get("/v1/inbox").await.is(200);
    assert_eq!(messages["data"][0]["template"], "security_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_tries_at_payments_block_it() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let mut wrong = alice.payment(&bob, 10);
    wrong["authorization"]["security_token"] = json!("0000-0000-0000-0000");
    for left in [4, 3, 2, 1] {
        let problem = alice
            .pay("k", &wrong)
            .await
            .refused(403, "security_token_invalid");
        assert_eq!(problem["attempts_left"], left);
        assert_eq!(problem["outcome"], "not_applied");
    }
    // A right one in between starts the count anew.
    alice.pay("k", &alice.payment(&bob, 10)).await.is(201);
    alice.get("/v1/me").await.is(200);
    let mut left = Vec::new();
    for try_number in 0..6 {
        let answer = alice.pay(&format!("w{try_number}"), &wrong).await;
        left.push(answer.json()["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(left.last().unwrap(), "security_token_blocked", "{left:?}");
    let right = alice.pay("r", &alice.payment(&bob, 10)).await;
    right.refused(403, "security_token_blocked");
    assert_eq!(alice.posted().await, 990);
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(list["data"][0]["state"], "blocked");
    let told = alice.get("/v1/inbox").await.is(200);
    assert!(
        told.to_string().contains("security_token_blocked"),
        "{told}"
    );
    alice.activate_token().await;
    alice.pay("r", &alice.payment(&bob, 10)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_a_payment_asks_for_one() {
    let house = House::new();
    let bob = house.bob().await;
    let mut alice = Actor::register(house.clone(), "phone", "+8613800000001", "张三").await;
    alice.top_up(100).await;
    let body = json!({"to": {"user": bob.user}, "money": cny(10)});
    let problem = alice.pay("k", &body).await.refused(403, "step_up_required");
    assert_eq!(problem["methods"], json!(["security_token"]));
    alice.activate_token().await;
    for authorization in [json!(null), json!({}), json!({"security_token": null})] {
        let mut body = body.clone();
        body["authorization"] = authorization;
        alice.pay("k", &body).await.refused(403, "step_up_required");
    }
    let mut body = body.clone();
    body["authorization"] = json!({"security_token": alice.token});
    alice.pay("k", &body).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_when_it_last_paid() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let used = async || {
        let list = alice.get("/v1/security-tokens").await.is(200);
        list["data"][0]["last_used_at"].clone()
    };
    assert_eq!(used().await, json!(null));
    alice.pay("k1", &alice.payment(&bob, 10)).await.is(201);
    // It is noted beside the payment, not before its answer.
    while used().await == json!(null) {
        tokio::task::yield_now().await;
    }
    let first = used().await;
    house.clock.advance(30);
    alice.pay("k2", &alice.payment(&bob, 10)).await.is(201);
    assert_eq!(used().await, first, "to the minute");
    house.clock.advance(31);
    alice.pay("k3", &alice.payment(&bob, 10)).await.is(201);
    while used().await == first {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_replaced_or_expired_token_authorises_nothing() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let body = alice.payment(&bob, 10);
    alice.pay("k1", &body).await.is(201);
    alice.activate_token().await;
    alice
        .pay("k2", &body)
        .await
        .refused(403, "security_token_invalid");
    let list = alice.get("/v1/security-tokens").await.is(200);
    let id = list["data"][0]["id"].as_str().unwrap();
    let (foreign, path) = (house.anon(), format!("/v1/security-tokens/{id}"));
    foreign.delete(&path).await.refused(401, "unauthenticated");
    bob.delete(&path).await.refused(404, "not_found");
    assert_eq!(alice.delete(&path).await.is(200)["state"], "canceled");
    alice
        .pay("k3", &alice.payment(&bob, 10))
        .await
        .refused(403, "step_up_required");
    assert_eq!(alice.posted().await, 990);

    alice.activate_token().await;
    house.clock.advance(365 * 86_400);
    let alice = alice.elsewhere().await;
    alice
        .pay("k4", &alice.payment(&bob, 10))
        .await
        .refused(403, "step_up_required");
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(list["data"][0]["state"], "expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_not_asked_for_without_end() {
    let house = House::planned(Plan::strict());
    let alice = Actor::register(house.clone(), "phone", "+8613800000001", "张三").await;
    for _ in 0..10 {
        alice
            .post("/v1/security-tokens", &json!({"channel": "inbox"}))
            .await
            .is(202);
    }
    let answer = alice
        .post("/v1/security-tokens", &json!({"channel": "inbox"}))
        .await;
    assert!(answer.header("retry-after").parse::<i64>().unwrap() > 80_000);
    answer.refused(429, "security_tokens_too_many");
}

async fn named(alice: &Actor, body: serde_json::Value) -> (String, String) {
    let house = &alice.house;
    house.clock.advance(1);
    let asked = alice.post("/v1/security-tokens", &body).await.is(202);
    let id = asked["id"].as_str().unwrap().to_owned();
    let token = house.message(&alice.contact, "token").await;
    house.clock.advance(1);
    let activated = alice.post(&activate(&id), &json!({"token": token})).await;
    activated.is(200);
    (id, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tokens_live_side_by_side_and_are_replaced_one_by_one() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    let pay = |token: &str, key: &'static str| {
        let (alice, body) = (
            Actor {
                token: token.to_owned(),
                ..alice.clone()
            },
            bob.clone(),
        );
        async move { alice.pay(key, &alice.payment(&body, 100)).await.status }
    };
    let (first, laptop) = named(&alice, json!({"channel": "sms", "name": "Laptop"})).await;
    let (_, phone) = named(&alice, json!({"channel": "sms", "name": "Phone"})).await;
    let full = json!({"channel": "sms", "name": "Tablet"});
    let full = alice.post("/v1/security-tokens", &full).await;
    full.refused(409, "security_tokens_full");
    for (token, key) in [(&alice.token, "a"), (&laptop, "b"), (&phone, "c")] {
        assert_eq!(pay(token, key).await, 201, "{key}");
    }
    house.clock.advance(1);
    let rotate = json!({"channel": "sms", "replaces": first});
    let asked = alice.post("/v1/security-tokens", &rotate).await.is(202);
    assert_eq!(asked["name"], "Laptop", "the name stays with the place");
    assert_eq!(pay(&laptop, "d").await, 201, "until the new one is active");
    let id = asked["id"].as_str().unwrap();
    let token = house.message(&alice.contact, "token").await;
    let activated = alice.post(&activate(id), &json!({"token": token})).await;
    activated.is(200);
    assert_eq!(pay(&laptop, "e").await, 403, "its place is taken");
    assert_eq!(pay(&phone, "f").await, 201, "the others stay");
    assert_eq!(pay(&token, "g").await, 201);
    let path = format!("/v1/security-tokens/{first}/history");
    let history = alice.get(&path).await.is(200);
    let events: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["event"])
        .collect();
    assert_eq!(events, ["replaced", "activated", "requested"]);
    bob.get(&path).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_token_works_again_only_after_another_proof() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    let list = alice.get("/v1/security-tokens").await.is(200);
    let id = list["data"][0]["id"].as_str().unwrap().to_owned();
    let path = |what: &str| format!("/v1/security-tokens/{id}/{what}");
    let post = |alice: &Actor, what: &str| {
        let (alice, path) = (alice.clone(), path(what));
        async move {
            alice
                .send(crate::actors::Ask::new("POST".parse().unwrap(), &path))
                .await
        }
    };
    let renamed = alice.post(&path("rename"), &json!({"name": "主用"})).await;
    assert_eq!(renamed.is(200)["name"], "主用");
    assert_eq!(post(&alice, "block").await.is(200)["state"], "blocked");
    let twice = post(&alice, "block").await;
    twice.refused(409, "security_token_not_active");
    let stopped = alice.pay("while", &alice.payment(&bob, 100)).await;
    stopped.refused(403, "security_token_blocked");
    let refused = post(&alice, "unblock").await;
    let refused = refused.refused(403, "step_up_required");
    assert_eq!(refused["methods"], json!(["password"]));
    assert_eq!(refused["resource"], id);
    alice.step_up("unblock_security_token", &id).await;
    assert_eq!(post(&alice, "unblock").await.is(200)["state"], "active");
    alice.pay("after", &alice.payment(&bob, 100)).await.is(201);
    alice.step_up("unblock_security_token", &id).await;
    let twice = post(&alice, "unblock").await;
    twice.refused(409, "security_token_not_blocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_message_is_lost_says_so_and_offers_another_way() {
    let house = House::new();
    let alice = Actor::register(house.clone(), "phone", "+8613800000001", "张三").await;
    house.deliver().await;
    let asked = alice
        .post("/v1/security-tokens", &json!({"channel": "sms"}))
        .await
        .is(202);
    assert_eq!(asked["delivered_to"], "138****0001");
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(
        list["data"][0]["delivery"],
        json!({"state": "waiting", "other_channels": []})
    );
    house
        .write(|tx, cx| {
            let refused = Err(identity::SendFault::Permanent("no such number".to_owned()));
            for message in identity::outbox::claim(tx, cx, 100)? {
                identity::outbox::settle(tx, cx, &message, &refused)?;
            }
            Ok(())
        })
        .await;
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(
        list["data"][0]["delivery"],
        json!({"state": "failed", "other_channels": ["inbox"]})
    );
    house.clock.advance(1);
    alice
        .post("/v1/security-tokens", &json!({"channel": "inbox"}))
        .await
        .is(202);
    let list = alice.get("/v1/security-tokens").await.is(200);
    assert_eq!(list["data"][0]["channel"], "inbox");
    assert!(list["data"][0].get("delivery").is_none());
}
