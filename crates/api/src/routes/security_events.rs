//! What happened to an account, and who looked at what is known about its owner.

use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    audit::{self, About, Actor, Named, Part},
    device::Agent,
    session::{self, Device},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::views::{List, json};
use crate::{
    App,
    caller::Caller,
    hex::Hex,
    problem::{Problem, ProblemBody},
    query::{Cursor, EntryName, Filters, Paging, PagingParameters, Start, wrong},
};

/// Something that was done to the account.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecurityEvent {
    /// `evt_…`
    id: String,
    at: String,
    /// What was done, as a code: `password_changed`, `account_frozen`, `session_opened`, …
    action: &'static str,
    /// `me`, `operator`, `system`, or `nobody`: somebody who had not proven who they are.
    actor: &'static str,
    /// What it was done to: an id or a code.
    object: Option<String>,
    /// The browser and the system of the session it was done in, while that is remembered.
    device: Option<String>,
    /// The address of that session.
    network: Option<String>,
}

impl SecurityEvent {
    fn new(named: Named, device: Option<&Device>) -> Self {
        let Named { name, entry } = named;
        Self {
            id: format!("evt_{}", Hex(name)),
            at: entry.at.to_string(),
            action: entry.action.code(),
            actor: match entry.actor {
                Actor::User(_) => "me",
                Actor::Operator(_) | Actor::BackOffice => "operator",
                Actor::System => "system",
                Actor::Nobody => "nobody",
            },
            object: Some(entry.object).filter(|object| !object.is_empty()),
            device: device.map(|device| {
                let agent = Agent::read(device.user_agent());
                format!("{} · {}", agent.browser, agent.platform)
            }),
            network: device.map(|device| device.address().to_owned()),
        }
    }
}

/// What happened to the account, newest first: sign-ins, credentials, contacts, tokens, freezes,
/// limits, and what the house did.
#[utoipa::path(
    get, path = "/v1/security/events", tag = "security", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<SecurityEvent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn events(
    State(app): State<App>,
    Filters(paging): Filters<Paging<EntryName>>,
    caller: Caller,
) -> Result<Response, Problem> {
    app.entries_about(&caller, About::Deeds, paging).await
}

/// Who looked at what is known about me, newest first.
#[utoipa::path(
    get, path = "/v1/security/access-log", tag = "security", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<SecurityEvent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn access_log(
    State(app): State<App>,
    Filters(paging): Filters<Paging<EntryName>>,
    caller: Caller,
) -> Result<Response, Problem> {
    app.entries_about(&caller, About::Looks, paging).await
}

impl App {
    async fn entries_about(
        &self,
        caller: &Caller,
        about: About,
        paging: Paging<EntryName>,
    ) -> Result<Response, Problem> {
        let start = match paging.start {
            Start::Newest => audit::Start::Newest,
            Start::After(EntryName(older)) => audit::Start::OlderThan(older),
            Start::Before(EntryName(newer)) => audit::Start::NewerThan(newer),
        };
        let limit = i64::try_from(paging.limit).unwrap_or(i64::MAX);
        let user = caller.user();
        let found = self.read(move |tx, cx| {
            let Some(Part { entries, has_older }) =
                audit::entries_of(tx, user, about, (start, limit))?
            else {
                return Ok(None);
            };
            let last = entries.last().filter(|_| has_older).map(|last| last.name);
            let mut data = Vec::new();
            for named in entries {
                let device = match named.entry.session {
                    Some(id) => session::find_device(tx, cx, user, id)?,
                    None => None,
                };
                data.push(SecurityEvent::new(named, device.as_ref()));
            }
            let next = last.map(|name| EntryName(name).show());
            Ok(Some(List { data, next }))
        });
        let list = found.await?;
        let list = list.ok_or_else(|| wrong("after", "must be a cursor of this list"))?;
        Ok(json(StatusCode::OK, &list))
    }
}
