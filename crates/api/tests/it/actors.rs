use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::house::House;

pub const PASSWORD: &str = "Plum-Orbit7#Gravel*Lantern";

/// An answer, read.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// A problem with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let kind = self.header("content-type").to_owned();
        let id = self.header("x-request-id").to_owned();
        let replayed = self.headers.contains_key("idempotent-replayed");
        let problem = self.is(status);
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("urn:tael:problem:{code}"));
        assert_eq!(kind, "application/problem+json");
        assert!(replayed || problem["request_id"] == id, "{problem} {id}");
        problem
    }
}

/// A request being put together.
pub struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    peer: Option<SocketAddr>,
}

impl Ask {
    pub fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            peer: None,
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self::raw(path, body.to_string())
    }

    pub fn raw(path: &str, body: impl Into<Bytes>) -> Self {
        let mut ask = Self::new(Method::POST, path).with("content-type", "application/json");
        ask.body = Some(body.into());
        ask
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// From this address.
    pub fn from(mut self, address: &str) -> Self {
        self.peer = Some(SocketAddr::new(address.parse().unwrap(), 40_000));
        self
    }

    /// Without the headers of this name.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    pub fn build(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut request = request
            .body(self.body.map_or_else(Body::empty, Body::from))
            .unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request
    }
}

/// Somebody at the door.
#[derive(Clone)]
pub struct Actor {
    pub house: Arc<House>,
    pub session: Option<String>,
    /// The Token, once activated.
    pub token: String,
    pub user: String,
    pub contact: String,
    pub channel: &'static str,
    pub account: String,
    /// The secret of the device that they registered on.
    pub device: String,
}

impl Actor {
    pub fn anon(house: Arc<House>) -> Self {
        let empty = String::new();
        Self {
            house,
            session: None,
            token: empty.clone(),
            user: empty.clone(),
            contact: empty.clone(),
            channel: "sms",
            account: empty.clone(),
            device: empty,
        }
    }

    /// Signs up and is signed in, without a Token.
    pub async fn register(house: Arc<House>, kind: &str, contact: &str, name: &str) -> Self {
        let anon = Self::anon(house.clone());
        let body = json!({kind: contact, "accept_terms": true, "locale": "zh-CN"});
        let begun = anon.post("/v1/registrations", &body).await.is(202);
        let path = format!("/v1/registrations/{}", begun["id"].as_str().unwrap());
        let code = house.message(contact, "code").await;
        anon.post(&format!("{path}/verify"), &json!({"code": code}))
            .await
            .is(200);
        let body = json!({"password": PASSWORD, "name": name});
        let done = anon.post(&format!("{path}/complete"), &body).await.is(201);
        let mut actor = Self {
            session: Some(done["session"]["token"].as_str().unwrap().to_owned()),
            user: done["user"]["id"].as_str().unwrap().to_owned(),
            contact: contact.to_owned(),
            device: done["session"]["device"].as_str().unwrap().to_owned(),
            channel: if kind == "phone" { "sms" } else { "email" },
            ..anon
        };
        let wallet = actor.get("/v1/wallet").await.is(200);
        actor.account = wallet["accounts"][0]["id"].as_str().unwrap().to_owned();
        actor
    }

    /// Signs up, gets a Token and activates it.
    pub async fn join(house: Arc<House>, kind: &str, contact: &str, name: &str) -> Self {
        let mut actor = Self::register(house, kind, contact, name).await;
        actor.activate_token().await;
        actor
    }

    /// Signs in once more, elsewhere.
    pub async fn elsewhere(&self) -> Self {
        self.house.clock.advance(1);
        let body = json!({"identifier": self.contact, "password": PASSWORD});
        let opened = Self::anon(self.house.clone())
            .post("/v1/sessions", &body)
            .await
            .is(201);
        Self {
            session: opened["token"].as_str().map(str::to_owned),
            ..self.clone()
        }
    }

    /// Signs in again on the device that they registered on.
    pub async fn again(&self) -> Self {
        let body = json!({"identifier": self.contact, "password": PASSWORD});
        let ask = Ask::post("/v1/sessions", &body).with("tael-device", &self.device);
        let opened = Self::anon(self.house.clone()).send(ask).await.is(201);
        Self {
            session: opened["token"].as_str().map(str::to_owned),
            ..self.clone()
        }
    }

    /// Asks for a Token, without activating it: its id and its text.
    pub async fn request_token(&self) -> (String, String) {
        // What is newest must be so by the clock.
        self.house.clock.advance(1);
        let body = json!({"channel": self.channel});
        let asked = self.post("/v1/security-tokens", &body).await.is(202);
        let token = self.house.message(&self.contact, "token").await;
        (asked["id"].as_str().unwrap().to_owned(), token)
    }

    pub async fn activate_token(&mut self) {
        let (id, token) = self.request_token().await;
        let path = format!("/v1/security-tokens/{id}/activate");
        self.post(&path, &json!({"token": token})).await.is(200);
        self.token = token;
    }

    /// Proves the password once more for a purpose; goes on with the renewed session.
    pub async fn step_up(&mut self, purpose: &str, resource: &str) {
        let body = json!({"purpose": purpose, "resource": resource});
        let asked = self.post("/v1/step-ups", &body).await.is(201);
        let path = format!("/v1/step-ups/{}/verify", asked["id"].as_str().unwrap());
        let granted = self.post(&path, &json!({"password": PASSWORD})).await;
        self.session = granted.is(200)["token"].as_str().map(str::to_owned);
    }

    fn sign(&self, ask: Ask) -> Ask {
        match &self.session {
            Some(session) => ask.with("authorization", &format!("Bearer {session}")),
            None => ask,
        }
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        self.house.send(self.sign(ask).build()).await
    }

    pub async fn open(&self, ask: Ask) -> axum::response::Response {
        self.house.open(self.sign(ask).build()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Ask::get(path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Ask::delete(path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Ask::post(path, body)).await
    }

    /// Puts play money in.
    pub async fn top_up(&self, amount: i64) {
        let body = json!({"channel": "sandbox", "money": cny(amount)});
        let key = format!("top-up-{amount}");
        self.send(Ask::post("/v1/top-ups", &body).key(&key))
            .await
            .is(201);
    }

    /// The body of a payment, authorised.
    pub fn payment(&self, to: &Self, amount: i64) -> Value {
        json!({
            "to": {"account": to.account},
            "money": cny(amount),
            "authorization": {"security_token": self.token},
        })
    }

    /// Pays under a key.
    pub async fn pay(&self, key: &str, body: &Value) -> Answer {
        self.send(Ask::post("/v1/transfers", body).key(key)).await
    }

    /// The posted balance of the first account.
    pub async fn posted(&self) -> i64 {
        self.get("/v1/wallet").await.is(200)["accounts"][0]["posted"]
            .as_i64()
            .unwrap()
    }
}

pub fn cny(amount: i64) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}
