use db::{Fault, Read, Row, Tx, params};
use vocab::{AccessTokenId, SessionId, Timestamp, UserId};

use super::{AccessTokenState, Network, Scopes};
use crate::{Channel, keys::Tag};

db::sql! {
    INSERT = "INSERT INTO access_tokens (id, user_id, session_id, sealed, scopes, payees, networks, state, \
        channel, epoch, life_seconds, overlap_seconds, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13)";
    FIND = "SELECT id, user_id, session_id, sealed, scopes, payees, networks, state, channel, epoch, \
        life_seconds, overlap_seconds, created_at, claimed_at, expires_at, last_used_at \
        FROM access_tokens WHERE user_id = $1 AND id = $2";
    LIST = "SELECT id, user_id, session_id, sealed, scopes, payees, networks, state, channel, epoch, \
        life_seconds, overlap_seconds, created_at, claimed_at, expires_at, last_used_at \
        FROM access_tokens WHERE user_id = $1 ORDER BY id DESC LIMIT 200";
    FIND_BY_KEY = "SELECT t.id, t.user_id, t.session_id, t.sealed, t.scopes, t.payees, t.networks, t.state, \
        t.channel, t.epoch, t.life_seconds, t.overlap_seconds, t.created_at, t.claimed_at, \
        t.expires_at, t.last_used_at, k.mac FROM access_token_keys k \
        JOIN access_tokens t ON t.id = k.token_id JOIN users u ON u.id = t.user_id \
        WHERE k.key_id = $1 AND (k.valid_until IS NULL OR k.valid_until > $2) \
        AND t.epoch = u.epoch AND u.state = 'active'";
    REQUESTED_SINCE = "SELECT COUNT(*) FROM access_tokens WHERE user_id = $1 AND created_at > $2";
    INSERT_KEY = "INSERT INTO access_token_keys (key_id, token_id, mac) VALUES ($1, $2, $3)";
    END_OLDER_KEYS = "DELETE FROM access_token_keys WHERE token_id = $1 AND valid_until IS NOT NULL";
    END_KEYS = "UPDATE access_token_keys SET valid_until = $2 WHERE token_id = $1 AND valid_until IS NULL";
    ACTIVATE = "UPDATE access_tokens SET state = 'active', claimed_at = $2, expires_at = $3, \
        last_used_at = NULL, epoch = $4 WHERE id = $1 AND state <> 'revoked'";
    PREPARE_ROTATION = "UPDATE access_tokens SET session_id = $2, overlap_seconds = $3 WHERE id = $1";
    REVOKE = "UPDATE access_tokens SET state = 'revoked', ended_at = $2 \
        WHERE id = $1 AND state <> 'revoked'";
    SUSPEND_ALL = "UPDATE access_tokens SET state = 'suspended' WHERE user_id = $1 AND state = 'active'";
    TOUCH = "UPDATE access_tokens SET last_used_at = $2 WHERE id = $1 \
        AND (last_used_at IS NULL OR last_used_at < $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

#[derive(Clone)]
pub(super) struct Stored {
    pub(super) id: AccessTokenId,
    pub(super) user: UserId,
    pub(super) session: SessionId,
    /// Its name and where the code went.
    pub(super) sealed: Vec<u8>,
    pub(super) scopes: Scopes,
    pub(super) payees: Vec<UserId>,
    pub(super) networks: Vec<Network>,
    pub(super) state: AccessTokenState,
    pub(super) channel: Channel,
    pub(super) epoch: i64,
    pub(super) life_seconds: i64,
    pub(super) overlap_seconds: i64,
    pub(super) created_at: Timestamp,
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) expires_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
}

