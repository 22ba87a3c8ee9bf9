use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity::{
    Rejection,
    passkey::{self, Answering, Ceremony, Passkey},
    session,
    step_up::{self, Purpose},
    ticket::TicketToken,
    user,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{PasskeyId, UserId};

use super::{
    devices::Renaming,
    sessions::{SignedIn, signed_in},
    views::{Done, done},
};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{Credential, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::PathText,
    visitor::Arriving,
    webauthn::{Asked, Ceremonies},
};

const SET_UP: &str = "set_up";
const SIGN_IN: &str = "passkey_sign_in";

/// A passkey of the person.
#[derive(Serialize, ToSchema)]
#[schema(as = Passkey)]
pub(crate) struct PasskeyView {
    id: String,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
    /// True if it is kept in more than one device.
    is_synced: bool,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            created_at: passkey.created_at.to_string(),
            last_used_at: passkey.last_used_at.map(|at| at.to_string()),
            is_synced: passkey.is_synced,
        }
    }
}

/// What to ask the browser.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyAsked {
    /// The options of `navigator.credentials`, as JSON (WebAuthn L3).
    #[schema(value_type = Object)]
    pub(crate) public_key: serde_json::Value,
}

/// What to ask the browser, and the name of this attempt.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyTicket {
    ticket: String,
    /// The options of `navigator.credentials`, as JSON (WebAuthn L3).
    #[schema(value_type = Object)]
    public_key: serde_json::Value,
}

body! {
    /// What the browser made.
    pub(crate) struct PasskeyRequest {
        ticket: Text,
        /// As its owner calls it.
        name: Text,
        credential: Credential,
    }
}

body! {
    /// What the browser answered.
    pub(crate) struct PasskeySignIn {
        ticket: Text,
        credential: Credential,
    }
}

impl App {
    fn ceremonies(&self) -> Result<&Ceremonies, Problem> {
        self.passkeys()
            .ok_or_else(|| Problem::from(Code::MethodNotAccepted))
    }

    /// Asks for one of a person's passkeys, for one flow.
    pub(crate) async fn challenge_passkeys(
        &self,
        purpose: &'static str,
        subject: String,
        user: UserId,
    ) -> Result<serde_json::Value, Problem> {
        let keys = self.read(move |tx, cx| passkey::list(tx, cx, user)).await?;
        let asked = self.ceremonies()?.ask(&keys);
        let Asked { public_key, state } = asked.ok_or(Code::MethodNotAccepted)?;
        self.write(move |tx, cx| {
            let ceremony = Ceremony {
                purpose,
                subject: &subject,
                user: Some(user),
            };
            passkey::challenge(tx, cx, &ceremony, &state)
        })
        .await?;
        Ok(public_key)
    }

    /// Keeps what was asked under a new ticket.
    async fn keep(
        &self,
        purpose: &'static str,
        user: Option<UserId>,
        asked: Asked,
    ) -> Result<Response, Problem> {
        let ticket = TicketToken::draw(self.entropy());
        let subject = TicketToken::read(ticket.expose()).subject();
        let state = asked.state;
        self.write(move |tx, cx| {
            let ceremony = Ceremony {
                purpose,
                subject: &subject,
                user,
            };
            passkey::challenge(tx, cx, &ceremony, &state)
        })
        .await?;
        let body = PasskeyTicket {
            ticket: ticket.expose().to_owned(),
            public_key: asked.public_key,
        };
        Ok(done(StatusCode::OK, body))
    }
}

