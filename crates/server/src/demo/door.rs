use std::net::{Ipv4Addr, SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Method, Request, header},
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    failure::{During as _, Failure},
    jobs::{self, Round},
    wire::House,
};

/// No answer of the API is larger.
const MAX_ANSWER: usize = 1024 * 1024;

/// The router as a client sees it, without a network; messages are delivered as soon as they were
/// caused.
pub(super) struct Door {
    router: Router,
    house: House,
}

/// Who calls, and which one intention it is.
#[derive(Clone, Default)]
pub(super) struct Caller {
    session: Option<String>,
    key: Option<String>,
}

impl Caller {
    pub(super) fn signed_in(session: &str) -> Self {
        Self {
            session: Some(session.to_owned()),
            key: None,
        }
    }

    pub(super) fn with_key(&self, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }
}

impl Door {
    pub(super) fn new(house: &House, router: Router) -> Self {
        Self {
            router,
            house: house.clone(),
        }
    }

    pub(super) async fn get(&self, path: &str, caller: &Caller) -> Result<Value, Failure> {
        self.call(Method::GET, path, None, caller).await
    }

    pub(super) async fn delete(&self, path: &str, caller: &Caller) -> Result<Value, Failure> {
        self.call(Method::DELETE, path, None, caller).await
    }

    pub(super) async fn post(
        &self,
        path: &str,
        body: Value,
        caller: &Caller,
    ) -> Result<Value, Failure> {
        let answer = self.call(Method::POST, path, Some(body), caller).await?;
        self.deliver().await?;
        Ok(answer)
    }

    async fn deliver(&self) -> Result<(), Failure> {
        loop {
            let messenger = self.house.sandbox_messenger();
            let round = jobs::deliver(self.house.clone(), messenger).await;
            if round.during("delivering the demo's messages")? == Round::Idle {
                return Ok(());
            }
        }
    }

    /// What was sent to a contact, newest first.
    pub(super) async fn messages(&self, to: &str) -> Result<Vec<Value>, Failure> {
        let path = format!("/sandbox/messages?to={}", to.replace('+', "%2B"));
        let mut page = self.get(&path, &Caller::default()).await?;
        match page["data"].take() {
            Value::Array(messages) => Ok(messages),
            _ => Ok(Vec::new()),
        }
    }

    /// The newest code or Token that was sent to a contact.
    pub(super) async fn newest(&self, to: &str, field: &str) -> Result<String, Failure> {
        let messages = self.messages(to).await?;
        let found = messages.iter().find_map(|message| message[field].as_str());
        found.map(str::to_owned).ok_or_else(|| {
            Failure::found_wrong(format!(
                "the demo's {field} did not reach the sandbox's outbox"
            ))
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        caller: &Caller,
    ) -> Result<Value, Failure> {
        let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(nobody));
        if let Some(session) = &caller.session {
            request = request.header(header::AUTHORIZATION, format!("Bearer {session}"));
        }
        if let Some(key) = &caller.key {
            request = request.header("idempotency-key", key);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.body(body).during("writing a request of the demo")?;
        let Ok(answer) = self.router.clone().oneshot(request).await;
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), MAX_ANSWER)
            .await
            .during("reading an answer")?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let code = answer["code"].as_str().unwrap_or_default();
        Err(Failure::found_wrong(format!(
            "the demo met {status} {code} at {method} {path}"
        )))
    }
}
