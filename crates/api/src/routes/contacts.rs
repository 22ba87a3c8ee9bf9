use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Contact, LifeRefusal, Rejection,
    contact::change::{self, Applied, BegunChange, NewContact, OwnContact, Step},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{ContactId, UserId};

use super::views::{Done, List, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{SecretText, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::PathText,
};

body! {
    /// A contact to be added: a phone number or an e-mail address.
    pub(crate) struct ContactRequest {
        phone: Option<Text>,
        email: Option<Text>,
        /// The contact that it takes the place of.
        replaces: Option<Text>,
    }
}

body! {
    /// The code that arrived.
    pub(crate) struct ContactCode { code: SecretText }
}

/// A contact of the person who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnContactView {
    id: String,
    /// `phone` or `email`.
    kind: &'static str,
    value: String,
    masked: String,
    /// True where security messages of this kind go.
    is_designated: bool,
    /// `verified`, `pending` or `cooling`.
    state: &'static str,
    verified_at: Option<String>,
    /// Cooling: from when on it counts.
    effective_at: Option<String>,
    /// Cooling: the masked contact that got a code by which it counts at once.
    agreed_by: Option<String>,
}

impl From<OwnContact> for OwnContactView {
    fn from(contact: OwnContact) -> Self {
        Self {
            id: contact.id.to_string(),
            kind: contact.kind.code(),
            value: contact.value.expose().to_owned(),
            masked: contact.masked,
            is_designated: contact.is_designated,
            state: contact.state.code(),
            verified_at: contact.verified_at.map(|at| at.to_string()),
            effective_at: contact.effective_at.map(|at| at.to_string()),
            agreed_by: contact.agreed_by,
        }
    }
}

/// A contact that waits for its code.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactBegun {
    id: String,
    /// `pending`, or `cooling` when a code is sent again.
    state: &'static str,
    resend_at: String,
    expires_at: String,
}

impl From<BegunChange> for ContactBegun {
    fn from(begun: BegunChange) -> Self {
        Self {
            id: begun.id.to_string(),
            state: change::ContactState::Pending.code(),
            resend_at: begun.resend_at.to_string(),
            expires_at: begun.expires_at.to_string(),
        }
    }
}

/// The contact is gone.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactRemoved {
    id: String,
}

