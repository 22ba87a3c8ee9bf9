use axum::{
    extract::State,
    http::{StatusCode, header},
    response::Response,
};
use identity::{
    Contact, Identifier, Locale, Rejection,
    code::CodePurpose,
    password::Password as TypedPassword,
    recovery::{self, Begun, Held, Progress, Recovered, RecoveryMethod, proof, review},
};
use payments::Language;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::RecoveryId;

use super::{
    passkeys::PasskeyAsked,
    sessions::SessionOpened,
    views::{Done, done},
};
use crate::{
    App,
    body::JsonBody,
    caller::{Visitor, session_cookie},
    held::{Flow, RecoveryTicket},
    json::{Credential, FromJson, Json, Password, Reading, SecretText, Statement, Text, body},
    problem::{Answering, Code, Problem, ProblemBody},
    proofs::{Given, Proofs},
    query::PathText,
    work::Stranger,
};

body! {
    /// Who lost their password.
    pub(crate) struct RecoveryRequest {
        /// A phone number or an e-mail address.
        identifier: Text,
    }
}

body! {
    /// The code that arrived.
    pub(crate) struct RecoveryVerification { code: SecretText }
}

body! {
    /// Where a further code should go.
    pub(crate) struct RecoveryChallenge { method: ChallengeMethod }
}

body! {
    /// A further proof: exactly one of them.
    pub(crate) struct RecoveryProof {
        sms_code: Option<SecretText>,
        email_code: Option<SecretText>,
        totp: Option<SecretText>,
        recovery_code: Option<SecretText>,
        security_token: Option<SecretText>,
        passkey: Option<Credential>,
    }
}

body! {
    /// The new password.
    pub(crate) struct RecoveryReset { password: Password }
}

body! {
    /// Where people can reach whoever lost everything: exactly one of them.
    pub(crate) struct ReachMeAt {
        phone: Option<Text>,
        email: Option<Text>,
    }
}

body! {
    /// What happened, for the people who decide.
    pub(crate) struct RecoveryReview {
        reach_me_at: ReachMeAt,
        statement: Statement,
    }
}

/// `sms`, `email` or `passkey`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(sms|email|passkey)$")]
struct ChallengeMethod(RecoveryMethod);

impl FromJson for ChallengeMethod {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match RecoveryMethod::from_code(reading.text(json)?) {
            Some(
                method @ (RecoveryMethod::Sms | RecoveryMethod::Email | RecoveryMethod::Passkey),
            ) => Some(Self(method)),
            _ => reading.refuse(Code::InvalidField, "must be sms, email or passkey"),
        }
    }
}

/// A recovery under way. In browsers its secret travels as a cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryBegun {
    id: String,
    /// `code_sent`.
    state: &'static str,
    /// For programs: to be shown in the header `Tael-Recovery` at every further step.
    secret: String,
    resend_at: String,
    expires_at: String,
}

/// How far a recovery has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryProgress {
    /// `more_proof_needed` or `proven`.
    state: &'static str,
    /// What proves more: `sms`, `email`, `totp`, `recovery_code`, `security_token`, `passkey`.
    methods: Vec<&'static str>,
}

impl From<Progress> for RecoveryProgress {
    fn from(progress: Progress) -> Self {
        Self {
            state: progress.state.code(),
            methods: progress
                .methods
                .into_iter()
                .map(RecoveryMethod::code)
                .collect(),
        }
    }
}

/// A code was sent again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryResent {
    /// `code_sent`.
    state: &'static str,
    resend_at: String,
}

/// A further code is on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryChallenged {
    /// The masked contact.
    delivered_to: String,
    resend_at: String,
}

/// The password was reset; nobody is signed in by it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCompleted {
    /// `completed`.
    state: &'static str,
    /// No money goes out before.
    hold_until: String,
}

/// Signed in without a password, for looking and mending.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoverySignedIn {
    #[serde(flatten)]
    session: SessionOpened,
    /// True: no money goes out.
    is_restricted: bool,
    hold_until: String,
}

/// People will look at it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryInReview {
    /// `in_review`.
    state: &'static str,
    case: String,
}

