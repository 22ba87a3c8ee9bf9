use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    LAST_REVIEW = "SELECT reviewed_at FROM security_reviews WHERE user_id = $1";
    SET_REVIEW = "INSERT INTO security_reviews (user_id, reviewed_at) VALUES ($1, $2) \
        ON CONFLICT (user_id) DO UPDATE SET reviewed_at = excluded.reviewed_at";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn last_review(read: &mut impl Read, user: UserId) -> Result<Option<Timestamp>, Fault> {
    read.query_one(LAST_REVIEW, &params![user.raw()], |row| {
        row.int(0).map(Timestamp::from_micros)
    })
}

pub(super) fn set_review(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(SET_REVIEW, &params![user.raw(), now.micros()])
        .map(|_| ())
}
