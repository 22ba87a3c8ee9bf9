use api::{Cookies, Edges, Hosts, PublicHost};
use serde_json::json;

use crate::{
    actors::{Ask, PASSWORD},
    house::{House, Plan},
};

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_says_nothing_about_who_is_known() {
    let house = House::new();
    house.alice().await;
    let anon = house.anon();
    let mut bodies = Vec::new();
    for (identifier, password) in [
        ("+8613800000001", "Wrong-Orbit7#Gravel*Lantern"),
        ("+8613800000002", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("not an identifier", PASSWORD),
        ("+8613800000001", &"x".repeat(400)),
    ] {
        let body = json!({"identifier": identifier, "password": password});
        let mut problem = anon
            .post("/v1/sessions", &body)
            .await
            .refused(401, "auth_failed");
        problem["request_id"] = json!(null);
        bodies.push(problem);
    }
    assert!(
        bodies.windows(2).all(|pair| pair[0] == pair[1]),
        "{bodies:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_dead_at_once() {
    let house = House::new();
    let alice = house.alice().await;
    let phone = alice.elsewhere().await;
    let places = phone.get("/v1/sessions").await.is(200);
    let current: Vec<_> = places["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["current"])
        .collect();
    assert_eq!(current, [true, false]);

    let first = places["data"][1]["id"].as_str().unwrap();
    alice.get("/v1/me").await.is(200);
    phone.delete(&format!("/v1/sessions/{first}")).await.is(204);
    alice.get("/v1/me").await.refused(401, "unauthenticated");
    phone
        .delete(&format!("/v1/sessions/{first}"))
        .await
        .refused(404, "not_found");

    let ended = phone.delete("/v1/sessions/current").await;
    assert!(
        ended
            .header("set-cookie")
            .starts_with("tael=; Path=/; Max-Age=0")
    );
    assert_eq!(ended.status, 204);
    phone.get("/v1/me").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_session_cannot_be_ended() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let places = alice.get("/v1/sessions").await.is(200);
    let theirs = format!("/v1/sessions/{}", places["data"][0]["id"].as_str().unwrap());
    let foreign = bob.delete(&theirs).await.refused(404, "not_found");
    let missing = bob
        .delete("/v1/sessions/ses_00000000000000000000000000")
        .await;
    let missing = missing.refused(404, "not_found");
    let garbage = bob
        .delete("/v1/sessions/garbage")
        .await
        .refused(404, "not_found");
    for other in [&missing, &garbage] {
        assert_eq!(without_id(&foreign), without_id(other));
    }
    alice.get("/v1/me").await.is(200);
}

fn without_id(problem: &serde_json::Value) -> serde_json::Value {
    let mut problem = problem.clone();
    problem["request_id"] = json!(null);
    problem
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_silence_and_by_time() {
    let house = House::new();
    let alice = house.alice().await;
    house.clock.advance(890);
    alice.get("/v1/me").await.is(200);
    house.clock.advance(890);
    alice.get("/v1/me").await.is(200);
    house.clock.advance(901);
    alice.get("/v1/me").await.refused(401, "unauthenticated");

    let house = House::new();
    let alice = house.alice().await;
    for _ in 0..(43_200 / 600) {
        house.clock.advance(600);
        alice.get("/v1/me").await;
    }
    alice.get("/v1/me").await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_session_is_refused() {
    let house = House::new();
    let alice = house.alice().await;
    let session = alice.session.clone().unwrap();
    let anon = house.anon();
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer tss_0".to_owned(),
        format!("Basic {session}"),
        format!("Bearer {session}0"),
        format!("Bearer {}", session.to_uppercase()),
    ] {
        let answer = anon
            .send(Ask::get("/v1/me").with("authorization", &header))
            .await;
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        answer.refused(401, "unauthenticated");
    }
    let twice = Ask::get("/v1/me").with("authorization", &format!("Bearer {session}"));
    alice.send(twice).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_signs_in_and_needs_our_origin_to_write() {
    let house = House::new();
    let alice = house.alice().await;
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    let signed_in = house.anon().post("/v1/sessions", &body).await;
    let cookie = signed_in.header("set-cookie").to_owned();
    assert!(cookie.starts_with("tael=tss_") && cookie.ends_with("; HttpOnly; SameSite=Strict"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let anon = house.anon();
    let by_cookie = |ask: Ask| {
        ask.with("cookie", &format!("x=1; {cookie}"))
            .with("host", "localhost:8080")
    };
    anon.send(by_cookie(Ask::get("/v1/me"))).await.is(200);

    let open = || {
        by_cookie(Ask::post(
            "/v1/wallet/accounts",
            &json!({"currency": "USD"}),
        ))
    };
    anon.send(open()).await.refused(403, "origin_not_allowed");
    for origin in [
        "https://evil.example",
        "http://localhost:80801",
        "null",
        "http://localhost",
    ] {
        anon.send(open().with("origin", origin))
            .await
            .refused(403, "origin_not_allowed");
    }
    anon.send(open().with("origin", "http://localhost:8080"))
        .await
        .is(201);
    let host_cookie = cookie.replace("tael=", "__Host-tael=");
    anon.send(Ask::get("/v1/me").with("cookie", &host_cookie))
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let house = House::planned(Plan {
        cookies: Cookies::Secure,
        origin: Some("https://wallet.example".to_owned()),
        edges: Edges {
            hosts: Hosts::Local(PublicHost::of("https://wallet.example")),
            ..Edges::default()
        },
        ..Plan::default()
    });
    let alice = house.alice().await;
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    let signed_in = house.anon().post("/v1/sessions", &body).await;
    let cookie = signed_in.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-tael=tss_") && cookie.contains("; Secure; HttpOnly"));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let open = |origin: &str| {
        Ask::post("/v1/wallet/accounts", &json!({"currency": "USD"}))
            .with("cookie", &cookie)
            .with("host", "wallet.example")
            .with("origin", origin)
    };
    let anon = house.anon();
    anon.send(open("http://wallet.example"))
        .await
        .refused(403, "origin_not_allowed");
    anon.send(open("https://wallet.example")).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_make_even_the_right_one_wait() {
    let house = House::new();
    let alice = house.alice().await;
    let anon = house.anon();
    let sign_in = |password: &str| json!({"identifier": alice.contact, "password": password});
    for _ in 0..5 {
        anon.post("/v1/sessions", &sign_in("Wrong-Orbit7#Gravel"))
            .await
            .refused(401, "auth_failed");
    }
    anon.post("/v1/sessions", &sign_in(PASSWORD))
        .await
        .refused(401, "auth_failed");
    house.clock.advance(61);
    anon.post("/v1/sessions", &sign_in(PASSWORD)).await.is(201);
}
