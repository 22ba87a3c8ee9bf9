use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    INSERT = "INSERT INTO recovery_codes (user_id, selector, verifier_sealed, created_at) \
        VALUES ($1, $2, $3, $4)";
    REMOVE_ALL = "DELETE FROM recovery_codes WHERE user_id = $1";
    UNUSED = "SELECT selector, verifier_sealed FROM recovery_codes \
        WHERE user_id = $1 AND used_at IS NULL ORDER BY selector";
    LEFT = "SELECT count(*), min(created_at) FROM recovery_codes \
        WHERE user_id = $1 AND used_at IS NULL";
    USE_UP = "UPDATE recovery_codes SET used_at = $3 \
        WHERE user_id = $1 AND selector = $2 AND used_at IS NULL";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    selector: &str,
    verifier: Vec<u8>,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![user.raw(), selector, verifier, now.micros()];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn remove_all(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    tx.execute(REMOVE_ALL, &params![user.raw()]).map(|_| ())
}

pub(super) fn unused(read: &mut impl Read, user: UserId) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    read.query(UNUSED, &params![user.raw()], |row| {
        Ok((row.text(0)?.to_owned(), row.blob(1)?.to_vec()))
    })
}

pub(super) fn left(read: &mut impl Read, user: UserId) -> Result<(i64, Option<Timestamp>), Fault> {
    let found = read.query_one(LEFT, &params![user.raw()], |row| {
        Ok((row.int(0)?, row.opt_int(1)?.map(Timestamp::from_micros)))
    })?;
    Ok(found.unwrap_or_default())
}

/// `false` if it was used.
pub(super) fn use_up(
    tx: &mut Tx<'_>,
    user: UserId,
    selector: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(USE_UP, &params![user.raw(), selector, now.micros()])? == 1)
}
