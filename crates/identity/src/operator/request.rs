//! What needs two: one operator asks, another decides, never the same; what is approved is done in
//! the transaction that approves it.

use vocab::{AdjustmentId, FreezeId, OperatorId, StaffRequestId, Timestamp, UserId};

use super::{OperatorSession, Power, Role, store};
use crate::{
    Cx, Error, Secret, StaffRefusal,
    audit::{self, Action, Actor, Note},
    freeze::{self, Authority},
    keys::Purpose,
    verification,
};

/// How long a request may wait for its decision: a day (own).
const OPEN_SECONDS: i64 = 86_400;
/// Open requests that are shown.
const LISTED_MOST: i64 = 200;
/// Least and greatest length of a reason, in characters.
const REASON: std::ops::RangeInclusive<usize> = 4..=200;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// Lift a freeze of operators or of the law.
    LiftFreeze { user: UserId, freeze: FreezeId },
    /// Give a person another tier, and with it other limits.
    ChangeTier { user: UserId, tier: i64 },
    /// Put an account's balance right; the sum is kept with the money.
    Adjust {
        user: UserId,
        adjustment: AdjustmentId,
    },
    /// Give an operator another role; their sessions end.
    ChangeRole { operator: OperatorId, role: Role },
}

impl RequestKind {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LiftFreeze { .. } => "lift_freeze",
            Self::ChangeTier { .. } => "change_tier",
            Self::Adjust { .. } => "adjust",
            Self::ChangeRole { .. } => "change_role",
        }
    }

    /// What it takes to ask for it, and to decide about it.
    pub const fn power(self) -> Power {
        match self {
            Self::LiftFreeze { .. } => Power::Unfreeze,
            Self::ChangeTier { .. } => Power::ChangeTier,
            Self::Adjust { .. } => Power::Adjust,
            Self::ChangeRole { .. } => Power::RunStaff,
        }
    }

    /// Whose account it touches.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::LiftFreeze { user, .. }
            | Self::ChangeTier { user, .. }
            | Self::Adjust { user, .. } => Some(user),
            Self::ChangeRole { .. } => None,
        }
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    Open,
    Approved,
    Rejected,
}

impl RequestState {
    const ALL: [Self; 3] = [Self::Open, Self::Approved, Self::Rejected];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What the second operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Reject,
}

/// A request, as the back office sees it.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: StaffRequestId,
    pub kind: RequestKind,
    /// Why, in the words of whoever asks.
    pub reason: Secret,
    pub state: RequestState,
    pub asked_by: OperatorId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Asks.
///
/// # Errors
/// [`StaffRefusal::OperatorNotAllowed`], [`StaffRefusal::ReasonInvalid`].
pub fn ask(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    (kind, reason): (RequestKind, &str),
) -> Result<Request, Error> {
    by.require(kind.power())?;
    let request = Request {
        id: StaffRequestId::new(cx.now, cx.entropy),
        kind,
        reason: checked_reason(reason)?,
        state: RequestState::Open,
        asked_by: by.operator.id,
        created_at: cx.now,
        expires_at: cx.now.plus_seconds(OPEN_SECONDS),
    };
    let (context, plain) = (request.id.to_string(), request.reason.expose().as_bytes());
    let sealed = cx
        .keys
        .seal(Purpose::StaffReason, context.as_bytes(), plain, cx.entropy);
    store::insert_request(tx, &request, sealed)?;
    note(tx, cx, by, (&request, Action::StaffRequestMade))?;
    Ok(request)
}

/// A reason as it is kept: somebody will have to read it later.
///
/// # Errors
/// [`StaffRefusal::ReasonInvalid`].
pub fn checked_reason(typed: &str) -> Result<Secret, StaffRefusal> {
    let typed = typed.trim();
    let is_plain = !typed.chars().any(char::is_control);
    if is_plain && REASON.contains(&typed.chars().count()) {
        return Ok(Secret::new(typed.to_owned()));
    }
    Err(StaffRefusal::ReasonInvalid)
}

/// What waits for a decision, oldest first.
pub fn list_open(read: &mut impl db::Read, cx: &Cx<'_>) -> Result<Vec<Request>, Error> {
    let rows = store::open_requests(read, cx.now, LISTED_MOST)?;
    rows.into_iter().map(|row| opened(cx, row)).collect()
}

/// Decides about somebody else's request. What was approved is done, but for an adjustment, which
/// the caller orders in the same transaction.
///
/// # Errors
/// [`StaffRefusal::StaffRequestNotFound`], [`StaffRefusal::OperatorNotAllowed`],
/// [`StaffRefusal::OwnRequest`], [`StaffRefusal::StaffRequestClosed`], those of what is done.
pub fn decide(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    (id, decision): (StaffRequestId, Decision),
) -> Result<Request, Error> {
    let found = store::find_request(tx, id)?.ok_or(StaffRefusal::StaffRequestNotFound)?;
    let request = opened(cx, found)?;
    by.require(request.kind.power())?;
    if request.asked_by == by.operator.id {
        return Err(StaffRefusal::OwnRequest.into());
    }
    let (state, action) = match decision {
        Decision::Approve => (RequestState::Approved, Action::StaffRequestApproved),
        Decision::Reject => (RequestState::Rejected, Action::StaffRequestRejected),
    };
    // The statement says it once more: of two who decide at once one is heard, and never the asker.
    if !store::decide_request(tx, id, (by.operator.id, state), cx.now)? {
        return Err(StaffRefusal::StaffRequestClosed.into());
    }
    if decision == Decision::Approve {
        carry_out(tx, cx, request.kind)?;
    }
    note(tx, cx, by, (&request, action))?;
    Ok(Request { state, ..request })
}

fn carry_out(tx: &mut db::Tx<'_>, cx: &Cx<'_>, kind: RequestKind) -> Result<(), Error> {
    match kind {
        RequestKind::LiftFreeze { user, freeze } => {
            let by = freeze::authority_of(tx, user, freeze)?;
            // A person's own freeze and that of a rule are lifted where they were set.
            let by = by.filter(|by| matches!(by, Authority::Operator | Authority::Legal));
            freeze::lift(tx, cx, (user, freeze), by.unwrap_or(Authority::Operator))?;
        }
        RequestKind::ChangeTier { user, tier } => verification::set_tier(tx, cx, user, tier)?,
        RequestKind::Adjust { .. } => {}
        RequestKind::ChangeRole { operator, role } => {
            if !store::set_role(tx, operator, role)? {
                return Err(StaffRefusal::OperatorNotFound.into());
            }
            store::end_sessions_of(tx, operator)?;
        }
    }
    Ok(())
}

fn opened(cx: &Cx<'_>, stored: store::StoredRequest) -> Result<Request, Error> {
    let store::StoredRequest {
        mut request,
        reason,
    } = stored;
    let context = request.id.to_string();
    let plain = cx
        .keys
        .open(Purpose::StaffReason, context.as_bytes(), &reason)?;
    let text = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    request.reason = Secret::new(text.to_owned());
    Ok(request)
}

fn note(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    (request, action): (&Request, Action),
) -> Result<(), Error> {
    let note = Note {
        actor: Actor::Operator(by.operator.id),
        subject: request.kind.user(),
        action,
        object: &request.id.to_string(),
        session: None,
    };
    audit::record(tx, cx, &note)
}
