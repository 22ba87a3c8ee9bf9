use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    FIND = "SELECT failures, blocked_until FROM sign_in_guards \
        WHERE user_id = $1 AND bucket = $2 {for_update}";
    FOUND = "INSERT INTO sign_in_guards (user_id, bucket, failures, blocked_until) \
        VALUES ($1, $2, 0, 0) ON CONFLICT (user_id, bucket) DO NOTHING";
    SET = "UPDATE sign_in_guards SET failures = $3, blocked_until = $4 \
        WHERE user_id = $1 AND bucket = $2";
    CLEAR = "UPDATE sign_in_guards SET failures = 0, blocked_until = 0 \
        WHERE user_id = $1 AND bucket = $2";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Failures in a row, and until when nothing is heard.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guard {
    pub(crate) failures: i64,
    pub(crate) blocked_until: Timestamp,
}

pub(super) fn find(tx: &mut Tx<'_>, user: UserId, bucket: &str) -> Result<Guard, Fault> {
    let found = tx.query_one(FIND, &params![user.raw(), bucket], |row| {
        let blocked_until = Timestamp::from_micros(row.int(1)?);
        Ok(Guard {
            failures: row.int(0)?,
            blocked_until,
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// As [`find`], but there is a row to lock in any case.
pub(super) fn lock(tx: &mut Tx<'_>, user: UserId, bucket: &str) -> Result<Guard, Fault> {
    tx.execute(FOUND, &params![user.raw(), bucket])?;
    find(tx, user, bucket)
}

pub(super) fn set(tx: &mut Tx<'_>, user: UserId, bucket: &str, guard: Guard) -> Result<(), Fault> {
    let values = params![
        user.raw(),
        bucket,
        guard.failures,
        guard.blocked_until.micros()
    ];
    tx.execute(SET, &values).map(|_| ())
}

pub(super) fn clear(tx: &mut Tx<'_>, user: UserId, bucket: &str) -> Result<(), Fault> {
    tx.execute(CLEAR, &params![user.raw(), bucket]).map(|_| ())
}
