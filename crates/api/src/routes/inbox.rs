use axum::{extract::State, http::StatusCode, response::Response};
use identity::inbox::{self, InboxCursor, InboxMessage};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::MessageId;

use super::views::{Done, List, done, json};
use crate::{
    App,
    caller::Caller,
    principal::Principal,
    problem::{Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText, Start},
};

/// An in-app message.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxMessage)]
pub(crate) struct MessageView {
    id: String,
    /// What it is about, for programs.
    template: String,
    title: String,
    text: String,
    created_at: String,
    read_at: Option<String>,
}

impl From<InboxMessage> for MessageView {
    fn from(message: InboxMessage) -> Self {
        Self {
            id: message.id.to_string(),
            template: message.template,
            title: message.title,
            text: message.text,
            created_at: message.created_at.to_string(),
            read_at: message.read_at.map(|at| at.to_string()),
        }
    }
}

/// A message that was read.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageRead {
    id: String,
}

/// In-app messages, newest first.
#[utoipa::path(
    get, path = "/v1/inbox", tag = "inbox", security(("session" = []), ("access_token" = ["inbox:read"])), params(PagingParameters),
    responses(
        (status = 200, body = List<MessageView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(paging): Filters<Paging<MessageId>>,
    caller: Principal,
) -> Result<Response, Problem> {
    let cursor = match paging.start {
        Start::Newest => InboxCursor::Newest,
        Start::After(older) => InboxCursor::After(older),
        Start::Before(newer) => InboxCursor::Before(newer),
    };
    let limit = i64::try_from(paging.limit).unwrap_or(i64::MAX);
    let user = caller.user();
    let page = app
        .read(move |tx, cx| inbox::list(tx, cx, user, cursor, limit))
        .await?;
    let data = page.messages.into_iter().map(MessageView::from).collect();
    Ok(json(
        StatusCode::OK,
        &List {
            data,
            next: page.next.map(Cursor::show),
        },
    ))
}

/// Note that a message was read; a second time changes nothing.
#[utoipa::path(
    post, path = "/v1/inbox/{id}/read", tag = "inbox", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<MessageRead>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn read(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: MessageId = id.id()?;
    let user = caller.user();
    app.write(move |tx, cx| inbox::mark_read(tx, cx, user, id))
        .await?;
    Ok(done(StatusCode::OK, MessageRead { id: id.to_string() }))
}
