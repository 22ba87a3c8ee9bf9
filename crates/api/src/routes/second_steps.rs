use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Method,
    sms::CodeSent,
    ticket::{self, Ticket, TicketToken},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    passkeys::PasskeyAsked,
    sessions::{SignedIn, signed_in},
    views::{Done, done},
};
use crate::{
    App,
    body::JsonBody,
    json::{Credential, FromJson, Json, Reading, SecretText, Text, body},
    problem::{Code, Problem, ProblemBody},
    proofs::Proofs,
};

/// The password was right; one more proof is asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorRequired {
    /// `second_factor_required`.
    state: &'static str,
    /// Names this sign-in in the next call; dies with the fifth wrong proof.
    ticket: String,
    /// What proves, each by itself.
    methods: Vec<&'static str>,
    expires_at: String,
}

impl From<Ticket> for SecondFactorRequired {
    fn from(ticket: Ticket) -> Self {
        Self {
            state: "second_factor_required",
            ticket: ticket.secret.expose().to_owned(),
            methods: ticket.methods.iter().map(|method| method.code()).collect(),
            expires_at: ticket.expires_at.to_string(),
        }
    }
}

/// A method that something has to be sent for.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = ChallengeMethod, value_type = String, pattern = "^(sms|passkey|device)$")]
pub(crate) struct ChallengeMethod(Method);

impl ChallengeMethod {
    pub(crate) fn is_passkey(self) -> bool {
        self.0 == Method::Passkey
    }

    pub(crate) fn is_device(self) -> bool {
        self.0 == Method::Device
    }

    /// Goes on if it is a code by SMS.
    pub(crate) fn by_sms(self) -> Result<(), Problem> {
        match self.0 {
            Method::Sms => Ok(()),
            _ => Err(Code::MethodNotAccepted.into()),
        }
    }
}

impl FromJson for ChallengeMethod {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match Method::from_code(reading.text(json)?) {
            Some(method @ (Method::Sms | Method::Passkey | Method::Device)) => Some(Self(method)),
            _ => reading.refuse(Code::InvalidField, "must be sms, passkey or device"),
        }
    }
}

body! {
    /// What to send for a sign-in.
    pub(crate) struct TicketChallenge {
        ticket: Text,
        method: ChallengeMethod,
    }
}

body! {
    /// The second step: the ticket and exactly one proof.
    pub(crate) struct SecondFactorProof {
        ticket: Text,
        totp: Option<SecretText>,
        sms_code: Option<SecretText>,
        recovery_code: Option<SecretText>,
        passkey: Option<Credential>,
    }
}

/// A code is on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChallengeSent {
    /// The masked contact.
    delivered_to: String,
    /// From when on another may be asked for.
    resend_at: String,
}

impl From<CodeSent> for ChallengeSent {
    fn from(sent: CodeSent) -> Self {
        Self {
            delivered_to: sent.delivered_to,
            resend_at: sent.resend_at.to_string(),
        }
    }
}

/// Send a code for the second step.
#[utoipa::path(
    post, path = "/v1/sessions/second-factor/challenge", tag = "sessions",
    request_body = TicketChallenge,
    responses(
        (status = 200, body = Done<ChallengeSent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn challenge(
    State(app): State<App>,
    JsonBody(body): JsonBody<TicketChallenge>,
) -> Result<Response, Problem> {
    let ticket = TicketToken::read(&body.ticket.0);
    if body.method.is_passkey() {
        let user = app
            .write(move |tx, cx| ticket::owner(tx, cx, &ticket))
            .await?;
        let subject = ticket.subject();
        let public_key = app.challenge_passkeys("sign_in", subject, user).await?;
        return Ok(done(StatusCode::OK, PasskeyAsked { public_key }));
    }
    body.method.by_sms()?;
    let sent = app
        .write(move |tx, cx| ticket::send_code(tx, cx, &ticket))
        .await?;
    Ok(done(StatusCode::OK, ChallengeSent::from(sent)))
}

/// The second step of signing in.
#[utoipa::path(
    post, path = "/v1/sessions/second-factor", tag = "sessions",
    request_body = SecondFactorProof,
    responses(
        (status = 201, body = Done<SignedIn>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn prove(
    State(app): State<App>,
    JsonBody(body): JsonBody<SecondFactorProof>,
) -> Result<Response, Problem> {
    let ticket = TicketToken::read(&body.ticket.0);
    let proofs = Proofs {
        totp: body.totp,
        sms_code: body.sms_code,
        recovery_code: body.recovery_code,
        passkey: body.passkey,
        ..Proofs::default()
    };
    let proof = proofs.only(&app)?;
    let proving = app.clone();
    app.settle(async move {
        let method = proof.method();
        let counted = proving
            .write(move |tx, cx| ticket::count_attempt(tx, cx, &ticket, method))
            .await?;
        let Some(matched) = proving.compare(&counted, proof).await? else {
            let refusal = proving.write(move |tx, cx| ticket::miss(tx, cx, &ticket, &counted));
            return Err(refusal.await?.into());
        };
        let now = proving.now();
        let opened = proving
            .write(move |tx, cx| ticket::redeem(tx, cx, &ticket, &matched))
            .await?;
        signed_in(&proving, &opened, now).await
    })
    .await
}
