use db::{Fault, Read, Tx, params};
use vocab::Timestamp;

use super::{Allowance, Allowed};

db::sql! {
    TAKE = "INSERT INTO try_counts (kind, subject, taken, renews_at) VALUES ($1, $2, 1, $4) \
        ON CONFLICT (kind, subject) DO UPDATE SET \
        taken = CASE WHEN try_counts.renews_at <= $3 THEN 1 ELSE try_counts.taken + 1 END, \
        renews_at = CASE WHEN try_counts.renews_at <= $3 THEN $4 ELSE try_counts.renews_at END \
        WHERE try_counts.renews_at <= $3 OR try_counts.taken < $5";
    RENEWS_AT = "SELECT renews_at FROM try_counts WHERE kind = $1 AND subject = $2";
    RENEW = "DELETE FROM try_counts WHERE kind = $1 AND subject = $2";
    PURGE = "DELETE FROM try_counts WHERE renews_at <= $1 AND subject IN \
        (SELECT subject FROM try_counts WHERE renews_at <= $1 ORDER BY renews_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// `false` if they are used up.
pub(super) fn take(
    tx: &mut Tx<'_>,
    now: Timestamp,
    allowance: Allowance,
    subject: &[u8],
) -> Result<bool, Fault> {
    let renews_at = now.plus_seconds(allowance.seconds);
    let values = params![
        allowance.of.code(),
        subject,
        now.micros(),
        renews_at.micros(),
        allowance.most
    ];
    Ok(tx.execute(TAKE, &values)? == 1)
}

pub(super) fn renews_at(
    tx: &mut Tx<'_>,
    of: Allowed,
    subject: &[u8],
) -> Result<Option<Timestamp>, Fault> {
    tx.query_one(RENEWS_AT, &params![of.code(), subject], |row| {
        row.int(0).map(Timestamp::from_micros)
    })
}

pub(super) fn renew(tx: &mut Tx<'_>, of: Allowed, subject: &[u8]) -> Result<(), Fault> {
    tx.execute(RENEW, &params![of.code(), subject]).map(|_| ())
}

pub(super) fn purge(tx: &mut Tx<'_>, now: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![now.micros(), most])
}
