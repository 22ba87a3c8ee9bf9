use db::{Fault, Read, Row, Tx, params};
use vocab::{SecurityTokenId, SessionId, Timestamp, UserId};

use super::SecurityTokenState;
use crate::{Channel, keys::Tag};

db::sql! {
    INSERT = "INSERT INTO security_tokens (id, user_id, state, session_id, mac, channel, \
        delivered_to_sealed, wrong_tries, created_at, expires_at, name_sealed, replaces) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11)";
    FIND = "SELECT id, user_id, state, session_id, mac, channel, delivered_to_sealed, \
        wrong_tries, created_at, activated_at, expires_at, name_sealed, replaces, last_used_at \
        FROM security_tokens \
        WHERE user_id = $1 AND id = $2";
    ACTIVE = "SELECT id, user_id, state, session_id, mac, channel, delivered_to_sealed, \
        wrong_tries, created_at, activated_at, expires_at, name_sealed, replaces, last_used_at \
        FROM security_tokens \
        WHERE user_id = $1 AND state = 'active' ORDER BY id DESC";
    LIST = "SELECT id, user_id, state, session_id, mac, channel, delivered_to_sealed, \
        wrong_tries, created_at, activated_at, expires_at, name_sealed, replaces, last_used_at \
        FROM security_tokens \
        WHERE user_id = $1 ORDER BY id DESC LIMIT 100";
    CREATED_SINCE = "SELECT created_at FROM security_tokens \
        WHERE user_id = $1 AND created_at > $2 ORDER BY created_at DESC LIMIT $3";
    COUNT_TRY = "UPDATE security_tokens SET wrong_tries = wrong_tries + 1 \
        WHERE id = $1 AND state = 'pending' AND wrong_tries < $2";
    COUNT_GUESS = "UPDATE security_tokens SET wrong_tries = wrong_tries + 1 \
        WHERE id = $1 AND state = 'active' AND wrong_tries < $2";
    FORGIVE_ALL = "UPDATE security_tokens SET wrong_tries = 0 \
        WHERE user_id = $1 AND state = 'active'";
    UNNAMED_ACTIVE = "SELECT id FROM security_tokens \
        WHERE user_id = $1 AND state = 'active' AND name_sealed IS NULL";
    RENAME = "UPDATE security_tokens SET name_sealed = $3 WHERE user_id = $1 AND id = $2";
    UNBLOCK = "UPDATE security_tokens SET state = 'active', ended_at = NULL, wrong_tries = 0 \
        WHERE id = $1 AND state = 'blocked'";
    NOTE_USE = "UPDATE security_tokens SET last_used_at = $2 \
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)";
    BLOCK = "UPDATE security_tokens SET state = 'blocked', ended_at = $2 \
        WHERE id = $1 AND state = 'active'";
    ACTIVATE = "UPDATE security_tokens SET state = 'active', activated_at = $2, \
        expires_at = $3, wrong_tries = 0 WHERE id = $1 AND state = 'pending'";
    CANCEL = "UPDATE security_tokens SET state = 'canceled', ended_at = $2 \
        WHERE id = $1 AND state IN ('pending', 'active', 'blocked')";
    CANCEL_PENDING = "UPDATE security_tokens SET state = 'canceled', ended_at = $2 \
        WHERE user_id = $1 AND state = 'pending' AND expires_at > $2 AND wrong_tries < $3";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredToken {
    pub(super) id: SecurityTokenId,
    pub(super) user: UserId,
    pub(super) state: SecurityTokenState,
    pub(super) session: SessionId,
    pub(super) mac: Tag,
    pub(super) channel: Channel,
    pub(super) delivered_to: Vec<u8>,
    pub(super) wrong_tries: i64,
    pub(super) created_at: Timestamp,
    pub(super) activated_at: Option<Timestamp>,
    pub(super) expires_at: Timestamp,
    pub(super) name: Option<Vec<u8>>,
    pub(super) replaces: Option<SecurityTokenId>,
    pub(super) last_used_at: Option<Timestamp>,
}

pub(super) fn insert(tx: &mut Tx<'_>, token: &StoredToken) -> Result<(), Fault> {
    let values = params![
        token.id.to_string(),
        token.user.raw(),
        token.state.code(),
        token.session.to_string(),
        token.mac,
        token.channel.code(),
        token.delivered_to.as_slice(),
        token.created_at.micros(),
        token.expires_at.micros(),
        token.name.as_deref(),
        token.replaces.map(|id| id.to_string())
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(
    read: &mut impl Read,
    user: UserId,
    id: SecurityTokenId,
) -> Result<Option<StoredToken>, Fault> {
    read.query_one(FIND, &params![user.raw(), id.to_string()], stored)
}

/// Newest first.
pub(super) fn active(read: &mut impl Read, user: UserId) -> Result<Vec<StoredToken>, Fault> {
    read.query(ACTIVE, &params![user.raw()], stored)
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<StoredToken>, Fault> {
    read.query(LIST, &params![user.raw()], stored)
}

/// Newest first, at most `most`.
pub(super) fn created_since(
    read: &mut impl Read,
    user: UserId,
    since: Timestamp,
    most: i64,
) -> Result<Vec<Timestamp>, Fault> {
    read.query(
        CREATED_SINCE,
        &params![user.raw(), since.micros(), most],
        |row| row.int(0).map(Timestamp::from_micros),
    )
}

/// `false` if no try is left.
pub(super) fn count_try(tx: &mut Tx<'_>, id: SecurityTokenId, most: i64) -> Result<bool, Fault> {
    Ok(tx.execute(COUNT_TRY, &params![id.to_string(), most])? == 1)
}

/// `false` if no try is left.
pub(super) fn count_guess(tx: &mut Tx<'_>, id: SecurityTokenId, most: i64) -> Result<bool, Fault> {
    Ok(tx.execute(COUNT_GUESS, &params![id.to_string(), most])? == 1)
}

pub(super) fn forgive_all(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    tx.execute(FORGIVE_ALL, &params![user.raw()]).map(|_| ())
}

/// `false` if it was not active.
pub(super) fn block(tx: &mut Tx<'_>, id: SecurityTokenId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(BLOCK, &params![id.to_string(), now.micros()])? == 1)
}

/// `false` if it was not blocked.
pub(super) fn unblock(tx: &mut Tx<'_>, id: SecurityTokenId) -> Result<bool, Fault> {
    Ok(tx.execute(UNBLOCK, &params![id.to_string()])? == 1)
}

/// `false` if there is no such Token of this person.
pub(super) fn rename(
    tx: &mut Tx<'_>,
    user: UserId,
    id: SecurityTokenId,
    name: Vec<u8>,
) -> Result<bool, Fault> {
    Ok(tx.execute(RENAME, &params![user.raw(), id.to_string(), name])? == 1)
}

pub(super) fn unnamed_active(
    read: &mut impl Read,
    user: UserId,
) -> Result<Vec<SecurityTokenId>, Fault> {
    read.query(UNNAMED_ACTIVE, &params![user.raw()], |row| {
        row.text(0)?
            .parse()
            .map_err(|_| Fault::corrupt("a security token is malformed"))
    })
}

/// Changes nothing if it was noted since `before`.
pub(super) fn note_use(
    tx: &mut Tx<'_>,
    id: SecurityTokenId,
    now: Timestamp,
    before: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.to_string(), now.micros(), before.micros()];
    tx.execute(NOTE_USE, &values).map(|_| ())
}

/// `false` if it does not wait for activation any more.
pub(super) fn activate(
    tx: &mut Tx<'_>,
    id: SecurityTokenId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), now.micros(), expires_at.micros()];
    Ok(tx.execute(ACTIVATE, &values)? == 1)
}

/// `false` if it was over already.
pub(super) fn cancel(tx: &mut Tx<'_>, id: SecurityTokenId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(CANCEL, &params![id.to_string(), now.micros()])? == 1)
}

/// Leaves alone what is over by time or by `tries`: that is its end.
pub(super) fn cancel_pending(
    tx: &mut Tx<'_>,
    user: UserId,
    now: Timestamp,
    tries: i64,
) -> Result<(), Fault> {
    tx.execute(CANCEL_PENDING, &params![user.raw(), now.micros(), tries])
        .map(|_| ())
}

fn stored(row: &Row<'_>) -> Result<StoredToken, Fault> {
    let corrupt = || Fault::corrupt("a security token is malformed");
    let replaces = row.opt_text(12)?.map(str::parse).transpose();
    Ok(StoredToken {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        user: UserId::from_raw(row.int(1)?),
        state: SecurityTokenState::from_code(row.text(2)?).ok_or_else(corrupt)?,
        session: row.text(3)?.parse().map_err(|_| corrupt())?,
        mac: row.bytes(4)?,
        channel: Channel::from_code(row.text(5)?).ok_or_else(corrupt)?,
        delivered_to: row.blob(6)?.to_vec(),
        wrong_tries: row.int(7)?,
        created_at: Timestamp::from_micros(row.int(8)?),
        activated_at: row.opt_int(9)?.map(Timestamp::from_micros),
        expires_at: Timestamp::from_micros(row.int(10)?),
        name: row.opt_blob(11)?.map(<[u8]>::to_vec),
        replaces: replaces.map_err(|_| corrupt())?,
        last_used_at: row.opt_int(13)?.map(Timestamp::from_micros),
    })
}
