use db::{Fault, Read, Row, Tx, params};
use vocab::{SessionId, Timestamp, UserId};

use super::Session;
use crate::keys::Tag;

db::sql! {
    EPOCH_OF = "SELECT epoch FROM users WHERE id = $1 AND state = 'active'";
    INSERT = "INSERT INTO sessions (id, user_id, token_hash, epoch, created_at, \
        authenticated_at, last_seen_at, expires_at, device_sealed) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    FIND = "SELECT s.id, s.user_id, s.epoch, s.created_at, s.authenticated_at, s.last_seen_at, \
        s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id \
        WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.epoch = u.epoch \
        AND u.state = 'active'";
    LIST = "SELECT s.id, s.user_id, s.epoch, s.created_at, s.authenticated_at, s.last_seen_at, \
        s.expires_at, s.device_sealed FROM sessions s JOIN users u ON u.id = s.user_id \
        WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.epoch = u.epoch \
        AND u.state = 'active' ORDER BY s.id DESC";
    TOUCH = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 \
        AND last_seen_at > $3";
    REVOKE = "UPDATE sessions SET revoked_at = $3 \
        WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";
    PURGE = "DELETE FROM sessions WHERE id IN \
        (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    FIND_GUARD = "SELECT failures, blocked_until FROM sign_in_guards \
        WHERE user_id = $1 AND bucket = $2 {for_update}";
    SET_GUARD = "INSERT INTO sign_in_guards (user_id, bucket, failures, blocked_until) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, bucket) DO UPDATE SET \
        failures = excluded.failures, blocked_until = excluded.blocked_until";
    CLEAR_GUARD = "DELETE FROM sign_in_guards WHERE user_id = $1 AND bucket = $2";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Wrong passwords in a row, and until when nothing is accepted.
#[derive(Clone, Copy, Default)]
pub(super) struct Guard {
    pub(super) failures: i64,
    pub(super) blocked_until: Timestamp,
}

pub(super) fn epoch_of(read: &mut impl Read, user: UserId) -> Result<Option<i64>, Fault> {
    read.query_one(EPOCH_OF, &params![user.raw()], |row| row.int(0))
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    session: &Session,
    token_hash: &Tag,
    device: Vec<u8>,
) -> Result<(), Fault> {
    let values = params![
        session.id.to_string(),
        session.user.raw(),
        token_hash,
        session.epoch,
        session.created_at.micros(),
        session.authenticated_at.micros(),
        session.last_seen_at.micros(),
        session.expires_at.micros(),
        device
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(read: &mut impl Read, token_hash: &Tag) -> Result<Option<Session>, Fault> {
    read.query_one(FIND, &params![token_hash], session)
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<(Session, Vec<u8>)>, Fault> {
    read.query(LIST, &params![user.raw()], |row| {
        Ok((session(row)?, row.blob(7)?.to_vec()))
    })
}

/// Changes nothing if it was silent since before `alive_since`.
pub(super) fn touch(
    tx: &mut Tx<'_>,
    id: SessionId,
    now: Timestamp,
    alive_since: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.to_string(), now.micros(), alive_since.micros()];
    tx.execute(TOUCH, &values).map(|_| ())
}

/// `false` if there is no such live session of this person.
pub(super) fn revoke(
    tx: &mut Tx<'_>,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(REVOKE, &params![id.to_string(), user.raw(), now.micros()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

pub(super) fn find_guard(tx: &mut Tx<'_>, user: UserId, bucket: &str) -> Result<Guard, Fault> {
    let found = tx.query_one(FIND_GUARD, &params![user.raw(), bucket], |row| {
        let blocked_until = Timestamp::from_micros(row.int(1)?);
        Ok(Guard {
            failures: row.int(0)?,
            blocked_until,
        })
    })?;
    Ok(found.unwrap_or_default())
}

pub(super) fn set_guard(
    tx: &mut Tx<'_>,
    user: UserId,
    bucket: &str,
    guard: Guard,
) -> Result<(), Fault> {
    let values = params![
        user.raw(),
        bucket,
        guard.failures,
        guard.blocked_until.micros()
    ];
    tx.execute(SET_GUARD, &values).map(|_| ())
}

pub(super) fn clear_guard(tx: &mut Tx<'_>, user: UserId, bucket: &str) -> Result<(), Fault> {
    tx.execute(CLEAR_GUARD, &params![user.raw(), bucket])
        .map(|_| ())
}

fn session(row: &Row<'_>) -> Result<Session, Fault> {
    let time = |column| row.int(column).map(Timestamp::from_micros);
    Ok(Session {
        id: row
            .text(0)?
            .parse()
            .map_err(|_| Fault::corrupt("a session id is malformed"))?,
        user: UserId::from_raw(row.int(1)?),
        epoch: row.int(2)?,
        created_at: time(3)?,
        authenticated_at: time(4)?,
        last_seen_at: time(5)?,
        expires_at: time(6)?,
    })
}
