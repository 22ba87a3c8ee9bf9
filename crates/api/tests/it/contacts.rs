use serde_json::{Value, json};

use crate::{
    actors::{Actor, Ask},
    house::House,
};

/// Adds a contact up to its code; the id.
async fn begin(actor: &Actor, body: &Value) -> String {
    let begun = actor.post("/v1/contacts", body).await.is(202);
    assert_eq!(begun["state"], "pending");
    begun["id"].as_str().unwrap().to_owned()
}

async fn type_code(actor: &Actor, id: &str, step: &str, contact: &str) -> crate::actors::Answer {
    let code = actor.house.message(contact, "code").await;
    let path = format!("/v1/contacts/{id}/{step}");
    actor.post(&path, &json!({"code": code})).await
}

async fn rows(actor: &Actor) -> Vec<Value> {
    let list = actor.get("/v1/contacts").await.is(200);
    list["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_contact_is_proven_and_counts_after_a_while() {
    let house = House::new();
    let mut alice = house.alice().await;
    alice.step_up("change_contact", "").await;
    house.clock.advance(1);
    let id = begin(&alice, &json!({"email": "alice@example.com"})).await;
    let proven = type_code(&alice, &id, "verify", "alice@example.com")
        .await
        .is(200);
    assert_eq!(proven["state"], "cooling");
    assert_eq!(proven["agreed_by"], "138****0001");
    let sign_in = json!({"identifier": "alice@example.com", "password": crate::actors::PASSWORD});
    house
        .anon()
        .post("/v1/sessions", &sign_in)
        .await
        .refused(401, "auth_failed");
    house.clock.advance(3 * 86_400);
    assert_eq!(house.app.apply_due_contacts().await.unwrap(), 1);
    let opened = house.anon().post("/v1/sessions", &sign_in).await.is(201);
    let alice = Actor {
        session: opened["token"].as_str().map(str::to_owned),
        ..alice
    };
    let rows = rows(&alice).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[1]["id"], &rows[1]["state"]),
        (&json!(id), &json!("verified"))
    );
    assert_eq!(rows[1]["is_designated"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_contact_agrees_and_the_new_one_takes_its_place_at_once() {
    let house = House::new();
    let mut alice = house.alice().await;
    alice.step_up("change_contact", "").await;
    house.clock.advance(1);
    let old = rows(&alice).await[0]["id"].clone();
    let id = begin(&alice, &json!({"phone": "+8613800000005", "replaces": old})).await;
    let wrong = format!("/v1/contacts/{id}/verify");
    alice
        .post(&wrong, &json!({"code": "nonsense"}))
        .await
        .refused(422, "code_wrong");
    type_code(&alice, &id, "verify", "+8613800000005")
        .await
        .is(200);
    let agreed = type_code(&alice, &id, "confirm-old", &alice.contact)
        .await
        .is(200);
    assert_eq!(
        (&agreed["state"], &agreed["is_designated"]),
        (&json!("verified"), &json!(true))
    );
    let rows = rows(&alice).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let bob = house.bob().await;
    bob.top_up(500).await;
    let pay = |phone: &str, key: &'static str| {
        let mut body = bob.payment(&alice, 100);
        body["to"] = json!({"phone": phone});
        bob.send(Ask::post("/v1/transfers", &body).key(key))
    };
    pay("+8613800000001", "old")
        .await
        .refused(422, "payee_not_found");
    pay("+8613800000005", "new").await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_contact_stays_and_designation_moves() {
    let house = House::new();
    let mut alice = house.alice().await;
    alice.step_up("change_contact", "").await;
    let first = rows(&alice).await[0]["id"].as_str().unwrap().to_owned();
    let last = alice.delete(&format!("/v1/contacts/{first}")).await;
    last.refused(409, "contact_last");
    house.clock.advance(1);
    let id = begin(&alice, &json!({"phone": "+8613800000005"})).await;
    type_code(&alice, &id, "verify", "+8613800000005")
        .await
        .is(200);
    let early = alice
        .send(Ask::raw(&format!("/v1/contacts/{id}/designate"), ""))
        .await;
    early.refused(404, "not_found");
    type_code(&alice, &id, "confirm-old", &alice.contact)
        .await
        .is(200);
    let designated = alice
        .send(Ask::raw(&format!("/v1/contacts/{id}/designate"), ""))
        .await;
    assert_eq!(designated.is(200)["is_designated"], true);
    alice.delete(&format!("/v1/contacts/{id}")).await.is(200);
    let rows = rows(&alice).await;
    assert_eq!((rows.len(), &rows[0]["is_designated"]), (1, &json!(true)));
    alice
        .delete(&format!("/v1/contacts/{id}"))
        .await
        .refused(404, "not_found");
}

/// A number that another person receives now is theirs; its former owner keeps their account.
#[tokio::test(flavor = "multi_thread")]
async fn a_recycled_number_is_detached_but_never_the_last() {
    let house = House::new();
    let (mut alice, mut bob) = (house.alice().await, house.bob().await);
    alice.step_up("change_contact", "").await;
    bob.step_up("change_contact", "").await;
    house.clock.advance(1);
    let id = begin(&bob, &json!({"phone": alice.contact})).await;
    type_code(&bob, &id, "verify", &alice.contact).await.is(200);
    type_code(&bob, &id, "confirm-old", &bob.contact)
        .await
        .refused(409, "contact_taken");
    house.clock.advance(1);
    let second = begin(&alice, &json!({"email": "alice@example.com"})).await;
    type_code(&alice, &second, "verify", "alice@example.com")
        .await
        .is(200);
    type_code(&alice, &second, "confirm-old", &alice.contact)
        .await
        .is(200);
    house.clock.advance(1);
    let id = begin(&bob, &json!({"phone": alice.contact})).await;
    type_code(&bob, &id, "verify", &alice.contact).await.is(200);
    type_code(&bob, &id, "confirm-old", &bob.contact)
        .await
        .is(200);
    let hers = rows(&alice).await;
    assert_eq!(hers.len(), 1, "{hers:?}");
    assert_eq!(hers[0]["value"], "alice@example.com");
    let inbox = alice.get("/v1/inbox").await.is(200);
    assert_eq!(inbox["data"][0]["template"], "contact_detached");
    let his = rows(&bob).await;
    assert_eq!(his.len(), 2, "{his:?}");
}

/// Two people prove the same free contact: it becomes one person's.
#[tokio::test(flavor = "multi_thread")]
async fn a_race_for_a_contact_has_one_winner() {
    let house = House::new();
    let (mut alice, mut bob) = (house.alice().await, house.bob().await);
    alice.step_up("change_contact", "").await;
    bob.step_up("change_contact", "").await;
    let body = json!({"phone": "+8613800000005"});
    let mut ids = Vec::new();
    for actor in [&alice, &bob] {
        house.clock.advance(1);
        let id = begin(actor, &body).await;
        type_code(actor, &id, "verify", "+8613800000005")
            .await
            .is(200);
        ids.push(id);
    }
    type_code(&alice, &ids[0], "confirm-old", &alice.contact)
        .await
        .is(200);
    type_code(&bob, &ids[1], "confirm-old", &bob.contact)
        .await
        .refused(409, "contact_taken");
    assert_eq!((rows(&alice).await.len(), rows(&bob).await.len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_their_owners_alone() {
    let house = House::new();
    let (mut alice, mut bob) = (house.alice().await, house.bob().await);
    alice.step_up("change_contact", "").await;
    bob.step_up("change_contact", "").await;
    house.clock.advance(1);
    let body = json!({"phone": "+8613800000001"});
    alice
        .post("/v1/contacts", &body)
        .await
        .refused(409, "contact_already_verified");
    let id = begin(&alice, &json!({"email": "alice@example.com"})).await;
    let code = house.message("alice@example.com", "code").await;
    for step in ["verify", "confirm-old"] {
        let path = format!("/v1/contacts/{id}/{step}");
        bob.post(&path, &json!({"code": code}))
            .await
            .refused(404, "not_found");
    }
    bob.delete(&format!("/v1/contacts/{id}"))
        .await
        .refused(404, "not_found");
    house.clock.advance(1);
    let resent = alice
        .send(Ask::raw(&format!("/v1/contacts/{id}/resend"), ""))
        .await;
    resent.is(202);
    let path = format!("/v1/contacts/{id}/verify");
    alice
        .post(&path, &json!({"code": code}))
        .await
        .refused(422, "code_wrong");
    alice.delete(&format!("/v1/contacts/{id}")).await.is(200);
    assert_eq!(rows(&alice).await.len(), 1);
}

/// Whoever was told can take the change back, without signing in: what was there is restored.
#[tokio::test(flavor = "multi_thread")]
async fn the_link_to_the_old_contact_restores_it() {
    let house = House::new();
    let mut alice = house.alice().await;
    alice.step_up("change_contact", "").await;
    house.clock.advance(1);
    let old = rows(&alice).await[0]["id"].clone();
    let id = begin(&alice, &json!({"phone": "+8613800000005", "replaces": old})).await;
    type_code(&alice, &id, "verify", "+8613800000005")
        .await
        .is(200);
    house.deliver().await;
    let page = format!("/sandbox/messages?to={}", alice.contact.replace('+', "%2B"));
    let told = house.anon().get(&page).await.is(200);
    let texts = told["data"].as_array().unwrap().iter();
    let mut links = texts.filter_map(|message| message["text"].as_str()?.split_once("/not-me#"));
    let secret = links.next().unwrap().1.to_owned();
    type_code(&alice, &id, "confirm-old", &alice.contact)
        .await
        .is(200);
    let body = json!({"token": secret});
    house
        .anon()
        .post("/v1/notices/repudiate", &body)
        .await
        .is(200);
    alice.get("/v1/me").await.refused(401, "unauthenticated");
    let alice = alice.elsewhere().await;
    let restored = rows(&alice).await;
    assert_eq!(restored.len(), 1, "{restored:?}");
    assert_eq!(restored[0]["value"], json!(alice.contact));
    assert_eq!(restored[0]["is_designated"], true);
    let mut alice = alice;
    alice.step_up("change_contact", "").await;
    let frozen = alice
        .post("/v1/contacts", &json!({"email": "evil@example.com"}))
        .await;
    frozen.refused(423, "account_frozen");
}

/// A change of contacts needs a fresh proof.
#[tokio::test(flavor = "multi_thread")]
async fn s_19_contacts_change_behind_a_step_up_alone() {
    let house = House::new();
    let alice = house.alice().await;
    let first = rows(&alice).await[0]["id"].as_str().unwrap().to_owned();
    let body = json!({"email": "alice@example.com"});
    let asks = [
        Ask::post("/v1/contacts", &body),
        Ask::raw(&format!("/v1/contacts/{first}/designate"), ""),
        Ask::delete(&format!("/v1/contacts/{first}")),
    ];
    for ask in asks {
        let refused = alice.send(ask).await.refused(403, "step_up_required");
        assert_eq!(refused["purpose"], "change_contact");
    }
}

/// A number that has changed proves nothing for three days but a sign-in's second step.
#[tokio::test(flavor = "multi_thread")]
async fn s_45_a_code_to_a_new_number_neither_pays_nor_steps_up() {
    let house = House::new();
    let mut alice = house.alice().await;
    let bob = house.bob().await;
    alice.step_up("set_up_factor", "").await;
    let accepted = json!({"accept_notice": true});
    alice.post("/v1/factors/sms", &accepted).await.is(200);
    let purpose = json!({"purpose": "raise_limit"});
    let before = alice.post("/v1/step-ups", &purpose).await.is(201);
    assert_eq!(before["methods"], json!(["sms", "security_token"]));
    alice.step_up("change_contact", "").await;
    house.clock.advance(1);
    let old = rows(&alice).await[0]["id"].clone();
    let id = begin(&alice, &json!({"phone": "+8613800000005", "replaces": old})).await;
    type_code(&alice, &id, "verify", "+8613800000005")
        .await
        .is(200);
    type_code(&alice, &id, "confirm-old", &alice.contact)
        .await
        .is(200);
    let after = alice.post("/v1/step-ups", &purpose).await.is(201);
    assert_eq!(after["methods"], json!(["password", "security_token"]));
    let wish = json!({"to": {"account": bob.account}, "money": {"amount": 1, "currency": "CNY"}});
    let asked = alice.post("/v1/payment-approvals", &wish).await.is(201);
    let path = format!(
        "/v1/payment-approvals/{}/challenge",
        asked["id"].as_str().unwrap()
    );
    let refused = alice.post(&path, &json!({"method": "sms"})).await;
    refused.refused(403, "method_not_accepted");
    house.clock.advance(599);
    let body = json!({"identifier": "+8613800000005", "password": crate::actors::PASSWORD});
    let two_steps = house.anon().post("/v1/sessions", &body).await.is(200);
    assert_eq!(two_steps["methods"], json!(["sms"]));
}
