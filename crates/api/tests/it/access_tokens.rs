use std::sync::Arc;

use api::Access;
use identity::access_token::Scope;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, Ask, cny},
    contract,
    house::{House, Plan},
};

async fn two() -> (Arc<House>, Actor, Actor) {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(100_000).await;
    (house, alice, bob)
}

/// What a program that pays is asked for with.
pub fn wish(scopes: &[&str]) -> Value {
    let mut wish = json!({
        "name": "till", "scopes": scopes, "expires_in_days": 30, "channel": "sms",
    });
    if scopes.contains(&"transfers:create") {
        wish["caps"] = json!({"currency": "CNY", "lifetime": 1_000});
    }
    wish
}

/// Asks for a token and claims it: its id, and the program that has it.
pub async fn program(person: &mut Actor, wish: &Value) -> (String, Actor) {
    // What is newest must be so by the clock.
    person.house.clock.advance(1);
    person.step_up("create_access_token", "").await;
    let asked = person.post("/v1/access-tokens", wish).await.is(202);
    assert_eq!(asked["state"], "claim_sent");
    let id = asked["id"].as_str().unwrap().to_owned();
    let claimed = claim(person, &id).await;
    let bot = Actor {
        session: claimed["secret"].as_str().map(str::to_owned),
        ..person.clone()
    };
    (id, bot)
}

async fn claim(person: &Actor, id: &str) -> Value {
    let code = person.house.message(&person.contact, "code").await;
    let path = format!("/v1/access-tokens/{id}/claim");
    let answer = person.post(&path, &json!({"code": code})).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.is(200)
}

