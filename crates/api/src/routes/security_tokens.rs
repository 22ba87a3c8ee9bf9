use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Channel, Rejection,
    security_token::{self, NewSecurityToken, SecurityToken},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::SecurityTokenId;

use super::views::{Done, List, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{FromJson, Json, Reading, SecretText, body},
    problem::{Code, Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText},
};

/// How the Token should travel.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = Channel, value_type = String, pattern = "^(sms|email|inbox)$")]
struct ChannelName(Channel);

impl FromJson for ChannelName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match Channel::from_code(reading.text(json)?) {
            Some(channel) => Some(Self(channel)),
            None => reading.refuse(Code::InvalidField, "must be sms, email or inbox"),
        }
    }
}

body! {
    /// Where the Token should go: always to the designated contact of this kind.
    pub(crate) struct SecurityTokenRequest { channel: ChannelName }
}

body! {
    /// The Token that arrived.
    pub(crate) struct ActivationRequest { token: SecretText }
}

/// A security token without its secret, which travels only in the message.
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityToken)]
pub(crate) struct SecurityTokenView {
    id: String,
    /// `pending`, `active`, `blocked`, `canceled`, `expired` or `activation_expired`.
    state: &'static str,
    /// `sms`, `email` or `inbox`.
    channel: &'static str,
    /// The masked contact, or `inbox`.
    delivered_to: String,
    created_at: String,
    activated_at: Option<String>,
    /// Pending: until when to activate it. Active: until when it authorises.
    expires_at: String,
}

impl From<SecurityToken> for SecurityTokenView {
    fn from(token: SecurityToken) -> Self {
        Self {
            id: token.id.to_string(),
            state: token.state.code(),
            channel: token.channel.code(),
            delivered_to: token.delivered_to,
            created_at: token.created_at.to_string(),
            activated_at: token.activated_at.map(|at| at.to_string()),
            expires_at: token.expires_at.to_string(),
        }
    }
}

/// Ask for a Token: it travels to the designated contact and waits 15 minutes to be activated.
#[utoipa::path(
    post, path = "/v1/security-tokens", tag = "security tokens", security(("session" = [])),
    request_body = SecurityTokenRequest,
    responses(
        (status = 202, body = Done<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn request(
    State(app): State<App>,
    JsonBody(body): JsonBody<SecurityTokenRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let new = NewSecurityToken {
        user: caller.user(),
        session: caller.session.id,
        channel: body.channel.0,
    };
    let requested = app
        .write(move |tx, cx| security_token::request(tx, cx, new))
        .await?;
    Ok(done(
        StatusCode::ACCEPTED,
        SecurityTokenView::from(requested),
    ))
}

/// Activate a Token, in the session that asked for it; the one before is canceled.
#[utoipa::path(
    post, path = "/v1/security-tokens/{id}/activate", tag = "security tokens",
    security(("session" = [])), params(("id" = String, Path)), request_body = ActivationRequest,
    responses(
        (status = 200, body = Done<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn activate(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<ActivationRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SecurityTokenId = id.id()?;
    let (user, session) = (caller.user(), caller.session);
    let counted = app
        .write(move |tx, cx| security_token::count_attempt(tx, cx, id, &session))
        .await?;
    let matched = counted
        .compare(body.token.expose(), app.keys())
        .ok_or_else(|| Problem::from(Rejection::SecurityTokenWrong).at("/token"))?;
    let activating = app.clone();
    let activated = app
        .settle(async move {
            let activated = activating
                .write(move |tx, cx| security_token::activate(tx, cx, &matched))
                .await;
            activating.forget_person(user);
            Ok(activated?)
        })
        .await?;
    Ok(done(StatusCode::OK, SecurityTokenView::from(activated)))
}

/// The person's Tokens, newest first.
#[utoipa::path(
    get, path = "/v1/security-tokens", tag = "security tokens", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(paging): Filters<Paging<SecurityTokenId>>,
    caller: Caller,
) -> Result<Response, Problem> {
    let user = caller.user();
    let all = app
        .read(move |tx, cx| security_token::list(tx, cx, user))
        .await?;
    let (page, next) = paging.cut(all, |token| token.id);
    let data = page.into_iter().map(SecurityTokenView::from).collect();
    Ok(json(
        StatusCode::OK,
        &List {
            data,
            next: next.map(Cursor::show),
        },
    ))
}

/// Cancel a Token; it authorises nothing from then on.
#[utoipa::path(
    delete, path = "/v1/security-tokens/{id}", tag = "security tokens",
    security(("session" = [])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SecurityTokenId = id.id()?;
    let (user, canceling) = (caller.user(), app.clone());
    let canceled = app
        .settle(async move {
            let canceled = canceling
                .write(move |tx, cx| security_token::cancel(tx, cx, user, id))
                .await;
            canceling.forget_person(user);
            Ok(canceled?)
        })
        .await?;
    Ok(done(StatusCode::OK, SecurityTokenView::from(canceled)))
}
