use db::{Fault, Read, Tx, params};
use vocab::Timestamp;

use super::Budget;

db::sql! {
    COUNTS = "SELECT sent, used FROM stranger_sends \
        WHERE prefix = $1 AND seconds = $2 AND begins_at = $3";
    TAKE = "INSERT INTO stranger_sends (prefix, seconds, begins_at, sent, used) \
        VALUES ($1, $2, $3, 1, 0) ON CONFLICT (prefix, seconds, begins_at) DO UPDATE \
        SET sent = stranger_sends.sent + 1 WHERE stranger_sends.sent < $4";
    USED = "UPDATE stranger_sends SET used = used + 1 \
        WHERE prefix = $1 AND seconds = $2 AND begins_at = $3";
    PURGE = "DELETE FROM stranger_sends WHERE begins_at IN (SELECT begins_at FROM stranger_sends \
        WHERE begins_at < $1 ORDER BY begins_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Sent and used in a window.
pub(super) fn counts(
    read: &mut impl Read,
    prefix: &str,
    seconds: i64,
    begins_at: Timestamp,
) -> Result<(i64, i64), Fault> {
    let values = params![prefix, seconds, begins_at.micros()];
    let found = read.query_one(COUNTS, &values, |row| Ok((row.int(0)?, row.int(1)?)))?;
    Ok(found.unwrap_or_default())
}

/// `false` if the budget is used up.
pub(super) fn take(
    tx: &mut Tx<'_>,
    budget: &Budget<'_>,
    begins_at: Timestamp,
) -> Result<bool, Fault> {
    let values = params![
        budget.prefix,
        budget.seconds,
        begins_at.micros(),
        budget.most
    ];
    Ok(tx.execute(TAKE, &values)? == 1)
}

pub(super) fn used(
    tx: &mut Tx<'_>,
    prefix: &str,
    seconds: i64,
    begins_at: Timestamp,
) -> Result<(), Fault> {
    let values = params![prefix, seconds, begins_at.micros()];
    tx.execute(USED, &values).map(|_| ())
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
