use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    FIND = "SELECT held_until FROM outgoing_holds WHERE user_id = $1";
    PLACE = "INSERT INTO outgoing_holds (user_id, held_until) VALUES ($1, $2) \
        ON CONFLICT (user_id) DO UPDATE SET held_until = excluded.held_until \
        WHERE outgoing_holds.held_until < excluded.held_until";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<Timestamp>, Fault> {
    read.query_one(FIND, &params![user.raw()], |row| {
        row.int(0).map(Timestamp::from_micros)
    })
}

pub(super) fn place(tx: &mut Tx<'_>, user: UserId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(PLACE, &params![user.raw(), until.micros()])
        .map(|_| ())
}
