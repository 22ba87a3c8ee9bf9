//! A production server whose messages leave through the gateway in `examples/`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use server::bench::client::{Connection, Request};
use sha2::{Digest, Sha256};

use crate::world::{Answered, STOP_LIMIT, launch, scratch, terminate, text};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PHONE: &str = "+8613800000001";

/// The example, as somebody would run it; ended when dropped.
struct Gateway {
    child: Child,
    port: u16,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    fn start(secret: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/sms-webhook.py");
        let mut command = Command::new("python3");
        command.args([script, &port.to_string(), text(secret)]);
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "nobody listens");
            std::thread::yield_now();
        }
        Self { child, port }
    }

    /// The next message that arrived and was genuine.
    fn message(&mut self) -> Value {
        let mut line = String::new();
        let mut printed = BufReader::new(self.child.stdout.as_mut().unwrap());
        printed.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

/// What a client of ALTCHA shows.
fn solve(challenge: &Value) -> String {
    let salt = challenge["salt"].as_str().unwrap();
    let fits = |number: &u64| {
        let hash = Sha256::digest(format!("{salt}{number}"));
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        hex == challenge["challenge"]
    };
    let most = challenge["maxnumber"].as_u64().unwrap();
    let number = (0..=most).find(fits).unwrap();
    let shown = json!({
        "algorithm": "SHA-256", "challenge": challenge["challenge"], "number": number,
        "salt": salt, "signature": challenge["signature"],
    });
    STANDARD.encode(shown.to_string())
}

#[tokio::test]
async fn a_production_server_sends_codes_through_a_signed_webhook() {
    let place = scratch();
    let secret = place.path().join("secret.txt");
    fs::write(&secret, SECRET).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let mut gateway = Gateway::start(&secret);
    let config = place.path().join("tael.toml");
    let settings = format!(
        "proof_of_work = 8\n[[sms]]\ngateway = \"webhook\"\nprivate = true\n\
         endpoint = \"http://127.0.0.1:{}/\"\nsecret_file = \"{}\"\n",
        gateway.port,
        secret.display()
    );
    fs::write(&config, settings).unwrap();
    let launch = launch(&place.path().join("data")).in_production();
    let mut server = launch
        .flag("--config", text(&config))
        .flag("--public-url", "https://localhost")
        .flag("--trusted-proxy", "127.0.0.1")
        .start()
        .unwrap();
    let mut to = Connection::open(server.address()).await.unwrap();
    let register = Request::post(
        "/v1/registrations",
        &json!({"phone": PHONE, "accept_terms": true, "locale": "en"}),
    );
    let asked = Answered::of(&to.send(&register).await.unwrap());
    assert_eq!(
        (asked.status, asked.code().as_str()),
        (403, "proof_of_work_required")
    );
    let worked = register.header("tael-proof-of-work", &solve(&asked.json()["challenge"]));
    let begun = Answered::of(&to.send(&worked).await.unwrap());
    assert_eq!(begun.status, 202, "{}", begun.json());

    let message = gateway.message();
    assert_eq!(
        (&message["to"], &message["channel"]),
        (&json!(PHONE), &json!("sms"))
    );
    let code = message["code"].as_str().unwrap().to_owned();
    assert!(message["text"].as_str().unwrap().contains(&code));
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/registrations/{id}/verify");
    let verify = Request::post(&path, &json!({"code": code}));
    let verified = Answered::of(&to.send(&verify).await.unwrap());
    assert_eq!(verified.status, 200, "{}", verified.json());
    let drawer = Request::get("/sandbox/messages");
    assert_eq!(to.send(&drawer).await.unwrap().status, 404);

    terminate(&server);
    assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
    let said = server.output();
    for secret in [&code, PHONE, SECRET] {
        assert!(!said.contains(secret), "{said}");
    }
}
