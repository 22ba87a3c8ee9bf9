use db::{Fault, Read, Row, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    SET = "INSERT INTO passwords (user_id, verifier_sealed, changed_at) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id) DO UPDATE SET verifier_sealed = excluded.verifier_sealed, \
        changed_at = excluded.changed_at, snoozed_until = NULL, compromised_at = NULL";
    CHANGED_AT = "SELECT changed_at FROM passwords WHERE user_id = $1";
    FIND = "SELECT verifier_sealed, changed_at, snoozed_until, compromised_at FROM passwords \
        WHERE user_id = $1";
    FIND_LOCKED = "SELECT verifier_sealed, changed_at, snoozed_until, compromised_at \
        FROM passwords WHERE user_id = $1 {for_update}";
    REPLACE_VERIFIER = "UPDATE passwords SET verifier_sealed = $3 \
        WHERE user_id = $1 AND verifier_sealed = $2";
    SNOOZE = "UPDATE passwords SET snoozed_until = $2 WHERE user_id = $1";
    MARK_COMPROMISED = "UPDATE passwords SET compromised_at = $2 \
        WHERE user_id = $1 AND compromised_at IS NULL";
    REMEMBER = "INSERT INTO password_history (user_id, replaced_at, verifier_sealed) \
        VALUES ($1, $2, $3) ON CONFLICT (user_id, replaced_at) DO NOTHING";
    HISTORY = "SELECT verifier_sealed FROM password_history WHERE user_id = $1 \
        ORDER BY replaced_at DESC";
    FORGET_OLD = "DELETE FROM password_history WHERE user_id = $1 AND replaced_at < \
        (SELECT MIN(replaced_at) FROM (SELECT replaced_at FROM password_history \
        WHERE user_id = $1 ORDER BY replaced_at DESC LIMIT $2) newest)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredPassword {
    pub(super) sealed: Vec<u8>,
    pub(super) changed_at: Timestamp,
    pub(super) snoozed_until: Option<Timestamp>,
    pub(super) compromised_at: Option<Timestamp>,
}

pub(super) fn set(
    tx: &mut Tx<'_>,
    user: UserId,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(SET, &params![user.raw(), sealed, now.micros()])
        .map(|_| ())
}

pub(super) fn changed_at(read: &mut impl Read, user: UserId) -> Result<Option<Timestamp>, Fault> {
    read.query_one(CHANGED_AT, &params![user.raw()], |row| {
        row.int(0).map(Timestamp::from_micros)
    })
}

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<StoredPassword>, Fault> {
    read.query_one(FIND, &params![user.raw()], stored)
}

/// As [`find`], and nobody else changes it until this write is over.
pub(super) fn find_locked(tx: &mut Tx<'_>, user: UserId) -> Result<Option<StoredPassword>, Fault> {
    tx.query_one(FIND_LOCKED, &params![user.raw()], stored)
}

/// `false` if it is another by now.
pub(super) fn replace_verifier(
    tx: &mut Tx<'_>,
    user: UserId,
    old: &[u8],
    new: Vec<u8>,
) -> Result<bool, Fault> {
    Ok(tx.execute(REPLACE_VERIFIER, &params![user.raw(), old, new])? == 1)
}

pub(super) fn snooze(tx: &mut Tx<'_>, user: UserId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(SNOOZE, &params![user.raw(), until.micros()])
        .map(|_| ())
}

pub(super) fn mark_compromised(
    tx: &mut Tx<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(MARK_COMPROMISED, &params![user.raw(), now.micros()])? == 1)
}

/// Keeps a verifier that is being replaced, and of all of them the newest `most`.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    user: UserId,
    (sealed, now): (&[u8], Timestamp),
    most: i64,
) -> Result<(), Fault> {
    tx.execute(REMEMBER, &params![user.raw(), now.micros(), sealed])?;
    tx.execute(FORGET_OLD, &params![user.raw(), most])
        .map(|_| ())
}

/// Newest first.
pub(super) fn history(read: &mut impl Read, user: UserId) -> Result<Vec<Vec<u8>>, Fault> {
    read.query(HISTORY, &params![user.raw()], |row| {
        row.blob(0).map(<[u8]>::to_vec)
    })
}

fn stored(row: &Row<'_>) -> Result<StoredPassword, Fault> {
    let time = |column| Ok::<_, Fault>(row.opt_int(column)?.map(Timestamp::from_micros));
    Ok(StoredPassword {
        sealed: row.blob(0)?.to_vec(),
        changed_at: Timestamp::from_micros(row.int(1)?),
        snoozed_until: time(2)?,
        compromised_at: time(3)?,
    })
}