/// Begin to recover an account. The answer is the same whether or not the identifier is known. It
/// may ask for a proof of work first (403 `proof_of_work_required`).
#[utoipa::path(
    post, path = "/v1/recoveries", tag = "recoveries", request_body = RecoveryRequest,
    responses(
        (status = 202, body = Done<RecoveryBegun>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    stranger: Stranger,
    JsonBody(body): JsonBody<RecoveryRequest>,
    answering: Answering,
) -> Result<Response, Problem> {
    let identifier = Identifier::read(&body.identifier.0, app.policy());
    let locale = match answering.language {
        Language::Zh => Locale::Zh,
        Language::En => Locale::En,
    };
    let Begun {
        id,
        state,
        ticket,
        resend_at,
        expires_at,
    } = app
        .write_for_stranger(stranger, "recoveries", move |tx, cx| {
            recovery::start(tx, cx, &identifier, locale)
        })
        .await?;
    let cookie = Flow::Recovery.give(&app, &ticket, app.policy().life.reviewed_seconds);
    let body = RecoveryBegun {
        id: id.to_string(),
        state: state.code(),
        secret: ticket.expose().to_owned(),
        resend_at: resend_at.to_string(),
        expires_at: expires_at.to_string(),
    };
    let mut response = done(StatusCode::ACCEPTED, body);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn held(id: &PathText, ticket: RecoveryTicket) -> Result<Held, Problem> {
    let id: RecoveryId = id.id()?;
    Ok(Held {
        id,
        ticket: ticket.0,
    })
}

/// Ask for another code; the one before is void.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/resend", tag = "recoveries",
    params(("id" = String, Path)),
    responses(
        (status = 202, body = Done<RecoveryResent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    id: PathText,
    ticket: RecoveryTicket,
) -> Result<Response, Problem> {
    let held = held(&id, ticket)?;
    let resend_at = app
        .write(move |tx, cx| recovery::resend(tx, cx, held))
        .await?;
    let body = RecoveryResent {
        state: recovery::RecoveryState::CodeSent.code(),
        resend_at: resend_at.to_string(),
    };
    Ok(done(StatusCode::ACCEPTED, body))
}

/// Prove the contact with the code.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/verify", tag = "recoveries",
    params(("id" = String, Path)), request_body = RecoveryVerification,
    responses(
        (status = 200, body = Done<RecoveryProgress>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<RecoveryVerification>,
    ticket: RecoveryTicket,
) -> Result<Response, Problem> {
    let held = held(&id, ticket)?;
    let counted = app
        .write(move |tx, cx| recovery::count_attempt(tx, cx, held))
        .await?;
    let matched = counted
        .compare(body.code.expose(), app.keys())
        .ok_or(Rejection::CodeWrong)?;
    let progress = app
        .write(move |tx, cx| recovery::settle(tx, cx, held, &matched))
        .await?;
    Ok(done(StatusCode::OK, RecoveryProgress::from(progress)))
}

/// Have a further code sent, to the person's other contact.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/challenge", tag = "recoveries",
    params(("id" = String, Path)), request_body = RecoveryChallenge,
    responses(
        (status = 200, body = Done<RecoveryChallenged>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn challenge(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<RecoveryChallenge>,
    ticket: RecoveryTicket,
) -> Result<Response, Problem> {
    let (held, method) = (held(&id, ticket)?, body.method.0);
    if method == RecoveryMethod::Passkey {
        let (user, subject) = app
            .write(move |tx, cx| proof::begin_passkey(tx, cx, held))
            .await?;
        let purpose = CodePurpose::RecoveryProof.code();
        let public_key = app.challenge_passkeys(purpose, subject, user).await?;
        return Ok(done(StatusCode::OK, PasskeyAsked { public_key }));
    }
    let challenged = app
        .write(move |tx, cx| proof::challenge(tx, cx, held, method))
        .await?;
    let body = RecoveryChallenged {
        delivered_to: challenged.delivered_to,
        resend_at: challenged.resend_at.to_string(),
    };
    Ok(done(StatusCode::OK, body))
}

/// Give a further proof, by another method than the first.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/prove", tag = "recoveries",
    params(("id" = String, Path)), request_body = RecoveryProof,
    responses(
        (status = 200, body = Done<RecoveryProgress>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn prove(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<RecoveryProof>,
    ticket: RecoveryTicket,
) -> Result<Response, Problem> {
    let held = held(&id, ticket)?;
    let codes = [
        (RecoveryMethod::Sms, body.sms_code),
        (RecoveryMethod::Email, body.email_code),
    ];
    let mut codes = codes
        .into_iter()
        .filter_map(|(method, typed)| Some((method, typed?)));
    let is_bound = body.totp.is_some()
        || body.recovery_code.is_some()
        || body.security_token.is_some()
        || body.passkey.is_some();
    let bound = Proofs {
        totp: body.totp,
        recovery_code: body.recovery_code,
        security_token: body.security_token,
        passkey: body.passkey,
        ..Proofs::default()
    };
    let progress = match codes.next() {
        Some(_) if codes.next().is_some() || is_bound => {
            let problem = Problem::field(Code::InvalidField, "");
            return Err(problem.with_text("exactly one proof must be given"));
        }
        Some((method, typed)) => prove_by_code(&app, (held, method), typed).await?,
        None => prove_by_factor(&app, held, bound.only(&app)?).await?,
    };
    Ok(done(StatusCode::OK, RecoveryProgress::from(progress)))
}

async fn prove_by_code(
    app: &App,
    (held, method): (Held, RecoveryMethod),
    typed: SecretText,
) -> Result<Progress, Problem> {
    let counted = app
        .write(move |tx, cx| proof::count_code(tx, cx, held, method))
        .await?;
    let matched = counted
        .compare(typed.expose(), app.keys())
        .ok_or(Rejection::CodeWrong)?;
    let settled = app
        .write(move |tx, cx| proof::settle_code(tx, cx, (held, method), &matched))
        .await?;
    Ok(settled)
}

async fn prove_by_factor(app: &App, held: Held, proof: Given) -> Result<Progress, Problem> {
    let proving = app.clone();
    app.settle(async move {
        let method = proof.method();
        let counted = proving
            .write(move |tx, cx| proof::count(tx, cx, held, method))
            .await?;
        let user = counted.user();
        let matched = proving.prove(counted, proof).await?;
        let settled = proving
            .write(move |tx, cx| proof::settle(tx, cx, held, &matched))
            .await;
        proving.forget_person(user);
        Ok(settled?)
    })
    .await
}

/// First exit: choose a new password. Everything the person was signed in with is over.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/reset", tag = "recoveries",
    params(("id" = String, Path)), request_body = RecoveryReset,
    responses(
        (status = 200, body = Done<RecoveryCompleted>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn reset(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<RecoveryReset>,
    ticket: RecoveryTicket,
) -> Result<Response, Problem> {
    let held = held(&id, ticket)?;
    let chosen = TypedPassword::read(body.password.expose(), app.policy())?;
    let resetting = app
        .write(move |tx, cx| recovery::begin_reset(tx, cx, held))
        .await?;
    let (hashing, now) = (app.clone(), app.now());
    let hash = move || resetting.choose(chosen, &hashing.cx(now));
    let hashed = app.hashing().run(hash).await??;
    let ending = app.clone();
    app.settle(async move {
        let recovered = ending
            .write(move |tx, cx| recovery::reset(tx, cx, held, &hashed))
            .await?;
        ending.forget_everything_of(recovered);
        let body = RecoveryCompleted {
            state: recovery::RecoveryState::Completed.code(),
            hold_until: recovered.hold_until.to_string(),
        };
        Ok(done(StatusCode::OK, body))
    })
    .await
}

/// Second exit: sign in without a password, to a session that may look and mend.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/sign-in", tag = "recoveries",
    params(("id" = String, Path)),
    responses(
        (status = 201, body = Done<RecoverySignedIn>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    id: PathText,
    ticket: RecoveryTicket,
    Visitor(device): Visitor,
) -> Result<Response, Problem> {
    let (held, ending) = (held(&id, ticket)?, app.clone());
    app.settle(async move {
        let now = ending.now();
        let (recovered, opened) = ending
            .write(move |tx, cx| recovery::sign_in(tx, cx, held, &device))
            .await?;
        ending.forget_everything_of(recovered);
        let body = RecoverySignedIn {
            session: SessionOpened::from(&opened),
            is_restricted: true,
            hold_until: recovered.hold_until.to_string(),
        };
        let mut response = done(StatusCode::CREATED, body);
        let cookie = session_cookie(&ending, &opened, now);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        Ok(response)
    })
    .await
}

impl App {
    fn forget_everything_of(&self, recovered: Recovered) {
        self.forget_sessions_of(recovered.user);
        self.forget_person(recovered.user);
    }
}

/// Ask people to look at it, when neither contacts nor factors are left.
#[utoipa::path(
    post, path = "/v1/recoveries/{id}/review", tag = "recoveries",
    params(("id" = String, Path)), request_body = RecoveryReview,
    responses(
        (status = 202, body = Done<RecoveryInReview>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn ask_for_review(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<RecoveryReview>,
    ticket: RecoveryTicket,
) -> Result<Response, Problem> {
    let held = held(&id, ticket)?;
    let reach_me_at = body.reach_me_at.read(&app)?;
    let statement = body.statement.0;
    let case = app
        .write(move |tx, cx| review::ask(tx, cx, held, &reach_me_at, &statement))
        .await?;
    let body = RecoveryInReview {
        state: recovery::RecoveryState::InReview.code(),
        case: case.to_string(),
    };
    Ok(done(StatusCode::ACCEPTED, body))
}

impl ReachMeAt {
    fn read(&self, app: &App) -> Result<Contact, Problem> {
        let at = |field: &str| format!("/reach_me_at/{field}");
        match (&self.phone, &self.email) {
            (Some(phone), None) => Contact::parse_phone(&phone.0, app.policy())
                .map_err(|no| Problem::from(no).at(&at("phone"))),
            (None, Some(email)) => {
                Contact::parse_email(&email.0).map_err(|no| Problem::from(no).at(&at("email")))
            }
            (None, None) => Err(Problem::field(Code::MissingField, at("phone"))
                .with_text("a phone number or an e-mail address is required")),
            (Some(_), Some(_)) => Err(Problem::field(Code::InvalidField, at("email"))
                .with_text("cannot stand beside phone")),
        }
    }
}
