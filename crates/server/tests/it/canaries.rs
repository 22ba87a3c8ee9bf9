//! Secrets go through every flow of a real server with all its logs on, and are looked for
//! afterwards in all that it leaves behind.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};
use server::bench::client::{Connection, Request};

use crate::world::{STOP_LIMIT, launch, scratch};

/// Tries to read a message that is on its way, each a request.
const TRIES: usize = 20_000;

const PASSWORD: &str = "Vermilion-Orbit7#Gravel*Lantern";
const NEXT: &str = "Vermilion-Cobalt4#Saddle*Whistle";
const RECOVERED: &str = "Vermilion-Meadow8#Thimble*Anchor";
const EMAIL: &str = "canary.alice.4417@example.com";
const SECOND_EMAIL: &str = "canary.second.9921@example.com";
const REACH_ME: &str = "canary.reach.3310@example.com";
const PHONE: &str = "+8613900517733";
const PIN: &str = "384756";
/// The one that is planted: a payment's reference is kept as it is.
const PLANTED: &str = "canary-planted-reference-5501";

/// A secret, and how it is called when it is found.
type Canary = (&'static str, String);

/// Somebody at the server who keeps every secret that passes.
struct Walk {
    to: Connection,
    canaries: Vec<Canary>,
    refusals: Vec<String>,
    session: Option<String>,
    seen: BTreeSet<String>,
    keys: u32,
}

impl Walk {
    fn keep(&mut self, name: &'static str, secret: &str) {
        assert!(secret.len() >= 6, "{name}: too short to be looked for");
        assert!(secret.is_ascii(), "{name}: looked for byte by byte");
        self.canaries.push((name, secret.to_owned()));
    }

    async fn send(&mut self, request: Request) -> (u16, Value) {
        let request = match &self.session {
            Some(session) => request.bearer(session),
            None => request,
        };
        self.keys += 1;
        let request = request.key(&format!("canary-walk-{}", self.keys));
        let answer = self.to.send(&request).await.unwrap();
        if answer.status >= 400 {
            let text = String::from_utf8_lossy(answer.body).into_owned();
            self.refusals.push(text);
        }
        (answer.status, answer.json())
    }

    async fn post(&mut self, path: &str, body: Value, status: u16) -> Value {
        let (got, answer) = self.send(Request::post(path, &body)).await;
        assert_eq!(got, status, "{path}: {answer}");
        answer
    }

    async fn refused(&mut self, path: &str, body: Value) {
        let (got, answer) = self.send(Request::post(path, &body)).await;
        assert!((400..500).contains(&got), "{path}: {got} {answer}");
    }

    /// The newest field of a message to a contact that was not seen before.
    async fn message(&mut self, contact: &str, field: &str) -> String {
        let path = format!("/sandbox/messages?to={}", contact.replace('+', "%2B"));
        for _ in 0..TRIES {
            let answer = self.to.send(&Request::get(&path)).await.unwrap();
            let page = answer.json();
            let mut messages = page["data"].as_array().into_iter().flatten();
            let found = messages.find_map(|message| message[field].as_str());
            if let Some(text) = found.filter(|text| !self.seen.contains(*text)) {
                let text = text.to_owned();
                self.seen.insert(text.clone());
                return text;
            }
        }
        panic!("no {field} for {contact}");
    }

    /// Proves the password once more.
    async fn step_up(&mut self, purpose: &str, resource: &str) {
        let body = json!({"purpose": purpose, "resource": resource});
        let asked = self.post("/v1/step-ups", body, 201).await;
        let path = format!("/v1/step-ups/{}/verify", text(&asked["id"]));
        let granted = self.post(&path, json!({"password": PASSWORD}), 200).await;
        self.session = Some(text(&granted["token"]));
        self.keep("session after a step-up", &text(&granted["token"]));
    }

    async fn register(&mut self, contact: Value, at: &str, name: &'static str) {
        self.session = None;
        let mut body = contact;
        body["accept_terms"] = json!(true);
        body["locale"] = json!("en");
        let begun = self.post("/v1/registrations", body, 202).await;
        let path = format!("/v1/registrations/{}", text(&begun["id"]));
        self.refused(&format!("{path}/verify"), json!({"code": "000000"}))
            .await;
        let code = self.message(at, "code").await;
        self.keep("code of a registration", &code);
        let verify = format!("{path}/verify");
        self.post(&verify, json!({"code": code}), 200).await;
        let body = json!({"password": PASSWORD, "name": name});
        let done = self.post(&format!("{path}/complete"), body, 201).await;
        let session = text(&done["session"]["token"]);
        self.keep("session", &session);
        self.keep("contact", at);
        self.keep("name", name);
        self.session = Some(session);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Signs in wrongly and rightly, names things, pays.
async fn use_the_account(walk: &mut Walk) {
    let token = walk
        .post("/v1/security-tokens", json!({"channel": "email"}), 202)
        .await;
    let secret = walk.message(EMAIL, "token").await;
    let path = format!("/v1/security-tokens/{}", text(&token["id"]));
    let wrong = "CANA-RYWR-0NGT-0KEN";
    walk.keep("wrong Token", wrong);
    let activate = format!("{path}/activate");
    walk.refused(&activate, json!({"token": wrong})).await;
    walk.keep("Token", &secret);
    walk.post(&activate, json!({"token": secret}), 200).await;
    let name = "canary name of a token";
    walk.keep("name of a Token", name);
    walk.post(&format!("{path}/rename"), json!({"name": name}), 200)
        .await;

    let money = json!({"amount": 5_000, "currency": "CNY"});
    let top_up = json!({"channel": "sandbox", "money": money});
    walk.post("/v1/top-ups", top_up, 201).await;
    let note = "canary note on a payment";
    walk.keep("note", note);
    let pay = json!({
        "to": {"phone": PHONE}, "money": {"amount": 100, "currency": "CNY"},
        "note": note, "reference": PLANTED, "authorization": {"security_token": secret},
    });
    walk.post("/v1/transfers", pay, 201).await;
    let typo = json!({
        "to": {"phone": PHONE}, "money": {"amount": 100, "currency": "CNY"},
        "note": note, "authorization": {"security_token": wrong},
    });
    walk.refused("/v1/transfers", typo).await;
}

async fn name_things(walk: &mut Walk) {
    let (_, sessions) = walk.send(Request::get("/v1/sessions")).await;
    let path = format!("/v1/sessions/{}/rename", text(&sessions["data"][0]["id"]));
    let name = "canary name of a session";
    walk.keep("name of a session", name);
    walk.post(&path, json!({"name": name}), 200).await;
    let (_, devices) = walk.send(Request::get("/v1/devices")).await;
    let path = format!("/v1/devices/{}/rename", text(&devices["data"][0]["id"]));
    let name = "canary name of a device";
    walk.keep("name of a device", name);
    walk.post(&path, json!({"name": name}), 200).await;

    walk.step_up("change_contact", "").await;
    let begun = walk
        .post("/v1/contacts", json!({"email": SECOND_EMAIL}), 202)
        .await;
    let code = walk.message(SECOND_EMAIL, "code").await;
    walk.keep("contact to be", SECOND_EMAIL);
    walk.keep("code of a contact", &code);
    let path = format!("/v1/contacts/{}/verify", text(&begun["id"]));
    walk.refused(&path, json!({"code": "000000"})).await;
    walk.post(&path, json!({"code": code}), 200).await;
    let code = walk.message(EMAIL, "code").await;
    walk.keep("code by which the old contact agrees", &code);
}

async fn arm(walk: &mut Walk) {
    walk.step_up("set_pin", "").await;
    walk.keep("PIN", PIN);
    walk.post("/v1/pin", json!({"pin": PIN}), 200).await;
    walk.refused("/v1/pin", json!({"pin": "384757"})).await;

    walk.step_up("create_access_token", "").await;
    let name = "canary name of a program";
    walk.keep("name of an access token", name);
    let wish = json!({
        "name": name, "scopes": ["wallet:read"], "expires_in_days": 30, "channel": "email",
    });
    let asked = walk.post("/v1/access-tokens", wish, 202).await;
    let code = walk.message(EMAIL, "code").await;
    walk.keep("code of an access token", &code);
    let path = format!("/v1/access-tokens/{}/claim", text(&asked["id"]));
    let claimed = walk.post(&path, json!({"code": code}), 200).await;
    let secret = text(&claimed["secret"]);
    walk.keep("secret of an access token", &secret);
    let person = walk.session.replace(secret);
    let (status, _) = walk.send(Request::get("/v1/wallet")).await;
    assert_eq!(status, 200);
    walk.refused("/v1/freezes", json!({"kind": "debit"})).await;
    walk.session = person;

    let reason = "canary reason of a freeze";
    walk.keep("reason of a freeze", reason);
    let freeze = json!({"kind": "credit", "reason": reason});
    walk.post("/v1/freezes", freeze, 201).await;
    let claim = json!({
        "level": 1, "legal_name": "Canary Legal Name",
        "document": {"type": "cn_id", "number": "11010519491231002x"},
        "birth_date": "1949-12-31",
    });
    walk.keep("legal name", "Canary Legal Name");
    walk.keep("number of a document", "11010519491231002");
    walk.post("/v1/verifications", claim, 201).await;

    walk.step_up("change_password", "").await;
    walk.keep("password", PASSWORD);
    walk.keep("next password", NEXT);
    let wrong = "Vermilion-Not-The-0ne#";
    walk.keep("wrong password", wrong);
    let wrong = json!({"current_password": wrong, "password": NEXT});
    walk.refused("/v1/password", wrong).await;
}

/// Sets up a second step, and signs in with it.
async fn second_step(walk: &mut Walk) {
    walk.step_up("set_up_factor", "").await;
    let (status, begun) = walk.send(Request::new("POST", "/v1/factors/totp")).await;
    assert_eq!(status, 201, "{begun}");
    let secret = text(&begun["secret"]);
    walk.keep("secret of an app", &secret);
    walk.refused("/v1/factors/totp/activate", json!({"code": "000000"}))
        .await;
    let change = json!({"current_password": PASSWORD, "password": NEXT});
    walk.step_up("change_password", "").await;
    walk.post("/v1/password", change, 200).await;
    walk.session = None;
    let sign_in = json!({"identifier": EMAIL, "password": "vermilion-guess-of-a-thief"});
    walk.keep("guess of a password", "vermilion-guess-of-a-thief");
    walk.refused("/v1/sessions", sign_in).await;
    let sign_in = json!({"identifier": EMAIL, "password": NEXT});
    let opened = walk.post("/v1/sessions", sign_in, 201).await;
    walk.keep("session of a sign-in", &text(&opened["token"]));
    if let Some(device) = opened["device"].as_str() {
        walk.keep("secret of a device", device);
    }
}

/// Whoever lost something: a link, a code, everything.
async fn lose(walk: &mut Walk) {
    walk.session = None;
    let letter = walk.message(EMAIL, "text").await;
    if let Some((_, link)) = letter.split_once("not-me#") {
        let link: String = link.chars().take_while(|c| !c.is_whitespace()).collect();
        walk.keep("link in a notice", &link);
    }
    let begun = walk
        .post("/v1/recoveries", json!({"identifier": PHONE}), 202)
        .await;
    let secret = text(&begun["secret"]);
    walk.keep("secret of a recovery", &secret);
    let path = format!("/v1/recoveries/{}", text(&begun["id"]));
    let step = |step: &str, body: &Value| {
        Request::post(&format!("{path}/{step}"), body).header("tael-recovery", &secret)
    };
    let (wrong, _) = walk.send(step("verify", &json!({"code": "000000"}))).await;
    assert_eq!(wrong, 422);
    let code = walk.message(PHONE, "code").await;
    walk.keep("code of a recovery", &code);
    let (status, proven) = walk.send(step("verify", &json!({"code": code}))).await;
    assert_eq!(status, 200, "{proven}");
    walk.keep("password after a recovery", RECOVERED);
    let (status, done) = walk
        .send(step("reset", &json!({"password": RECOVERED})))
        .await;
    assert_eq!(status, 200, "{done}");

    let begun = walk
        .post("/v1/recoveries", json!({"identifier": EMAIL}), 202)
        .await;
    let statement = "canary statement about a lost phone";
    walk.keep("statement", statement);
    walk.keep("where somebody can be reached", REACH_ME);
    let path = format!("/v1/recoveries/{}/review", text(&begun["id"]));
    let body = json!({"reach_me_at": {"email": REACH_ME}, "statement": statement});
    let ask = Request::post(&path, &body).header("tael-recovery", &text(&begun["secret"]));
    let (status, asked) = walk.send(ask).await;
    assert_eq!(status, 202, "{asked}");
    let shown = walk
        .post(
            "/v1/device-confirmations",
            json!({"purpose": "sign_in"}),
            201,
        )
        .await;
    walk.keep("pickup secret of a second screen", &text(&shown["pickup"]));
}

/// Every canary that is found in these bytes. A code of digits stands by itself, so that no part
/// of a moment or of a count is taken for it.
fn found<'a>(bytes: &[u8], canaries: &'a [Canary]) -> Vec<&'a str> {
    // One character a byte: the canaries are ASCII, and what stands around them is not text.
    let haystack: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '.');
    let is_here = |secret: &str| {
        let is_code = secret.bytes().all(|byte| byte.is_ascii_digit());
        let mut places = haystack.match_indices(secret);
        places.any(|(start, _)| {
            let (before, rest) = haystack.split_at(start);
            let after = rest[secret.len()..].chars().next();
            !is_code || !(is_part(before.chars().next_back()) || is_part(after))
        })
    };
    let here = canaries.iter().filter(|(_, secret)| is_here(secret));
    here.map(|(name, _)| *name).collect()
}

