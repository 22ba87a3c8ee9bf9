//! Operators' own accounts and sessions.

use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Password, Secret,
    audit::Actor,
    operator::{self, MadeOperator, NewOperator, Operator, Role, SignIn},
    password::{self, OwnData, PasswordHashed},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::OperatorId;

use super::Staff;
use crate::{
    App,
    body::JsonBody,
    json::{self, FromJson, Json, Reading, SecretText, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::PathText,
    routes::views::{Done, List, done, json as answer},
};

/// `reviewer`, `support`, `risk`, `treasurer` or `admin`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(reviewer|support|risk|treasurer|admin)$")]
pub(super) struct RoleName(pub(super) Role);

impl FromJson for RoleName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match Role::from_code(reading.text(json)?) {
            Some(role) => Some(Self(role)),
            None => reading.refuse(
                Code::InvalidField,
                "must be reviewer, support, risk, treasurer or admin",
            ),
        }
    }
}

body! {
    /// The first administrator, with the token of `tael operator bootstrap`.
    pub(crate) struct BootstrapBody { token: SecretText, name: Text, password: json::Password }
}

body! {
    /// Who signs in, with both factors.
    pub(crate) struct OperatorSignIn {
        name: Text,
        password: json::Password,
        /// Six digits of the authenticator app.
        totp: SecretText,
    }
}

body! {
    /// An account to be made. An administrator is made by two: first any other role, then a change.
    pub(crate) struct OperatorBody { name: Text, password: json::Password, role: RoleName }
}

/// Somebody of the back office.
#[derive(Serialize, ToSchema)]
#[schema(as = Operator)]
pub(crate) struct OperatorView {
    id: String,
    name: String,
    /// `reviewer`, `support`, `risk`, `treasurer` or `admin`.
    role: &'static str,
    created_at: String,
    /// Null while the account can sign in.
    ended_at: Option<String>,
}

/// An account that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = OperatorMade)]
pub(crate) struct MadeView {
    operator: OperatorView,
    /// `otpauth://…` for an authenticator app, shown once.
    totp_uri: String,
}

/// A session that was opened.
#[derive(Serialize, ToSchema)]
#[schema(as = OperatorSession)]
pub(crate) struct SessionView {
    /// The bearer, shown once.
    token: String,
    operator: OperatorView,
    expires_at: String,
}

impl From<&Operator> for OperatorView {
    fn from(operator: &Operator) -> Self {
        Self {
            id: operator.id.to_string(),
            name: operator.name.clone(),
            role: operator.role.code(),
            created_at: operator.created_at.to_string(),
            ended_at: operator.ended_at.map(|at| at.to_string()),
        }
    }
}

impl From<&MadeOperator> for MadeView {
    fn from(made: &MadeOperator) -> Self {
        Self {
            operator: OperatorView::from(&made.operator),
            totp_uri: made.totp_uri.expose().to_owned(),
        }
    }
}

async fn hashed(app: &App, name: &str, typed: &str) -> Result<PasswordHashed, Problem> {
    let typed = Password::read(typed, app.policy())?;
    let accepted = password::accept(typed, &OwnData::of(name, &[]), app.policy())?;
    let hashing = app.clone();
    let hash = move || password::hash(&accepted, hashing.policy().hash_cost, hashing.entropy());
    app.hashing().run(hash).await
}

