//! The outermost line: addresses and floors, hosts, headers, and which page may act for a person.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use api::{Cookies, Edges, Floors, Hosts, PublicHost, Rate};
use axum::extract::ConnectInfo;
use serde_json::{Value, json};

use crate::{
    actors::{Answer, Ask, PASSWORD},
    house::{House, Plan},
};

const PROXY: &str = "10.0.0.1:1";

/// Five knocks and then none for as long as a test runs.
fn floored() -> Arc<House> {
    let rate = Rate {
        burst: NonZeroU32::new(5).unwrap(),
        period: Duration::from_secs(3_600),
    };
    House::planned(Plan {
        edges: Edges {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            floors: Some(Floors {
                guesses: rate,
                anonymous: rate,
            }),
            ..Edges::default()
        },
        ..Plan::default()
    })
}

async fn from(house: &House, peer: &str, ask: Ask) -> Answer {
    let mut request = ask.build();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    house.send(request).await
}

fn guess() -> Ask {
    let body = json!({"identifier": "nobody@example.com", "password": PASSWORD});
    Ask::post("/v1/sessions", &body)
}

/// How many of ten tries to sign in were refused by the floor.
async fn refused(house: &House, peer: &str, forwarded: impl Fn(usize) -> String) -> usize {
    let mut refused = 0;
    for n in 0..10 {
        let ask = guess().with("x-forwarded-for", &forwarded(n));
        let answer = from(house, peer, ask).await;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "60");
            let problem = answer.refused(429, "rate_limited");
            assert_eq!(problem["outcome"], "not_applied");
            refused += 1;
        }
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_meets_a_floor_and_the_next_does_not() {
    let house = floored();
    let alice = house.alice().await;
    assert_eq!(refused(&house, "192.0.2.1:1", |_| String::new()).await, 5);
    from(&house, "192.0.2.2:1", guess())
        .await
        .refused(401, "auth_failed");
    // What is not a guess has a floor of its own, and who is signed in has none.
    from(&house, "192.0.2.1:1", Ask::get("/v1/password-policy"))
        .await
        .is(200);
    let signed = format!("Bearer {}", alice.session.as_deref().unwrap());
    for _ in 0..20 {
        let ask = Ask::get("/v1/me").with("authorization", &signed);
        from(&house, "192.0.2.1:1", ask).await.is(200);
        from(&house, "192.0.2.1:1", Ask::get("/healthz"))
            .await
            .is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_56_a_forged_address_does_not_leave_the_floor() {
    let house = floored();
    let forged = |n: usize| format!("203.0.113.{n}");
    assert_eq!(refused(&house, "192.0.2.1:1", forged).await, 5);
    // Through a trusted proxy each client has a floor, and what they forge does not count.
    let clients = |n: usize| format!("198.51.100.{n}");
    assert_eq!(refused(&house, PROXY, clients).await, 0);
    let behind = |n: usize| format!("203.0.113.{n}, 192.0.2.9");
    assert_eq!(refused(&house, PROXY, behind).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_56_a_forged_address_is_not_remembered() {
    let house = floored();
    let alice = house.alice().await;
    let body = json!({"identifier": alice.contact, "password": PASSWORD});
    let sign_in = || Ask::post("/v1/sessions", &body).with("x-forwarded-for", "203.0.113.77");
    house.clock.advance(1);
    from(&house, "192.0.2.1:1", sign_in()).await.is(201);
    let sessions = alice.get("/v1/sessions").await.is(200).to_string();
    assert!(sessions.contains("192.0.2.1"), "{sessions}");
    assert!(!sessions.contains("203.0.113.77"), "{sessions}");
    house.clock.advance(1);
    from(&house, PROXY, sign_in()).await.is(201);
    let sessions = alice.get("/v1/sessions").await.is(200).to_string();
    assert!(sessions.contains("203.0.113.77"), "{sessions}");
}

fn public(cookies: Cookies) -> Arc<House> {
    House::planned(Plan {
        cookies,
        edges: Edges {
            hosts: Hosts::Public(PublicHost::of("https://wallet.example").unwrap()),
            ..Edges::default()
        },
        ..Plan::default()
    })
}

/// S-14: whoever asks for another host hears so, before anything is read.
#[tokio::test(flavor = "multi_thread")]
async fn s_14_a_poisoned_host_is_not_served() {
    let house = public(Cookies::Secure);
    let anon = house.anon();
    let ask = |host: &str| guess().with("host", host);
    for host in [
        "evil.example",
        "localhost",
        "127.0.0.1",
        "wallet.example.evil.example",
    ] {
        anon.send(ask(host)).await.refused(421, "host_not_served");
        let get = Ask::get("/v1/ledger/head").with("host", host);
        anon.send(get).await.refused(421, "host_not_served");
        let nowhere = Ask::get("/nowhere").with("host", host);
        anon.send(nowhere).await.refused(421, "host_not_served");
    }
    let twice = ask("wallet.example").with("host", "evil.example");
    anon.send(twice).await.refused(421, "host_not_served");
    anon.send(guess()).await.refused(421, "host_not_served");
    anon.send(ask("wallet.example"))
        .await
        .refused(401, "auth_failed");
    // Load balancers ask by address.
    let probe = Ask::get("/readyz").with("host", "10.0.0.7:8080");
    anon.send(probe).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_same_strict_headers() {
    for (cookies, encrypted) in [
        (Cookies::Secure, "max-age=63072000; includeSubDomains"),
        (Cookies::Localhost, ""),
    ] {
        let house = House::planned(Plan {
            cookies,
            site: Some(api::Pages::new(&[("index.html", b"<!doctype html>")])),
            ..Plan::default()
        });
        let anon = house.anon();
        let asks = [
            (200, Ask::get("/healthz")),
            (200, Ask::get("/openapi.json")),
            (200, Ask::get("/").with("accept", "text/html")),
            (200, Ask::get("/docs/")),
            (401, Ask::get("/v1/me")),
            (404, Ask::get("/v1/nowhere")),
            (405, Ask::delete("/v1/me")),
            (413, Ask::raw("/v1/registrations", "x".repeat(70_000))),
            (400, Ask::raw("/v1/registrations", "{")),
            (421, Ask::get("/v1/me").with("host", "evil.example")),
        ];
        for (status, ask) in asks {
            let answer = anon.send(ask).await;
            assert_eq!(answer.status, status);
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("strict-transport-security", encrypted),
                ("server", ""),
                ("x-powered-by", ""),
            ] {
                assert_eq!(answer.header(name), value, "{status} {name}");
            }
            let powers = answer.header("permissions-policy");
            assert!(powers.contains("microphone=()"), "{status}: {powers}");
            let content = answer.header("content-security-policy");
            assert!(content.contains("frame-ancestors 'none'"), "{content}");
            if status >= 400 {
                assert_eq!(answer.header("cache-control"), "no-store", "{status}");
            }
        }
    }
}

/// S-40: a page of somebody else cannot act through the cookie, whatever it says its origin is.
#[tokio::test(flavor = "multi_thread")]
async fn s_40_a_foreign_page_cannot_act_with_the_cookie() {
    let house = House::new();
    let alice = house.alice().await;
    let body: Value = json!({"identifier": alice.contact, "password": PASSWORD});
    let signed_in = house.anon().post("/v1/sessions", &body).await;
    let cookie = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let open = |currency: &str| {
        Ask::post("/v1/wallet/accounts", &json!({"currency": currency}))
            .with("cookie", &cookie)
            .with("host", "localhost:8080")
            .with("origin", "http://localhost:8080")
    };
    let anon = house.anon();
    for site in ["cross-site", "same-site", "none", "?"] {
        anon.send(open("USD").with("sec-fetch-site", site))
            .await
            .refused(403, "origin_not_allowed");
    }
    anon.send(open("USD").with("sec-fetch-site", "same-origin"))
        .await
        .is(201);
    anon.send(open("EUR")).await.is(201);
    // Nor can it sign somebody in as somebody else.
    let sign_in = Ask::post("/v1/sessions", &body).with("sec-fetch-site", "cross-site");
    anon.send(sign_in).await.refused(403, "origin_not_allowed");
}
