//! What a hostile request tries to smuggle in: hosts, redirects, names, fields.

use serde_json::{Value, json};

use crate::{
    actors::{Actor, Ask, PASSWORD},
    house::House,
};

const EVIL: [(&str, &str); 5] = [
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "gopher"),
    ("x-forwarded-port", "1"),
    ("forwarded", "host=evil.example;proto=gopher"),
    ("x-original-url", "https://evil.example/"),
];

fn poisoned(ask: Ask) -> Ask {
    EVIL.iter()
        .fold(ask, |ask, (name, value)| ask.with(name, value))
}

/// Links in messages and answers begin with the configured address, whatever a request says.
#[tokio::test(flavor = "multi_thread")]
async fn s_14_no_header_moves_a_link() {
    let house = House::new();
    let mut alice = house.alice().await;
    house.clock.advance(1);
    let body = json!({"identifier": alice.contact});
    house
        .anon()
        .send(poisoned(Ask::post("/v1/recoveries", &body)))
        .await
        .is(202);
    alice.step_up("change_password", "").await;
    let body = json!({
        "current_password": PASSWORD,
        "password": "Cobalt-Meadow4#Saddle*Whistle",
    });
    alice
        .send(poisoned(Ask::post("/v1/password", &body)))
        .await
        .is(200);
    let body = json!({"purpose": "sign_in"});
    let shown = poisoned(Ask::post("/v1/device-confirmations", &body));
    let shown = house.anon().send(shown).await.is(201);
    let url = shown["url"].as_str().unwrap();
    assert!(url.starts_with("http://localhost:8080/q#"), "{url}");
    house.deliver().await;
    let told = house.anon().get("/sandbox/messages").await.is(200);
    let mut links = 0;
    for message in told["data"].as_array().unwrap() {
        let text = message["text"].as_str().unwrap();
        assert!(!text.contains("evil") && !text.contains("gopher"), "{text}");
        for (at, _) in text.match_indices("http") {
            assert!(text[at..].starts_with("http://localhost:8080/"), "{text}");
            links += 1;
        }
    }
    assert!(links > 0, "notices carry links");
}

/// No parameter sends anybody elsewhere: there is no redirect at all.
#[tokio::test(flavor = "multi_thread")]
async fn s_15_nothing_redirects() {
    let house = House::new();
    let alice = house.alice().await;
    house.clock.advance(1);
    for target in [
        "//evil.example",
        "https:evil.example",
        "%2f%2fevil.example",
        "data:,x",
    ] {
        for name in ["next", "return", "return_to", "redirect_uri"] {
            let path = format!("/v1/recoveries?{name}={target}");
            let body = json!({"identifier": "nobody@example.com"});
            let answer = house.anon().post(&path, &body).await;
            assert!(
                answer.status < 300 || answer.status >= 400,
                "{}",
                answer.status
            );
            assert!(!answer.headers.contains_key("location"));
            assert!(!String::from_utf8_lossy(&answer.body).contains("evil"));
            let body = json!({"identifier": "nobody@example.com", name: target});
            let refused = house.anon().post("/v1/recoveries", &body).await;
            refused.refused(400, "unknown_field");
        }
    }
    alice.get("/v1/me").await.is(200);
}

/// What people call themselves reaches no message, and nothing that would break its line is a name.
#[tokio::test(flavor = "multi_thread")]
async fn s_60_names_do_not_write_messages() {
    let house = House::new();
    let name = "<img src=x onerror=alert(1)>";
    let mallory = Actor::register(house.clone(), "email", "mallory@example.com", name).await;
    house.clock.advance(1);
    let body = json!({"current_password": PASSWORD, "password": "Cobalt-Meadow4#Saddle*Whistle"});
    mallory.post("/v1/password", &body).await.is(200);
    house.deliver().await;
    let told = house.anon().get("/sandbox/messages").await.is(200);
    for message in told["data"].as_array().unwrap() {
        let text = message["text"].as_str().unwrap();
        assert!(
            !text.contains('<') && !text.contains(['\r', '\n']),
            "{text}"
        );
    }
    let wish = |name: &str| {
        json!({
            "level": 1,
            "legal_name": name,
            "document": {"type": "passport", "number": "E12345678"},
            "birth_date": "1990-12-31",
        })
    };
    for name in ["A\u{202e}B", "A\r\nBcc: x@example.com", "A\u{200b}B", ""] {
        let refused = mallory.post("/v1/verifications", &wish(name)).await;
        assert_eq!(
            refused.refused(400, "name_invalid")["param"],
            "/legal_name",
            "{name:?}"
        );
    }
}

/// No body sets what is decided elsewhere: whose it is, its state, a tier, a proof.
#[tokio::test(flavor = "multi_thread")]
async fn s_62_no_field_shadows_what_is_decided_elsewhere() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let with = |body: &Value, field: &str, value: &Value| {
        let mut body = body.clone();
        body[field] = value.clone();
        body
    };
    let bodies = [
        ("/v1/recoveries", json!({"identifier": alice.contact})),
        ("/v1/contacts", json!({"email": "a@example.com"})),
        ("/v1/preferences", json!({"locale": "en"})),
        ("/v1/device-confirmations", json!({"purpose": "sign_in"})),
        ("/v1/closing", json!({"phrase": "注销账户"})),
        (
            "/v1/password",
            json!({"current_password": PASSWORD, "password": "x"}),
        ),
        (
            "/v1/verifications",
            json!({
                "level": 1,
                "legal_name": "A",
                "document": {"type": "passport", "number": "E12345678"},
                "birth_date": "1990-12-31",
            }),
        ),
    ];
    let fields = [
        ("user", json!(bob.user)),
        ("user_id", json!(1)),
        ("state", json!("approved")),
        ("tier", json!(3)),
        ("is_reviewed", json!(true)),
        ("verified_at", json!("2026-01-01T00:00:00Z")),
        ("closes_at", json!("2026-01-01T00:00:00Z")),
        ("email_verified", json!(true)),
    ];
    for (path, body) in &bodies {
        for (field, value) in &fields {
            let refused = alice.post(path, &with(body, field, value)).await;
            let refused = refused.refused(400, "unknown_field");
            assert_eq!(refused["param"], format!("/{field}"), "{path}");
        }
    }
}
