use db::{Fault, Read, Row, Tx, params};
use vocab::{PasskeyId, Timestamp, UserId};

use super::{Asserted, Ceremony, HANDLE_BYTES, Passkey};
use crate::keys::Tag;

db::sql! {
    INSERT_HANDLE = "INSERT INTO passkey_handles (user_id, handle) VALUES ($1, $2) \
        ON CONFLICT (user_id) DO NOTHING";
    FIND_HANDLE = "SELECT handle FROM passkey_handles WHERE user_id = $1";
    FIND_OWNER = "SELECT user_id FROM passkey_handles WHERE handle = $1";
    LIST = "SELECT id, credential_hash, name_sealed, material_sealed, is_synced, created_at, \
        last_used_at FROM passkeys WHERE user_id = $1 ORDER BY id";
    INSERT = "INSERT INTO passkeys (id, user_id, credential_hash, name_sealed, material_sealed, \
        is_synced, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (credential_hash) DO NOTHING";
    RENAME = "UPDATE passkeys SET name_sealed = $3 WHERE user_id = $1 AND id = $2";
    REMOVE = "DELETE FROM passkeys WHERE user_id = $1 AND id = $2";
    NOTE_USE = "UPDATE passkeys SET material_sealed = $3, is_synced = $4, last_used_at = $5 \
        WHERE user_id = $1 AND credential_hash = $2";
    KEEP_CHALLENGE = "INSERT INTO passkey_challenges \
        (purpose, subject, user_id, state_sealed, expires_at, used_at) \
        VALUES ($1, $2, $3, $4, $5, NULL) ON CONFLICT (purpose, subject) DO UPDATE SET \
        user_id = excluded.user_id, state_sealed = excluded.state_sealed, \
        expires_at = excluded.expires_at, used_at = NULL";
    FIND_CHALLENGE = "SELECT user_id, state_sealed FROM passkey_challenges \
        WHERE purpose = $1 AND subject = $2 AND used_at IS NULL AND expires_at > $3";
    USE_CHALLENGE = "UPDATE passkey_challenges SET used_at = $3 \
        WHERE purpose = $1 AND subject = $2 AND used_at IS NULL";
    PURGE = "DELETE FROM passkey_challenges WHERE subject IN \
        (SELECT subject FROM passkey_challenges WHERE expires_at < $1 \
        ORDER BY expires_at LIMIT $2) AND expires_at < $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredPasskey {
    pub(super) id: PasskeyId,
    pub(super) credential: Tag,
    pub(super) name: Vec<u8>,
    pub(super) material: Vec<u8>,
    pub(super) is_synced: bool,
    pub(super) created_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
}

pub(super) fn insert_handle(
    tx: &mut Tx<'_>,
    user: UserId,
    handle: [u8; HANDLE_BYTES],
) -> Result<(), Fault> {
    tx.execute(INSERT_HANDLE, &params![user.raw(), handle])
        .map(|_| ())
}

pub(super) fn find_handle(
    read: &mut impl Read,
    user: UserId,
) -> Result<Option<[u8; HANDLE_BYTES]>, Fault> {
    read.query_one(FIND_HANDLE, &params![user.raw()], |row| row.bytes(0))
}

pub(super) fn find_owner(
    read: &mut impl Read,
    handle: &[u8; HANDLE_BYTES],
) -> Result<Option<UserId>, Fault> {
    read.query_one(FIND_OWNER, &params![handle], |row| {
        row.int(0).map(UserId::from_raw)
    })
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<StoredPasskey>, Fault> {
    read.query(LIST, &params![user.raw()], stored)
}

/// `false` if somebody has this key.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    passkey: &Passkey,
    name: Vec<u8>,
    material: Vec<u8>,
) -> Result<bool, Fault> {
    let values = params![
        passkey.id.to_string(),
        user.raw(),
        passkey.credential,
        name,
        material,
        i64::from(passkey.is_synced),
        passkey.created_at.micros()
    ];
    Ok(tx.execute(INSERT, &values)? == 1)
}

/// `false` if there is no such passkey of this person.
pub(super) fn rename(
    tx: &mut Tx<'_>,
    user: UserId,
    id: PasskeyId,
    name: Vec<u8>,
) -> Result<bool, Fault> {
    Ok(tx.execute(RENAME, &params![user.raw(), id.to_string(), name])? == 1)
}

/// `false` if there is no such passkey of this person.
pub(super) fn remove(tx: &mut Tx<'_>, user: UserId, id: PasskeyId) -> Result<bool, Fault> {
    Ok(tx.execute(REMOVE, &params![user.raw(), id.to_string()])? == 1)
}

/// `false` if the key is gone.
pub(super) fn note_use(
    tx: &mut Tx<'_>,
    user: UserId,
    asserted: &Asserted,
    material: Vec<u8>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let values = params![
        user.raw(),
        asserted.credential,
        material,
        i64::from(asserted.is_synced),
        now.micros()
    ];
    Ok(tx.execute(NOTE_USE, &values)? == 1)
}

pub(super) fn keep_challenge(
    tx: &mut Tx<'_>,
    ceremony: &Ceremony<'_>,
    state: Vec<u8>,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        ceremony.purpose,
        ceremony.subject,
        ceremony.user.map(UserId::raw),
        state,
        expires_at.micros()
    ];
    tx.execute(KEEP_CHALLENGE, &values).map(|_| ())
}

/// A challenge that waits for its answer.
pub(super) struct StoredChallenge {
    pub(super) user: Option<UserId>,
    pub(super) state: Vec<u8>,
}

pub(super) fn find_challenge(
    read: &mut impl Read,
    ceremony: &Ceremony<'_>,
    now: Timestamp,
) -> Result<Option<StoredChallenge>, Fault> {
    let values = params![ceremony.purpose, ceremony.subject, now.micros()];
    read.query_one(FIND_CHALLENGE, &values, |row| {
        Ok(StoredChallenge {
            user: row.opt_int(0)?.map(UserId::from_raw),
            state: row.blob(1)?.to_vec(),
        })
    })
}

/// `false` if somebody else used it.
pub(super) fn use_challenge(
    tx: &mut Tx<'_>,
    ceremony: &Ceremony<'_>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let values = params![ceremony.purpose, ceremony.subject, now.micros()];
    Ok(tx.execute(USE_CHALLENGE, &values)? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

fn stored(row: &Row<'_>) -> Result<StoredPasskey, Fault> {
    Ok(StoredPasskey {
        id: row
            .text(0)?
            .parse()
            .map_err(|_| Fault::corrupt("a passkey id is malformed"))?,
        credential: row.bytes(1)?,
        name: row.blob(2)?.to_vec(),
        material: row.blob(3)?.to_vec(),
        is_synced: row.int(4)? != 0,
        created_at: Timestamp::from_micros(row.int(5)?),
        last_used_at: row.opt_int(6)?.map(Timestamp::from_micros),
    })
}
