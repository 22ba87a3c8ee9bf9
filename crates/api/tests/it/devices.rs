use serde_json::{Value, json};

use crate::{
    actors::{Actor, Ask, PASSWORD},
    house::House,
};

const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36";
const WRONG: &str = "Wrong-Orbit7#Gravel*Lantern";

fn sign_in(alice: &Actor, password: &str) -> Ask {
    let body = json!({"identifier": alice.contact, "password": password});
    Ask::post("/v1/sessions", &body).with("user-agent", CHROME)
}

/// Signs in on a device that was not seen before; gives the answer and the device's secret.
async fn arrive(alice: &Actor) -> (Value, String) {
    alice.house.clock.advance(1);
    let opened = alice.house.anon().send(sign_in(alice, PASSWORD)).await;
    let cookies: Vec<_> = opened
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect();
    let opened = opened.is(201);
    let secret = opened["device"].as_str().unwrap().to_owned();
    let cookie = format!("tael-device={secret}; Path=/; Max-Age=15552000");
    assert!(cookies[1].starts_with(&cookie), "{cookies:?}");
    (opened, secret)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_known_by_its_secret_and_told_when_new() {
    let house = House::new();
    let alice = house.alice().await;
    let (opened, secret) = arrive(&alice).await;
    house.deliver().await;
    let page = house
        .anon()
        .get("/sandbox/messages?to=%2B8613800000001")
        .await;
    let text = page.is(200)["data"].to_string();
    let told = text.matches("Chrome · Windows").count();
    assert_eq!(told, 2, "by SMS and in the app: {text}");

    for ask in [
        sign_in(&alice, PASSWORD).with("tael-device", &secret),
        sign_in(&alice, PASSWORD).with("cookie", &format!("tael-device={secret}")),
    ] {
        let again = house.anon().send(ask).await.is(201);
        assert_eq!(again["device"], Value::Null, "it has its secret already");
    }
    let chrome = Actor {
        session: opened["token"].as_str().map(str::to_owned),
        ..alice.clone()
    };
    let devices = chrome.get("/v1/devices").await.is(200);
    let devices = devices["data"].as_array().unwrap();
    assert_eq!(devices.len(), 2, "{devices:?}");
    assert_eq!(devices[0]["browser"], "Chrome");
    assert_eq!(devices[0]["is_current"], true);
    assert_eq!(devices[0]["is_trusted"], false);
    assert_eq!(devices[1]["is_current"], false);

    let path = format!("/v1/devices/{}", devices[0]["id"].as_str().unwrap());
    let name = json!({"name": " Laptop "});
    let renamed = chrome.post(&format!("{path}/rename"), &name).await.is(200);
    assert_eq!(renamed["name"], "Laptop");
    let hidden = json!({"name": "\u{202e}"});
    let answer = chrome.post(&format!("{path}/rename"), &hidden).await;
    answer.refused(400, "name_invalid");
    let bob = house.bob().await;
    bob.delete(&path).await.refused(404, "not_found");
    alice.delete(&path).await.is(204);
    chrome.get("/v1/me").await.refused(401, "unauthenticated");
    let (_, other) = arrive(&alice).await;
    assert_ne!(secret, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_guesses_does_not_lock_the_owner_out() {
    let house = House::new();
    let alice = house.alice().await;
    let (_, secret) = arrive(&alice).await;
    let anon = house.anon();
    for _ in 0..12 {
        let wrong = anon.send(sign_in(&alice, WRONG)).await;
        wrong.refused(401, "auth_failed");
    }
    let stranger = anon.send(sign_in(&alice, PASSWORD)).await;
    stranger.refused(401, "auth_failed");
    let planted = format!("tdv_{}", "0".repeat(64));
    let planted = sign_in(&alice, PASSWORD).with("tael-device", &planted);
    anon.send(planted).await.refused(401, "auth_failed");
    let known = sign_in(&alice, PASSWORD).with("tael-device", &secret);
    anon.send(known).await.is(201);
    house.deliver().await;
    let page = anon.get("/sandbox/messages?to=%2B8613800000001").await;
    let text = page.is(200)["data"].to_string();
    let told = text.matches("登录，但因此前多次").count();
    assert_eq!(told, 2, "once, by SMS and in the app: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_05_every_spelling_of_an_identifier_shares_one_counter() {
    let house = House::new();
    house.alice().await;
    let anon = house.anon();
    let spellings = [
        "+8613800000001",
        "13800000001",
        "+86 138 0000 0001",
        " 138-0000-0001",
        "008613800000001",
    ];
    for identifier in spellings {
        let body = json!({"identifier": identifier, "password": WRONG});
        let wrong = anon.post("/v1/sessions", &body).await;
        wrong.refused(401, "auth_failed");
    }
    for identifier in spellings {
        let body = json!({"identifier": identifier, "password": PASSWORD});
        let right = anon.post("/v1/sessions", &body).await;
        right.refused(401, "auth_failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_named_and_all_others_ended() {
    let house = House::new();
    let alice = house.alice().await;
    let (phone, laptop) = (alice.elsewhere().await, alice.elsewhere().await);
    let places = alice.get("/v1/sessions").await.is(200);
    let newest = places["data"][0]["id"].as_str().unwrap();
    assert!(
        places["data"][0]["device"]
            .as_str()
            .unwrap()
            .starts_with("dev_")
    );
    assert_eq!(places["data"][0]["methods"], json!(["password"]));
    assert_eq!(places["data"][0]["is_restricted"], false);
    let path = format!("/v1/sessions/{newest}/rename");
    let name = json!({"name": "在家"});
    alice.post(&path, &name).await.is(200);
    let bob = house.bob().await;
    bob.post(&path, &name).await.refused(404, "not_found");
    let places = alice.get("/v1/sessions").await.is(200);
    assert_eq!(places["data"][0]["name"], "在家");

    let ended = alice.delete("/v1/sessions").await.is(200);
    assert_eq!(ended["ended"], 2);
    for other in [&phone, &laptop] {
        other.get("/v1/me").await.refused(401, "unauthenticated");
    }
    let out = alice.delete("/v1/sessions/current").await;
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_17_a_session_that_was_planted_is_never_taken_over() {
    let house = House::new();
    let alice = house.alice().await;
    let planted = format!("tss_{}", "0".repeat(64));
    let ask = sign_in(&alice, PASSWORD).with("cookie", &format!("tael={planted}"));
    let opened = house.anon().send(ask).await.is(201);
    assert_ne!(opened["token"], planted.as_str());
    let dead = Actor {
        session: Some(planted),
        ..alice.clone()
    };
    dead.get("/v1/me").await.refused(401, "unauthenticated");
}
