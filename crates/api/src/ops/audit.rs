//! The audit log, and how the server is.

use axum::{extract::State, http::StatusCode, response::Response};
use db::Health;
use identity::{
    audit::{self, Entry, Page},
    operator,
    recovery::review,
    verification,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vocab::UserId;

use super::Staff;
use crate::{
    App,
    problem::{Problem, ProblemBody},
    query::{Filters, FromParameters, Parameters, wrong},
    routes::views::{List, json as answer},
};

/// Entries of the log in one answer.
const SHOWN_MOST: i64 = 200;
/// Up to how many waiting things are counted.
const COUNTED_MOST: i64 = 200;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "the fields are the contract's; Wanted is what is read from them"
)]
pub(crate) struct WantedParameters {
    /// Only what is about this person.
    user: Option<String>,
    /// Only entries older than this one.
    before: Option<i64>,
}

/// Which part of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    user: Option<UserId>,
    before: Option<i64>,
}

impl FromParameters for Wanted {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let user = parameters.read("user", "must be the id of a person", |text| {
            text.parse::<UserId>().ok()
        })?;
        let before = parameters.read("before", "must be a number above zero", |text| {
            text.parse::<i64>().ok()
        })?;
        if before.is_some_and(|before| before < 1) {
            return Err(wrong("before", "must be a number above zero"));
        }
        Ok(Self { user, before })
    }
}

/// A line of the log.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct EntryView {
    /// Counted from 1 without gaps.
    seq: i64,
    at: String,
    /// `user`, `operator`, `system` or `nobody`.
    actor: &'static str,
    /// Of a person or an operator; empty for the others.
    actor_id: String,
    /// Whose account it touches.
    subject: Option<String>,
    action: &'static str,
    object: String,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            actor: entry.actor.kind(),
            actor_id: entry.actor.id(),
            subject: entry.subject.map(|id| id.to_string()),
            action: entry.action.code(),
            object: entry.object.clone(),
        }
    }
}

/// The audit log, newest first, 200 entries at a time.
#[utoipa::path(
    get, path = "/ops/v1/audit", tag = "audit", security(("operator" = ["read_audit"])),
    params(WantedParameters),
    responses(
        (status = 200, body = List<EntryView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(wanted): Filters<Wanted>,
    _: Staff,
) -> Result<Response, Problem> {
    let page = Page {
        before: wanted.before,
        most: SHOWN_MOST,
    };
    let entries = app
        .read(move |tx, _| match wanted.user {
            Some(user) => audit::about(tx, user, page),
            None => audit::list(tx, page),
        })
        .await?;
    let is_full = i64::try_from(entries.len()) == Ok(SHOWN_MOST);
    let next = entries
        .last()
        .filter(|_| is_full)
        .map(|last| last.seq.to_string());
    let data = entries.iter().map(EntryView::from).collect();
    Ok(answer(StatusCode::OK, &List { data, next }))
}

/// How the server is, and what waits for people.
#[derive(Serialize, ToSchema)]
#[schema(as = OpsHealth)]
pub(crate) struct HealthView {
    /// `writable`, `storage_full` or `stopped`.
    store: &'static str,
    /// Up to 200 each.
    requests_open: usize,
    documents_waiting: usize,
    recoveries_waiting: usize,
    /// Entries of the audit log.
    audit_entries: i64,
}

/// How the server is, and what waits for people.
#[utoipa::path(
    get, path = "/ops/v1/health", tag = "audit", security(("operator" = ["see_health"])),
    responses(
        (status = 200, body = HealthView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn health(State(app): State<App>, _: Staff) -> Result<Response, Problem> {
    let store = match app.db().health() {
        Health::Writable => "writable",
        Health::StorageFull => "storage_full",
        Health::Stopped(_) => "stopped",
    };
    let view = app
        .read(move |tx, cx| {
            Ok(HealthView {
                store,
                requests_open: operator::list_open(tx, cx)?.len(),
                documents_waiting: verification::queue(tx, cx, COUNTED_MOST)?.len(),
                recoveries_waiting: review::queue(tx, cx, COUNTED_MOST)?.len(),
                audit_entries: audit::head(tx)?.seq,
            })
        })
        .await?;
    Ok(answer(StatusCode::OK, &view))
}
