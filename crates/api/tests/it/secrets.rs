use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    actors::{Actor, Ask, PASSWORD, cny},
    house::House,
};

/// Keeps everything that is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// At the chattiest level, through the whole main job and its refusals, no secret is logged and
/// none is in the metrics. The log is that of the other tests as well: a subscriber for one thread
/// would miss what another thread's test has silenced first.
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(kept.clone());
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let (secrets, metrics) = tell_secrets().await;
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("answered"), "the log is there");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log");
        assert!(!metrics.contains(&secret), "{secret} is in the metrics");
    }
}

async fn tell_secrets() -> (Vec<String>, String) {
    let house = House::new();
    let alice = house.alice().await;
    let bob = Actor::register(house.clone(), "email", "bob@example.com", "Bob Stone").await;
    alice.top_up(1_000).await;
    let mut body = alice.payment(&bob, 10);
    body["note"] = json!("canary-note");
    alice.pay("k", &body).await.is(201);
    body["authorization"]["security_token"] = json!("CANA-RYCA-NARY-CANA");
    alice
        .pay("k2", &body)
        .await
        .refused(403, "security_token_invalid");
    let wrong = json!({"identifier": alice.contact, "password": "canary-password-1"});
    alice
        .post("/v1/sessions", &wrong)
        .await
        .refused(401, "auth_failed");
    let malformed = format!(
        "{{\"password\": \"canary-password-2\", \"money\": {}",
        cny(1)
    );
    alice
        .send(Ask::raw("/v1/sessions", malformed))
        .await
        .refused(400, "malformed_json");
    let code = house.message(&bob.contact, "code").await;
    let metrics = alice.get("/metrics").await;
    let secrets = [
        alice.session.unwrap(),
        alice.token.clone(),
        alice.token.replace('-', ""),
        code,
        PASSWORD.to_owned(),
        "CANA-RYCA".to_owned(),
        "canary".to_owned(),
        "13800000001".to_owned(),
        "bob@example.com".to_owned(),
        "张三".to_owned(),
    ];
    (
        secrets.into(),
        String::from_utf8(metrics.body.to_vec()).unwrap(),
    )
}
