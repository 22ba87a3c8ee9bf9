use db::{Fault, Read, Row, Tx, params};
use vocab::{SessionId, StepUpId, Timestamp, UserId};

use super::{Purpose, StepUpState};
use crate::{Method, Session};

db::sql! {
    INSERT = "INSERT INTO step_ups (id, user_id, session_id, purpose, resource, state, attempts, \
        created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
    FIND = "SELECT id, purpose, resource, state, expires_at FROM step_ups \
        WHERE id = $1 AND session_id = $2 AND user_id = $3";
    FIND_OF = "SELECT id, purpose, resource, state, expires_at, session_id FROM step_ups \
        WHERE id = $1 AND user_id = $2";
    COUNT_ATTEMPT = "UPDATE step_ups SET attempts = attempts + 1 \
        WHERE id = $1 AND state = 'pending' AND attempts < $2";
    GRANT = "UPDATE step_ups SET state = 'granted', method = $2, expires_at = $3 \
        WHERE id = $1 AND state = 'pending'";
    FIND_GRANTED = "SELECT g.id FROM step_ups g \
        JOIN sessions s ON s.id = g.session_id JOIN users u ON u.id = s.user_id \
        WHERE g.session_id = $1 AND g.user_id = $2 AND g.purpose = $3 AND g.resource = $4 \
        AND g.state = 'granted' AND g.expires_at > $5 \
        AND s.revoked_at IS NULL AND s.epoch = u.epoch \
        ORDER BY g.expires_at, g.id LIMIT 1";
    USE_UP = "UPDATE step_ups SET state = 'used' WHERE id = $1 AND state = 'granted'";
    PURGE = "DELETE FROM step_ups WHERE id IN \
        (SELECT id FROM step_ups WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredStepUp {
    pub(super) id: StepUpId,
    pub(super) purpose: Purpose,
    pub(super) resource: String,
    pub(super) state: StepUpState,
    pub(super) expires_at: Timestamp,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    session: &Session,
    step_up: &StoredStepUp,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        step_up.id.to_string(),
        session.user.raw(),
        session.id.to_string(),
        step_up.purpose.code(),
        step_up.resource.as_str(),
        step_up.state.code(),
        now.micros(),
        step_up.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

/// Of this session only.
pub(super) fn find(
    read: &mut impl Read,
    session: &Session,
    id: StepUpId,
) -> Result<Option<StoredStepUp>, Fault> {
    let values = params![id.to_string(), session.id.to_string(), session.user.raw()];
    read.query_one(FIND, &values, stored)
}

/// Of any session of a person, with the session.
pub(super) fn find_of(
    read: &mut impl Read,
    user: UserId,
    id: StepUpId,
) -> Result<Option<(StoredStepUp, SessionId)>, Fault> {
    read.query_one(FIND_OF, &params![id.to_string(), user.raw()], |row| {
        let session = row.text(5)?.parse().map_err(|_| corrupt())?;
        Ok((stored(row)?, session))
    })
}

/// `false` if no try is left.
pub(super) fn count_attempt(tx: &mut Tx<'_>, id: StepUpId, most: i64) -> Result<bool, Fault> {
    Ok(tx.execute(COUNT_ATTEMPT, &params![id.to_string(), most])? == 1)
}

/// `false` if somebody else granted it.
pub(super) fn grant(
    tx: &mut Tx<'_>,
    id: StepUpId,
    method: Method,
    expires_at: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), method.code(), expires_at.micros()];
    Ok(tx.execute(GRANT, &values)? == 1)
}

/// A live grant of a session that lives itself.
pub(super) fn find_granted(
    tx: &mut Tx<'_>,
    session: &Session,
    purpose: Purpose,
    resource: &str,
    now: Timestamp,
) -> Result<Option<StepUpId>, Fault> {
    let values = params![
        session.id.to_string(),
        session.user.raw(),
        purpose.code(),
        resource,
        now.micros()
    ];
    tx.query_one(FIND_GRANTED, &values, id)
}

/// `false` if somebody else used it.
pub(super) fn use_up(tx: &mut Tx<'_>, id: StepUpId) -> Result<bool, Fault> {
    Ok(tx.execute(USE_UP, &params![id.to_string()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

fn id(row: &Row<'_>) -> Result<StepUpId, Fault> {
    row.text(0)?.parse().map_err(|_| corrupt())
}

fn stored(row: &Row<'_>) -> Result<StoredStepUp, Fault> {
    Ok(StoredStepUp {
        id: id(row)?,
        purpose: Purpose::from_code(row.text(1)?).ok_or_else(corrupt)?,
        resource: row.text(2)?.to_owned(),
        state: StepUpState::from_code(row.text(3)?).ok_or_else(corrupt)?,
        expires_at: Timestamp::from_micros(row.int(4)?),
    })
}

fn corrupt() -> Fault {
    Fault::corrupt("a step-up is malformed")
}