/// Begin with a passkey; needs a step-up `set_up_factor`.
#[utoipa::path(
    post, path = "/v1/factors/passkeys/options", tag = "factors", security(("session" = [])),
    responses(
        (status = 200, body = Done<PasskeyTicket>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn options(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let session = caller.session;
    let owner = session.user;
    let (handle, keys, shown) = app
        .write(move |tx, cx| {
            step_up::require(tx, cx, &session, Purpose::SetUpFactor, "")?;
            let contacts = user::contacts_of(tx, cx, owner)?;
            let shown = contacts.first().map(|contact| contact.masked.clone());
            let handle = passkey::handle(tx, cx, owner)?;
            Ok((handle, passkey::list(tx, cx, owner)?, shown))
        })
        .await?;
    let asked = app
        .ceremonies()?
        .set_up(handle, shown.as_deref().unwrap_or("Tael"), &keys);
    let asked = asked.ok_or(Code::MethodNotAccepted)?;
    app.keep(SET_UP, Some(owner), asked).await
}

/// Add the passkey that the browser made; needs the step-up still.
#[utoipa::path(
    post, path = "/v1/factors/passkeys", tag = "factors", security(("session" = [])),
    request_body = PasskeyRequest,
    responses(
        (status = 201, body = Done<PasskeyView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn add(
    State(app): State<App>,
    JsonBody(body): JsonBody<PasskeyRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let session = caller.session;
    let owner = session.user;
    let subject = TicketToken::read(&body.ticket.0).subject();
    let state = app
        .write(move |tx, cx| {
            let ceremony = Ceremony {
                purpose: SET_UP,
                subject: &subject,
                user: Some(owner),
            };
            passkey::take(tx, cx, &ceremony)
        })
        .await?;
    let made = app
        .ceremonies()?
        .made(body.name.0, &body.credential.0, &state);
    let made = made.ok_or_else(wrong)?;
    let added = app
        .write(move |tx, cx| {
            step_up::require(tx, cx, &session, Purpose::SetUpFactor, "")?;
            passkey::add(tx, cx, owner, &made)
        })
        .await?;
    Ok(done(StatusCode::CREATED, PasskeyView::from(added)))
}

/// A passkey with its new name.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyRenamed {
    id: String,
    name: String,
}

/// Give a passkey another name.
#[utoipa::path(
    post, path = "/v1/factors/passkeys/{id}/rename", tag = "factors", security(("session" = [])),
    params(("id" = String, Path)), request_body = Renaming,
    responses(
        (status = 200, body = Done<PasskeyRenamed>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn rename(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<Renaming>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: PasskeyId = id.id()?;
    let (owner, name) = (caller.user(), body.into_name());
    let shown = name.clone();
    app.write(move |tx, cx| passkey::rename(tx, cx, owner, id, &name))
        .await?;
    let body = PasskeyRenamed {
        id: id.to_string(),
        name: shown,
    };
    Ok(done(StatusCode::OK, body))
}

/// Remove a passkey; needs a step-up `remove_factor` for its id.
#[utoipa::path(
    delete, path = "/v1/factors/passkeys/{id}", tag = "factors", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: PasskeyId = id.id()?;
    let session = caller.session;
    app.write(move |tx, cx| {
        if !passkey::is_theirs(tx, session.user, id)? {
            return Err(Rejection::PasskeyNotFound.into());
        }
        step_up::require(tx, cx, &session, Purpose::RemoveFactor, &id.to_string())?;
        passkey::remove(tx, cx, session.user, id)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Sign in with a passkey, without a name: what to ask the browser.
#[utoipa::path(
    post, path = "/v1/sessions/passkey/options", tag = "sessions",
    responses(
        (status = 200, body = Done<PasskeyTicket>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn sign_in_options(State(app): State<App>) -> Result<Response, Problem> {
    let asked = app.ceremonies()?.ask_anybody();
    let asked = asked.ok_or(Code::MethodNotAccepted)?;
    app.keep(SIGN_IN, None, asked).await
}

/// Sign in with what the browser answered.
#[utoipa::path(
    post, path = "/v1/sessions/passkey", tag = "sessions", request_body = PasskeySignIn,
    responses(
        (status = 201, body = Done<SignedIn>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    JsonBody(body): JsonBody<PasskeySignIn>,
    Arriving(arrival): Arriving,
) -> Result<Response, Problem> {
    let refused = || Problem::from(Code::AuthFailed);
    let subject = TicketToken::read(&body.ticket.0).subject();
    let taken = app
        .write(move |tx, cx| {
            let ceremony = Ceremony {
                purpose: SIGN_IN,
                subject: &subject,
                user: None,
            };
            passkey::take(tx, cx, &ceremony)
        })
        .await;
    let state = taken.map_err(|_| refused())?;
    let handle = Ceremonies::claimed(&body.credential.0).ok_or_else(refused)?;
    let found = app
        .read(move |tx, cx| {
            let owner = passkey::find_owner(tx, &handle)?;
            owner
                .map(|owner| Ok((owner, passkey::list(tx, cx, owner)?)))
                .transpose()
        })
        .await?;
    let (owner, keys) = found.ok_or_else(refused)?;
    let answering = Answering {
        state,
        keys,
        handle,
    };
    let asserted = app
        .ceremonies()?
        .verify_anybody(&body.credential.0, &answering);
    let asserted = Arc::new(asserted.ok_or_else(refused)?);
    let opening = app.clone();
    app.settle(async move {
        let now = opening.now();
        let opened = opening
            .write(move |tx, cx| session::open_by_passkey(tx, cx, owner, &asserted, &arrival))
            .await?;
        signed_in(&opening, &opened, now).await
    })
    .await
}

fn wrong() -> Problem {
    Problem::field(Code::ProofWrong, "/credential")
}
