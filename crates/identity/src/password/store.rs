use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    SET = "INSERT INTO passwords (user_id, verifier_sealed, changed_at) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id) DO UPDATE SET verifier_sealed = excluded.verifier_sealed, \
        changed_at = excluded.changed_at";
    CHANGED_AT = "SELECT changed_at FROM passwords WHERE user_id = $1";
    FIND = "SELECT verifier_sealed FROM passwords WHERE user_id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

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

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<Vec<u8>>, Fault> {
    read.query_one(FIND, &params![user.raw()], |row| {
        row.blob(0).map(<[u8]>::to_vec)
    })
}
