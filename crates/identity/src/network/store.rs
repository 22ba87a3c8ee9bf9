use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

use crate::keys::Tag;

db::sql! {
    NOTE = "INSERT INTO known_networks (user_id, network, first_seen_at) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id, network) DO NOTHING";
    SINCE = "SELECT first_seen_at FROM known_networks WHERE user_id = $1 AND network = $2";
    FIRST = "SELECT min(first_seen_at) FROM known_networks WHERE user_id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn note(
    tx: &mut Tx<'_>,
    user: UserId,
    network: &Tag,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(NOTE, &params![user.raw(), network, now.micros()])
        .map(|_| ())
}

pub(super) fn since(
    read: &mut impl Read,
    user: UserId,
    network: &Tag,
) -> Result<Option<Timestamp>, Fault> {
    read.query_one(SINCE, &params![user.raw(), network], |row| {
        Ok(Timestamp::from_micros(row.int(0)?))
    })
}

/// When the first network of a person was seen.
pub(super) fn first(read: &mut impl Read, user: UserId) -> Result<Option<Timestamp>, Fault> {
    let found = read.query_one(FIRST, &params![user.raw()], |row| row.opt_int(0))?;
    Ok(found.flatten().map(Timestamp::from_micros))
}