/// A payment without a Token.
fn plain(to: &Actor, amount: i64) -> Value {
    json!({"to": {"account": to.account}, "money": cny(amount)})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_pays_within_its_caps_without_the_token() {
    let (_, mut alice, bob) = two().await;
    let (id, bot) = program(&mut alice, &wish(&["transfers:create", "wallet:read"])).await;
    let secret = bot.session.clone().unwrap();
    assert!(secret.starts_with("tat_test_"), "of a sandbox");
    assert_eq!(secret.len(), 71);
    bot.pay("k1", &plain(&bob, 600)).await.is(201);
    let refused = bot.pay("k2", &plain(&bob, 401)).await;
    let problem = refused.refused(422, "cap_exceeded");
    assert_eq!(problem["limit_name"], "lifetime");
    assert_eq!(problem["limit"], cny(1_000));
    assert_eq!(problem["used"], cny(600));
    assert_eq!(problem["how_to_raise"], "raise_caps");
    let repeat = bot.pay("k2", &plain(&bob, 401)).await;
    assert_eq!(repeat.header("idempotent-replayed"), "true");
    bot.pay("k3", &plain(&bob, 400)).await.is(201);
    bot.get("/v1/wallet").await.is(200);
    let shown = alice.get(&format!("/v1/access-tokens/{id}")).await.is(200);
    assert_eq!(shown["state"], "active");
    assert_eq!(shown["caps"]["used_in_all"], cny(1_000));
    assert_eq!(shown["caps"]["count_today"], 2);
    assert!(shown.get("secret").is_none());
    let list = alice.get("/v1/access-tokens").await.is(200);
    assert_eq!(list["data"][0]["id"], id);
    assert_eq!(
        bob.get("/v1/access-tokens").await.is(200)["data"],
        json!([])
    );
}

/// Only the code travels; no message carries the secret.
#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_shown_once_and_never_sent() {
    let (house, mut alice, _) = two().await;
    let (id, bot) = program(&mut alice, &wish(&["wallet:read"])).await;
    house.deliver().await;
    let sent = house.anon().get("/sandbox/messages").await;
    let text = String::from_utf8(sent.body.to_vec()).unwrap();
    assert!(!text.contains("tat_"), "{text}");
    assert!(!text.contains(&bot.session.unwrap()));
    let path = format!("/v1/access-tokens/{id}/claim");
    let again = alice.post(&path, &json!({"code": "0000-0000"})).await;
    again.refused(410, "code_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_claimed_where_it_was_asked_for() {
    let (house, mut alice, _) = two().await;
    let unproven = alice
        .post("/v1/access-tokens", &wish(&["wallet:read"]))
        .await;
    let problem = unproven.refused(403, "step_up_required");
    assert_eq!(problem["purpose"], "create_access_token");
    alice.step_up("create_access_token", "").await;
    let asked = alice
        .post("/v1/access-tokens", &wish(&["wallet:read"]))
        .await;
    let id = asked.is(202)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/access-tokens/{id}/claim");
    let code = house.message(&alice.contact, "code").await;
    let elsewhere = alice.elsewhere().await;
    elsewhere
        .post(&path, &json!({"code": code}))
        .await
        .refused(403, "access_token_other_session");
    for _ in 0..5 {
        let wrong = alice.post(&path, &json!({"code": "ZZZZ-ZZZZ"})).await;
        assert_eq!(wrong.refused(422, "code_wrong")["param"], "/code");
    }
    let right = alice.post(&path, &json!({"code": code})).await;
    right.refused(423, "code_exhausted");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_read_strictly() {
    let (_, mut alice, _) = two().await;
    alice.step_up("create_access_token", "").await;
    let good = wish(&["wallet:read"]);
    let cases = [
        (
            "scopes",
            json!(["wallet:write"]),
            "invalid_field",
            "/scopes/0",
        ),
        (
            "scopes",
            json!(["transfers:create"]),
            "missing_field",
            "/caps",
        ),
        ("ips", json!(["10.0.0.0/99"]), "invalid_field", "/ips/0"),
        (
            "payees",
            json!(["usr_0000000000001"]),
            "payee_not_found",
            "/payees/0",
        ),
        (
            "expires_in_days",
            json!(366),
            "invalid_field",
            "/expires_in_days",
        ),
        (
            "expires_in_days",
            json!(0),
            "invalid_field",
            "/expires_in_days",
        ),
        ("name", json!(""), "invalid_field", "/name"),
        // The owner is whoever asks, whatever the body says.
        (
            "owner",
            json!("usr_0000000000001"),
            "unknown_field",
            "/owner",
        ),
    ];
    for (field, value, code, param) in cases {
        let mut body = good.clone();
        body[field] = value;
        let answer = alice.post("/v1/access-tokens", &body).await;
        let problem = answer.json();
        assert_eq!(
            (&problem["code"], &problem["param"]),
            (&json!(code), &json!(param))
        );
    }
}

/// S-28: the matrix of scopes and routes, from the router itself. A program reaches exactly the
/// routes of its scopes; every other is refused, and what only a person may do is refused to all.
#[tokio::test(flavor = "multi_thread")]
async fn s_28_scopes_by_routes() {
    let (house, mut alice, _) = two().await;
    let accesses = api::accesses(&house.app);
    let rows = contract::matrix();
    let mut seen = 0;
    for scope in Scope::ALL {
        let (_, bot) = program(&mut alice, &wish(&[scope.code()])).await;
        for (method, path, access) in &accesses {
            let row = rows
                .iter()
                .find(|row| row.0 == method.as_str() && row.1.split('?').next() == Some(path))
                .unwrap_or_else(|| panic!("{method} {path} has no row"));
            let url = row.1.replace("{id}", "nothing");
            let ask = match &row.3 {
                Some(body) => Ask::post(&url, body),
                None => Ask::new(method.clone(), &url),
            };
            if path == "/v1/access-tokens/revoke-self" || *access == Access::Everybody {
                continue;
            }
            let key = format!("{scope}-{seen}");
            let answer = bot.open(ask.key(&key)).await;
            let status = answer.status().as_u16();
            let body = if path == "/v1/stream" && status == 200 {
                Value::Null
            } else {
                let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
                    .await
                    .unwrap();
                serde_json::from_slice(&bytes).unwrap_or_default()
            };
            let told = (status, body["code"].as_str().unwrap_or_default());
            match access {
                Access::Scope(wanted) if wanted == scope => {
                    assert!(
                        status != 401 && !matches!(told.1, "scope_missing" | "person_required"),
                        "{scope} at {method} {path}: {told:?}"
                    );
                }
                Access::Scope(_) => {
                    assert_eq!(told, (403, "scope_missing"), "{scope} at {method} {path}");
                }
                _ => assert_eq!(told, (403, "person_required"), "{scope} at {method} {path}"),
            }
            seen += 1;
        }
    }
    let used = |scope: &Scope| accesses.iter().any(|row| row.2 == Access::Scope(*scope));
    assert!(Scope::ALL.iter().all(used), "a scope that opens nothing");
    assert!(seen > 200, "{seen}");
}

/// A hundred payments of 1.00 at once against a cap of 10.00.
#[tokio::test(flavor = "multi_thread")]
async fn caps_race_posts_exactly_ten() {
    let (_, mut alice, bob) = two().await;
    let (id, bot) = program(&mut alice, &wish(&["transfers:create"])).await;
    let mut race = JoinSet::new();
    for n in 0..100 {
        let (bot, body) = (bot.clone(), plain(&bob, 100));
        race.spawn(async move { bot.pay(&format!("r{n}"), &body).await.status });
    }
    let statuses = race.join_all().await;
    let paid = statuses.iter().filter(|&&status| status == 201).count();
    let capped = statuses.iter().filter(|&&status| status == 422).count();
    assert_eq!((paid, capped), (10, 90));
    assert_eq!(bob.posted().await, 1_000);
    let shown = alice.get(&format!("/v1/access-tokens/{id}")).await.is(200);
    assert_eq!(shown["caps"]["used_in_all"], cny(1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_mistyped_cut_or_revoked_is_nobody() {
    let (_, mut alice, _) = two().await;
    let (id, bot) = program(&mut alice, &wish(&["wallet:read"])).await;
    let secret = bot.session.clone().unwrap();
    bot.get("/v1/wallet").await.is(200);
    let mut wrong = vec![
        secret[..secret.len() - 1].to_owned(),
        format!("{secret}0"),
        secret.replace("tat_test_", "tat_live_"),
        secret.to_lowercase(),
    ];
    let last = if secret.ends_with('0') { "1" } else { "0" };
    wrong.push(format!("{}{last}", &secret[..secret.len() - 1]));
    for secret in wrong {
        let bot = Actor {
            session: Some(secret),
            ..bot.clone()
        };
        bot.get("/v1/wallet").await.refused(401, "unauthenticated");
    }
    let path = format!("/v1/access-tokens/{id}");
    assert_eq!(alice.delete(&path).await.is(200)["state"], "revoked");
    bot.get("/v1/wallet").await.refused(401, "unauthenticated");
    alice.delete(&path).await.is(200);
    let (_, bot) = program(&mut alice, &wish(&["wallet:read"])).await;
    let own = Ask::new(axum::http::Method::POST, "/v1/access-tokens/revoke-self");
    assert_eq!(bot.send(own).await.is(200)["state"], "revoked");
    bot.get("/v1/wallet").await.refused(401, "unauthenticated");
}

/// S-26: what belongs to somebody frozen works no more, and a lifted freeze does not revive it.
#[tokio::test(flavor = "multi_thread")]
async fn s_26_tokens_of_a_frozen_owner() {
    let (_, mut alice, bob) = two().await;
    let (id, bot) = program(&mut alice, &wish(&["transfers:create", "wallet:read"])).await;
    let placed = alice.post("/v1/freezes", &json!({"kind": "debit"})).await;
    let freeze = placed.is(201)["id"].as_str().unwrap().to_owned();
    bot.get("/v1/wallet").await.refused(423, "account_frozen");
    bot.pay("k1", &plain(&bob, 1))
        .await
        .refused(423, "account_frozen");
    let path = format!("/v1/freezes/{freeze}/lift");
    alice
        .post(&path, &json!({}))
        .await
        .refused(403, "step_up_required");
    alice.step_up("lift_freeze", &freeze).await;
    alice.post(&path, &json!({})).await.is(200);
    bot.get("/v1/wallet").await.refused(401, "unauthenticated");
    alice.pay("k2", &alice.payment(&bob, 1)).await.is(201);
    alice.step_up("create_access_token", &id).await;
    alice.house.clock.advance(1);
    let path = format!("/v1/access-tokens/{id}/rotate");
    alice.post(&path, &json!({})).await.is(202);
    let claimed = claim(&alice, &id).await;
    let bot = Actor {
        session: claimed["secret"].as_str().map(str::to_owned),
        ..bot
    };
    bot.pay("k3", &plain(&bob, 1)).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_overlaps_and_no_longer() {
    let (house, mut alice, _) = two().await;
    let (id, old) = program(&mut alice, &wish(&["wallet:read"])).await;
    alice.step_up("create_access_token", &id).await;
    let path = format!("/v1/access-tokens/{id}/rotate");
    let body = json!({"overlap_seconds": 86_401});
    let problem = alice.post(&path, &body).await.refused(400, "invalid_field");
    assert_eq!(problem["param"], "/overlap_seconds");
    house.clock.advance(1);
    alice
        .post(&path, &json!({"overlap_seconds": 60}))
        .await
        .is(202);
    let claimed = claim(&alice, &id).await;
    let new = Actor {
        session: claimed["secret"].as_str().map(str::to_owned),
        ..old.clone()
    };
    old.get("/v1/wallet").await.is(200);
    new.get("/v1/wallet").await.is(200);
    house.clock.advance(61);
    old.get("/v1/wallet").await.refused(401, "unauthenticated");
    new.get("/v1/wallet").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_time_end_a_token() {
    let (house, mut alice, _) = two().await;
    let mut year = wish(&["wallet:read"]);
    year["expires_in_days"] = json!(365);
    let (_, idle) = program(&mut alice, &year).await;
    let (_, month) = program(&mut alice, &wish(&["wallet:read"])).await;
    house.clock.advance(29 * 86_400);
    month.get("/v1/wallet").await.is(200);
    house.clock.advance(86_401);
    month
        .get("/v1/wallet")
        .await
        .refused(401, "unauthenticated");
    house.clock.advance(60 * 86_400);
    idle.get("/v1/wallet").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_so_many_and_no_more() {
    let mut plan = Plan::default();
    plan.policy.access_tokens_max = 1;
    let house = House::planned(plan);
    let mut alice = house.alice().await;
    program(&mut alice, &wish(&["wallet:read"])).await;
    alice.step_up("create_access_token", "").await;
    let answer = alice
        .post("/v1/access-tokens", &wish(&["wallet:read"]))
        .await;
    answer.refused(429, "access_tokens_too_many");
}

#[tokio::test(flavor = "multi_thread")]
async fn payees_and_places_are_listed() {
    let (house, mut alice, bob) = two().await;
    let carol = Actor::join(house.clone(), "email", "carol@example.com", "Carol Reed").await;
    let mut listed = wish(&["transfers:create"]);
    listed["payees"] = json!([bob.contact]);
    let (_, bot) = program(&mut alice, &listed).await;
    bot.pay("k1", &plain(&bob, 1)).await.is(201);
    let refused = bot.pay("k2", &plain(&carol, 1)).await;
    assert_eq!(refused.refused(403, "payee_not_allowed")["param"], "/to");
    let mut placed = wish(&["wallet:read"]);
    placed["ips"] = json!(["203.0.113.0/24"]);
    let (_, bot) = program(&mut alice, &placed).await;
    bot.get("/v1/wallet").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_are_lowered_at_once_and_raised_with_a_proof() {
    let (_, mut alice, bob) = two().await;
    let (id, bot) = program(&mut alice, &wish(&["transfers:create"])).await;
    let path = format!("/v1/access-tokens/{id}/caps");
    let lower = json!({"currency": "CNY", "lifetime": 5, "count_per_day": 1});
    alice.post(&path, &lower).await.is(200);
    bot.pay("k1", &plain(&bob, 6))
        .await
        .refused(422, "cap_exceeded");
    bot.pay("k2", &plain(&bob, 1)).await.is(201);
    let refused = bot.pay("k3", &plain(&bob, 1)).await;
    let problem = refused.refused(422, "cap_exceeded");
    assert_eq!(
        (&problem["limit_name"], &problem["limit"]),
        (&json!("count_per_day"), &json!(1))
    );
    let higher = json!({"currency": "CNY", "lifetime": 6, "count_per_day": 9});
    let problem = alice
        .post(&path, &higher)
        .await
        .refused(403, "step_up_required");
    assert_eq!(problem["purpose"], "raise_limit");
    alice.step_up("raise_limit", &id).await;
    alice.post(&path, &higher).await.is(200);
    bot.pay("k4", &plain(&bob, 5)).await.is(201);
    bot.pay("k5", &plain(&bob, 1))
        .await
        .refused(422, "cap_exceeded");
}

/// S-30: whatever has an id of Alice's, Bob does not see it: the same 404 as for what does not
/// exist, and nothing of hers changes.
#[tokio::test(flavor = "multi_thread")]
async fn s_30_nothing_of_one_person_is_there_for_another() {
    let (house, mut alice, bob) = two().await;
    let carol = Actor::join(house.clone(), "email", "carol@example.com", "Carol Reed").await;
    let (token, _) = program(&mut alice, &wish(&["transfers:create"])).await;
    let paid = alice.pay("k1", &alice.payment(&carol, 1)).await.is(201);
    let transfer = paid["id"].as_str().unwrap().to_owned();
    let placed = alice.post("/v1/freezes", &json!({"kind": "credit"})).await;
    let freeze = placed.is(201)["id"].as_str().unwrap().to_owned();
    let first = |page: Value| page["data"][0]["id"].as_str().unwrap().to_owned();
    let session = first(alice.get("/v1/sessions").await.is(200));
    let stk = first(alice.get("/v1/security-tokens").await.is(200));
    let message = first(alice.get("/v1/inbox").await.is(200));
    let record = first(alice.get("/v1/transactions").await.is(200));
    let caps = json!({"currency": "CNY"});
    let calls = [
        ("DELETE", "/v1/sessions/{id}", session, None),
        ("DELETE", "/v1/security-tokens/{id}", stk.clone(), None),
        (
            "POST",
            "/v1/security-tokens/{id}/activate",
            stk,
            Some(json!({"token": "x"})),
        ),
        ("GET", "/v1/transfers/{id}", transfer.clone(), None),
        ("GET", "/v1/transfers/{id}/receipt", transfer, None),
        ("GET", "/v1/transactions/{id}", record, None),
        ("POST", "/v1/inbox/{id}/read", message, None),
        ("POST", "/v1/freezes/{id}/lift", freeze, None),
        ("GET", "/v1/access-tokens/{id}", token.clone(), None),
        ("DELETE", "/v1/access-tokens/{id}", token.clone(), None),
        (
            "POST",
            "/v1/access-tokens/{id}/claim",
            token.clone(),
            Some(json!({"code": "x"})),
        ),
        (
            "POST",
            "/v1/access-tokens/{id}/rotate",
            token.clone(),
            Some(json!({})),
        ),
        (
            "POST",
            "/v1/access-tokens/{id}/caps",
            token.clone(),
            Some(caps),
        ),
    ];
    for (method, path, id, body) in calls {
        let ask = |id: &str| {
            let url = path.replace("{id}", id);
            match &body {
                Some(body) => Ask::post(&url, body),
                None => Ask::new(method.parse().unwrap(), &url),
            }
        };
        let mut told = Vec::new();
        for id in [id.as_str(), "nothing"] {
            let mut problem = bob.send(ask(id)).await.refused(404, "not_found");
            problem["request_id"] = Value::Null;
            told.push(problem);
        }
        assert_eq!(told[0], told[1], "{method} {path}");
    }
    let shown = alice
        .get(&format!("/v1/access-tokens/{token}"))
        .await
        .is(200);
    assert_eq!(shown["state"], "active");
    assert_eq!(
        alice.get("/v1/freezes").await.is(200)["data"][0]["lifted_at"],
        Value::Null
    );
}

/// S-31: the same money is spent once, whoever asks how often.
#[tokio::test(flavor = "multi_thread")]
async fn s_31_a_person_and_a_program_spend_the_last_cent_once() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(100).await;
    let (_, bot) = program(&mut alice, &wish(&["transfers:create"])).await;
    let mut race = JoinSet::new();
    for n in 0..200 {
        let (who, body) = match n % 2 {
            0 => (alice.clone(), alice.payment(&bob, 100)),
            _ => (bot.clone(), plain(&bob, 100)),
        };
        race.spawn(async move { who.pay(&format!("d{n}"), &body).await.status });
    }
    let statuses = race.join_all().await;
    assert_eq!(statuses.iter().filter(|&&status| status == 201).count(), 1);
    assert_eq!((alice.posted().await, bob.posted().await), (0, 100));
}
