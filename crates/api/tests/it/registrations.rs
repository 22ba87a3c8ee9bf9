use std::collections::BTreeSet;

use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    actors::{Ask, PASSWORD},
    house::{House, Plan},
};

fn path(begun: &serde_json::Value, verb: &str) -> String {
    format!("/v1/registrations/{}/{verb}", begun["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_is_read_strictly() {
    let house = House::new();
    let anon = house.anon();
    let cases = [
        (
            json!({"phone": "+8613800000001"}),
            "missing_field",
            "/accept_terms",
        ),
        (json!({"accept_terms": true}), "missing_field", "/phone"),
        (
            json!({"phone": "12345", "accept_terms": true}),
            "phone_invalid",
            "/phone",
        ),
        (
            json!({"phone": 5, "accept_terms": true}),
            "invalid_field",
            "/phone",
        ),
        (
            json!({"email": "a@b", "accept_terms": true}),
            "email_invalid",
            "/email",
        ),
        (
            json!({"email": "a@b.c", "phone": "1", "accept_terms": true}),
            "invalid_field",
            "/email",
        ),
        (
            json!({"email": "a@example.com", "accept_terms": false}),
            "terms_not_accepted",
            "/accept_terms",
        ),
        (
            json!({"email": "a@example.com", "accept_terms": "yes"}),
            "invalid_field",
            "/accept_terms",
        ),
        (
            json!({"email": "a@example.com", "accept_terms": true, "locale": "fr"}),
            "invalid_field",
            "/locale",
        ),
        (
            json!({"email": "a@example.com", "accept_terms": true, "role": "admin"}),
            "unknown_field",
            "/role",
        ),
    ];
    for (body, code, param) in cases {
        let problem = anon
            .post("/v1/registrations", &body)
            .await
            .refused(400, code);
        assert_eq!(problem["param"], param, "{body}");
        assert_eq!(problem["outcome"], "not_applied");
    }
}

/// A known contact and an unknown one get the same answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_contact_is_not_told_apart() {
    let house = House::new();
    house.alice().await;
    let anon = house.anon();
    let mut shapes = BTreeSet::new();
    for phone in ["+8613800000001", "+8613800000002"] {
        let body = json!({"phone": phone, "accept_terms": true});
        let answer = anon.post("/v1/registrations", &body).await;
        let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        let mut begun = answer.is(202);
        begun["id"] = json!("reg_");
        shapes.insert(format!("{headers:?} {begun}"));
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_dies_after_five_wrong_tries() {
    let house = House::new();
    let anon = house.anon();
    let body = json!({"phone": "+8613800000001", "accept_terms": true});
    let begun = anon.post("/v1/registrations", &body).await.is(202);
    let code = house.message("+8613800000001", "code").await;
    let verify = path(&begun, "verify");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        anon.post(&verify, &json!({"code": wrong}))
            .await
            .refused(422, "code_wrong");
    }
    anon.post(&verify, &json!({"code": code}))
        .await
        .refused(423, "code_exhausted");
}

/// 200 parallel guesses: five are compared, the right one comes too late.
#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_get_five_comparisons() {
    let house = House::new();
    let anon = house.anon();
    let body = json!({"phone": "+8613800000001", "accept_terms": true});
    let begun = anon.post("/v1/registrations", &body).await.is(202);
    let code = house.message("+8613800000001", "code").await;
    let mut guesses = JoinSet::new();
    for guess in (0..1_000_000)
        .map(|n| format!("{n:06}"))
        .filter(|g| *g != code)
        .take(200)
    {
        let (anon, verify) = (anon.clone(), path(&begun, "verify"));
        guesses.spawn(async move {
            let answer = anon.post(&verify, &json!({"code": guess})).await;
            answer.json()["code"].as_str().unwrap().to_owned()
        });
    }
    let answers = guesses.join_all().await;
    let compared = answers.iter().filter(|code| *code == "code_wrong").count();
    assert_eq!(compared, 5, "{answers:?}");
    let late = anon
        .post(&path(&begun, "verify"), &json!({"code": code}))
        .await;
    late.refused(423, "code_exhausted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_and_a_registration_expire() {
    let house = House::new();
    let anon = house.anon();
    let body = json!({"email": "a@example.com", "accept_terms": true});
    let begun = anon.post("/v1/registrations", &body).await.is(202);
    let code = house.message("a@example.com", "code").await;
    house.clock.advance(301);
    anon.post(&path(&begun, "verify"), &json!({"code": code}))
        .await
        .refused(410, "code_expired");
    anon.send(Ask::delete(&path(&begun, "verify")))
        .await
        .refused(405, "method_not_allowed");
    let resent = anon
        .send(Ask::raw(&path(&begun, "resend"), ""))
        .await
        .is(202);
    assert_eq!(resent["id"], begun["id"]);
    let code = house.message("a@example.com", "code").await;
    let unverified = json!({"password": PASSWORD, "name": "A"});
    anon.post(&path(&begun, "complete"), &unverified)
        .await
        .refused(409, "contact_not_verified");
    anon.post(&path(&begun, "verify"), &json!({"code": code}))
        .await
        .is(200);
    let again = anon
        .post(&path(&begun, "verify"), &json!({"code": code}))
        .await;
    again.refused(409, "contact_already_verified");
    house.clock.advance(3_600);
    anon.post(&path(&begun, "complete"), &unverified)
        .await
        .refused(410, "registration_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_step_checks_the_password_and_happens_once() {
    let house = House::new();
    let anon = house.anon();
    let body = json!({"phone": "+8613800000001", "accept_terms": true});
    let begun = anon.post("/v1/registrations", &body).await.is(202);
    let code = house.message("+8613800000001", "code").await;
    anon.post(&path(&begun, "verify"), &json!({"code": code}))
        .await
        .is(200);
    let complete = path(&begun, "complete");
    let weak = anon
        .post(&complete, &json!({"password": "1234567", "name": "张三"}))
        .await;
    let weak = weak.refused(422, "password_too_weak");
    let rules: Vec<_> = weak["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["detail"])
        .collect();
    assert!(
        rules.contains(&&json!("length")) && rules.contains(&&json!("letter")),
        "{weak}"
    );
    let nameless = anon
        .post(&complete, &json!({"password": PASSWORD, "name": " "}))
        .await;
    assert_eq!(nameless.refused(400, "name_invalid")["param"], "/name");
    anon.post(&complete, &json!({"password": PASSWORD, "name": "张三"}))
        .await
        .is(201);
    let again = anon
        .post(&complete, &json!({"password": PASSWORD, "name": "张三"}))
        .await;
    again.refused(409, "registration_closed");
    anon.post(
        "/v1/registrations/reg_nonsense/verify",
        &json!({"code": "1"}),
    )
    .await
    .refused(404, "not_found");
    anon.post(
        "/v1/registrations/reg_00000000000000000000000000/verify",
        &json!({"code": "1"}),
    )
    .await
    .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_do_not_come_too_fast() {
    let house = House::planned(Plan::strict());
    let anon = house.anon();
    let body = json!({"phone": "+8613800000001", "accept_terms": true});
    anon.post("/v1/registrations", &body).await.is(202);
    let answer = anon.post("/v1/registrations", &body).await;
    let wait: i64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    let problem = answer.refused(429, "codes_too_many");
    assert_eq!(problem["retryable"], true);
    house.clock.advance(wait);
    anon.post("/v1/registrations", &body).await.is(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_registrations_with_one_contact_make_one_person() {
    let house = House::new();
    let anon = house.anon();
    let mut paths = Vec::new();
    for _ in 0..2 {
        let body = json!({"email": "a@example.com", "accept_terms": true});
        let begun = anon.post("/v1/registrations", &body).await.is(202);
        let code = house.message("a@example.com", "code").await;
        anon.post(&path(&begun, "verify"), &json!({"code": code}))
            .await
            .is(200);
        paths.push(path(&begun, "complete"));
    }
    let body = json!({"password": PASSWORD, "name": "A"});
    let one = anon.post(&paths[0], &body).await.status;
    anon.post(&paths[1], &body)
        .await
        .refused(409, "registration_closed");
    assert_eq!(one, 201);
}