/// Every file of the store, as its bytes lie there.
fn stored(data: &Path) -> Vec<u8> {
    let files = ["store.db", "store.db-wal"].map(|name| data.join(name));
    let there = files.iter().filter(|path| path.exists());
    there.flat_map(|path| fs::read(path).unwrap()).collect()
}

/// Attack S-57: what is secret is in no log, no table, no metric and no refusal.
#[tokio::test]
async fn s_57_secrets_are_in_nothing_that_a_server_leaves_behind() {
    let place = scratch();
    let data = place.path().join("data");
    let mut server = launch(&data).flag("--log", "trace").start().unwrap();
    let mut walk = Walk {
        to: Connection::open(server.address()).await.unwrap(),
        canaries: Vec::new(),
        refusals: Vec::new(),
        session: None,
        seen: BTreeSet::new(),
        keys: 0,
    };
    walk.register(json!({"phone": PHONE}), PHONE, "Canary Bobson")
        .await;
    walk.register(json!({"email": EMAIL}), EMAIL, "Canary Alisson")
        .await;
    use_the_account(&mut walk).await;
    name_things(&mut walk).await;
    arm(&mut walk).await;
    second_step(&mut walk).await;
    lose(&mut walk).await;
    let metrics = walk.to.send(&Request::get("/metrics")).await.unwrap();
    let metrics = metrics.body.to_vec();
    let while_it_runs = stored(&data);
    server.request_stop().unwrap();
    assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
    let log = server.output();

    let canaries = &walk.canaries;
    assert!(canaries.len() >= 40, "{} canaries", canaries.len());
    assert!(walk.refusals.len() >= 10, "{:?}", walk.refusals);
    // The walk was seen: each of its steps is in the log, by route.
    for route in ["registrations", "transfers", "recoveries", "access-tokens"] {
        assert!(log.contains(route), "{route} is not in the log");
    }
    let none: [&str; 0] = [];
    assert_eq!(found(log.as_bytes(), canaries), none, "in the log");
    assert_eq!(found(&metrics, canaries), none, "in the metrics");
    let refusals = walk.refusals.join("\n");
    assert_eq!(found(refusals.as_bytes(), canaries), none, "in a refusal");
    for bytes in [while_it_runs, stored(&data)] {
        assert_eq!(found(&bytes, canaries), none, "in the store");
        // Whatever lies there as it is would be found: this does, and is.
        let planted = [("planted", PLANTED.to_owned())];
        assert_eq!(found(&bytes, &planted), ["planted"]);
    }
}

#[test]
fn a_canary_is_found_wherever_it_sits() {
    let canaries = [("code", "384756".to_owned()), ("name", "Canary".to_owned())];
    for text in ["\"code\":\"384756\"", "384756", "x 384756 y"] {
        assert_eq!(found(text.as_bytes(), &canaries), ["code"], "{text}");
    }
    for text in ["17:40:44.384756Z", "1384756", "3847561"] {
        assert!(found(text.as_bytes(), &canaries).is_empty(), "{text}");
    }
    assert_eq!(found(b"\0\x01Canary\xff", &canaries), ["name"]);
}
