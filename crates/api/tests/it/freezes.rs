use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use identity::freeze::{self, Authority, FreezeKind, NewFreeze};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, cny},
    house::House,
};

async fn two() -> (Arc<House>, Actor, Actor) {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    (house, alice, bob)
}

fn state_of(wallet: &Value) -> &str {
    wallet["accounts"][0]["state"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_a_frozen_account_and_all_else_goes_on() {
    let (_, alice, bob) = two().await;
    alice.pay("k1", &alice.payment(&bob, 100)).await.is(201);
    let body = json!({"kind": "debit", "reason": "lost my phone"});
    let placed = alice.post("/v1/freezes", &body).await.is(201);
    assert_eq!(placed["by"], "self");
    assert_eq!(placed["lifted_at"], json!(null));
    let refused = alice.pay("k2", &alice.payment(&bob, 100)).await;
    assert_eq!(refused.refused(423, "account_frozen")["retryable"], false);
    // A repeat of what was paid before hears that it was paid.
    alice.pay("k1", &alice.payment(&bob, 100)).await.is(201);
    bob.pay("k1", &bob.payment(&alice, 50)).await.is(201);
    assert_eq!(alice.posted().await, 950);
    let again = alice.post("/v1/freezes", &body).await.is(201);
    assert_eq!(again["id"], placed["id"], "one tap or two");
    let list = alice.get("/v1/freezes").await.is(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["reason"], "lost my phone");
    assert_eq!(bob.get("/v1/freezes").await.is(200)["data"], json!([]));
    let wallet = alice.get("/v1/wallet").await.is(200);
    assert_eq!(state_of(&wallet), "frozen");
    let wish = json!({"to": {"account": bob.account}, "money": cny(1)});
    let preview = alice.post("/v1/transfers/preview", &wish).await.is(200);
    assert_eq!(preview["rejection"], "account_frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_can_be_frozen_too() {
    let (_, alice, bob) = two().await;
    let body = json!({"kind": "credit"});
    bob.post("/v1/freezes", &body).await.is(201);
    alice
        .pay("k1", &alice.payment(&bob, 1))
        .await
        .refused(423, "payee_frozen");
    let body = json!({"kind": "all"});
    alice.post("/v1/freezes", &body).await.is(201);
    alice
        .pay("k2", &alice.payment(&bob, 1))
        .await
        .refused(423, "account_frozen");
    let problem = alice.post("/v1/freezes", &json!({"kind": "some"})).await;
    assert_eq!(problem.refused(400, "invalid_field")["param"], "/kind");
}

/// An account that is opened while its owner is frozen is no way around.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_opened_while_frozen_is_frozen() {
    let (_, alice, _) = two().await;
    let body = json!({"kind": "debit"});
    alice.post("/v1/freezes", &body).await.is(201);
    let body = json!({"currency": "USD"});
    let opened = alice.post("/v1/wallet/accounts", &body).await.is(201);
    assert_eq!(opened["state"], "frozen");
}

/// S: 500 payments race one freeze; once it is answered, none commits.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_racing_500_payments_lets_none_commit_after_its_answer() {
    let house = House::new();
    let bob = house.bob().await;
    let mut refused = 0;
    for round in 0..4 {
        let phone = format!("+861380000010{round}");
        let alice = Actor::join(house.clone(), "phone", &phone, "王五").await;
        alice.top_up(100_000).await;
        let mut race = JoinSet::new();
        let done = Arc::new(AtomicUsize::new(0));
        for worker in 0..20 {
            let (alice, body) = (alice.clone(), alice.payment(&bob, 1));
            let done = done.clone();
            race.spawn(async move {
                let mut statuses = Vec::new();
                for n in 0..25 {
                    let key = format!("r{worker}-{n}");
                    statuses.push(alice.pay(&key, &body).await.status);
                    done.fetch_add(1, Ordering::SeqCst);
                }
                statuses
            });
        }
        while done.load(Ordering::SeqCst) < 50 {
            tokio::task::yield_now().await;
        }
        let placed = alice.post("/v1/freezes", &json!({"kind": "debit"})).await;
        let left = alice.posted().await;
        placed.is(201);
        let statuses: Vec<u16> = race.join_all().await.concat();
        assert_eq!(alice.posted().await, left, "committed after the answer");
        let paid = statuses.iter().filter(|&&status| status == 201).count();
        let stopped = statuses.iter().filter(|&&status| status == 423).count();
        assert_eq!(paid + stopped, 500, "{statuses:?}");
        assert_eq!(100_000 - left, i64::try_from(paid).unwrap());
        refused += stopped;
    }
    assert!(refused > 0, "no payment came after a freeze");
}

/// The server ends between writing down the freeze and restricting the accounts.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_that_a_crash_cut_short_is_finished() {
    let (house, alice, bob) = two().await;
    let user = alice.user.parse().unwrap();
    let new = NewFreeze {
        user,
        kind: FreezeKind::Debit,
        by: Authority::Rule,
        reason: None,
    };
    house
        .write(move |tx, cx| freeze::place(tx, cx, new.clone()))
        .await;
    assert_eq!(house.app.finish_freezes(10).await.unwrap(), 1);
    assert_eq!(house.app.finish_freezes(10).await.unwrap(), 0, "once");
    alice
        .pay("k1", &alice.payment(&bob, 1))
        .await
        .refused(423, "account_frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_everything_freezes_without_signing_in() {
    let (house, alice, bob) = two().await;
    let anon = house.anon();
    let body = json!({"identifier": alice.contact});
    let begun = anon.post("/v1/freeze-requests", &body).await.is(202);
    let path = format!(
        "/v1/freeze-requests/{}/confirm",
        begun["id"].as_str().unwrap()
    );
    let wrong = anon.post(&path, &json!({"code": "000000x"})).await;
    assert_eq!(wrong.refused(422, "code_wrong")["param"], "/code");
    let code = house.message(&alice.contact, "code").await;
    let body = json!({"code": code});
    let done = anon.post(&path, &body).await.is(200);
    assert_eq!(done["state"], "frozen");
    anon.post(&path, &body).await.refused(410, "code_expired");
    alice
        .pay("k1", &alice.payment(&bob, 1))
        .await
        .refused(423, "account_frozen");
}

/// Known, unknown and impossible identifiers: the same status, headers and fields.
#[tokio::test(flavor = "multi_thread")]
async fn asking_to_freeze_tells_nothing_about_people() {
    let (house, alice, _) = two().await;
    let anon = house.anon();
    let mut shapes = Vec::new();
    for identifier in [alice.contact.as_str(), "+8613900009999", "nobody"] {
        let body = json!({"identifier": identifier});
        let answer = anon.post("/v1/freeze-requests", &body).await;
        let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        let body = answer.is(202);
        let fields: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        let path = format!(
            "/v1/freeze-requests/{}/confirm",
            body["id"].as_str().unwrap()
        );
        let mut tries = Vec::new();
        for _ in 0..6 {
            let guess = anon.post(&path, &json!({"code": "12"})).await;
            tries.push(guess.json()["code"].as_str().unwrap().to_owned());
        }
        shapes.push((headers, fields, tries));
    }
    assert_eq!(shapes[0], shapes[1]);
    assert_eq!(shapes[0], shapes[2]);
    assert_eq!(shapes[0].2[5], "code_exhausted");
    alice
        .post("/v1/freeze-requests/frq_1/confirm", &json!({"code": "1"}))
        .await
        .refused(404, "not_found");
}

/// A flag of the house is not the person's to lift; their own is, with a proof for exactly it.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_lifts_their_own_freeze_and_no_other() {
    let (house, mut alice, bob) = two().await;
    let user = alice.user.parse().unwrap();
    let new = NewFreeze {
        user,
        kind: FreezeKind::Debit,
        by: Authority::Operator,
        reason: Some("case 7".to_owned()),
    };
    let theirs = house
        .write(move |tx, cx| freeze::place(tx, cx, new.clone()))
        .await;
    house.app.finish_freezes(10).await.unwrap();
    let placed = alice.post("/v1/freezes", &json!({"kind": "debit"})).await;
    let own = placed.is(201)["id"].as_str().unwrap().to_owned();
    let lift = |id: &str| format!("/v1/freezes/{id}/lift");
    alice.step_up("lift_freeze", &theirs.id.to_string()).await;
    alice
        .post(&lift(&theirs.id.to_string()), &json!({}))
        .await
        .refused(403, "freeze_not_yours");
    alice
        .post(&lift(&own), &json!({}))
        .await
        .refused(403, "step_up_required");
    alice.step_up("lift_freeze", &own).await;
    let lifted = alice.post(&lift(&own), &json!({})).await.is(200);
    assert!(lifted["lifted_at"].is_string());
    alice
        .pay("k1", &alice.payment(&bob, 1))
        .await
        .refused(423, "account_frozen");
    let list = alice.get("/v1/freezes").await.is(200);
    let mut rows = list["data"].as_array().unwrap().iter();
    let theirs = rows.find(|row| row["by"] == "operator").unwrap();
    assert!(theirs.get("reason").is_none(), "for the house alone");
}

