use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Method, Session,
    code::CodePurpose,
    factor::{self, Claim, MatchedProof, Proof},
    pin::{self, Pin, PinHashed},
    step_up::{self, Purpose},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::UserId;

use super::views::{Done, done};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{SecretText, body},
    problem::{Problem, ProblemBody},
    proofs::Given,
};

body! {
    /// Six digits, none of those that are tried first.
    pub(crate) struct PinRequest { pin: SecretText }
}

body! {
    /// The PIN so far, and the new one.
    pub(crate) struct PinChangeRequest {
        old_pin: SecretText,
        pin: SecretText,
    }
}

/// The PIN is set.
#[derive(Serialize, ToSchema)]
pub(crate) struct PinSet {
    is_set: bool,
}

fn is_set() -> Response {
    done(StatusCode::OK, PinSet { is_set: true })
}

/// Set the payment PIN for the first time; needs a step-up `set_pin`.
#[utoipa::path(
    post, path = "/v1/pin", tag = "pin", security(("session" = [])), request_body = PinRequest,
    responses(
        (status = 200, body = Done<PinSet>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn set(
    State(app): State<App>,
    JsonBody(body): JsonBody<PinRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let typed = Pin::read(body.pin.expose())?;
    let session = caller.session;
    let asked = Arc::clone(&session);
    app.write(move |tx, cx| step_up::require(tx, cx, &asked, Purpose::SetPin, ""))
        .await?;
    let hashed = hashed(&app, session.user, typed).await?;
    app.write(move |tx, cx| {
        step_up::require(tx, cx, &session, Purpose::SetPin, "")?;
        pin::set(tx, cx, session.user, &hashed)
    })
    .await?;
    Ok(is_set())
}

/// Change the PIN with the old one.
#[utoipa::path(
    post, path = "/v1/pin/change", tag = "pin", security(("session" = [])),
    request_body = PinChangeRequest,
    responses(
        (status = 200, body = Done<PinSet>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    JsonBody(body): JsonBody<PinChangeRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let typed = Pin::read(body.pin.expose())?;
    let session = caller.session;
    let old = Given::Typed(Proof::Pin(body.old_pin.into_secret()));
    let matched = prove_old(&app, &session, old)
        .await
        .map_err(|problem| problem.at("/old_pin"))?;
    let hashed = hashed(&app, session.user, typed).await?;
    app.write(move |tx, cx| {
        factor::settle(tx, cx, &matched)?;
        pin::change(tx, cx, session.user, &hashed)
    })
    .await?;
    Ok(is_set())
}

/// Set another PIN without the old one; needs a step-up `reset_pin`.
#[utoipa::path(
    post, path = "/v1/pin/reset", tag = "pin", security(("session" = [])),
    request_body = PinRequest,
    responses(
        (status = 200, body = Done<PinSet>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn reset(
    State(app): State<App>,
    JsonBody(body): JsonBody<PinRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let typed = Pin::read(body.pin.expose())?;
    let session = caller.session;
    let hashed = hashed(&app, session.user, typed).await?;
    app.write(move |tx, cx| {
        step_up::require(tx, cx, &session, Purpose::ResetPin, "")?;
        pin::reset(tx, cx, session.user, &hashed)
    })
    .await?;
    Ok(is_set())
}

async fn prove_old(
    app: &App,
    session: &Arc<Session>,
    given: Given,
) -> Result<MatchedProof, Problem> {
    let counting = Arc::clone(session);
    let counted = app
        .write(move |tx, cx| {
            let claim = Claim {
                user: counting.user,
                purpose: CodePurpose::StepUp,
                subject: "",
                session: Some(&counting),
            };
            factor::count(tx, cx, &claim, Method::Pin)
        })
        .await?;
    app.prove(counted, given).await
}

async fn hashed(app: &App, user: UserId, typed: Pin) -> Result<PinHashed, Problem> {
    let owner = app.read(move |tx, cx| pin::owner(tx, cx, user)).await?;
    let judge = app.clone();
    let hash = move || {
        let cost = judge.policy().short_secret_cost;
        pin::hash(&typed, &owner, judge.keys(), cost, judge.entropy())
    };
    Ok(app.hashing().run(hash).await??)
}
