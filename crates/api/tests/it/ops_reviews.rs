//! What waits for people who look, at the operators' door.

use std::io::Cursor;

use identity::operator::Role;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

use crate::{
    actors::{Actor, Ask},
    desk::Desk,
    house::House,
};

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::new_rgb8(32, 20)
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

/// Hands documents in for a tier; gives the verification's id.
async fn hand_in(actor: &Actor, level: i64) -> String {
    let wish = json!({
        "level": level,
        "legal_name": "张三",
        "document": {"type": "cn_id", "number": "11010519491231002x"},
        "birth_date": "1949-12-31",
    });
    let begun = actor.post("/v1/verifications", &wish).await.is(201);
    let path = format!("/v1/verifications/{}", begun["id"].as_str().unwrap());
    for side in ["front", "back", "selfie"] {
        let file = Ask::raw(&format!("{path}/files?side={side}"), picture());
        actor.send(file.without("content-type")).await.is(201);
    }
    actor
        .send(Ask::raw(&format!("{path}/submit"), ""))
        .await
        .is(202);
    begun["id"].as_str().unwrap().to_owned()
}

async fn decide(desk: &Desk, token: &str, path: &str, decision: &str) -> crate::actors::Answer {
    let path = format!("/ops/v1/{path}/decide");
    desk.post(token, &path, &json!({"decision": decision}))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_looked_at_and_decided_by_two_for_the_highest_tier() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    let (one, two) = (
        desk.session("reviewer.one", Role::Reviewer).await,
        desk.session("reviewer.two", Role::Reviewer).await,
    );
    let id = hand_in(&alice, 3).await;
    let queue = desk.get(&one, "/ops/v1/verifications").await.is(200);
    let item = &queue["data"][0];
    assert_eq!(
        (&item["id"], &item["user"]),
        (&json!(id), &json!(alice.user))
    );
    assert_eq!(item["number"], "11010519491231002X");
    assert_eq!(item["files"].as_array().unwrap().len(), 3);
    let file = item["files"][0].as_str().unwrap();
    let shown = desk
        .get(&one, &format!("/ops/v1/verifications/files/{file}"))
        .await;
    assert_eq!(shown.header("content-type"), "image/png");
    assert_eq!(shown.header("content-disposition"), "attachment");
    assert_eq!(shown.header("cache-control"), "no-store");
    assert!(shown.status == 200 && shown.body.starts_with(b"\x89PNG"));
    let path = format!("verifications/{id}");
    let decided = decide(&desk, &one, &path, "approve").await.is(200);
    assert_eq!(decided["state"], "in_review");
    decide(&desk, &one, &path, "approve")
        .await
        .refused(409, "second_reviewer");
    assert_eq!(alice.get("/v1/verifications").await.is(200)["tier"], 0);
    decide(&desk, &two, &path, "perhaps")
        .await
        .refused(400, "invalid_field");
    let decided = decide(&desk, &two, &path, "approve").await.is(200);
    assert_eq!(decided["state"], "approved");
    assert_eq!(alice.get("/v1/verifications").await.is(200)["tier"], 3);
    decide(&desk, &two, &path, "reject")
        .await
        .refused(404, "not_found");
    let queue = desk.get(&one, "/ops/v1/verifications").await.is(200);
    assert_eq!(queue["data"], Value::Array(Vec::new()));
    let told = desk.told(&alice).await;
    let times = |code: &str| told.iter().filter(|action| *action == code).count();
    assert_eq!(
        (times("documents_viewed"), times("documents_decided")),
        (2, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_account_is_given_back_by_a_code_and_never_by_an_operator() {
    let house = House::new();
    let desk = Desk::at(&house);
    let alice = house.alice().await;
    house.clock.advance(1);
    let begun = house
        .anon()
        .post("/v1/recoveries", &json!({"identifier": alice.contact}))
        .await;
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let begun = begun.is(202);
    let path = format!("/v1/recoveries/{}", begun["id"].as_str().unwrap());
    let body = json!({
        "reach_me_at": {"email": "alice.new@example.com"},
        "statement": "my phone and its number are gone",
    });
    let ask = Ask::post(&format!("{path}/review"), &body)
        .with("cookie", &cookie)
        .with("host", "localhost:8080")
        .with("origin", "http://localhost:8080");
    house.anon().send(ask).await.is(202);
    let risk = desk.session("risk.one", Role::Risk).await;
    let queue = desk.get(&risk, "/ops/v1/recoveries").await.is(200);
    let case = &queue["data"][0];
    assert_eq!(case["user"], json!(alice.user));
    assert_eq!(case["reach_me_at"], "alice.new@example.com");
    assert_eq!(case["statement"], "my phone and its number are gone");
    let path = format!("recoveries/{}", case["id"].as_str().unwrap());
    let answer = decide(&desk, &risk, &path, "approve").await;
    assert!(!answer.headers.contains_key("set-cookie"));
    let decided = answer.is(200).to_string();
    assert!(
        !decided.contains("token") && !decided.contains("code"),
        "{decided}"
    );
    let code = house.message("alice.new@example.com", "code").await;
    assert!(!decided.contains(&code));
    decide(&desk, &risk, &path, "reject")
        .await
        .refused(404, "not_found");
    let told = desk.told(&alice).await;
    assert!(
        told.iter().any(|action| action == "recovery_decided"),
        "{told:?}"
    );
}