/// A saved code freezes too: each once, whosever it is not freezes nothing, and nobody learns who
/// has codes.
#[tokio::test(flavor = "multi_thread")]
async fn s_21_a_saved_code_freezes_its_own_account_once() {
    let (house, mut alice, mut bob) = two().await;
    let (_, codes) = crate::factors::with_app(&mut alice).await;
    let (_, foreign) = crate::factors::with_app(&mut bob).await;
    let anon = house.anon();
    let begin = async |identifier: &str| {
        let body = json!({"identifier": identifier});
        let begun = anon.post("/v1/freeze-requests", &body).await.is(202);
        let id = begun["id"].as_str().unwrap().to_owned();
        format!("/v1/freeze-requests/{id}/confirm")
    };
    let path = begin(&alice.contact).await;
    let neither = anon.post(&path, &json!({})).await;
    neither.refused(400, "invalid_field");
    let both = json!({"code": "123456", "recovery_code": codes[0]});
    anon.post(&path, &both).await.refused(400, "invalid_field");
    for (contact, typed) in [
        (alice.contact.as_str(), foreign[0].as_str()),
        (alice.contact.as_str(), "nonsense"),
        ("+8613900009999", codes[0].as_str()),
        ("nobody", codes[0].as_str()),
    ] {
        let path = begin(contact).await;
        let wrong = anon.post(&path, &json!({"recovery_code": typed})).await;
        let wrong = wrong.refused(422, "code_wrong");
        assert_eq!(wrong["param"], "/recovery_code", "{contact}");
    }
    alice.pay("k0", &alice.payment(&bob, 1)).await.is(201);
    let body = json!({"recovery_code": codes[0]});
    let done = anon.post(&path, &body).await.is(200);
    assert_eq!(done["state"], "frozen");
    let stopped = alice.pay("k1", &alice.payment(&bob, 1)).await;
    stopped.refused(423, "account_frozen");
    let path = begin(&alice.contact).await;
    let again = anon.post(&path, &body).await;
    again.refused(422, "code_wrong");
}
