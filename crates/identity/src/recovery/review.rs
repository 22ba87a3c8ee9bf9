//! The last way back: people look at a case. Who asks says where they can be reached and what has
//! happened; who decides sees the statement and what is known about the account. A yes sends a code
//! to the new address, and with it the same client goes on.

use db::{Fault, Read, Tx, params};
use vocab::{CaseId, RecoveryId, Timestamp, UserId};

use super::{Held, RecoveryState, basis_of, find_live, is_overtaken, send_code, store};
use crate::{
    Contact, ContactIndex, ContactKind, Cx, Error, LifeRefusal, Notice, Secret,
    audit::{self, Action, By},
    code,
    keys::Purpose,
    notice, text,
};

db::sql! {
    INSERT = "INSERT INTO recovery_cases (id, recovery_id, user_id, contact_kind, contact_index, \
        contact_sealed, statement_sealed, state, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8)";
    QUEUE = "SELECT id, recovery_id, user_id, contact_kind, contact_index, contact_sealed, \
        statement_sealed, created_at FROM recovery_cases WHERE state = 'open' \
        ORDER BY id LIMIT $1";
    FIND = "SELECT id, recovery_id, user_id, contact_kind, contact_index, contact_sealed, \
        statement_sealed, created_at FROM recovery_cases WHERE id = $1 AND state = 'open'";
    DECIDE = "UPDATE recovery_cases SET state = $2, decided_at = $3, decided_by = $4 \
        WHERE id = $1 AND state = 'open'";
    TICKET_OF = "SELECT ticket_hash FROM recoveries WHERE id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Least and greatest length of a statement, in characters.
const STATEMENT: std::ops::RangeInclusive<usize> = 10..=2_000;

/// A case as those who decide see it.
#[derive(Clone, Debug)]
pub struct Case {
    pub id: CaseId,
    recovery: RecoveryId,
    /// Whose account it would be; none if the identifier belongs to nobody.
    pub user: Option<UserId>,
    pub reach_me_at: Contact,
    pub statement: Secret,
    pub created_at: Timestamp,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approved,
    Rejected,
}

impl Decision {
    const fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// Asks for a review, from any step of a recovery that has not ended. The owner is told everywhere.
///
/// # Errors
/// [`LifeRefusal::StatementInvalid`], [`LifeRefusal::RecoveryStep`], and those of
/// [`super::resend`].
pub fn ask(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    reach_me_at: &Contact,
    statement: &str,
) -> Result<CaseId, Error> {
    let statement = text::composed(statement.trim()).into_owned();
    if !STATEMENT.contains(&statement.chars().count()) {
        return Err(LifeRefusal::StatementInvalid.into());
    }
    let recovery = find_live(tx, cx, held)?;
    let step = (held.id, recovery.state, RecoveryState::InReview);
    let is_open = !matches!(
        recovery.state,
        RecoveryState::Completed | RecoveryState::InReview
    );
    if !is_open || !store::advance(tx, step, &recovery.proofs)? {
        return Err(LifeRefusal::RecoveryStep.into());
    }
    let id = CaseId::new(cx.now, cx.entropy);
    let (index, sealed) = (
        reach_me_at.index(cx.keys),
        reach_me_at.seal(cx.keys, cx.entropy),
    );
    let context = id.to_string();
    let said = cx.keys.seal(
        Purpose::Statement,
        context.as_bytes(),
        statement.as_bytes(),
        cx.entropy,
    );
    let values = params![
        context,
        held.id.to_string(),
        recovery.user.map(UserId::raw),
        reach_me_at.kind().code(),
        index.bytes(),
        sealed,
        said,
        cx.now.micros()
    ];
    tx.execute(INSERT, &values)?;
    if let Some(user) = recovery.user
        && !is_overtaken(tx, &recovery)?
    {
        notice::tell(tx, cx, user, &Notice::ReviewAsked)?;
    }
    Ok(id)
}

/// Cases that wait for a decision, oldest first.
pub fn queue(read: &mut impl Read, cx: &Cx<'_>, most: i64) -> Result<Vec<Case>, Error> {
    let rows = read.query(QUEUE, &params![most], row)?;
    rows.into_iter().map(|row| open(cx, row)).collect()
}

/// Decides a case; `by` names who did. Approved, it needs an account, and a code travels to the
/// address that was given; whoever asked goes on with it, within a day.
///
/// # Errors
/// [`LifeRefusal::CaseNotFound`], [`LifeRefusal::RecoveryNotFound`] if there is no account to give
/// back, [`crate::Rejection::CodesTooMany`].
pub fn decide(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    id: CaseId,
    decision: Decision,
    by: &str,
) -> Result<Case, Error> {
    let found = tx.query_one(FIND, &params![id.to_string()], row)?;
    let case = open(cx, found.ok_or(LifeRefusal::CaseNotFound)?)?;
    let values = params![id.to_string(), decision.code(), cx.now.micros(), by];
    if tx.execute(DECIDE, &values)? != 1 {
        return Err(LifeRefusal::CaseNotFound.into());
    }
    if let Some(user) = case.user {
        let action = match decision {
            Decision::Approved => Action::ReviewApproved,
            Decision::Rejected => Action::ReviewRejected,
        };
        let deed = (action, id.to_string());
        audit::note(tx, cx, By::reviewer(by), user, (deed.0, &deed.1))?;
    }
    if decision == Decision::Approved {
        let user = case.user.ok_or(LifeRefusal::RecoveryNotFound)?;
        let ticket = tx.query_one(TICKET_OF, &params![case.recovery.to_string()], |row| {
            row.bytes(0)
        })?;
        let recovery = store::StoredRecovery {
            id: case.recovery,
            ticket: ticket.ok_or(LifeRefusal::RecoveryNotFound)?,
            user: Some(user),
            contact: Some(case.reach_me_at.clone()),
            locale: crate::user::locale_of(tx, user)?,
            state: RecoveryState::CodeSent,
            proofs: Vec::new(),
            basis: basis_of(tx, Some(user))?,
            is_reviewed: true,
            expires_at: cx.now.plus_seconds(cx.policy.life.reviewed_seconds),
        };
        if !store::reviewed(tx, cx, &recovery, &case.reach_me_at)? {
            return Err(LifeRefusal::CaseNotFound.into());
        }
        code::take_send(tx, cx, &case.reach_me_at.index(cx.keys))?;
        send_code(tx, cx, &recovery)?;
    }
    Ok(case)
}

struct Row {
    id: CaseId,
    recovery: RecoveryId,
    user: Option<UserId>,
    contact: (ContactKind, ContactIndex, Vec<u8>),
    statement: Vec<u8>,
    created_at: Timestamp,
}

fn row(row: &db::Row<'_>) -> Result<Row, Fault> {
    let corrupt = || Fault::corrupt("a case is malformed");
    let kind = ContactKind::from_code(row.text(3)?).ok_or_else(corrupt)?;
    let index = ContactIndex::from_stored(row.bytes(4)?);
    Ok(Row {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        recovery: row.text(1)?.parse().map_err(|_| corrupt())?,
        user: row.opt_int(2)?.map(UserId::from_raw),
        contact: (kind, index, row.blob(5)?.to_vec()),
        statement: row.blob(6)?.to_vec(),
        created_at: Timestamp::from_micros(row.int(7)?),
    })
}

fn open(cx: &Cx<'_>, row: Row) -> Result<Case, Error> {
    let (kind, index, sealed) = row.contact;
    let context = row.id.to_string();
    let plain = cx
        .keys
        .open(Purpose::Statement, context.as_bytes(), &row.statement)?;
    let statement = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    Ok(Case {
        id: row.id,
        recovery: row.recovery,
        user: row.user,
        reach_me_at: Contact::open(kind, &index, &sealed, cx.keys)?,
        statement: Secret::new(statement.to_owned()),
        created_at: row.created_at,
    })
}
