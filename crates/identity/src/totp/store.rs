use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    FIND = "SELECT secret_sealed, activated_at, expires_at FROM totps WHERE user_id = $1";
    BEGIN = "INSERT INTO totps (user_id, secret_sealed, last_step, created_at, expires_at) \
        VALUES ($1, $2, 0, $3, $4) ON CONFLICT (user_id) DO UPDATE SET \
        secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, \
        expires_at = excluded.expires_at WHERE totps.activated_at IS NULL";
    ACTIVATE = "UPDATE totps SET activated_at = $3, last_step = $2 \
        WHERE user_id = $1 AND activated_at IS NULL AND expires_at > $3";
    USE_STEP = "UPDATE totps SET last_step = $2 \
        WHERE user_id = $1 AND activated_at IS NOT NULL AND last_step < $2";
    REMOVE = "DELETE FROM totps WHERE user_id = $1 AND activated_at IS NOT NULL";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredTotp {
    pub(super) secret: Vec<u8>,
    pub(super) activated_at: Option<Timestamp>,
    pub(super) expires_at: Timestamp,
}

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<StoredTotp>, Fault> {
    read.query_one(FIND, &params![user.raw()], |row| {
        Ok(StoredTotp {
            secret: row.blob(0)?.to_vec(),
            activated_at: row.opt_int(1)?.map(Timestamp::from_micros),
            expires_at: Timestamp::from_micros(row.int(2)?),
        })
    })
}

/// `false` if one is active.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    user: UserId,
    secret: Vec<u8>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, Fault> {
    let values = params![user.raw(), secret, now.micros(), expires_at.micros()];
    Ok(tx.execute(BEGIN, &values)? == 1)
}

/// `false` if none waits for it.
pub(super) fn activate(
    tx: &mut Tx<'_>,
    user: UserId,
    step: i64,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(ACTIVATE, &params![user.raw(), step, now.micros()])? == 1)
}

/// `false` if this step or a later one was used.
pub(super) fn use_step(tx: &mut Tx<'_>, user: UserId, step: i64) -> Result<bool, Fault> {
    Ok(tx.execute(USE_STEP, &params![user.raw(), step])? == 1)
}

/// `false` if none is active.
pub(super) fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<bool, Fault> {
    Ok(tx.execute(REMOVE, &params![user.raw()])? == 1)
}
