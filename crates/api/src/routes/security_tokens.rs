use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Channel, Rejection,
    outbox::DeliveryView,
    security_token::{self, NewSecurityToken, SecurityToken, TokenHistory},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::SecurityTokenId;

use super::{
    devices::Renaming,
    views::{Done, List, done, json},
};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{FromJson, Json, Reading, SecretText, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText},
};

/// How the Token should travel.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = Channel, value_type = String, pattern = "^(sms|email|inbox)$")]
pub(crate) struct ChannelName(pub(crate) Channel);

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
    pub(crate) struct SecurityTokenRequest {
        channel: ChannelName,
        /// With a name it stands beside the others; without one it takes the place of the last
        /// that has none.
        name: Option<Text>,
        /// The id of the one whose place it takes once it is active.
        replaces: Option<Text>,
    }
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
    /// As its owner calls it.
    name: Option<String>,
    /// When it authorised something last, to the minute.
    last_used_at: Option<String>,
    /// Where its history is.
    history: String,
    /// What became of its message, in the list, while it waits to be activated; not for the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<TokenDelivery>,
}

/// What became of a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenDelivery {
    /// `waiting`, `sent`, `failed`, `unknown` (perhaps sent) or `expired`.
    state: &'static str,
    /// Once it is not coming: other channels to ask for the Token by.
    other_channels: Vec<&'static str>,
}

impl From<DeliveryView> for TokenDelivery {
    fn from(delivery: DeliveryView) -> Self {
        let others = delivery.other_channels.into_iter();
        Self {
            state: delivery.state.code(),
            other_channels: others.map(Channel::code).collect(),
        }
    }
}

impl From<SecurityToken> for SecurityTokenView {
    fn from(token: SecurityToken) -> Self {
        Self {
            history: format!("/v1/security-tokens/{}/history", token.id),
            delivery: token.delivery.map(TokenDelivery::from),
            name: token.name,
            last_used_at: token.last_used_at.map(|at| at.to_string()),
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
        name: body.name.map(|name| name.0),
        replaces: body.replaces.map(|id| read_replaced(&id.0)).transpose()?,
    };
    let requested = app
        .write(move |tx, cx| security_token::request(tx, cx, &new))
        .await?;
    Ok(done(
        StatusCode::ACCEPTED,
        SecurityTokenView::from(requested),
    ))
}

/// What cannot be an id is nobody's Token.
fn read_replaced(id: &str) -> Result<SecurityTokenId, Problem> {
    id.parse().map_err(|_| Code::NotFound.into())
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

/// Give a Token a name.
#[utoipa::path(
    post, path = "/v1/security-tokens/{id}/rename", tag = "security tokens",
    security(("session" = [])), params(("id" = String, Path)), request_body = Renaming,
    responses(
        (status = 200, body = Done<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn rename(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<Renaming>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SecurityTokenId = id.id()?;
    let (session, name) = (caller.session, body.into_name());
    let renamed = app
        .write(move |tx, cx| security_token::rename(tx, cx, &session, id, &name))
        .await?;
    Ok(done(StatusCode::OK, SecurityTokenView::from(renamed)))
}

/// Block a Token that may have been seen; it authorises nothing until it is unblocked.
#[utoipa::path(
    post, path = "/v1/security-tokens/{id}/block", tag = "security tokens",
    security(("session" = [])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn block(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SecurityTokenId = id.id()?;
    let (session, blocking) = (caller.session, app.clone());
    let blocked = app
        .settle(async move {
            let user = session.user;
            let blocked = blocking
                .write(move |tx, cx| security_token::block(tx, cx, &session, id))
                .await;
            blocking.forget_person(user);
            Ok(blocked?)
        })
        .await?;
    Ok(done(StatusCode::OK, SecurityTokenView::from(blocked)))
}

/// Make a blocked Token work again; needs a step-up `unblock_security_token` for its id.
#[utoipa::path(
    post, path = "/v1/security-tokens/{id}/unblock", tag = "security tokens",
    security(("session" = [])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<SecurityTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn unblock(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SecurityTokenId = id.id()?;
    let (session, unblocking) = (caller.session, app.clone());
    let unblocked = app
        .settle(async move {
            let user = session.user;
            let unblocked = unblocking
                .write(move |tx, cx| security_token::unblock(tx, cx, &session, id))
                .await;
            unblocking.forget_person(user);
            Ok(unblocked?)
        })
        .await?;
    Ok(done(StatusCode::OK, SecurityTokenView::from(unblocked)))
}

/// One line of a Token's history.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecurityTokenEvent {
    /// `requested`, `activated`, `renamed`, `blocked`, `blocked_by_tries`, `unblocked`, `replaced`
    /// or `canceled`.
    event: &'static str,
    at: String,
    /// Where it was done, if somebody did it.
    session: Option<String>,
    device: Option<String>,
}

impl From<TokenHistory> for SecurityTokenEvent {
    fn from(line: TokenHistory) -> Self {
        Self {
            event: line.event.code(),
            at: line.at.to_string(),
            session: line.session.map(|id| id.to_string()),
            device: line.device.map(|id| id.to_string()),
        }
    }
}

/// What happened to a Token, newest first, at most a hundred lines.
#[utoipa::path(
    get, path = "/v1/security-tokens/{id}/history", tag = "security tokens",
    security(("session" = [])), params(("id" = String, Path)),
    responses(
        (status = 200, body = List<SecurityTokenEvent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn history(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SecurityTokenId = id.id()?;
    let user = caller.user();
    let lines = app
        .read(move |tx, _| security_token::history(tx, user, id))
        .await?;
    let data = lines.into_iter().map(SecurityTokenEvent::from).collect();
    Ok(json(StatusCode::OK, &List { data, next: None }))
}
