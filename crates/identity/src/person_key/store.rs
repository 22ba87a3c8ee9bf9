use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    FIND = "SELECT key_sealed FROM user_keys WHERE user_id = $1";
    INSERT = "INSERT INTO user_keys (user_id, key_sealed, created_at) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id) DO NOTHING";
    SHRED = "INSERT INTO user_keys (user_id, key_sealed, created_at, shredded_at) \
        VALUES ($1, NULL, $2, $2) ON CONFLICT (user_id) DO UPDATE SET \
        key_sealed = NULL, shredded_at = COALESCE(user_keys.shredded_at, excluded.shredded_at)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Outer `None`: no key was made yet; inner `None`: it was shredded.
pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<Option<Vec<u8>>>, Fault> {
    read.query_one(FIND, &params![user.raw()], |row| {
        Ok(row.opt_blob(0)?.map(<[u8]>::to_vec))
    })
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    wrapped: Vec<u8>,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(INSERT, &params![user.raw(), wrapped, now.micros()])
        .map(|_| ())
}

pub(super) fn shred(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(SHRED, &params![user.raw(), now.micros()])
        .map(|_| ())
}
