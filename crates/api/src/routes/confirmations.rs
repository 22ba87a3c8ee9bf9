use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::Response,
};
use identity::{
    Binding, Session,
    confirmation::{
        self, ConfirmationPurpose, ConfirmationState, Created, NewConfirmation, Redeemed,
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::ConfirmationId;

use super::{
    sessions::SessionOpened,
    step_ups,
    views::{Done, done, json},
};
use crate::{
    App,
    body::JsonBody,
    caller::{Caller, Visitor, network_of, session_cookie},
    held::{Flow, PickupTicket},
    json::{FromJson, Json, LongSecret, Reading, SecretText, body},
    problem::{Code, Problem, ProblemBody},
    proofs::{Given, Proofs},
    query::PathText,
};

body! {
    /// What a second device should confirm.
    pub(crate) struct ConfirmationRequest { purpose: PurposeName }
}

body! {
    /// What stood in the QR code.
    pub(crate) struct ConfirmationScan { nonce: LongSecret }
}

body! {
    /// Yes: with the PIN or the Token, or, for a registration, with what the claim gave.
    pub(crate) struct ConfirmationApproval {
        pin: Option<SecretText>,
        security_token: Option<SecretText>,
        claim: Option<LongSecret>,
    }
}

/// `sign_in` or `registration`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(sign_in|registration)$")]
struct PurposeName(ConfirmationPurpose);

impl FromJson for PurposeName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match ConfirmationPurpose::from_code(reading.text(json)?) {
            Some(purpose) if purpose != ConfirmationPurpose::StepUp => Some(Self(purpose)),
            _ => reading.refuse(Code::InvalidField, "must be sign_in or registration"),
        }
    }
}

/// A confirmation just asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmationCreated {
    id: String,
    /// `created`.
    state: &'static str,
    /// For the QR code. Its fragment is good until `refresh_at`.
    url: String,
    /// For programs: to be shown in the header `Tael-Pickup`. Browsers get a cookie.
    pickup: String,
    refresh_at: String,
    expires_at: String,
}

/// Another QR code of the same confirmation.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmationRefreshed {
    url: String,
    refresh_at: String,
    expires_at: String,
}

/// What is asked, for whoever decides.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmationScanned {
    id: String,
    /// `sign_in` or `step_up`.
    purpose: &'static str,
    /// What exactly will happen: the purpose, or the purpose of the step-up.
    action: String,
    /// The browser of the first device, as it names itself.
    browser: String,
    /// Its network, without the last part of the address.
    network: String,
    /// False: the first device is elsewhere; be sure that it is yours.
    is_same_network: bool,
    requested_at: String,
    expires_at: String,
}

/// The code of a registration, claimed.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmationClaimed {
    id: String,
    /// Give it back with the approval, once there is an account.
    claim: String,
    expires_at: String,
}

/// How far a confirmation has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmationStateView {
    /// `created`, `scanned`, `approved`, `rejected`, `redeemed` or `expired`.
    state: &'static str,
}

/// Signed in by another device.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfirmationSignedIn {
    #[serde(flatten)]
    session: SessionOpened,
}

impl App {
    /// The page that a QR code opens; the nonce stands in the fragment, which is never sent.
    fn qr_url(&self, nonce: &str) -> String {
        let base = self.policy().public_url.trim_end_matches('/');
        format!("{base}/q#{nonce}")
    }

    /// A confirmation just asked for, for the device that shows its QR code.
    pub(super) fn show_confirmation(&self, status: StatusCode, created: &Created) -> Response {
        let seconds = created.expires_at.seconds_since(self.now()).max(0);
        let cookie = Flow::Pickup.give(self, &created.pickup, seconds);
        let body = ConfirmationCreated {
            id: created.id.to_string(),
            state: ConfirmationState::Created.code(),
            url: self.qr_url(created.nonce.expose()),
            pickup: created.pickup.expose().to_owned(),
            refresh_at: created.refresh_at.to_string(),
            expires_at: created.expires_at.to_string(),
        };
        let mut response = done(status, body);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        response
    }
}

