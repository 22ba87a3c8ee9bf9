use db::{Fault, Tx, params};
use vocab::Timestamp;

use crate::keys::Tag;

db::sql! {
    SPEND = "INSERT INTO spent_work (salt_hash, expires_at) VALUES ($1, $2) \
        ON CONFLICT (salt_hash) DO NOTHING";
    PURGE = "DELETE FROM spent_work WHERE salt_hash IN \
        (SELECT salt_hash FROM spent_work WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// `false` if it was spent before.
pub(super) fn spend(tx: &mut Tx<'_>, salt: &Tag, expires_at: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(SPEND, &params![salt, expires_at.micros()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
