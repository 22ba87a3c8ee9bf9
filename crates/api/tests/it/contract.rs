use std::{collections::BTreeSet, fs, path::Path};

use axum::http::Method;
use serde_json::{Value, json};

use crate::{actors::Ask, house::House};

/// Who may do what: every operation of the contract has its row. `Open` needs nobody, `Session`
/// answers 401 to whoever is not signed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    Open,
    Session,
}

/// Operation, need, and a body that is right in shape (so that what is missing is the caller).
pub fn matrix() -> Vec<(&'static str, &'static str, Needs, Option<Value>)> {
    use Needs::{Open, Session};
    let money = json!({"amount": 1, "currency": "CNY"});
    let wish = json!({"to": {"user": "usr_0000000000001"}, "money": money});
    vec![
        ("POST", "/v1/registrations", Open, None),
        ("POST", "/v1/registrations/{id}/verify", Open, None),
        ("POST", "/v1/registrations/{id}/resend", Open, None),
        ("POST", "/v1/registrations/{id}/complete", Open, None),
        ("POST", "/v1/sessions", Open, None),
        ("GET", "/v1/sessions", Session, None),
        ("DELETE", "/v1/sessions/{id}", Session, None),
        (
            "POST",
            "/v1/step-ups",
            Session,
            Some(json!({"purpose": "export_data"})),
        ),
        (
            "POST",
            "/v1/step-ups/{id}/verify",
            Session,
            Some(json!({"password": "x"})),
        ),
        (
            "POST",
            "/v1/step-ups/{id}/challenge",
            Session,
            Some(json!({"method": "sms"})),
        ),
        ("POST", "/v1/notices/repudiate", Open, None),
        ("POST", "/v1/sessions/second-factor", Open, None),
        ("POST", "/v1/sessions/second-factor/challenge", Open, None),
        ("DELETE", "/v1/sessions", Session, None),
        (
            "POST",
            "/v1/sessions/{id}/rename",
            Session,
            Some(json!({"name": "x"})),
        ),
        ("GET", "/v1/devices", Session, None),
        ("DELETE", "/v1/devices/{id}", Session, None),
        (
            "POST",
            "/v1/devices/{id}/rename",
            Session,
            Some(json!({"name": "x"})),
        ),
        ("GET", "/v1/factors", Session, None),
        ("POST", "/v1/factors/totp", Session, None),
        ("DELETE", "/v1/factors/totp", Session, None),
        (
            "POST",
            "/v1/factors/totp/activate",
            Session,
            Some(json!({"code": "000000"})),
        ),
        (
            "POST",
            "/v1/factors/sms",
            Session,
            Some(json!({"accept_notice": true})),
        ),
        ("DELETE", "/v1/factors/sms", Session, None),
        ("POST", "/v1/factors/recovery-codes", Session, None),
        ("POST", "/v1/factors/passkeys/options", Session, None),
        (
            "POST",
            "/v1/factors/passkeys",
            Session,
            Some(json!({"ticket": "x", "name": "x", "credential": {}})),
        ),
        (
            "POST",
            "/v1/factors/passkeys/{id}/rename",
            Session,
            Some(json!({"name": "x"})),
        ),
        ("DELETE", "/v1/factors/passkeys/{id}", Session, None),
        ("POST", "/v1/sessions/passkey/options", Open, None),
        ("POST", "/v1/sessions/passkey", Open, None),
        ("POST", "/v1/pin", Session, Some(json!({"pin": "384756"}))),
        (
            "POST",
            "/v1/pin/change",
            Session,
            Some(json!({"old_pin": "384756", "pin": "907164"})),
        ),
        (
            "POST",
            "/v1/pin/reset",
            Session,
            Some(json!({"pin": "384756"})),
        ),
        ("GET", "/v1/me", Session, None),
        ("GET", "/v1/password-policy", Open, None),
        ("POST", "/v1/registrations/{id}/password-check", Open, None),
        (
            "POST",
            "/v1/password/check",
            Session,
            Some(json!({"password": "x"})),
        ),
        (
            "POST",
            "/v1/password",
            Session,
            Some(json!({"current_password": "x", "password": "y"})),
        ),
        ("POST", "/v1/password/snooze", Session, None),
        ("POST", "/v1/recoveries", Open, None),
        ("POST", "/v1/recoveries/{id}/resend", Open, None),
        ("POST", "/v1/recoveries/{id}/verify", Open, None),
        ("POST", "/v1/recoveries/{id}/challenge", Open, None),
        ("POST", "/v1/recoveries/{id}/prove", Open, None),
        ("POST", "/v1/recoveries/{id}/reset", Open, None),
        ("POST", "/v1/recoveries/{id}/sign-in", Open, None),
        ("POST", "/v1/recoveries/{id}/review", Open, None),
        (
            "POST",
            "/v1/device-confirmations",
            Open,
            Some(json!({"purpose": "sign_in"})),
        ),
        ("GET", "/v1/device-confirmations/{id}", Open, None),
        ("POST", "/v1/device-confirmations/{id}/refresh", Open, None),
        ("POST", "/v1/device-confirmations/claim", Open, None),
        (
            "POST",
            "/v1/device-confirmations/scan",
            Session,
            Some(json!({"nonce": "x"})),
        ),
        (
            "POST",
            "/v1/device-confirmations/{id}/approve",
            Session,
            Some(json!({"security_token": "x"})),
        ),
        (
            "POST",
            "/v1/device-confirmations/{id}/reject",
            Session,
            None,
        ),
        ("POST", "/v1/device-confirmations/{id}/redeem", Open, None),
        ("GET", "/v1/security", Session, None),
        ("GET", "/v1/security/events", Session, None),
        ("GET", "/v1/security/access-log", Session, None),
        ("GET", "/v1/security/review", Session, None),
        (
            "POST",
            "/v1/security/review",
            Session,
            Some(json!({"answers": []})),
        ),
        ("GET", "/v1/preferences", Session, None),
        ("POST", "/v1/preferences", Session, Some(json!({}))),
        ("GET", "/v1/closing", Session, None),
        ("POST", "/v1/closing", Session, Some(json!({"phrase": "x"}))),
        ("DELETE", "/v1/closing", Session, None),
        ("POST", "/v1/exports", Session, None),
        ("GET", "/v1/exports/{id}", Session, None),
        ("POST", "/v1/exports/{id}/download", Session, None),
        ("GET", "/v1/verifications", Session, None),
        (
            "POST",
            "/v1/verifications",
            Session,
            Some(json!({
                "level": 1,
                "legal_name": "A",
                "document": {"type": "passport", "number": "E12345678"},
                "birth_date": "1990-12-31",
            })),
        ),
        (
            "POST",
            "/v1/verifications/{id}/files?side=front",
            Session,
            None,
        ),
        ("POST", "/v1/verifications/{id}/submit", Session, None),
        ("GET", "/v1/contacts", Session, None),
        (
            "POST",
            "/v1/contacts",
            Session,
            Some(json!({"email": "a@example.com"})),
        ),
        ("POST", "/v1/contacts/{id}/resend", Session, None),
        (
            "POST",
            "/v1/contacts/{id}/verify",
            Session,
            Some(json!({"code": "x"})),
        ),
        (
            "POST",
            "/v1/contacts/{id}/confirm-old",
            Session,
            Some(json!({"code": "x"})),
        ),
        ("POST", "/v1/contacts/{id}/designate", Session, None),
        ("DELETE", "/v1/contacts/{id}", Session, None),
        ("GET", "/v1/wallet", Session, None),
        (
            "POST",
            "/v1/wallet/accounts",
            Session,
            Some(json!({"currency": "USD"})),
        ),
        (
            "POST",
            "/v1/security-tokens",
            Session,
            Some(json!({"channel": "sms"})),
        ),
        ("GET", "/v1/security-tokens", Session, None),
        (
            "POST",
            "/v1/security-tokens/{id}/rename",
            Session,
            Some(json!({"name": "x"})),
        ),
        ("POST", "/v1/security-tokens/{id}/block", Session, None),
        ("POST", "/v1/security-tokens/{id}/unblock", Session, None),
        ("GET", "/v1/security-tokens/{id}/history", Session, None),
        ("DELETE", "/v1/security-tokens/{id}", Session, None),
        (
            "POST",
            "/v1/security-tokens/{id}/activate",
            Session,
            Some(json!({"token": "x"})),
        ),
        (
            "POST",
            "/v1/top-ups",
            Session,
            Some(json!({"channel": "sandbox", "money": money})),
        ),
        ("GET", "/v1/top-ups/{id}", Session, None),
        ("POST", "/v1/transfers", Session, Some(wish.clone())),
        ("POST", "/v1/transfers/preview", Session, Some(wish.clone())),
        ("POST", "/v1/payment-approvals", Session, Some(wish)),
        ("GET", "/v1/payment-approvals", Session, None),
        ("GET", "/v1/payment-approvals/{id}", Session, None),
        (
            "POST",
            "/v1/payment-approvals/{id}/challenge",
            Session,
            Some(json!({"method": "sms"})),
        ),
        (
            "POST",
            "/v1/payment-approvals/{id}/approve",
            Session,
            Some(json!({"pin": "384756"})),
        ),
        ("POST", "/v1/payment-approvals/{id}/reject", Session, None),
        ("GET", "/v1/transfers", Session, None),
        ("POST", "/v1/transfers/{id}/cancel", Session, None),
        ("GET", "/v1/transfers/{id}", Session, None),
        ("GET", "/v1/transfers/{id}/receipt", Session, None),
        ("GET", "/v1/transactions", Session, None),
        ("GET", "/v1/transactions/{id}", Session, None),
        ("GET", "/v1/limits", Session, None),
        (
            "POST",
            "/v1/limits",
            Session,
            Some(json!({"currency": "CNY"})),
        ),
        (
            "POST",
            "/v1/access-tokens",
            Session,
            Some(json!({
                "name": "till", "scopes": ["wallet:read"], "expires_in_days": 1,
                "channel": "sms",
            })),
        ),
        ("GET", "/v1/access-tokens", Session, None),
        ("GET", "/v1/access-tokens/{id}", Session, None),
        ("DELETE", "/v1/access-tokens/{id}", Session, None),
        (
            "POST",
            "/v1/access-tokens/{id}/claim",
            Session,
            Some(json!({"code": "x"})),
        ),
        (
            "POST",
            "/v1/access-tokens/{id}/rotate",
            Session,
            Some(json!({})),
        ),
        (
            "POST",
            "/v1/access-tokens/{id}/caps",
            Session,
            Some(json!({"currency": "CNY"})),
        ),
        ("POST", "/v1/access-tokens/revoke-self", Session, None),
        ("POST", "/v1/freezes/{id}/lift", Session, None),
        (
            "POST",
            "/v1/freezes",
            Session,
            Some(json!({"kind": "debit"})),
        ),
        ("GET", "/v1/freezes", Session, None),
        ("POST", "/v1/freeze-requests", Open, None),
        ("POST", "/v1/freeze-requests/{id}/confirm", Open, None),
        ("GET", "/v1/inbox", Session, None),
        ("POST", "/v1/inbox/{id}/read", Session, None),
        ("GET", "/v1/stream", Session, None),
        ("GET", "/v1/ledger/head", Open, None),
        ("GET", "/healthz", Open, None),
        ("GET", "/readyz", Open, None),
        ("GET", "/metrics", Open, None),
        ("GET", "/sandbox/messages", Open, None),
    ]
}