pub(super) fn insert(tx: &mut Tx<'_>, stored: &Stored) -> Result<(), Fault> {
    let values = params![
        stored.id.to_string(),
        stored.user.raw(),
        stored.session.to_string(),
        stored.sealed.clone(),
        stored.scopes.to_text(),
        join(&stored.payees),
        join(&stored.networks),
        stored.state.code(),
        stored.channel.code(),
        stored.epoch,
        stored.life_seconds,
        stored.created_at.micros(),
        stored.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(
    read: &mut impl Read,
    user: UserId,
    id: AccessTokenId,
) -> Result<Option<Stored>, Fault> {
    read.query_one(FIND, &params![user.raw(), id.to_string()], stored)
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<Stored>, Fault> {
    read.query(LIST, &params![user.raw()], stored)
}

/// The token of a key that may serve now, with the key's MAC.
pub(super) fn find_by_key(
    read: &mut impl Read,
    key_id: &str,
    now: Timestamp,
) -> Result<Option<(Stored, Tag)>, Fault> {
    read.query_one(FIND_BY_KEY, &params![key_id, now.micros()], |row| {
        Ok((stored(row)?, row.bytes(16)?))
    })
}

pub(super) fn requested_since(
    read: &mut impl Read,
    user: UserId,
    since: Timestamp,
) -> Result<i64, Fault> {
    let values = params![user.raw(), since.micros()];
    let found = read.query_one(REQUESTED_SINCE, &values, |row| row.int(0))?;
    Ok(found.unwrap_or(0))
}

pub(super) fn insert_key(
    tx: &mut Tx<'_>,
    key_id: &str,
    id: AccessTokenId,
    mac: &Tag,
) -> Result<(), Fault> {
    tx.execute(INSERT_KEY, &params![key_id, id.to_string(), mac])
        .map(|_| ())
}

/// Lets the present key serve until a moment; the one before it is over, and so is the present one
/// if the moment is not later than now.
pub(super) fn end_keys(
    tx: &mut Tx<'_>,
    id: AccessTokenId,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), Fault> {
    tx.execute(END_OLDER_KEYS, &params![id.to_string()])?;
    tx.execute(END_KEYS, &params![id.to_string(), until.micros()])?;
    if until <= now {
        tx.execute(END_OLDER_KEYS, &params![id.to_string()])?;
    }
    Ok(())
}

/// `false` if it was revoked.
pub(super) fn activate(
    tx: &mut Tx<'_>,
    id: AccessTokenId,
    (now, expires_at): (Timestamp, Timestamp),
    epoch: i64,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), now.micros(), expires_at.micros(), epoch];
    Ok(tx.execute(ACTIVATE, &values)? == 1)
}

pub(super) fn prepare_rotation(
    tx: &mut Tx<'_>,
    id: AccessTokenId,
    session: SessionId,
    overlap_seconds: i64,
) -> Result<(), Fault> {
    let values = params![id.to_string(), session.to_string(), overlap_seconds];
    tx.execute(PREPARE_ROTATION, &values).map(|_| ())
}

/// `false` if it was revoked before.
pub(super) fn revoke(tx: &mut Tx<'_>, id: AccessTokenId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(REVOKE, &params![id.to_string(), now.micros()])? == 1)
}

pub(super) fn suspend_all(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    tx.execute(SUSPEND_ALL, &params![user.raw()]).map(|_| ())
}

pub(super) fn touch(tx: &mut Tx<'_>, id: AccessTokenId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(TOUCH, &params![id.to_string(), now.micros()])
        .map(|_| ())
}

fn join<T: ToString>(all: &[T]) -> String {
    all.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    let corrupt = || Fault::corrupt("an access token is malformed");
    Ok(Stored {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        user: UserId::from_raw(row.int(1)?),
        session: row.text(2)?.parse().map_err(|_| corrupt())?,
        sealed: row.blob(3)?.to_vec(),
        scopes: Scopes::from_text(row.text(4)?).ok_or_else(corrupt)?,
        payees: split(row.text(5)?).ok_or_else(corrupt)?,
        networks: split(row.text(6)?).ok_or_else(corrupt)?,
        state: AccessTokenState::from_code(row.text(7)?).ok_or_else(corrupt)?,
        channel: Channel::from_code(row.text(8)?).ok_or_else(corrupt)?,
        epoch: row.int(9)?,
        life_seconds: row.int(10)?,
        overlap_seconds: row.int(11)?,
        created_at: Timestamp::from_micros(row.int(12)?),
        claimed_at: row.opt_int(13)?.map(Timestamp::from_micros),
        expires_at: Timestamp::from_micros(row.int(14)?),
        last_used_at: row.opt_int(15)?.map(Timestamp::from_micros),
    })
}

fn split<T: std::str::FromStr>(text: &str) -> Option<Vec<T>> {
    text.split_whitespace()
        .map(|part| part.parse().ok())
        .collect()
}
