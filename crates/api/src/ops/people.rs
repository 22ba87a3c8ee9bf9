//! People as the back office sees them, and stopping their money.

use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    freeze::{Authority, Freeze, FreezeKind, NewFreeze},
    operator::{self, PersonSeen},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::UserId;

use super::Staff;
use crate::{
    App,
    body::JsonBody,
    json::{FromJson, Json, Reading, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::PathText,
    routes::views::{Done, done},
};

/// `debit` (nothing leaves), `credit` (nothing arrives) or `all`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(debit|credit|all)$")]
struct KindName(FreezeKind);

impl FromJson for KindName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match FreezeKind::from_code(reading.text(json)?) {
            Some(kind) => Some(Self(kind)),
            None => reading.refuse(Code::InvalidField, "must be debit, credit or all"),
        }
    }
}

body! {
    /// An exact id, phone number or e-mail address; there is no search by parts.
    pub(crate) struct FindPerson { identifier: Text }
}

body! {
    /// For which case contacts are shown: a letter, then letters, digits, `_`, `-` or `.`, 4 to 40
    /// in all. The person reads it.
    pub(crate) struct UnmaskBody { case: Text }
}

body! {
    /// What to stop, and why: 4 to 200 characters.
    pub(crate) struct StaffFreezeBody { kind: KindName, reason: Text }
}

/// One of a person's contacts.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonContact)]
pub(crate) struct PersonContactView {
    /// `phone` or `email`.
    kind: &'static str,
    masked: String,
    /// In clear, where a case was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// A flag on a person's money.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonFreeze)]
pub(crate) struct PersonFreezeView {
    id: String,
    /// `debit`, `credit` or `all`.
    kind: &'static str,
    /// Who set it and so lifts it: `self`, `rule`, `operator` or `legal`.
    by: &'static str,
    /// Where it was set by those who work here.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    created_at: String,
    lifted_at: Option<String>,
}

/// A person, as far as the back office sees them.
#[derive(Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonView {
    id: String,
    masked_name: String,
    /// `active` or `closed`.
    state: &'static str,
    tier: i64,
    contacts: Vec<PersonContactView>,
    freezes: Vec<PersonFreezeView>,
}

/// Whether contacts are shown in clear.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Masked,
    Clear,
}

impl From<&Freeze> for PersonFreezeView {
    fn from(freeze: &Freeze) -> Self {
        let is_staffs = matches!(freeze.by, Authority::Operator | Authority::Legal);
        let reason = freeze.reason.as_ref().filter(|_| is_staffs);
        Self {
            id: freeze.id.to_string(),
            kind: freeze.kind.code(),
            by: freeze.by.code(),
            reason: reason.map(|reason| reason.expose().to_owned()),
            created_at: freeze.created_at.to_string(),
            lifted_at: freeze.lifted_at.map(|at| at.to_string()),
        }
    }
}

fn shown(seen: &PersonSeen, sight: Sight) -> PersonView {
    let contacts = seen.contacts.iter().map(|contact| PersonContactView {
        kind: contact.kind.code(),
        masked: contact.masked.clone(),
        value: (sight == Sight::Clear).then(|| contact.value.expose().to_owned()),
    });
    PersonView {
        id: seen.id.to_string(),
        masked_name: seen.masked_name.clone(),
        state: seen.state,
        tier: seen.tier,
        contacts: contacts.collect(),
        freezes: seen.freezes.iter().map(PersonFreezeView::from).collect(),
    }
}

/// Find one person by an exact identifier. They see that somebody looked.
#[utoipa::path(
    post, path = "/ops/v1/people/find", tag = "people",
    security(("operator" = ["find_people"])), request_body = FindPerson,
    responses(
        (status = 200, body = Done<PersonView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn find(
    State(app): State<App>,
    staff: Staff,
    JsonBody(body): JsonBody<FindPerson>,
) -> Result<Response, Problem> {
    let seen = app
        .write(move |tx, cx| operator::find_person(tx, cx, &staff.session, &body.identifier.0))
        .await?;
    Ok(done(StatusCode::OK, shown(&seen, Sight::Masked)))
}

/// See a person's contacts in clear, for a case, 20 times an hour. They see that, and which case.
#[utoipa::path(
    post, path = "/ops/v1/people/{id}/unmask", tag = "people",
    security(("operator" = ["unmask"])), params(("id" = String, Path)),
    request_body = UnmaskBody,
    responses(
        (status = 200, body = Done<PersonView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn unmask(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
    JsonBody(body): JsonBody<UnmaskBody>,
) -> Result<Response, Problem> {
    let id: UserId = id.id()?;
    let seen = app
        .write(move |tx, cx| operator::unmask(tx, cx, &staff.session, (id, &body.case.0)))
        .await?;
    Ok(done(StatusCode::OK, shown(&seen, Sight::Clear)))
}

/// Stop a person's money. Once this is answered no debit commits any more; lifting it takes two.
#[utoipa::path(
    post, path = "/ops/v1/people/{id}/freezes", tag = "people",
    security(("operator" = ["freeze"])), params(("id" = String, Path)),
    request_body = StaffFreezeBody,
    responses(
        (status = 201, body = Done<PersonFreezeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn freeze(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
    JsonBody(body): JsonBody<StaffFreezeBody>,
) -> Result<Response, Problem> {
    place(app, staff, (id.id()?, Authority::Operator), body).await
}

/// Stop a person's money because the law says so.
#[utoipa::path(
    post, path = "/ops/v1/people/{id}/legal-freezes", tag = "people",
    security(("operator" = ["freeze_by_law"])), params(("id" = String, Path)),
    request_body = StaffFreezeBody,
    responses(
        (status = 201, body = Done<PersonFreezeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn freeze_by_law(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
    JsonBody(body): JsonBody<StaffFreezeBody>,
) -> Result<Response, Problem> {
    place(app, staff, (id.id()?, Authority::Legal), body).await
}

async fn place(
    app: App,
    staff: Staff,
    (user, by): (UserId, Authority),
    body: StaffFreezeBody,
) -> Result<Response, Problem> {
    let new = NewFreeze {
        user,
        kind: body.kind.0,
        by,
        reason: Some(body.reason.0),
    };
    let freezing = app.clone();
    app.settle(async move {
        let placed = freezing
            .write(move |tx, cx| operator::freeze(tx, cx, &staff.session, new.clone()))
            .await?;
        freezing.follow_freezes(user).await?;
        Ok(done(StatusCode::CREATED, PersonFreezeView::from(&placed)))
    })
    .await
}
