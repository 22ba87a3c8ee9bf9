//! The desk of the back office: operators who act at their own door.

use std::sync::Arc;

use axum::Router;
use http_body_util::BodyExt;
use identity::{
    audit::Actor as Author,
    operator::{self, NewOperator, Role},
    password::{self, OwnData},
};
use serde_json::{Value, json};
use totp_rs::Totp;
use tower::ServiceExt;
use vocab::Clock;

use crate::{
    actors::{Actor, Answer, Ask},
    house::House,
};

pub const STAFF_PASSWORD: &str = "Copper-Harbor9#Lattice*Moon";

/// The back office of a house.
pub struct Desk {
    pub house: Arc<House>,
    router: Router,
}

/// An operator with both factors.
pub struct Colleague {
    pub id: String,
    pub name: String,
    pub uri: String,
}

impl Colleague {
    /// As the door answered who made them.
    pub fn of(made: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            id: text(&made["operator"]["id"]),
            name: text(&made["operator"]["name"]),
            uri: text(&made["totp_uri"]),
        }
    }
}

impl Desk {
    pub fn at(house: &Arc<House>) -> Self {
        Self {
            house: house.clone(),
            router: api::ops_router(house.app.clone()),
        }
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        let response = self.router.clone().oneshot(ask.build()).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    /// What `tael operator bootstrap` prints.
    pub async fn offer(&self) -> String {
        let offered = self.house.write(operator::offer).await;
        offered.expose().to_owned()
    }

    pub async fn bootstrap(&self, token: &str, name: &str) -> Answer {
        let body = json!({"token": token, "name": name, "password": STAFF_PASSWORD});
        self.send(Ask::post("/ops/v1/bootstrap", &body)).await
    }

    pub fn code(&self, colleague: &Colleague) -> String {
        let seconds = self.house.clock.now().micros() / 1_000_000;
        let totp = Totp::from_url(&colleague.uri).unwrap();
        totp.generate(seconds.unsigned_abs()).to_string()
    }

    pub async fn try_in(&self, name: &str, password: &str, totp: &str) -> Answer {
        let body = json!({"name": name, "password": password, "totp": totp});
        self.send(Ask::post("/ops/v1/sessions", &body)).await
    }

    /// Signs in, in a time step of its own.
    pub async fn sign_in(&self, colleague: &Colleague) -> String {
        self.house.clock.advance(31);
        let code = self.code(colleague);
        let opened = self.try_in(&colleague.name, STAFF_PASSWORD, &code).await;
        opened.is(201)["token"].as_str().unwrap().to_owned()
    }

    /// Somebody with a role, made behind the door.
    pub async fn colleague(&self, name: &str, role: Role) -> Colleague {
        let named = name.to_owned();
        let made = self
            .house
            .write(move |tx, cx| {
                let typed = identity::Password::read(STAFF_PASSWORD, cx.policy)?;
                let accepted = password::accept(typed, &OwnData::of(&named, &[]), cx.policy)?;
                let new = NewOperator {
                    name: named.clone(),
                    password: password::hash(&accepted, cx.policy.hash_cost, cx.entropy),
                    role,
                };
                operator::create(tx, cx, Author::System, &new)
            })
            .await;
        Colleague {
            id: made.operator.id.to_string(),
            name: made.operator.name,
            uri: made.totp_uri.expose().to_owned(),
        }
    }

    /// The session of somebody with a role.
    pub async fn session(&self, name: &str, role: Role) -> String {
        let colleague = self.colleague(name, role).await;
        self.sign_in(&colleague).await
    }

    pub async fn by(&self, token: &str, ask: Ask) -> Answer {
        self.send(ask.with("authorization", &format!("Bearer {token}")))
            .await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.by(token, Ask::get(path)).await
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.by(token, Ask::post(path, body)).await
    }

    /// Decides about a request.
    pub async fn decide(&self, token: &str, id: &str, verb: &str) -> Answer {
        let path = format!("/ops/v1/requests/{id}/{verb}");
        self.by(token, Ask::raw(&path, "")).await
    }

    /// Asks for something, and gives the request's id.
    pub async fn ask(&self, token: &str, path: &str, body: &Value) -> String {
        let asked = self.post(token, path, body).await.is(201);
        assert_eq!(asked["state"], "open", "{asked}");
        asked["id"].as_str().unwrap().to_owned()
    }

    /// The codes of what is in the audit log about a person.
    pub async fn told(&self, person: &Actor) -> Vec<String> {
        let user: vocab::UserId = person.user.parse().unwrap();
        let page = identity::audit::Page {
            before: None,
            most: 200,
        };
        let about = self
            .house
            .write(move |tx, _| identity::audit::about(tx, user, page))
            .await;
        about
            .iter()
            .map(|entry| entry.action.code().to_owned())
            .collect()
    }
}