/// Ask for a confirmation by a second device, and show what it gives as a QR code.
#[utoipa::path(
    post, path = "/v1/device-confirmations", tag = "device confirmations",
    request_body = ConfirmationRequest,
    responses(
        (status = 201, body = Done<ConfirmationCreated>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    JsonBody(body): JsonBody<ConfirmationRequest>,
    Visitor(device): Visitor,
) -> Result<Response, Problem> {
    let new = NewConfirmation {
        purpose: body.purpose.0,
        step_up: None,
        device,
    };
    let created = app
        .write(move |tx, cx| confirmation::create(tx, cx, &new))
        .await?;
    Ok(app.show_confirmation(StatusCode::CREATED, &created))
}

/// The next QR code; the one before finds nothing any more.
#[utoipa::path(
    post, path = "/v1/device-confirmations/{id}/refresh", tag = "device confirmations",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<ConfirmationRefreshed>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    id: PathText,
    pickup: PickupTicket,
) -> Result<Response, Problem> {
    let id: ConfirmationId = id.id()?;
    let Created {
        nonce,
        refresh_at,
        expires_at,
        ..
    } = app
        .write(move |tx, cx| confirmation::refresh(tx, cx, id, pickup.0))
        .await?;
    let body = ConfirmationRefreshed {
        url: app.qr_url(nonce.expose()),
        refresh_at: refresh_at.to_string(),
        expires_at: expires_at.to_string(),
    };
    Ok(done(StatusCode::OK, body))
}

