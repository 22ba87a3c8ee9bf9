use axum::{extract::State, http::StatusCode, response::Response};
use identity::{ContactView, User, inbox, user};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::UserId;

use super::views::json;
use crate::{
    App,
    principal::Principal,
    problem::{Problem, ProblemBody},
};

/// A person, as shown to that person.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    id: String,
    name: String,
    /// `zh` or `en`.
    locale: &'static str,
    /// `active`.
    state: &'static str,
    contacts: Vec<ContactItem>,
    /// How many in-app messages were not read.
    unread: i64,
    created_at: String,
}

/// A verified contact.
#[derive(Serialize, ToSchema)]
#[schema(as = Contact)]
struct ContactItem {
    /// `phone` or `email`.
    kind: &'static str,
    value: String,
    masked: String,
    /// True where security messages of this kind go.
    designated: bool,
    verified_at: String,
}

impl From<&ContactView> for ContactItem {
    fn from(contact: &ContactView) -> Self {
        Self {
            kind: contact.kind.code(),
            value: contact.value.expose().to_owned(),
            masked: contact.masked.clone(),
            designated: contact.is_designated,
            verified_at: contact.verified_at.to_string(),
        }
    }
}

impl UserView {
    fn new(user: &User, unread: i64) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.as_str().to_owned(),
            locale: user.locale.code(),
            state: user.state.code(),
            contacts: user.contacts.iter().map(ContactItem::from).collect(),
            unread,
            created_at: user.created_at.to_string(),
        }
    }
}

impl App {
    /// A person as they see themselves.
    pub(crate) async fn show_user(&self, id: UserId) -> Result<UserView, Problem> {
        let found = self.read(move |tx, cx| Ok((user::find(tx, cx, id)?, inbox::unread(tx, id)?)));
        let (user, unread) = found.await?;
        Ok(UserView::new(&user, unread))
    }
}

/// The person who asks.
#[utoipa::path(
    get, path = "/v1/me", tag = "me", security(("session" = []), ("access_token" = ["profile:read"])),
    responses(
        (status = 200, body = UserView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Principal) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &app.show_user(caller.user()).await?))
}
