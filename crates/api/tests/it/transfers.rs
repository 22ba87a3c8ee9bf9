use std::collections::BTreeSet;

use ledger::Command;
use payments::{Order, Outcome, limits::Limits};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, Ask, cny},
    house::{House, Plan},
};

/// Alice with money, and Bob.
async fn two() -> (std::sync::Arc<House>, Actor, Actor) {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    (house, alice, bob)
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_and_currencies_are_read_strictly() {
    let (_, alice, bob) = two().await;
    let body = alice.payment(&bob, 77_777).to_string();
    for amount in [
        "-1",
        "0",
        "9223372036854775808",
        "1e3",
        "1.5",
        "\"１２\"",
        "\" 1\"",
        "null",
    ] {
        let body = body.replace("77777", amount);
        for path in ["/v1/transfers", "/v1/top-ups"] {
            let body = if path == "/v1/top-ups" {
                format!(r#"{{"channel":"sandbox","money":{{"amount":{amount},"currency":"CNY"}}}}"#)
            } else {
                body.clone()
            };
            let problem = alice
                .send(Ask::raw(path, body).key("k"))
                .await
                .refused(400, "invalid_amount");
            assert_eq!(problem["param"], "/money/amount", "{amount}");
        }
    }
    for currency in ["\"XXX\"", "\"cny\"", "5"] {
        let body = body.replace("77777", "1").replace("\"CNY\"", currency);
        let problem = alice.send(Ask::raw("/v1/transfers", body).key("k")).await;
        assert_eq!(
            problem.refused(400, "invalid_currency")["param"],
            "/money/currency"
        );
    }
    let as_text = body.replace("77777", "\"7\"");
    alice
        .send(Ask::raw("/v1/transfers", as_text).key("k"))
        .await
        .is(201);
    assert_eq!(alice.posted().await, 993);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_read_strictly() {
    let (_, alice, bob) = two().await;
    let good = alice.payment(&bob, 1);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        body
    };
    let cases: Vec<(Value, &str, &str)> = vec![
        (with(&|b| b["x"] = json!(1)), "unknown_field", "/x"),
        (with(&|b| b["to"]["x"] = json!(1)), "unknown_field", "/to/x"),
        (
            with(&|b| b["from"] = json!("acc_1")),
            "unknown_field",
            "/from",
        ),
        (
            with(&|b| b["note"] = json!("字".repeat(201))),
            "invalid_field",
            "/note",
        ),
        (
            with(&|b| b["note"] = json!("a\u{7}")),
            "invalid_field",
            "/note",
        ),
        (
            with(&|b| b["note"] = json!("\u{0}")),
            "invalid_field",
            "/note",
        ),
        (
            with(&|b| b["reference"] = json!("")),
            "invalid_field",
            "/reference",
        ),
        (
            with(&|b| b["reference"] = json!("a b")),
            "invalid_field",
            "/reference",
        ),
        (
            with(&|b| b["reference"] = json!("x".repeat(65))),
            "invalid_field",
            "/reference",
        ),
        (with(&|b| b["to"] = json!({})), "missing_field", "/to"),
        (with(&|b| b["to"] = json!("bob")), "invalid_field", "/to"),
        (
            with(&|b| b["to"] = json!({"user": "a", "email": "b"})),
            "invalid_field",
            "/to",
        ),
        (
            with(&|b| b["to"] = json!({"phone": "12"})),
            "phone_invalid",
            "/to/phone",
        ),
        (
            with(&|b| b["to"] = json!({"email": "x"})),
            "email_invalid",
            "/to/email",
        ),
        (with(&|b| b["money"] = json!(5)), "invalid_field", "/money"),
        (
            with(&|b| b["authorization"] = json!("t")),
            "invalid_field",
            "/authorization",
        ),
    ];
    for (body, code, param) in cases {
        let problem = alice.pay("k", &body).await.refused(400, code);
        assert_eq!(problem["param"], param, "{body}");
    }
    let twice = good
        .to_string()
        .replacen("\"money\"", "\"money\":{},\"money\"", 1);
    let problem = alice.send(Ask::raw("/v1/transfers", twice).key("k")).await;
    assert_eq!(problem.refused(400, "duplicate_field")["param"], "/money");
    alice.pay("k", &good).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_needed_and_read_strictly() {
    let (_, alice, bob) = two().await;
    let body = alice.payment(&bob, 1);
    alice
        .post("/v1/transfers", &body)
        .await
        .refused(400, "idempotency_key_required");
    let top_up = json!({"channel": "sandbox", "money": cny(5)});
    alice
        .post("/v1/top-ups", &top_up)
        .await
        .refused(400, "idempotency_key_required");
    let long = "x".repeat(256);
    for key in ["", "a b", "\u{e9}", &long] {
        let ask = Ask::post("/v1/transfers", &body).with("idempotency-key", key);
        alice
            .send(ask)
            .await
            .refused(400, "invalid_idempotency_key");
    }
    let twice = Ask::post("/v1/transfers", &body).key("a").key("a");
    alice
        .send(twice)
        .await
        .refused(400, "invalid_idempotency_key");
    alice.pay(&"x".repeat(255), &body).await.is(201);
}

/// 50 parallel requests with one key: one effect, the same bytes for all.
#[tokio::test(flavor = "multi_thread")]
async fn one_key_has_one_effect() {
    let (_, alice, bob) = two().await;
    let body = alice.payment(&bob, 100);
    let mut repeats = JoinSet::new();
    for _ in 0..50 {
        let (alice, body) = (alice.clone(), body.clone());
        repeats.spawn(async move { alice.pay("one", &body).await });
    }
    let answers = repeats.join_all().await;
    assert!(answers.iter().all(|answer| answer.status == 201));
    let bytes: BTreeSet<_> = answers.iter().map(|answer| &answer.body).collect();
    assert_eq!(bytes.len(), 1);
    let first = answers
        .iter()
        .filter(|answer| answer.header("idempotent-replayed").is_empty());
    assert_eq!(first.count(), 1);
    assert_eq!((alice.posted().await, bob.posted().await), (900, 100));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_body_under_the_same_key_is_refused() {
    let (_, alice, bob) = two().await;
    let first = alice.pay("k", &alice.payment(&bob, 100)).await;
    alice
        .pay("k", &alice.payment(&bob, 101))
        .await
        .refused(409, "idempotency_key_reused");
    let mut noted = alice.payment(&bob, 100);
    noted["note"] = json!("other");
    alice
        .pay("k", &noted)
        .await
        .refused(409, "idempotency_key_reused");
    let mut by_email = alice.payment(&bob, 100);
    by_email["to"] = json!({"email": "bob@example.com"});
    alice
        .pay("k", &by_email)
        .await
        .refused(409, "idempotency_key_reused");
    // A key's scope is caller, method and route.
    let top_up = json!({"channel": "sandbox", "money": cny(100)});
    alice
        .send(Ask::post("/v1/top-ups", &top_up).key("k"))
        .await
        .is(201);
    bob.pay("k", &bob.payment(&alice, 101))
        .await
        .refused(422, "insufficient_funds");
    let again = alice.pay("k", &alice.payment(&bob, 100)).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
}

/// A refusal by the rules is remembered, byte for byte, whatever has changed since.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_replayed() {
    let (_, alice, bob) = two().await;
    let body = alice.payment(&bob, 5_000);
    let zh = Ask::post("/v1/transfers", &body)
        .key("k")
        .with("accept-language", "zh-CN");
    let first = alice.send(zh).await;
    assert_eq!(first.header("content-language"), "zh");
    assert!(first.header("idempotent-replayed").is_empty());
    alice.top_up(9_999).await;
    let again = alice.pay("k", &body).await;
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    let problem = again.refused(422, "insufficient_funds");
    assert_eq!(problem["title"], "可用余额不足");
    assert_eq!(problem["outcome"], "not_applied");
    alice.pay("k2", &body).await.is(201);
}

/// The proof is not part of the intention: a repeat with a wrong Token hears the first answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_needs_no_proof() {
    let (_, alice, bob) = two().await;
    let body = alice.payment(&bob, 100);
    let mut wrong = body.clone();
    wrong["authorization"]["security_token"] = json!("0000-0000-0000-0000");
    let mut none = body.clone();
    none["authorization"] = json!(null);
    alice
        .pay("k", &wrong)
        .await
        .refused(403, "security_token_invalid");
    alice.pay("k", &none).await.refused(403, "step_up_required");
    let first = alice.pay("k", &body).await;
    assert_eq!(
        first.status, 201,
        "a mistyped Token is corrected under the same key"
    );
    for again in [&wrong, &none, &body] {
        let again = alice.pay("k", again).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!(again.header("idempotent-replayed"), "true");
    }
    let mut other = wrong.clone();
    other["money"] = cny(5);
    alice
        .pay("k", &other)
        .await
        .refused(409, "idempotency_key_reused");
    assert_eq!(alice.posted().await, 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_references_survive_a_restart() {
    let dir = tempfile::TempDir::new().unwrap();
    let clock = House::clock();
    let house = std::sync::Arc::new(House::at(dir.path(), clock.clone(), Plan::default()));
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let mut body = alice.payment(&bob, 100);
    body["reference"] = json!("order-1");
    let paid = alice.pay("k", &body).await;
    let refused = alice.pay("no", &alice.payment(&bob, 5_000)).await;
    house.db.shut_down().unwrap();
    let (session, account) = (alice.session.clone(), alice.account.clone());
    drop((alice, house));

    clock.advance(60);
    let house = std::sync::Arc::new(House::at(dir.path(), clock, Plan::default()));
    let token = body["authorization"]["security_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let alice = Actor {
        session,
        token,
        account,
        ..house.anon()
    };
    assert_eq!(alice.pay("k", &body).await.body, paid.body);
    assert_eq!(
        alice.pay("no", &alice.payment(&bob, 5_000)).await.body,
        refused.body
    );
    let reused = alice
        .pay("k2", &body)
        .await
        .refused(409, "reference_reused");
    assert_eq!(reused["param"], "/reference");
    assert_eq!(alice.posted().await, 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_paid_is_refused_alike() {
    let (_, alice, bob) = two().await;
    for to in [
        json!({"phone": "+8613900000000"}),
        json!({"email": "nobody@example.com"}),
        json!({"user": "usr_0000000000001"}),
        json!({"user": "garbage"}),
        json!({"account": "acc_0000000000001"}),
        json!({"account": "garbage"}),
        json!({"account": payments::wallet::sandbox_rail(vocab::Currency::CNY).to_string()}),
    ] {
        let mut body = alice.payment(&bob, 1);
        body["to"] = to.clone();
        let key = to.to_string();
        let first = alice.pay(&key, &body).await;
        let again = alice.pay(&key, &body).await;
        assert_eq!(first.body, again.body, "{to}");
        assert_eq!(first.refused(422, "payee_not_found")["param"], "/to");
        body.as_object_mut().unwrap().remove("authorization");
        alice
            .post("/v1/transfers/preview", &body)
            .await
            .refused(422, "payee_not_found");
    }
    let mut body = alice.payment(&bob, 1);
    for to in [
        json!({"user": alice.user}),
        json!({"account": alice.account}),
    ] {
        body["to"] = to.clone();
        alice
            .pay(&to.to_string(), &body)
            .await
            .refused(422, "same_account");
    }
}

/// A contact that was unknown and registers later can be paid at once, under a new key.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_payee_can_be_paid_after_signing_up() {
    let house = House::new();
    let alice = house.alice().await;
    alice.top_up(100).await;
    let mut body = alice.payment(&alice, 5);
    body["to"] = json!({"email": "bob@example.com"});
    let refused = alice.pay("k1", &body).await;
    let bob = house.bob().await;
    assert_eq!(
        alice.pay("k1", &body).await.body,
        refused.body,
        "refused for ever under its key"
    );
    assert_eq!(
        alice.pay("k2", &body).await.is(201)["to"]["account"],
        bob.account
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn currencies_must_meet() {
    let (_, alice, bob) = two().await;
    let mut body = alice.payment(&bob, 5);
    body["money"]["currency"] = json!("USD");
    body["to"] = json!({"user": bob.user});
    alice
        .pay("k1", &body)
        .await
        .refused(422, "currency_mismatch");
    alice
        .post("/v1/wallet/accounts", &json!({"currency": "USD"}))
        .await
        .is(201);
    let usd = json!({"channel": "sandbox", "money": {"amount": 50, "currency": "USD"}});
    alice
        .send(Ask::post("/v1/top-ups", &usd).key("usd"))
        .await
        .is(201);
    let problem = alice
        .pay("k2", &body)
        .await
        .refused(422, "currency_mismatch");
    assert_eq!(problem["param"], "/money/currency");
    bob.post("/v1/wallet/accounts", &json!({"currency": "USD"}))
        .await
        .is(201);
    alice
        .pay("k2", &body)
        .await
        .refused(422, "currency_mismatch");
    assert_eq!(
        alice.pay("k3", &body).await.is(201)["balance_after"]["currency"],
        "USD"
    );
}

/// Frozen and closed accounts: the order of the checks puts them before funds.
#[tokio::test(flavor = "multi_thread")]
async fn frozen_and_closed_accounts_are_told() {
    let (house, alice, bob) = two().await;
    let order = async |command: Command| {
        let outcomes = house
            .books
            .submit(vec![Order::internal(command)])
            .await
            .unwrap();
        assert!(matches!(outcomes[0], Outcome::Recorded(_)), "{outcomes:?}");
    };
    let freeze = |actor: &Actor, debit_frozen, credit_frozen| Command::Restrict {
        account: actor.account.parse().unwrap(),
        debit_frozen,
        credit_frozen,
    };
    order(freeze(&alice, true, false)).await;
    alice
        .pay("k1", &alice.payment(&bob, 5_000))
        .await
        .refused(423, "account_frozen");
    order(freeze(&alice, false, false)).await;
    order(freeze(&bob, false, true)).await;
    alice
        .pay("k2", &alice.payment(&bob, 5_000))
        .await
        .refused(423, "payee_frozen");
    assert_eq!(
        bob.get("/v1/wallet").await.is(200)["accounts"][0]["state"],
        "frozen"
    );
    order(Command::Close {
        account: bob.account.parse().unwrap(),
    })
    .await;
    bob.pay("k3", &bob.payment(&alice, 5))
        .await
        .refused(422, "account_closed");
    alice
        .pay("k4", &alice.payment(&bob, 5))
        .await
        .refused(423, "payee_frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_explain_themselves() {
    let limits = Limits {
        per_payment_major: 10,
        per_day_major: 15,
        ..Limits::PLAIN
    };
    let house = House::planned(Plan {
        limits,
        ..Plan::default()
    });
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    let problem = alice
        .pay("k1", &alice.payment(&bob, 1_001))
        .await
        .refused(422, "limit_exceeded");
    assert_eq!(problem["limit_name"], "per_payment");
    assert_eq!(problem["limit"], cny(1_000));
    assert_eq!(problem["resets_at"], json!(null));
    alice.pay("k2", &alice.payment(&bob, 1_000)).await.is(201);
    let problem = alice
        .pay("k3", &alice.payment(&bob, 501))
        .await
        .refused(422, "limit_exceeded");
    assert_eq!(problem["limit_name"], "per_day");
    assert_eq!(problem["limit"], cny(1_500));
    assert_eq!(problem["used"], cny(1_000));
    assert_eq!(problem["resets_at"], "2026-11-23T00:00:00.000000Z");
    assert_eq!(problem["how_to_raise"], "verify_identity");
    let mut wish = alice.payment(&bob, 501);
    wish.as_object_mut().unwrap().remove("authorization");
    let preview = alice.post("/v1/transfers/preview", &wish).await.is(200);
    assert_eq!(preview["limits"]["left_today"], cny(500));
    assert_eq!(preview["rejection"], "limit_exceeded");
    alice.pay("k4", &alice.payment(&bob, 500)).await.is(201);
}

/// Two people spend the last cent at once; money goes to and fro; not a cent is lost or made.
#[tokio::test(flavor = "multi_thread")]
async fn storms_conserve_money() {
    let (_, alice, bob) = two().await;
    bob.top_up(1_000).await;
    let mut storm = JoinSet::new();
    for n in 0..200 {
        let (payer, payee) = if n % 2 == 0 {
            (&alice, &bob)
        } else {
            (&bob, &alice)
        };
        let (payer, body) = (payer.clone(), payer.payment(payee, 37));
        storm.spawn(async move { payer.pay(&format!("s{n}"), &body).await.status });
    }
    let statuses = storm.join_all().await;
    assert!(
        statuses.iter().all(|status| [201, 422].contains(status)),
        "{statuses:?}"
    );
    assert_eq!(alice.posted().await + bob.posted().await, 2_000);

    let left = alice.posted().await;
    let mut race = JoinSet::new();
    for n in 0..20 {
        let (alice, body) = (alice.clone(), alice.payment(&bob, left));
        race.spawn(async move { alice.pay(&format!("last{n}"), &body).await.status });
    }
    let won = race
        .join_all()
        .await
        .iter()
        .filter(|status| **status == 201)
        .count();
    assert_eq!(
        (won, alice.posted().await, bob.posted().await),
        (1, 0, 2_000)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_foreign_does_not_exist() {
    let (house, alice, bob) = two().await;
    let paid = alice.pay("k", &alice.payment(&bob, 5)).await.is(201);
    let id = paid["id"].as_str().unwrap();
    let carol = Actor::register(house, "email", "carol@example.com", "Carol").await;
    let paths = |id: &str| {
        [
            format!("/v1/transfers/{id}"),
            format!("/v1/transfers/{id}/receipt"),
            format!("/v1/transactions/{id}"),
        ]
    };
    for (foreign, missing) in paths(id).iter().zip(paths("trf_0000000000001")) {
        bob.get(foreign).await.is(200);
        let mut answers = Vec::new();
        let garbage = missing.replace("trf_0000000000001", "garbage");
        for path in [foreign, &missing, &garbage] {
            let mut problem = carol.get(path).await.refused(404, "not_found");
            problem["request_id"] = json!(null);
            answers.push(problem);
        }
        assert!(
            answers.windows(2).all(|pair| pair[0] == pair[1]),
            "{answers:?}"
        );
    }
    let top = id.replace("trf_", "top_");
    for path in ["/v1/top-ups/", "/v1/transactions/"] {
        alice
            .get(&format!("{path}{top}"))
            .await
            .refused(404, "not_found");
    }
}

/// The receipt of the payee hides what is the payer's alone, and verifies as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_shows_each_their_own() {
    let (_, alice, bob) = two().await;
    let paid = alice
        .pay("secret-key", &alice.payment(&bob, 5))
        .await
        .is(201);
    let href = paid["receipt"]["href"].as_str().unwrap();
    let of_payer = alice.get(href).await.is(200);
    let of_payee = bob.get(href).await.is(200);
    assert_eq!(of_payer["origin"]["content"]["key"], "secret-key");
    assert!(
        of_payee["origin"]["content"].is_null() && of_payee["origin"]["commitment"].is_string()
    );
    assert!(
        !of_payee.to_string().contains("995"),
        "not what is left to the payer"
    );
    for text in [of_payer.to_string(), of_payee.to_string()] {
        api::receipt::parse(&text).unwrap().verify().unwrap();
    }
}