/// Make the first administrator.
///
/// The token is made by whoever can read the server's files, is good for a quarter of an hour and
/// for one use.
#[utoipa::path(
    post, path = "/ops/v1/bootstrap", tag = "staff", request_body = BootstrapBody,
    responses(
        (status = 201, body = Done<MadeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn bootstrap(
    State(app): State<App>,
    JsonBody(body): JsonBody<BootstrapBody>,
) -> Result<Response, Problem> {
    let name = body.name.0;
    let password = hashed(&app, &name, body.password.expose()).await?;
    let token = Secret::new(body.token.expose().to_owned());
    let made = app
        .write(move |tx, cx| operator::redeem(tx, cx, token.expose(), (&name, &password)))
        .await?;
    Ok(done(StatusCode::CREATED, MadeView::from(&made)))
}

/// Sign in with password and authenticator app.
///
/// The session ends after a quarter of an hour of silence and after eight hours at the latest.
#[utoipa::path(
    post, path = "/ops/v1/sessions", tag = "staff", request_body = OperatorSignIn,
    responses(
        (status = 201, body = Done<SessionView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    JsonBody(body): JsonBody<OperatorSignIn>,
) -> Result<Response, Problem> {
    let typed = Password::read(body.password.expose(), app.policy());
    let typed = typed.map_err(|_| Code::AuthFailed)?;
    let name = body.name.0;
    let candidate = app
        .read(move |tx, cx| operator::begin(tx, cx, &name))
        .await?;
    let hashed = candidate.hashed().clone();
    let verify = move || password::verify(&typed, &hashed);
    let verdict = app.hashing().run(verify).await?;
    let code = Secret::new(body.totp.expose().to_owned());
    let opened = app
        .write(move |tx, cx| operator::open(tx, cx, (&candidate, verdict), code.expose()))
        .await?;
    match opened {
        SignIn::Refused(rejection) => Err(rejection.into()),
        SignIn::Opened { token, session } => {
            let view = SessionView {
                token: token.expose().to_owned(),
                operator: OperatorView::from(&session.operator),
                expires_at: session.expires_at.to_string(),
            };
            Ok(done(StatusCode::CREATED, view))
        }
    }
}

/// Sign out.
#[utoipa::path(
    delete, path = "/ops/v1/sessions", tag = "staff", security(("operator" = ["work"])),
    responses(
        (status = 200, body = Done<OperatorView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn sign_out(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let token = staff.token;
    app.write(move |tx, _| operator::sign_out(tx, token))
        .await?;
    let view = OperatorView::from(&staff.session.operator);
    Ok(done(StatusCode::OK, view))
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/ops/v1/me", tag = "staff", security(("operator" = ["work"])),
    responses(
        (status = 200, body = OperatorView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn me(staff: Staff) -> Response {
    let view = OperatorView::from(&staff.session.operator);
    answer(StatusCode::OK, &view)
}

/// Everybody of the back office, oldest first.
#[utoipa::path(
    get, path = "/ops/v1/operators", tag = "staff", security(("operator" = ["run_staff"])),
    responses(
        (status = 200, body = List<OperatorView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, _: Staff) -> Result<Response, Problem> {
    let all = app.read(|tx, _| operator::list(tx)).await?;
    let data = all.iter().map(OperatorView::from).collect();
    Ok(answer(StatusCode::OK, &List { data, next: None }))
}

/// Make an account with a role other than administrator.
#[utoipa::path(
    post, path = "/ops/v1/operators", tag = "staff", security(("operator" = ["run_staff"])),
    request_body = OperatorBody,
    responses(
        (status = 201, body = Done<MadeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    staff: Staff,
    JsonBody(body): JsonBody<OperatorBody>,
) -> Result<Response, Problem> {
    let (name, role) = (body.name.0, body.role.0);
    if role == Role::Admin {
        return Err(Problem::field(Code::InvalidField, "/role")
            .with_text("an administrator is made by two: make another role and ask for a change"));
    }
    let password = hashed(&app, &name, body.password.expose()).await?;
    let new = NewOperator {
        name,
        password,
        role,
    };
    let by = Actor::Operator(staff.session.operator.id);
    let made = app
        .write(move |tx, cx| operator::create(tx, cx, by, &new))
        .await?;
    Ok(done(StatusCode::CREATED, MadeView::from(&made)))
}

/// End an account and its sessions.
#[utoipa::path(
    delete, path = "/ops/v1/operators/{id}", tag = "staff",
    security(("operator" = ["run_staff"])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<List<OperatorView>>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn end(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
) -> Result<Response, Problem> {
    let id: OperatorId = id.id()?;
    let all = app
        .write(move |tx, cx| {
            operator::end(tx, cx, &staff.session, id)?;
            operator::list(tx)
        })
        .await?;
    let data = all.iter().map(OperatorView::from).collect();
    Ok(done(StatusCode::OK, List { data, next: None }))
}
