use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    FIND = "SELECT verifier_sealed, failures, locked_until, reset_at FROM pins WHERE user_id = $1";
    INSERT = "INSERT INTO pins (user_id, verifier_sealed, failures, locked_until, set_at) \
        VALUES ($1, $2, 0, 0, $3) ON CONFLICT (user_id) DO NOTHING";
    CHANGE = "UPDATE pins SET verifier_sealed = $2, failures = 0, locked_until = 0 \
        WHERE user_id = $1";
    RESET = "UPDATE pins SET verifier_sealed = $2, failures = 0, locked_until = 0, reset_at = $3 \
        WHERE user_id = $1";
    COUNT = "UPDATE pins SET failures = failures + 1, \
        locked_until = CASE WHEN failures + 1 = $4 THEN $3 ELSE locked_until END \
        WHERE user_id = $1 AND locked_until <= $2 AND failures < $5";
    FORGIVE = "UPDATE pins SET failures = 0, locked_until = 0 WHERE user_id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredPin {
    pub(super) verifier: Vec<u8>,
    pub(super) failures: i64,
    pub(super) locked_until: Timestamp,
    pub(super) reset_at: Option<Timestamp>,
}

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<StoredPin>, Fault> {
    read.query_one(FIND, &params![user.raw()], |row| {
        Ok(StoredPin {
            verifier: row.blob(0)?.to_vec(),
            failures: row.int(1)?,
            locked_until: Timestamp::from_micros(row.int(2)?),
            reset_at: row.opt_int(3)?.map(Timestamp::from_micros),
        })
    })
}

/// `false` if there is one.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    verifier: Vec<u8>,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(INSERT, &params![user.raw(), verifier, now.micros()])? == 1)
}

/// `false` if there is none.
pub(super) fn replace(
    tx: &mut Tx<'_>,
    user: UserId,
    verifier: Vec<u8>,
    reset_at: Option<Timestamp>,
) -> Result<bool, Fault> {
    let changed = match reset_at {
        None => tx.execute(CHANGE, &params![user.raw(), verifier])?,
        Some(at) => tx.execute(RESET, &params![user.raw(), verifier, at.micros()])?,
    };
    Ok(changed == 1)
}

/// `false` if it is locked or void by now. `limits` are the failures that lock and that void.
pub(super) fn count(
    tx: &mut Tx<'_>,
    user: UserId,
    now: Timestamp,
    lock_until: Timestamp,
    limits: (i64, i64),
) -> Result<bool, Fault> {
    let values = params![
        user.raw(),
        now.micros(),
        lock_until.micros(),
        limits.0,
        limits.1
    ];
    Ok(tx.execute(COUNT, &values)? == 1)
}

pub(super) fn forgive(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    tx.execute(FORGIVE, &params![user.raw()]).map(|_| ())
}