/// A row's path without the parameters that its route cannot do without.
fn path_of(row: &str) -> &str {
    row.split('?').next().unwrap()
}

fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>();
        methods
            .into_iter()
            .map(|method| (method.to_uppercase(), path.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_stands_in_the_matrix_and_is_guarded() {
    let house = House::new();
    let document = house.anon().get("/openapi.json").await.is(200);
    let rows: BTreeSet<_> = matrix()
        .iter()
        .map(|row| (row.0.to_owned(), path_of(row.1).to_owned()))
        .collect();
    assert_eq!(operations(&document), rows, "the contract and the matrix");
    let alice = house.alice().await;
    let dead = crate::actors::Actor {
        session: Some(format!("tss_{}", "0".repeat(64))),
        ..house.anon()
    };
    for (method, path, needs, body) in matrix() {
        let ask = || {
            let path = path.replace("{id}", "nothing");
            let ask = match &body {
                Some(body) => Ask::post(&path, body),
                None => Ask::new(method.parse::<Method>().unwrap(), &path),
            };
            ask.key("k")
        };
        let operation = &document["paths"][path_of(path)][method.to_lowercase()];
        let is_declared = operation["security"].is_array();
        assert_eq!(
            is_declared,
            needs == Needs::Session,
            "{method} {path} in the contract"
        );
        if needs == Needs::Session {
            house
                .anon()
                .send(ask())
                .await
                .refused(401, "unauthenticated");
            dead.send(ask()).await.refused(401, "unauthenticated");
        }
        if path != "/v1/stream" {
            assert_ne!(
                alice.send(ask()).await.status,
                401,
                "{method} {path} signed in"
            );
        }
    }
}

/// The router answers exactly where the contract says it does.
#[tokio::test(flavor = "multi_thread")]
async fn the_router_and_the_contract_agree() {
    let house = House::new();
    let anon = house.anon();
    let document = anon.get("/openapi.json").await.is(200);
    let operations = operations(&document);
    let paths: BTreeSet<_> = operations.iter().map(|(_, path)| path.clone()).collect();
    for path in &paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let sent = Ask::new(method.parse().unwrap(), &path.replace("{id}", "nothing"));
            let is_there = anon.send(sent).await.status != 405;
            let is_told = operations.contains(&(method.to_owned(), path.clone()));
            assert_eq!(is_there, is_told, "{method} {path}");
        }
    }
}

