use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::Response,
};
use identity::{
    Method, Session,
    confirmation::{self, ConfirmationPurpose, NewConfirmation},
    step_up::{self, Granted, Purpose, StepUp},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::StepUpId;

use super::{
    passkeys::PasskeyAsked,
    second_steps::{ChallengeMethod, ChallengeSent},
    views::{Done, done},
};
use crate::{
    App,
    body::JsonBody,
    caller::{Caller, Visitor, session_cookie},
    json::{self, Credential, FromJson, Json, Reading, SecretText, body},
    problem::{Code, Problem, ProblemBody},
    proofs::Proofs,
    query::PathText,
};

/// What a step-up is for.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = StepUpPurpose, value_type = String, examples("set_up_factor"))]
struct PurposeName(Purpose);

impl FromJson for PurposeName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match Purpose::from_code(reading.text(json)?) {
            Some(purpose) => Some(Self(purpose)),
            None => reading.refuse(Code::InvalidField, "must be a purpose of step-ups"),
        }
    }
}

/// What exactly is to be touched: an id, or nothing.
#[derive(Clone, Debug, Default, ToSchema)]
#[schema(value_type = String, pattern = "^[!-~]{0,128}$")]
struct Resource(String);

impl FromJson for Resource {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.len() > 128 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return reading.refuse(
                Code::InvalidField,
                "must be at most 128 visible ASCII characters",
            );
        }
        Some(Self(text.to_owned()))
    }
}

body! {
    /// For what a further proof is wanted.
    pub(crate) struct StepUpRequest {
        purpose: PurposeName,
        /// As the problem `step_up_required` named it.
        resource: Option<Resource>,
    }
}

body! {
    /// The proof: exactly one field.
    pub(crate) struct StepUpProof {
        password: Option<json::Password>,
        totp: Option<SecretText>,
        sms_code: Option<SecretText>,
        recovery_code: Option<SecretText>,
        pin: Option<SecretText>,
        security_token: Option<SecretText>,
        passkey: Option<Credential>,
    }
}

/// A step-up.
#[derive(Serialize, ToSchema)]
#[schema(as = StepUp)]
pub(crate) struct StepUpView {
    id: String,
    purpose: &'static str,
    resource: String,
    /// `pending`, `granted` or `used`.
    state: &'static str,
    /// What proves, each by itself.
    methods: Vec<&'static str>,
    /// Pending: until when to prove. Granted: until when it serves.
    expires_at: String,
}

impl From<StepUp> for StepUpView {
    fn from(step_up: StepUp) -> Self {
        Self {
            id: step_up.id.to_string(),
            purpose: step_up.purpose.code(),
            resource: step_up.resource,
            state: step_up.state.code(),
            methods: step_up.methods.iter().map(|method| method.code()).collect(),
            expires_at: step_up.expires_at.to_string(),
        }
    }
}

/// A granted step-up.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepUpGranted {
    #[serde(flatten)]
    step_up: StepUpView,
    /// The session's new bearer token; the one before works for 30 seconds more.
    token: String,
}

/// Ask for a step-up before a sensitive call.
#[utoipa::path(
    post, path = "/v1/step-ups", tag = "step-ups", security(("session" = [])),
    request_body = StepUpRequest,
    responses(
        (status = 201, body = Done<StepUpView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn request(
    State(app): State<App>,
    JsonBody(body): JsonBody<StepUpRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (purpose, resource) = (body.purpose.0, body.resource.unwrap_or_default().0);
    let session = caller.session;
    let requested = app
        .write(move |tx, cx| step_up::request(tx, cx, &session, purpose, &resource))
        .await?;
    Ok(done(StatusCode::CREATED, StepUpView::from(requested)))
}

body! {
    /// What to send for a step-up.
    pub(crate) struct StepUpChallenge { method: ChallengeMethod }
}

/// Send a code for a step-up, ask a passkey, or show a QR code to another of your devices. What is
/// said yes to there is picked up with `POST /v1/device-confirmations/{id}/redeem`.
#[utoipa::path(
    post, path = "/v1/step-ups/{id}/challenge", tag = "step-ups", security(("session" = [])),
    params(("id" = String, Path)), request_body = StepUpChallenge,
    responses(
        (status = 200, body = Done<ChallengeSent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn challenge(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<StepUpChallenge>,
    caller: Caller,
    Visitor(device): Visitor,
) -> Result<Response, Problem> {
    let id: StepUpId = id.id()?;
    let session = caller.session;
    if body.method.is_passkey() {
        let (asking, user) = (Arc::clone(&session), session.user);
        app.read(move |tx, cx| step_up::begin(tx, cx, &asking, (id, Method::Passkey)))
            .await?;
        let subject = id.to_string();
        let public_key = app.challenge_passkeys("step_up", subject, user).await?;
        return Ok(done(StatusCode::OK, PasskeyAsked { public_key }));
    }
    if body.method.is_device() {
        let created = app
            .write(move |tx, cx| {
                step_up::begin(tx, cx, &session, (id, Method::Device))?;
                let new = NewConfirmation {
                    purpose: ConfirmationPurpose::StepUp,
                    step_up: Some((id.to_string(), Session::clone(&session))),
                    device: device.clone(),
                };
                confirmation::create(tx, cx, &new)
            })
            .await?;
        return Ok(app.show_confirmation(StatusCode::OK, &created));
    }
    body.method.by_sms()?;
    let sent = app
        .write(move |tx, cx| step_up::send_code(tx, cx, &session, id))
        .await?;
    Ok(done(StatusCode::OK, ChallengeSent::from(sent)))
}

/// Prove it. The session gets a new secret, in the answer and in the cookie.
#[utoipa::path(
    post, path = "/v1/step-ups/{id}/verify", tag = "step-ups", security(("session" = [])),
    params(("id" = String, Path)), request_body = StepUpProof,
    responses(
        (status = 200, body = Done<StepUpGranted>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<StepUpProof>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: StepUpId = id.id()?;
    let proofs = Proofs {
        password: body.password,
        totp: body.totp,
        sms_code: body.sms_code,
        recovery_code: body.recovery_code,
        pin: body.pin,
        security_token: body.security_token,
        passkey: body.passkey,
    };
    let proof = proofs.only(&app)?;
    let (proving, session) = (app.clone(), caller.session);
    let granted = app
        .settle(async move {
            let (method, counting) = (proof.method(), Arc::clone(&session));
            let counted = proving
                .write(move |tx, cx| step_up::count_attempt(tx, cx, &counting, id, method))
                .await?;
            let matched = proving.prove(counted, proof).await?;
            let (granting, of) = (Arc::clone(&session), session.id);
            let granted = proving
                .write(move |tx, cx| step_up::grant(tx, cx, &granting, id, &matched))
                .await;
            proving.forget_session(of);
            if method == Method::SecurityToken {
                proving.forget_person(session.user);
            }
            Ok(granted?)
        })
        .await?;
    Ok(shown(&app, granted))
}

pub(super) fn shown(app: &App, granted: Granted) -> Response {
    let cookie = session_cookie(app, &granted.session, app.now());
    let body = StepUpGranted {
        token: granted.session.token.expose().to_owned(),
        step_up: granted.step_up.into(),
    };
    let mut response = done(StatusCode::OK, body);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}
