//! The back office: who gets in, who may what, what needs two, and what a person sees of it.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use api::Access;
use identity::operator::{Power, Role};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    actors::{Ask, PASSWORD, cny},
    desk::{Colleague, Desk, STAFF_PASSWORD},
    house::House,
};

/// S-61: once, for a quarter of an hour.
#[tokio::test(flavor = "multi_thread")]
async fn bootstrap_makes_one_administrator_and_no_second() {
    let house = House::new();
    let desk = Desk::at(&house);
    let closed = |answer: crate::actors::Answer| answer.refused(404, "bootstrap_closed");
    closed(desk.bootstrap("guess", "root.admin").await);
    let void = desk.offer().await;
    let token = desk.offer().await;
    closed(desk.bootstrap(&void, "root.admin").await);
    closed(desk.bootstrap("guess", "root.admin").await);
    desk.bootstrap(&token, "NO")
        .await
        .refused(400, "operator_name_invalid");
    let made = desk.bootstrap(&token, "root.admin").await.is(201);
    assert_eq!(made["operator"]["role"], "admin");
    closed(desk.bootstrap(&token, "evil.admin").await);
    let late = desk.offer().await;
    house.clock.advance(901);
    closed(desk.bootstrap(&late, "evil.admin").await);
    // The log says each time that somebody could have come in.
    let admin = desk.sign_in(&Colleague::of(&made)).await;
    let log = desk.get(&admin, "/ops/v1/audit").await.is(200);
    let offers = |log: &Value| log.to_string().matches("bootstrap_offered").count();
    assert_eq!(offers(&log), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_take_two_factors_and_end_with_silence_and_the_shift() {
    let house = House::new();
    let desk = Desk::at(&house);
    let first = desk.colleague("root.admin", Role::Admin).await;
    let code = desk.code(&first);
    for (name, password, totp) in [
        ("nobody.here", STAFF_PASSWORD, code.as_str()),
        (first.name.as_str(), "Wrong-Orbit7#Gravel", code.as_str()),
        (first.name.as_str(), STAFF_PASSWORD, "000000"),
    ] {
        desk.try_in(name, password, totp)
            .await
            .refused(401, "auth_failed");
    }
    desk.try_in(&first.name, STAFF_PASSWORD, &code)
        .await
        .is(201);
    // S-07: a code works once.
    desk.try_in(&first.name, STAFF_PASSWORD, &code)
        .await
        .refused(401, "auth_failed");
    let me = async |token: &str, status: u16| {
        let answer = desk.get(token, "/ops/v1/me").await;
        assert_eq!(answer.status, status);
    };
    let token = desk.sign_in(&first).await;
    house.clock.advance(899);
    me(&token, 200).await;
    house.clock.advance(901);
    me(&token, 401).await;
    let token = desk.sign_in(&first).await;
    for _ in 0..32 {
        house.clock.advance(890);
        me(&token, 200).await;
    }
    house.clock.advance(890);
    me(&token, 401).await;
    let token = desk.sign_in(&first).await;
    desk.by(&token, Ask::delete("/ops/v1/sessions"))
        .await
        .is(200);
    me(&token, 401).await;
    // Five failures, and even both factors wait.
    for _ in 0..5 {
        let refused = desk.try_in(&first.name, "Wrong-Orbit7#Gravel", "1").await;
        refused.refused(401, "auth_failed");
    }
    house.clock.advance(31);
    let code = desk.code(&first);
    let refused = desk.try_in(&first.name, STAFF_PASSWORD, &code).await;
    refused.refused(401, "auth_failed");
    house.clock.advance(1_800);
    desk.sign_in(&first).await;
}

/// S-01, for operators: after five of many guesses at once nothing is right any more.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_count_parallel_guesses() {
    let house = House::new();
    let desk = Arc::new(Desk::at(&house));
    let first = Arc::new(desk.colleague("root.admin", Role::Admin).await);
    let mut guesses = JoinSet::new();
    for n in 0..40 {
        let (desk, first) = (desk.clone(), first.clone());
        guesses.spawn(async move {
            let code = format!("{n:06}");
            desk.try_in(&first.name, STAFF_PASSWORD, &code).await.status
        });
    }
    assert!(guesses.join_all().await.iter().all(|status| *status == 401));
    let code = desk.code(&first);
    let right = desk.try_in(&first.name, STAFF_PASSWORD, &code).await;
    right.refused(401, "auth_failed");
}

/// S-46: nobody is listed, nobody is found by a part, and the person sees each look.
#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_exactly_masked_and_they_see_it() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let support = desk.session("support.one", Role::Support).await;
    let find =
        |identifier: &str| Ask::post("/ops/v1/people/find", &json!({"identifier": identifier}));
    for partial in ["+86138", "*", "%", "138000000", "张三", "alice"] {
        let answer = desk.by(&support, find(partial)).await;
        answer.refused(404, "not_found");
    }
    for identifier in [&*alice.contact, &*alice.user] {
        let seen = desk.by(&support, find(identifier)).await.is(200);
        assert_eq!(seen["masked_name"], "*三");
        assert_eq!(seen["contacts"][0]["masked"], "138****0001");
        assert_eq!(seen["contacts"][0].get("value"), None);
        assert!(!seen.to_string().contains("13800000001"));
    }
    let path = format!("/ops/v1/people/{}/unmask", alice.user);
    let unmask = |case: &str| Ask::post(&path, &json!({"case": case}));
    for bad in ["13800000001", "a b c d", "abc", ""] {
        let answer = desk.by(&support, unmask(bad)).await;
        answer.refused(400, "case_invalid");
    }
    let clear = desk.by(&support, unmask("CASE-1234")).await.is(200);
    assert_eq!(clear["contacts"][0]["value"], "+8613800000001");
    for _ in 0..19 {
        desk.by(&support, unmask("CASE-1234")).await.is(200);
    }
    desk.by(&support, unmask("CASE-1234"))
        .await
        .refused(429, "unmasks_too_many");
    house.clock.advance(899);
    desk.get(&support, "/ops/v1/me").await.is(200);
    let told = desk.told(&alice).await;
    let looks = |code: &str| told.iter().filter(|action| *action == code).count();
    assert_eq!((looks("person_viewed"), looks("person_unmasked")), (2, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn unfreezing_takes_two_and_never_the_same() {
    let house = House::new();
    let desk = Desk::at(&house);
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    let support = desk.session("support.one", Role::Support).await;
    let (one, two) = (
        desk.session("risk.one", Role::Risk).await,
        desk.session("risk.two", Role::Risk).await,
    );
    let payment = alice.payment(&bob, 100);
    for (who, route, by) in [
        (&support, "freezes", "operator"),
        (&one, "legal-freezes", "legal"),
    ] {
        let path = format!("/ops/v1/people/{}/{route}", alice.user);
        let body = json!({"kind": "debit", "reason": "case 7"});
        let placed = desk.post(who, &path, &body).await.is(201);
        assert_eq!(placed["by"], by);
        alice
            .pay(&format!("frozen-{by}"), &payment)
            .await
            .refused(423, "account_frozen");
        let wish = json!({"user": alice.user, "freeze": placed["id"], "reason": "settled"});
        let refused = desk.post(&support, "/ops/v1/unfreezings", &wish).await;
        refused.refused(403, "operator_not_allowed");
        let id = desk.ask(&one, "/ops/v1/unfreezings", &wish).await;
        desk.decide(&one, &id, "approve")
            .await
            .refused(403, "own_request");
        desk.decide(&support, &id, "approve")
            .await
            .refused(403, "operator_not_allowed");
        let open = desk.get(&two, "/ops/v1/requests").await.is(200);
        assert_eq!(open["data"][0]["reason"], "settled");
        alice
            .pay(&format!("still-{by}"), &payment)
            .await
            .refused(423, "account_frozen");
        desk.decide(&two, &id, "approve").await.is(200);
        alice.pay(&format!("free-{by}"), &payment).await.is(201);
        desk.decide(&two, &id, "reject")
            .await
            .refused(409, "staff_request_closed");
    }
    desk.decide(&two, "srq_00000000000000000000000000", "approve")
        .await
        .refused(404, "not_found");
    let told = desk.told(&alice).await;
    for action in [
        "frozen_by_operator",
        "staff_request_made",
        "staff_request_approved",
    ] {
        assert!(told.iter().any(|code| code == action), "{action}: {told:?}");
    }
}

/// What a person froze, a pair of operators does not open.
#[tokio::test(flavor = "multi_thread")]
async fn a_persons_own_freeze_is_not_the_operators_to_lift() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let own = alice
        .post("/v1/freezes", &json!({"kind": "debit"}))
        .await
        .is(201);
    let (one, two) = (
        desk.session("risk.one", Role::Risk).await,
        desk.session("risk.two", Role::Risk).await,
    );
    let wish = json!({"user": alice.user, "freeze": own["id"], "reason": "asked by phone"});
    let id = desk.ask(&one, "/ops/v1/unfreezings", &wish).await;
    desk.decide(&two, &id, "approve")
        .await
        .refused(403, "freeze_not_yours");
    // Nothing was decided with it.
    desk.decide(&two, &id, "reject").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_is_over_after_a_day() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let (one, two) = (
        desk.colleague("risk.one", Role::Risk).await,
        desk.colleague("risk.two", Role::Risk).await,
    );
    let token = desk.sign_in(&one).await;
    let wish = json!({"user": alice.user, "tier": 2, "reason": "seen at the branch"});
    let id = desk.ask(&token, "/ops/v1/tier-changes", &wish).await;
    house.clock.advance(86_401);
    let token = desk.sign_in(&two).await;
    let open = desk.get(&token, "/ops/v1/requests").await.is(200);
    assert_eq!(open["data"], json!([]));
    desk.decide(&token, &id, "approve")
        .await
        .refused(409, "staff_request_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tier_is_changed_by_two() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let (one, two) = (
        desk.session("risk.one", Role::Risk).await,
        desk.session("risk.two", Role::Risk).await,
    );
    for tier in [2, 0] {
        let wish = json!({"user": alice.user, "tier": tier, "reason": "seen at the branch"});
        let id = desk.ask(&one, "/ops/v1/tier-changes", &wish).await;
        desk.decide(&two, &id, "approve").await.is(200);
        let now = alice.get("/v1/verifications").await.is(200);
        assert_eq!(now["tier"], tier);
    }
    let wish = json!({"user": alice.user, "tier": 4, "reason": "seen at the branch"});
    let refused = desk.post(&one, "/ops/v1/tier-changes", &wish).await;
    assert_eq!(refused.refused(400, "invalid_field")["param"], "/tier");
    for reason in ["", "no", "\u{7}\u{7}\u{7}\u{7}"] {
        let wish = json!({"user": alice.user, "tier": 1, "reason": reason});
        let refused = desk.post(&one, "/ops/v1/tier-changes", &wish).await;
        refused.refused(400, "reason_invalid");
    }
}

/// Two who approve at once, and one who approves twice: posted once.
#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_is_posted_once_by_two() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    alice.top_up(1_000).await;
    let one = desk.session("treasurer.one", Role::Treasurer).await;
    let two = desk.session("treasurer.two", Role::Treasurer).await;
    let three = desk.session("treasurer.three", Role::Treasurer).await;
    let wish = |direction: &str, amount: i64| {
        json!({
            "account": alice.account,
            "direction": direction,
            "money": cny(amount),
            "reason": "charged twice",
        })
    };
    let id = desk
        .ask(&one, "/ops/v1/adjustments", &wish("credit", 250))
        .await;
    desk.decide(&one, &id, "approve")
        .await
        .refused(403, "own_request");
    assert_eq!(alice.posted().await, 1_000);
    let (left, right) = tokio::join!(
        desk.decide(&two, &id, "approve"),
        desk.decide(&three, &id, "approve")
    );
    let mut statuses = [left.status, right.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let done = if left.status == 200 { left } else { right };
    assert_eq!(done.is(200)["adjustment"]["state"], "posted");
    assert_eq!(alice.posted().await, 1_250);
    house.app.finish_adjustments(10).await.unwrap();
    assert_eq!(alice.posted().await, 1_250);
    let records = alice.get("/v1/transactions?type=adjustment").await.is(200);
    assert_eq!(records["data"][0]["type"], "adjustment");
    assert_eq!(records["data"][0]["money"]["amount"], 250);

    let id = desk
        .ask(&one, "/ops/v1/adjustments", &wish("debit", 2_000))
        .await;
    let refused = desk.decide(&two, &id, "approve").await.is(200);
    assert_eq!(refused["adjustment"]["state"], "refused", "no funds");
    let id = desk
        .ask(&one, "/ops/v1/adjustments", &wish("debit", 50))
        .await;
    desk.decide(&two, &id, "approve").await.is(200);
    assert_eq!(alice.posted().await, 1_200);
    let mut euros = wish("credit", 1);
    euros["money"]["currency"] = json!("EUR");
    desk.post(&one, "/ops/v1/adjustments", &euros)
        .await
        .refused(422, "currency_mismatch");
    let mut nobody = wish("credit", 1);
    nobody["account"] = json!("acc_0000000000000");
    desk.post(&one, "/ops/v1/adjustments", &nobody)
        .await
        .refused(404, "not_found");
}

/// A crash between the approval and the books is finished at the next round, once.
#[tokio::test(flavor = "multi_thread")]
async fn an_approved_adjustment_outlives_a_crash() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let one = desk.session("treasurer.one", Role::Treasurer).await;
    let body = json!({
        "account": alice.account, "direction": "credit", "money": cny(70), "reason": "goodwill",
    });
    desk.ask(&one, "/ops/v1/adjustments", &body).await;
    let open = house
        .write(|tx, cx| {
            let open = identity::operator::list_open(tx, cx)?;
            let identity::operator::RequestKind::Adjust { adjustment, .. } = open[0].kind else {
                panic!("an adjustment was asked for");
            };
            payments::adjustment::approve(tx, adjustment)?;
            Ok(adjustment)
        })
        .await;
    assert_eq!(alice.posted().await, 0);
    for due in [1, 0] {
        assert_eq!(house.app.finish_adjustments(10).await.unwrap(), due);
        assert_eq!(alice.posted().await, 70);
    }
    assert!(open.to_string().starts_with("adj_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_are_made_by_one_and_raised_by_two() {
    let house = House::new();
    let desk = Desk::at(&house);
    let one = desk.session("admin.one", Role::Admin).await;
    let second = desk.colleague("admin.two", Role::Admin).await;
    let two = desk.sign_in(&second).await;
    let new =
        |name: &str, role: &str| json!({"name": name, "password": STAFF_PASSWORD, "role": role});
    let path = "/ops/v1/operators";
    let made = desk.post(&one, path, &new("clerk.one", "support")).await;
    let clerk = Colleague::of(&made.is(201));
    desk.post(&one, path, &new("clerk.one", "risk"))
        .await
        .refused(409, "operator_name_taken");
    let admin = desk.post(&one, path, &new("admin.three", "admin")).await;
    assert_eq!(admin.refused(400, "invalid_field")["param"], "/role");
    let session = desk.sign_in(&clerk).await;
    let wish = json!({"operator": clerk.id, "role": "admin", "reason": "replaces me"});
    let id = desk.ask(&one, "/ops/v1/role-changes", &wish).await;
    desk.decide(&one, &id, "approve")
        .await
        .refused(403, "own_request");
    desk.decide(&two, &id, "approve").await.is(200);
    desk.get(&session, "/ops/v1/me")
        .await
        .refused(401, "unauthenticated");
    let raised = desk.sign_in(&clerk).await;
    let all = desk.get(&raised, path).await.is(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 3);
    let gone = format!("{path}/{}", second.id);
    desk.by(&two, Ask::delete(&gone))
        .await
        .refused(403, "own_request");
    desk.by(&raised, Ask::delete(&gone)).await.is(200);
    desk.get(&two, "/ops/v1/me")
        .await
        .refused(401, "unauthenticated");
    house.clock.advance(31);
    let code = desk.code(&second);
    desk.try_in(&second.name, STAFF_PASSWORD, &code)
        .await
        .refused(401, "auth_failed");
}

/// Every route of the back office with every role: refused by the table, or let through to where
/// the body is read. Nobody who is not signed in gets anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_asks_the_table_of_roles() {
    let house = House::new();
    let desk = Desk::at(&house);
    let mut powers = BTreeSet::new();
    let mut sessions = Vec::new();
    for role in Role::ALL {
        let name = format!("{}.one", role.code());
        sessions.push((role, desk.session(&name, role).await));
    }
    let open = ["/ops/v1/bootstrap", "/ops/v1/sessions"];
    for (method, path, access) in api::ops_accesses(&house.app) {
        let Access::Staff(power) = access else {
            assert_eq!(access, Access::Everybody);
            assert!(
                open.contains(&&*path) && method == "POST",
                "{method} {path}"
            );
            continue;
        };
        powers.insert(power.code());
        if (method.as_str(), &*path) == ("DELETE", "/ops/v1/sessions") {
            continue;
        }
        let path = path.replace("{id}", "opr_00000000000000000000000000");
        let ask = || {
            let ask = Ask::new(method.clone(), &path);
            ask.with("content-type", "application/json")
        };
        desk.send(ask()).await.refused(401, "unauthenticated");
        for (role, session) in &sessions {
            let answer = desk.by(session, ask()).await;
            if role.may(power) {
                assert!(
                    ![401, 403, 500].contains(&answer.status),
                    "{role:?} {method} {path}"
                );
            } else {
                answer.refused(403, "operator_not_allowed");
            }
        }
    }
    let all: BTreeSet<_> = Power::ALL.iter().map(|power| power.code()).collect();
    assert_eq!(powers, all, "every power has a route");
}

/// The two doors are apart: neither knows the other's sessions nor its routes.
#[tokio::test(flavor = "multi_thread")]
async fn people_and_operators_have_doors_of_their_own() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    house.clock.advance(1);
    let signed_in = house.anon().post("/v1/sessions", &body).await;
    let cookie = signed_in.header("set-cookie").to_owned();
    let person = signed_in.is(201)["token"].as_str().unwrap().to_owned();
    let admin = desk.session("admin.one", Role::Admin).await;
    for (method, path, access) in api::ops_accesses(&house.app) {
        let path = path.replace("{id}", "opr_00000000000000000000000000");
        let ask = || Ask::new(method.clone(), &path).with("content-type", "application/json");
        if access != Access::Everybody {
            for ask in [
                ask().with("authorization", &format!("Bearer {person}")),
                ask().with("cookie", &cookie),
            ] {
                desk.send(ask).await.refused(401, "unauthenticated");
            }
        }
        let elsewhere = house.anon().send(ask()).await;
        elsewhere.refused(404, "not_found");
    }
    for (method, path, access) in api::accesses(&house.app) {
        let path = path.replace("{id}", "opr_00000000000000000000000000");
        let ask = || Ask::new(method.clone(), &path).with("content-type", "application/json");
        desk.by(&person, ask()).await.refused(404, "not_found");
        if access != Access::Everybody {
            let ask = ask().with("authorization", &format!("Bearer {admin}"));
            let answer = house.anon().send(ask).await;
            assert!(
                [400, 401, 415].contains(&answer.status),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

/// Hosts that are not this machine are not served here, whatever the public address is.
#[tokio::test(flavor = "multi_thread")]
async fn the_back_office_answers_on_this_machine_alone() {
    let house = House::new();
    let desk = Desk::at(&house);
    let ask = |host: &str| Ask::get("/ops/v1/me").with("host", host);
    for host in ["127.0.0.1:8081", "localhost:8081", "[::1]:8081"] {
        desk.send(ask(host)).await.refused(401, "unauthenticated");
    }
    desk.send(ask("ops.evil.example"))
        .await
        .refused(421, "host_not_served");
}

/// Nothing makes a session of a person but what has that person's proof in its hands.
#[test]
fn no_operator_can_act_as_a_person() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = vec![
        root.join("src/ops.rs"),
        root.join("../identity/src/operator.rs"),
    ];
    for folder in ["src/ops", "../identity/src/operator"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            sources.push(entry.unwrap().path());
        }
    }
    assert!(sources.len() > 10);
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        for forbidden in [
            "OpenedSession",
            "session::open",
            "password::set",
            " SessionToken",
            "ticket::",
            "caller::Caller",
        ] {
            assert!(!text.contains(forbidden), "{forbidden} in {source:?}");
        }
    }
}

/// The contract is kept in the repository; run with UPDATE=1 to accept a change of it.
#[expect(
    clippy::disallowed_methods,
    reason = "a switch for whoever runs the tests, no setting"
)]
#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_the_back_office_is_the_one_that_was_agreed() {
    let house = House::new();
    let document = Desk::at(&house).send(Ask::get("/ops/openapi.json")).await;
    let now = String::from_utf8(document.body.to_vec()).unwrap() + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/ops-openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &now).unwrap();
    }
    let agreed = fs::read_to_string(&file).unwrap_or_default();
    assert!(agreed == now, "the contract changed; UPDATE=1 accepts it");
}
