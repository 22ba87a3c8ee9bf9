//! What takes two: wishes of one operator that another decides about.

use axum::{extract::State, http::StatusCode, response::Response};
use identity::operator::{self, Decision, Request, RequestKind};
use payments::adjustment::{self, Adjustment, Direction};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccountId, AdjustmentId, FreezeId, OperatorId, StaffRequestId, UserId};

use super::{Staff, staff::RoleName};
use crate::{
    App,
    body::JsonBody,
    json::{Count, FromJson, Json, MoneyBody, MoneyView, Reading, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::PathText,
    routes::views::{Done, List, done, json as answer},
};

/// `credit` (the person gets it) or `debit` (it is taken from them).
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(credit|debit)$")]
struct DirectionName(Direction);

impl FromJson for DirectionName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match Direction::from_code(reading.text(json)?) {
            Some(direction) => Some(Self(direction)),
            None => reading.refuse(Code::InvalidField, "must be credit or debit"),
        }
    }
}

body! {
    /// A freeze of operators or of the law to be lifted, and why: 4 to 200 characters.
    pub(crate) struct UnfreezingBody { user: Text, freeze: Text, reason: Text }
}

body! {
    /// Another tier for a person, 0 to 3, and why.
    pub(crate) struct TierChangeBody { user: Text, tier: Count, reason: Text }
}

body! {
    /// Another role for an operator, and why.
    pub(crate) struct RoleChangeBody { operator: Text, role: RoleName, reason: Text }
}

body! {
    /// A sum by which an account is put right, and why.
    pub(crate) struct AdjustmentBody {
        account: Text,
        direction: DirectionName,
        money: MoneyBody,
        reason: Text,
    }
}

/// By how much an account is put right.
#[derive(Serialize, ToSchema)]
#[schema(as = Adjustment)]
pub(crate) struct AdjustmentView {
    account: String,
    /// `credit` or `debit`.
    direction: &'static str,
    money: MoneyView,
    /// `proposed`, `approved`, `posted` or `refused` by the books.
    state: &'static str,
}

/// A wish that waits for somebody else, or what became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = StaffRequest)]
pub(crate) struct RequestView {
    id: String,
    /// `lift_freeze`, `change_tier`, `change_role` or `adjust`.
    kind: &'static str,
    /// Whom it is about.
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    freeze: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjustment: Option<AdjustmentView>,
    reason: String,
    /// `open`, `approved` or `rejected`.
    state: &'static str,
    asked_by: String,
    created_at: String,
    /// Until when somebody may decide.
    expires_at: String,
}

impl From<&Adjustment> for AdjustmentView {
    fn from(adjustment: &Adjustment) -> Self {
        Self {
            account: adjustment.account.to_string(),
            direction: adjustment.direction.code(),
            money: adjustment.money.into(),
            state: adjustment.state.code(),
        }
    }
}

fn shown(request: &Request, adjustment: Option<&Adjustment>) -> RequestView {
    let mut view = RequestView {
        id: request.id.to_string(),
        kind: request.kind.code(),
        user: request.kind.user().map(|user| user.to_string()),
        freeze: None,
        tier: None,
        operator: None,
        role: None,
        adjustment: adjustment.map(AdjustmentView::from),
        reason: request.reason.expose().to_owned(),
        state: request.state.code(),
        asked_by: request.asked_by.to_string(),
        created_at: request.created_at.to_string(),
        expires_at: request.expires_at.to_string(),
    };
    match request.kind {
        RequestKind::LiftFreeze { freeze, .. } => view.freeze = Some(freeze.to_string()),
        RequestKind::ChangeTier { tier, .. } => view.tier = Some(tier),
        RequestKind::ChangeRole { operator, role } => {
            view.operator = Some(operator.to_string());
            view.role = Some(role.code());
        }
        RequestKind::Adjust { .. } => {}
    }
    view
}

fn read<T: std::str::FromStr>(text: &Text, param: &'static str) -> Result<T, Problem> {
    let id = text.0.parse();
    id.map_err(|_| Problem::field(Code::InvalidField, param).with_text("must be an id"))
}

