use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use identity::{
    Identifier, OpenedSession, Password, Rejection,
    session::{self, SessionView, SignIn},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::SessionId;

use super::{
    devices::Renaming,
    me::UserView,
    second_steps::SecondFactorRequired,
    views::{Done, List, done, json},
};
use crate::{
    App,
    body::JsonBody,
    caller::{Caller, ended_cookie, session_cookie},
    json::{self, Text, body},
    problem::{Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText},
    visitor::{Arriving, remember_device},
};

body! {
    /// Who signs in.
    pub(crate) struct SignInRequest {
        /// A phone number or an e-mail address.
        identifier: Text,
        password: json::Password,
    }
}

/// A session just opened; the only time its secret is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionOpened {
    /// The session's id, to end it by.
    id: String,
    /// The bearer token.
    token: String,
    expires_at: String,
    /// The secret by which a new device is known later; send it as `Tael-Device` when signing in.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

impl From<&OpenedSession> for SessionOpened {
    fn from(opened: &OpenedSession) -> Self {
        Self {
            id: opened.id.to_string(),
            token: opened.token.expose().to_owned(),
            expires_at: opened.expires_at.to_string(),
            device: opened
                .device_secret
                .as_ref()
                .map(|secret| secret.expose().to_owned()),
        }
    }
}

/// Signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    #[serde(flatten)]
    session: SessionOpened,
    user: UserView,
}

/// A place where the person is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionItem {
    id: String,
    /// True for the session that asks.
    current: bool,
    user_agent: String,
    /// The client's address.
    address: String,
    /// As its owner calls it.
    name: Option<String>,
    /// The id of the device.
    device: Option<String>,
    /// What was proven here.
    methods: Vec<&'static str>,
    /// True after a recovery: it may look and mend, not more.
    is_restricted: bool,
    created_at: String,
    last_seen_at: String,
    expires_at: String,
}

/// Sign in with a password.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "sessions", request_body = SignInRequest,
    responses(
        (status = 200, body = Done<SecondFactorRequired>), (status = 201, body = Done<SignedIn>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn open(
    State(app): State<App>,
    JsonBody(body): JsonBody<SignInRequest>,
    Arriving(arrival): Arriving,
) -> Result<Response, Problem> {
    let identifier = Identifier::read(&body.identifier.0, app.policy());
    let typed =
        Password::read(body.password.expose(), app.policy()).map_err(|_| Rejection::AuthFailed)?;
    let candidate = app
        .read(move |tx, cx| session::begin(tx, cx, &identifier))
        .await?;
    let hashed = candidate.hashed().clone();
    let (proving, against) = (typed.clone(), hashed.clone());
    let verify = move || identity::password::verify(&proving, &against);
    let verdict = app.hashing().run(verify).await?;
    let opening = app.clone();
    app.settle(async move {
        let now = opening.now();
        let open =
            opening.write(move |tx, cx| session::open(tx, cx, &candidate, verdict, &arrival));
        match open.await? {
            SignIn::Opened(opened) => {
                opening.look_after_password(opened.user, typed, (hashed, verdict));
                signed_in(&opening, &opened, now).await
            }
            SignIn::SecondFactor(ticket) => {
                Ok(done(StatusCode::OK, SecondFactorRequired::from(ticket)))
            }
            SignIn::Refused(rejection) => Err(rejection.into()),
        }
    })
    .await
}

pub(super) async fn signed_in(
    app: &App,
    opened: &OpenedSession,
    now: vocab::Timestamp,
) -> Result<Response, Problem> {
    app.forget_sessions_of(opened.user);
    app.open_first_account(opened.user).await?;
    let user = app.show_user(opened.user).await?;
    let body = SignedIn {
        session: SessionOpened::from(opened),
        user,
    };
    let mut response = done(StatusCode::CREATED, body);
    response
        .headers_mut()
        .insert(header::SET_COOKIE, session_cookie(app, opened, now));
    remember_device(app, opened.device_secret.as_ref(), &mut response);
    Ok(response)
}

/// The places where the person is signed in.
#[utoipa::path(
    get, path = "/v1/sessions", tag = "sessions", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<SessionItem>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(paging): Filters<Paging<SessionId>>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, current) = (caller.user(), caller.session.id);
    let all = app.read(move |tx, cx| session::list(tx, cx, user)).await?;
    let (page, next) = paging.cut(all, |view| view.session.id);
    let data = page
        .iter()
        .map(|view| SessionItem::new(view, current))
        .collect();
    Ok(json(
        StatusCode::OK,
        &List {
            data,
            next: next.map(Cursor::show),
        },
    ))
}

impl SessionItem {
    fn new(view: &SessionView, current: SessionId) -> Self {
        let SessionView {
            session,
            name,
            device,
        } = view;
        let methods = session.proofs.iter().map(|(method, _)| method.code());
        Self {
            id: session.id.to_string(),
            current: session.id == current,
            user_agent: device.user_agent().to_owned(),
            address: device.address().to_owned(),
            name: name.clone(),
            device: session.device.map(|id| id.to_string()),
            methods: methods.collect(),
            is_restricted: session.is_restricted,
            created_at: session.created_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at.to_string(),
        }
    }
}

/// How many sessions were ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionsEnded {
    ended: usize,
}

/// End every other session of the person.
#[utoipa::path(
    delete, path = "/v1/sessions", tag = "sessions", security(("session" = [])),
    responses(
        (status = 200, body = Done<SessionsEnded>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn end_others(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, current, ending) = (caller.user(), caller.session.id, app.clone());
    let ended = app
        .settle(async move {
            let ended = ending
                .write(move |tx, cx| session::end_others(tx, cx, user, current))
                .await;
            ending.forget_sessions_of(user);
            Ok(ended?)
        })
        .await?;
    Ok(done(StatusCode::OK, SessionsEnded { ended }))
}

/// A session with its new name.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionRenamed {
    id: String,
    name: String,
}

/// Give a session a name.
#[utoipa::path(
    post, path = "/v1/sessions/{id}/rename", tag = "sessions", security(("session" = [])),
    params(("id" = String, Path)), request_body = Renaming,
    responses(
        (status = 200, body = Done<SessionRenamed>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn rename(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<Renaming>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: SessionId = id.id()?;
    let (user, name) = (caller.user(), body.into_name());
    let shown = name.clone();
    app.write(move |tx, cx| session::rename(tx, cx, user, id, &name))
        .await?;
    let body = SessionRenamed {
        id: id.to_string(),
        name: shown,
    };
    Ok(done(StatusCode::OK, body))
}

/// End a session, here and everywhere at once; `current` is the one that asks.
#[utoipa::path(
    delete, path = "/v1/sessions/{id}", tag = "sessions", security(("session" = [])),
    params(("id" = String, Path, description = "A session's id, or `current`")),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let current = caller.session.id;
    let id: SessionId = if id.as_str() == "current" {
        current
    } else {
        id.id()?
    };
    let (user, ending) = (caller.user(), app.clone());
    app.settle(async move {
        let revoked = ending
            .write(move |tx, cx| session::revoke(tx, cx, user, id))
            .await;
        ending.forget_session(id);
        Ok(revoked?)
    })
    .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if id == current {
        response
            .headers_mut()
            .insert(header::SET_COOKIE, ended_cookie(&app));
        // Not "cookies": the device stays known, which keeps strangers from locking it out.
        const CLEAR: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");
        response.headers_mut().insert("clear-site-data", CLEAR);
    }
    Ok(response)
}
