use std::sync::Arc;

use serde_json::json;

use crate::{
    actors::{Actor, Ask, PASSWORD, cny},
    house::House,
};

/// The main job, from nothing to a receipt that verifies offline.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_up_gets_a_token_tops_up_and_pays() {
    let house = House::new();
    let mut alice = signs_up_and_signs_in(&house).await;
    let bob = house.bob().await;

    let asked = alice
        .post("/v1/security-tokens", &json!({"channel": "sms"}))
        .await
        .is(202);
    assert_eq!(asked["state"], "pending");
    assert_eq!(asked["delivered_to"], "138****0001");
    alice.token = house.message(&alice.contact, "token").await;
    assert_eq!(alice.token.len(), 19);
    let activate = format!(
        "/v1/security-tokens/{}/activate",
        asked["id"].as_str().unwrap()
    );
    let typed = alice.token.to_lowercase().replace('-', " ");
    assert_eq!(
        alice
            .post(&activate, &json!({"token": typed}))
            .await
            .is(200)["state"],
        "active"
    );

    let top_up = json!({"channel": "sandbox", "money": cny(10_000)});
    let topped = alice
        .send(Ask::post("/v1/top-ups", &top_up).key("t1"))
        .await
        .is(201);
    assert_eq!(topped["state"], "succeeded");
    assert_eq!(topped["balance_after"], cny(10_000));

    let wish = json!({"to": {"email": "bob@example.com"}, "money": cny(2_550), "note": "午饭 🍜"});
    let preview = alice.post("/v1/transfers/preview", &wish).await.is(200);
    assert_eq!(preview["payee"]["name"], "B*** S***");
    assert_eq!(preview["fee"], cny(0));
    assert_eq!(preview["factors"], json!(["security_token"]));
    assert_eq!(preview["rejection"], json!(null));

    let mut body = wish.clone();
    body["authorization"] = json!({"security_token": alice.token});
    body["reference"] = json!("lunch-1");
    let paid = alice.pay("p1", &body).await.is(201);
    assert!(paid["id"].as_str().unwrap().starts_with("trf_"));
    assert_eq!(paid["state"], "completed");
    assert_eq!(paid["outcome"], "applied");
    assert_eq!(paid["money"], cny(2_550));
    assert_eq!(paid["note"], "午饭 🍜");
    assert_eq!(paid["reference"], "lunch-1");
    assert_eq!(paid["from"]["name"], "*三");
    assert_eq!(paid["to"]["user"], bob.user);
    assert_eq!(paid["to"]["account"], bob.account);
    assert_eq!(paid["balance_after"], cny(7_450));

    both_sides_see_it(&alice, &bob, &paid["id"]).await;
    receipt_verifies(&house, &alice, &paid["receipt"]["href"]).await;
}

async fn signs_up_and_signs_in(house: &Arc<House>) -> Actor {
    let anon = house.anon();

    let contact = json!({"phone": "138 0000 0001", "locale": "zh-CN", "accept_terms": true});
    let begun = anon.post("/v1/registrations", &contact).await.is(202);
    assert_eq!(begun["state"], "contact_unverified");
    assert_eq!(begun["outcome"], "applied");
    let registration = format!("/v1/registrations/{}", begun["id"].as_str().unwrap());
    let code = house.message("+8613800000001", "code").await;
    let verified = anon
        .post(&format!("{registration}/verify"), &json!({"code": code}))
        .await;
    assert_eq!(verified.is(200)["state"], "contact_verified");
    let last = json!({"password": PASSWORD, "name": "张三"});
    let completed = anon
        .post(&format!("{registration}/complete"), &last)
        .await
        .is(201);
    assert_eq!(completed["user"]["name"], "张三");
    assert_eq!(completed["user"]["contacts"][0]["masked"], "138****0001");

    let signing_in = json!({"identifier": "+86 138 0000 0001", "password": PASSWORD});
    let signed_in = anon.post("/v1/sessions", &signing_in).await.is(201);
    Actor {
        session: Some(signed_in["token"].as_str().unwrap().to_owned()),
        contact: "+8613800000001".to_owned(),
        ..anon
    }
}

async fn both_sides_see_it(alice: &Actor, bob: &Actor, id: &serde_json::Value) {
    let sent = alice.get("/v1/transactions").await.is(200);
    let kinds: Vec<_> = sent["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["type"])
        .collect();
    assert_eq!(kinds, ["transfer", "top_up"]);
    let line = &sent["data"][0];
    assert_eq!(line["id"], *id);
    assert_eq!(line["direction"], "out");
    assert_eq!(line["counterparty"]["name"], "B*** S***");
    assert_eq!(line["reference"], "lunch-1");

    let received = bob.get("/v1/transactions").await.is(200);
    let line = &received["data"][0];
    assert_eq!(line["id"], *id);
    assert_eq!(line["direction"], "in");
    assert_eq!(line["counterparty"]["name"], "*三");
    assert_eq!(line["note"], "午饭 🍜");
    assert_eq!(line["reference"], json!(null), "the payer's own");
    assert_eq!(line["balance_after"], cny(2_550));
    let one = bob
        .get(&format!("/v1/transactions/{}", id.as_str().unwrap()))
        .await
        .is(200);
    assert_eq!(one, *line);
    let transfer = bob
        .get(&format!("/v1/transfers/{}", id.as_str().unwrap()))
        .await
        .is(200);
    assert_eq!(transfer["balance_after"], cny(2_550));
    assert_eq!(bob.posted().await, 2_550);
    assert_eq!(alice.posted().await, 7_450);
}

async fn receipt_verifies(house: &House, alice: &Actor, href: &serde_json::Value) {
    let answer = alice.get(href.as_str().unwrap()).await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let receipt = api::receipt::parse(&text).unwrap();
    receipt.verify().unwrap();
    assert_eq!(receipt.head.key, *house.books.public_key());
    let head = alice.get("/v1/ledger/head").await.is(200);
    assert_eq!(head["fingerprint"], house.books.public_key().fingerprint());
    // One changed digit anywhere proves nothing any more.
    for (from, to) in [
        ("2550", "2551"),
        ("debit", "credit"),
        ("\"index\":0", "\"index\":1"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        let forged = text.replacen(from, to, 1);
        let is_believed = api::receipt::parse(&forged).is_ok_and(|r| r.verify().is_ok());
        assert!(!is_believed, "{from} became {to}");
    }
}