/// Claim a QR code on a device where one is signed in; the first who scans has it.
#[utoipa::path(
    post, path = "/v1/device-confirmations/scan", tag = "device confirmations",
    security(("session" = [])), request_body = ConfirmationScan,
    responses(
        (status = 200, body = Done<ConfirmationScanned>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn scan(
    State(app): State<App>,
    JsonBody(body): JsonBody<ConfirmationScan>,
    caller: Caller,
    Visitor(here): Visitor,
) -> Result<Response, Problem> {
    let (nonce, session) = (Binding::read(body.nonce.expose()), caller.session);
    let scanned = app
        .write(move |tx, cx| confirmation::scan(tx, cx, &session, nonce))
        .await?;
    let purpose = scanned.purpose.code();
    let body = ConfirmationScanned {
        id: scanned.id.to_string(),
        purpose,
        action: scanned.action.unwrap_or_else(|| purpose.to_owned()),
        browser: scanned.device.user_agent().to_owned(),
        network: network_of(&scanned.device),
        is_same_network: network_of(&scanned.device) == network_of(&here),
        requested_at: scanned.requested_at.to_string(),
        expires_at: scanned.expires_at.to_string(),
    };
    Ok(done(StatusCode::OK, body))
}

/// Claim the QR code of a registration on a device where nobody is signed in yet.
#[utoipa::path(
    post, path = "/v1/device-confirmations/claim", tag = "device confirmations",
    request_body = ConfirmationScan,
    responses(
        (status = 200, body = Done<ConfirmationClaimed>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn claim(
    State(app): State<App>,
    JsonBody(body): JsonBody<ConfirmationScan>,
) -> Result<Response, Problem> {
    let nonce = Binding::read(body.nonce.expose());
    let claimed = app
        .write(move |tx, cx| confirmation::claim(tx, cx, nonce))
        .await?;
    let body = ConfirmationClaimed {
        id: claimed.id.to_string(),
        claim: claimed.claim.expose().to_owned(),
        expires_at: claimed.expires_at.to_string(),
    };
    Ok(done(StatusCode::OK, body))
}

/// Say yes on the second device.
#[utoipa::path(
    post, path = "/v1/device-confirmations/{id}/approve", tag = "device confirmations",
    security(("session" = [])), params(("id" = String, Path)),
    request_body = ConfirmationApproval,
    responses(
        (status = 200, body = Done<ConfirmationStateView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<ConfirmationApproval>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (id, session): (ConfirmationId, _) = (id.id()?, caller.session);
    let state = ConfirmationState::Approved.code();
    if let Some(claim) = &body.claim {
        if body.security_token.is_some() || body.pin.is_some() {
            let problem = Problem::field(Code::InvalidField, "");
            return Err(problem.with_text("exactly one proof must be given"));
        }
        let claim = Binding::read(claim.expose());
        app.write(move |tx, cx| confirmation::fulfil(tx, cx, &session, id, claim))
            .await?;
        return Ok(done(StatusCode::OK, ConfirmationStateView { state }));
    }
    let proofs = Proofs {
        pin: body.pin,
        security_token: body.security_token,
        ..Proofs::default()
    };
    let proof = proofs.only(&app)?;
    let approving = app.clone();
    app.settle(async move { approving.approve(&session, id, proof).await })
        .await?;
    Ok(done(StatusCode::OK, ConfirmationStateView { state }))
}

impl App {
    async fn approve(
        &self,
        session: &Arc<Session>,
        id: ConfirmationId,
        proof: Given,
    ) -> Result<(), Problem> {
        let (method, finding) = (proof.method(), Arc::clone(session));
        let counted = self
            .write(move |tx, cx| confirmation::count_proof(tx, cx, &finding, id, method))
            .await?;
        let matched = self.prove(counted, proof).await?;
        let approving = Arc::clone(session);
        let approved = self
            .write(move |tx, cx| confirmation::approve(tx, cx, &approving, id, &matched))
            .await;
        self.forget_person(session.user);
        Ok(approved?)
    }
}

/// Say no on the second device.
#[utoipa::path(
    post, path = "/v1/device-confirmations/{id}/reject", tag = "device confirmations",
    security(("session" = [])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<ConfirmationStateView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn reject(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (id, session): (ConfirmationId, _) = (id.id()?, caller.session);
    app.write(move |tx, cx| confirmation::reject(tx, cx, &session, id))
        .await?;
    let state = ConfirmationState::Rejected.code();
    Ok(done(StatusCode::OK, ConfirmationStateView { state }))
}

/// How far it is, for the device that shows the QR code.
#[utoipa::path(
    get, path = "/v1/device-confirmations/{id}", tag = "device confirmations",
    params(("id" = String, Path)),
    responses(
        (status = 200, body = ConfirmationStateView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn state(
    State(app): State<App>,
    id: PathText,
    pickup: PickupTicket,
) -> Result<Response, Problem> {
    let id: ConfirmationId = id.id()?;
    let state = app
        .read(move |tx, cx| confirmation::state(tx, cx, id, pickup.0))
        .await?;
    let state = state.code();
    Ok(json(StatusCode::OK, &ConfirmationStateView { state }))
}

/// Pick up what was approved, once.
#[utoipa::path(
    post, path = "/v1/device-confirmations/{id}/redeem", tag = "device confirmations",
    params(("id" = String, Path)),
    responses(
        (status = 201, body = Done<ConfirmationSignedIn>),
        (status = 200, description = "A registration was completed; of a step-up: it is granted, as `POST /v1/step-ups/{id}/verify` answers", body = Done<ConfirmationStateView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn redeem(
    State(app): State<App>,
    id: PathText,
    pickup: PickupTicket,
) -> Result<Response, Problem> {
    let (id, redeeming): (ConfirmationId, _) = (id.id()?, app.clone());
    app.settle(async move {
        let now = redeeming.now();
        let redeemed = redeeming
            .write(move |tx, cx| confirmation::redeem(tx, cx, id, pickup.0))
            .await?;
        let opened = match redeemed {
            Redeemed::SignedIn(opened) => opened,
            Redeemed::StepUp(granted) => {
                redeeming.forget_session(granted.session.id);
                return Ok(step_ups::shown(&redeeming, granted));
            }
            Redeemed::Registered => {
                let state = ConfirmationState::Redeemed.code();
                return Ok(done(StatusCode::OK, ConfirmationStateView { state }));
            }
        };
        redeeming.forget_sessions_of(opened.user);
        let body = ConfirmationSignedIn {
            session: SessionOpened::from(&opened),
        };
        let mut response = done(StatusCode::CREATED, body);
        let cookie = session_cookie(&redeeming, &opened, now);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok(response)
    })
    .await
}