async fn ask(
    app: App,
    staff: Staff,
    (kind, reason): (RequestKind, Text),
) -> Result<Response, Problem> {
    let asked = app
        .write(move |tx, cx| operator::ask(tx, cx, &staff.session, (kind, &reason.0)))
        .await?;
    Ok(done(StatusCode::CREATED, shown(&asked, None)))
}

/// Ask that a freeze of operators or of the law be lifted.
#[utoipa::path(
    post, path = "/ops/v1/unfreezings", tag = "requests",
    security(("operator" = ["unfreeze"])), request_body = UnfreezingBody,
    responses(
        (status = 201, body = Done<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn unfreeze(
    State(app): State<App>,
    staff: Staff,
    JsonBody(body): JsonBody<UnfreezingBody>,
) -> Result<Response, Problem> {
    let kind = RequestKind::LiftFreeze {
        user: read::<UserId>(&body.user, "/user")?,
        freeze: read::<FreezeId>(&body.freeze, "/freeze")?,
    };
    ask(app, staff, (kind, body.reason)).await
}

/// Ask that a person's tier change, and with it their limits.
#[utoipa::path(
    post, path = "/ops/v1/tier-changes", tag = "requests",
    security(("operator" = ["change_tier"])), request_body = TierChangeBody,
    responses(
        (status = 201, body = Done<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn change_tier(
    State(app): State<App>,
    staff: Staff,
    JsonBody(body): JsonBody<TierChangeBody>,
) -> Result<Response, Problem> {
    let (user, tier) = (read::<UserId>(&body.user, "/user")?, body.tier.0);
    if tier > identity::verification::TIER_MOST {
        return Err(Problem::field(Code::InvalidField, "/tier").with_text("must be 0 to 3"));
    }
    let kind = RequestKind::ChangeTier { user, tier };
    ask(app, staff, (kind, body.reason)).await
}

/// Ask that an operator's role change; it ends their sessions.
#[utoipa::path(
    post, path = "/ops/v1/role-changes", tag = "requests",
    security(("operator" = ["run_staff"])), request_body = RoleChangeBody,
    responses(
        (status = 201, body = Done<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn change_role(
    State(app): State<App>,
    staff: Staff,
    JsonBody(body): JsonBody<RoleChangeBody>,
) -> Result<Response, Problem> {
    let kind = RequestKind::ChangeRole {
        operator: read::<OperatorId>(&body.operator, "/operator")?,
        role: body.role.0,
    };
    ask(app, staff, (kind, body.reason)).await
}

/// Ask that a person's account be put right. The other side is the house's adjustment account.
#[utoipa::path(
    post, path = "/ops/v1/adjustments", tag = "requests",
    security(("operator" = ["adjust"])), request_body = AdjustmentBody,
    responses(
        (status = 201, body = Done<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn adjust(
    State(app): State<App>,
    staff: Staff,
    JsonBody(body): JsonBody<AdjustmentBody>,
) -> Result<Response, Problem> {
    let account: AccountId = read(&body.account, "/account")?;
    let books = app.books().clone();
    let standing = app
        .read(move |tx, _| Ok(books.standing(tx, account)?))
        .await?;
    let standing = standing.filter(|standing| standing.owner != 0);
    let standing = standing.ok_or(Code::NotFound)?;
    let money = body.money.money();
    if standing.account.currency != money.currency {
        return Err(Problem::from(Code::CurrencyMismatch).at("/money/currency"));
    }
    let (user, direction) = (UserId::from_raw(standing.owner), body.direction.0);
    let reason = body.reason;
    let (asked, adjustment) = app
        .write(move |tx, cx| {
            let id = AdjustmentId::new(cx.now, cx.entropy);
            let kind = RequestKind::Adjust {
                user,
                adjustment: id,
            };
            let asked = operator::ask(tx, cx, &staff.session, (kind, &reason.0))?;
            let adjustment = Adjustment::proposed(id, account, direction, money);
            adjustment::propose(tx, &adjustment, cx.now)?;
            Ok((asked, adjustment))
        })
        .await?;
    Ok(done(StatusCode::CREATED, shown(&asked, Some(&adjustment))))
}

/// What waits for a decision, oldest first.
#[utoipa::path(
    get, path = "/ops/v1/requests", tag = "requests",
    security(("operator" = ["see_requests"])),
    responses(
        (status = 200, body = List<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, _: Staff) -> Result<Response, Problem> {
    let data = app
        .read(|tx, cx| {
            let open = operator::list_open(tx, cx)?;
            let mut data = Vec::with_capacity(open.len());
            for request in open {
                let adjustment = adjustment_of(tx, request.kind)?;
                data.push(shown(&request, adjustment.as_ref()));
            }
            Ok(data)
        })
        .await?;
    Ok(answer(StatusCode::OK, &List { data, next: None }))
}

fn adjustment_of(
    read: &mut impl db::Read,
    kind: RequestKind,
) -> Result<Option<Adjustment>, identity::Error> {
    match kind {
        RequestKind::Adjust { adjustment, .. } => Ok(adjustment::find(read, adjustment)?),
        _ => Ok(None),
    }
}

/// Agree to somebody else's wish; it is done before this is answered.
#[utoipa::path(
    post, path = "/ops/v1/requests/{id}/approve", tag = "requests",
    security(("operator" = ["see_requests"])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
) -> Result<Response, Problem> {
    decide(app, staff, (id.id()?, Decision::Approve)).await
}

/// Turn somebody else's wish down.
#[utoipa::path(
    post, path = "/ops/v1/requests/{id}/reject", tag = "requests",
    security(("operator" = ["see_requests"])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<RequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn reject(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
) -> Result<Response, Problem> {
    decide(app, staff, (id.id()?, Decision::Reject)).await
}

async fn decide(
    app: App,
    staff: Staff,
    (id, decision): (StaffRequestId, Decision),
) -> Result<Response, Problem> {
    let deciding = app.clone();
    app.settle(async move {
        let decided = deciding
            .write(move |tx, cx| {
                let decided = operator::decide(tx, cx, &staff.session, (id, decision))?;
                if let (RequestKind::Adjust { adjustment, .. }, Decision::Approve) =
                    (decided.kind, decision)
                {
                    adjustment::approve(tx, adjustment)?;
                }
                Ok(decided)
            })
            .await?;
        if decision == Decision::Approve {
            deciding.follow_request(decided.kind).await?;
        }
        let kind = decided.kind;
        let adjustment = deciding.read(move |tx, _| adjustment_of(tx, kind)).await?;
        Ok(done(StatusCode::OK, shown(&decided, adjustment.as_ref())))
    })
    .await
}

impl App {
    /// Lets accounts and caches follow what two operators decided.
    async fn follow_request(&self, kind: RequestKind) -> Result<(), Problem> {
        match kind {
            RequestKind::LiftFreeze { user, .. } => self.follow_freezes(user).await,
            RequestKind::ChangeTier { user, .. } => {
                self.forget_person(user);
                Ok(())
            }
            RequestKind::Adjust { adjustment, .. } => self.post_adjustment(adjustment).await,
            RequestKind::ChangeRole { .. } => Ok(()),
        }
    }

    /// Posts an approved adjustment, once: its id is the key of its record.
    pub(crate) async fn post_adjustment(&self, id: AdjustmentId) -> Result<(), Problem> {
        let found = self
            .read(move |tx, _| Ok(adjustment::find(tx, id)?))
            .await?;
        let orders = found.as_ref().map(Adjustment::orders).unwrap_or_default();
        if orders.is_empty() {
            return Ok(());
        }
        let outcomes = self.submit_patiently(orders).await?;
        let state = adjustment::state_after(&outcomes);
        self.write(move |tx, _| Ok(adjustment::settle(tx, id, state)?))
            .await?;
        Ok(())
    }

    /// Posts what a crash has left between an approval and the books, at most `most`; gives how
    /// many there were.
    pub async fn finish_adjustments(&self, most: i64) -> Result<usize, identity::Error> {
        let due = self
            .read(move |tx, _| Ok(adjustment::due(tx, most)?))
            .await?;
        for id in &due {
            if let Err(problem) = self.post_adjustment(*id).await {
                tracing::warn!(
                    code = problem.code().name(),
                    "an adjustment waits for the books"
                );
            }
        }
        Ok(due.len())
    }
}