/// The person's contacts: verified ones, oldest first, then those on their way.
#[utoipa::path(
    get, path = "/v1/contacts", tag = "contacts", security(("session" = [])),
    responses(
        (status = 200, body = List<OwnContactView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let all = app.read(move |tx, cx| change::list(tx, cx, user)).await?;
    let data = all.into_iter().map(OwnContactView::from).collect();
    Ok(json(StatusCode::OK, &List { data, next: None }))
}

/// Add a contact, or change one: a code travels to the new one, the old ones are told.
#[utoipa::path(
    post, path = "/v1/contacts", tag = "contacts", security(("session" = [])),
    request_body = ContactRequest,
    responses(
        (status = 202, body = Done<ContactBegun>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn begin(
    State(app): State<App>,
    JsonBody(body): JsonBody<ContactRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let contact = match (&body.phone, &body.email) {
        (Some(phone), None) => Contact::parse_phone(&phone.0, app.policy())?,
        (None, Some(email)) => Contact::parse_email(&email.0)?,
        (None, None) => {
            return Err(Problem::field(Code::MissingField, "/phone")
                .with_text("a phone number or an e-mail address is required"));
        }
        (Some(_), Some(_)) => {
            return Err(
                Problem::field(Code::InvalidField, "/email").with_text("cannot stand beside phone")
            );
        }
    };
    let replaces = match &body.replaces {
        Some(id) => Some(id.0.parse().map_err(|_| {
            Problem::field(Code::InvalidField, "/replaces").with_text("must be the id of a contact")
        })?),
        None => None,
    };
    let (new, session) = (NewContact { contact, replaces }, caller.session);
    let begun = app
        .write(move |tx, cx| change::begin(tx, cx, &session, &new))
        .await?;
    Ok(done(StatusCode::ACCEPTED, ContactBegun::from(begun)))
}

/// Ask for another code, to the new contact, or once it is proven to the old one that may agree;
/// the one before is void.
#[utoipa::path(
    post, path = "/v1/contacts/{id}/resend", tag = "contacts", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 202, body = Done<ContactBegun>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, id): (_, ContactId) = (caller.user(), id.id()?);
    let (sent, state) = app
        .write(move |tx, cx| {
            let sent = change::resend(tx, cx, user, id)?;
            Ok((sent, change::find_own(tx, cx, user, id)?.state))
        })
        .await?;
    let body = ContactBegun {
        state: state.code(),
        ..ContactBegun::from(sent)
    };
    Ok(done(StatusCode::ACCEPTED, body))
}

/// Prove the new contact with the code that went to it; it counts after a while.
#[utoipa::path(
    post, path = "/v1/contacts/{id}/verify", tag = "contacts", security(("session" = [])),
    params(("id" = String, Path)), request_body = ContactCode,
    responses(
        (status = 200, body = Done<OwnContactView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn prove(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<ContactCode>,
    caller: Caller,
) -> Result<Response, Problem> {
    let whose: (UserId, ContactId) = (caller.user(), id.id()?);
    let counted = app
        .write(move |tx, cx| change::count_attempt(tx, cx, whose, Step::Prove))
        .await?;
    let matched = counted
        .compare(body.code.expose(), app.keys())
        .ok_or(Rejection::CodeWrong)?;
    app.write(move |tx, cx| change::prove(tx, cx, whose, &matched))
        .await?;
    shown(&app, whose).await
}

/// Agree with the code that went to an old contact: the new one counts at once.
#[utoipa::path(
    post, path = "/v1/contacts/{id}/confirm-old", tag = "contacts", security(("session" = [])),
    params(("id" = String, Path)), request_body = ContactCode,
    responses(
        (status = 200, body = Done<OwnContactView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn agree(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<ContactCode>,
    caller: Caller,
) -> Result<Response, Problem> {
    let whose: (UserId, ContactId) = (caller.user(), id.id()?);
    let counted = app
        .write(move |tx, cx| change::count_attempt(tx, cx, whose, Step::Agree))
        .await?;
    let matched = counted
        .compare(body.code.expose(), app.keys())
        .ok_or(Rejection::CodeWrong)?;
    let agreeing = app.clone();
    app.settle(async move {
        let applied = agreeing
            .write(move |tx, cx| change::agree(tx, cx, whose, &matched))
            .await?
            .ok_or(LifeRefusal::ContactTaken)
            .map_err(Rejection::from)?;
        agreeing.forget_contacts(&applied);
        shown(&agreeing, whose).await
    })
    .await
}

async fn shown(app: &App, (user, id): (UserId, ContactId)) -> Result<Response, Problem> {
    let found = app
        .read(move |tx, cx| change::find_own(tx, cx, user, id))
        .await?;
    Ok(done(StatusCode::OK, OwnContactView::from(found)))
}

/// Let security messages of its kind go to this contact.
#[utoipa::path(
    post, path = "/v1/contacts/{id}/designate", tag = "contacts", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<OwnContactView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn designate(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (session, id): (_, ContactId) = (caller.session, id.id()?);
    let designated = app
        .write(move |tx, cx| change::designate(tx, cx, &session, id))
        .await?;
    Ok(done(StatusCode::OK, OwnContactView::from(designated)))
}

/// Take a contact away, or call one off that is on its way; the last one stays.
#[utoipa::path(
    delete, path = "/v1/contacts/{id}", tag = "contacts", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<ContactRemoved>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (session, id): (_, ContactId) = (caller.session, id.id()?);
    let removing = app.clone();
    app.settle(async move {
        let applied = removing
            .write(move |tx, cx| change::remove(tx, cx, &session, id))
            .await?;
        removing.forget_contacts(&applied);
        Ok(done(StatusCode::OK, ContactRemoved { id: id.to_string() }))
    })
    .await
}

impl App {
    /// Makes a change of people's contacts known here at once.
    pub(crate) fn forget_contacts(&self, applied: &Applied) {
        for index in &applied.contacts {
            self.contacts().forget(index.bytes());
        }
        for &user in &applied.people {
            self.forget_person(user);
        }
    }

    /// Applies changes of contacts that have cooled off. Gives how many; call it again soon if it
    /// is not zero.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn apply_due_contacts(&self) -> Result<usize, identity::Error> {
        if !self.read(|tx, cx| change::has_due(tx, cx)).await? {
            return Ok(0);
        }
        let all = self
            .write(|tx, cx| change::apply_due(tx, cx, DUE_MOST))
            .await?;
        all.iter().for_each(|applied| self.forget_contacts(applied));
        Ok(all.len())
    }
}

/// Changes of contacts applied in one write.
const DUE_MOST: i64 = 50;
