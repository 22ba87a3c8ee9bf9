use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

use crate::keys::Tag;

db::sql! {
    INSERT = "INSERT INTO sign_in_tickets (ticket_hash, user_id, epoch, device_sealed, \
        presented_hash, attempts, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)";
    FIND = "SELECT user_id, epoch, device_sealed, presented_hash, expires_at \
        FROM sign_in_tickets WHERE ticket_hash = $1 AND consumed_at IS NULL";
    COUNT_ATTEMPT = "UPDATE sign_in_tickets SET attempts = attempts + 1 \
        WHERE ticket_hash = $1 AND consumed_at IS NULL AND attempts < $2";
    ATTEMPTS = "SELECT attempts FROM sign_in_tickets WHERE ticket_hash = $1";
    CONSUME = "UPDATE sign_in_tickets SET consumed_at = $2 \
        WHERE ticket_hash = $1 AND consumed_at IS NULL AND expires_at > $2";
    PURGE = "DELETE FROM sign_in_tickets WHERE ticket_hash IN \
        (SELECT ticket_hash FROM sign_in_tickets WHERE expires_at < $1 \
        ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredTicket {
    pub(super) user: UserId,
    pub(super) epoch: i64,
    pub(super) device: Vec<u8>,
    pub(super) presented: Option<Tag>,
    pub(super) expires_at: Timestamp,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    hash: &Tag,
    ticket: &StoredTicket,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        hash,
        ticket.user.raw(),
        ticket.epoch,
        ticket.device.as_slice(),
        ticket.presented.map(|hash| hash.to_vec()),
        now.micros(),
        ticket.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(read: &mut impl Read, hash: &Tag) -> Result<Option<StoredTicket>, Fault> {
    read.query_one(FIND, &params![hash], |row| {
        let presented = row.opt_blob(3)?.map(Tag::try_from).transpose();
        Ok(StoredTicket {
            user: UserId::from_raw(row.int(0)?),
            epoch: row.int(1)?,
            device: row.blob(2)?.to_vec(),
            presented: presented.map_err(|_| Fault::corrupt("a ticket is malformed"))?,
            expires_at: Timestamp::from_micros(row.int(4)?),
        })
    })
}

/// `false` if no try is left.
pub(super) fn count_attempt(tx: &mut Tx<'_>, hash: &Tag, most: i64) -> Result<bool, Fault> {
    Ok(tx.execute(COUNT_ATTEMPT, &params![hash, most])? == 1)
}

pub(super) fn attempts(read: &mut impl Read, hash: &Tag) -> Result<i64, Fault> {
    let found = read.query_one(ATTEMPTS, &params![hash], |row| row.int(0))?;
    Ok(found.unwrap_or_default())
}

/// `false` if somebody else used it.
pub(super) fn consume(tx: &mut Tx<'_>, hash: &Tag, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(CONSUME, &params![hash, now.micros()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