/// Every field that the contract names for a body is read: a wrong type in it is refused with its
/// pointer, and a field beside it is unknown.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_their_schemas_agree() {
    let house = House::new();
    let alice = house.alice().await;
    let document = alice.get("/openapi.json").await.is(200);
    let mut bodies = 0;
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(name) = schema.as_str() else {
            continue;
        };
        let schema = &document["components"]["schemas"][name.rsplit('/').next().unwrap()];
        assert_eq!(schema["additionalProperties"], false, "{name}");
        let fields = schema["properties"].as_object().unwrap();
        let wrong: Value = fields
            .iter()
            .map(|(field, of)| (field.clone(), wrong_for(&document, of)))
            .collect();
        let path = path.replace("{id}", "nothing");
        let problem = alice.send(Ask::post(&path, &wrong).key("k")).await;
        assert_eq!(problem.status, 400, "{path}");
        let told: BTreeSet<_> = problem.json()["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["param"].as_str().unwrap().to_owned())
            .collect();
        let expected: BTreeSet<_> = fields.keys().map(|field| format!("/{field}")).collect();
        assert_eq!(told, expected, "{path}");
        let stranger = alice
            .send(Ask::post(&path, &json!({"stranger": 1})).key("k"))
            .await;
        assert_eq!(stranger.refused(400, "unknown_field")["param"], "/stranger");
        bodies += 1;
    }
    assert!(bodies >= 9, "{bodies}");
}

/// A value of another type than the one that a schema names.
fn wrong_for(document: &Value, schema: &Value) -> Value {
    let named = schema["$ref"]
        .as_str()
        .or(schema["oneOf"][1]["$ref"].as_str());
    let name = named.and_then(|path| path.rsplit('/').next());
    let schema = name.map_or(schema, |name| &document["components"]["schemas"][name]);
    if schema["type"] == "array" {
        json!({})
    } else {
        json!([])
    }
}

/// The contract is kept in the repository; run with UPDATE=1 to accept a change of it.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests, no setting"
)]
#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_the_one_that_was_agreed() {
    let house = House::new();
    let document = house.anon().get("/openapi.json").await;
    let now = String::from_utf8(document.body.to_vec()).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let agreed = fs::read_to_string(&file).unwrap_or_default();
    let same = agreed
        .lines()
        .zip(now.lines())
        .find(|(one, other)| one != other);
    assert!(
        agreed == now,
        "the contract changed, first here: {same:?}; UPDATE=1 accepts it"
    );
}
