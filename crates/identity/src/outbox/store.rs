use db::{Fault, Read, Tx, params};
use vocab::{MessageId, Timestamp, UserId};

use crate::{Channel, ContactIndex};

db::sql! {
    INSERT = "INSERT INTO outbox_messages (id, user_id, channel, contact_index, contact_sealed, \
        body_sealed, template, state, tries, next_try_at, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $8, $8, $9)";
    HAS_DUE = "SELECT 1 FROM outbox_messages \
        WHERE state = 'queued' AND next_try_at <= $1 LIMIT 1";
    DUE = "SELECT id, user_id, channel, contact_index, contact_sealed, body_sealed, template, \
        tries FROM outbox_messages WHERE state = 'queued' AND next_try_at <= $1 \
        ORDER BY next_try_at, id LIMIT $2 {for_update}";
    LEASE = "UPDATE outbox_messages SET tries = tries + 1, next_try_at = $2 WHERE id = $1";
    DROP_EXPIRED = "UPDATE outbox_messages SET state = 'expired', body_sealed = NULL \
        WHERE state = 'queued' AND next_try_at <= $1 AND expires_at <= $1";
    MARK_SENT = "UPDATE outbox_messages SET state = 'sent', body_sealed = NULL, sent_at = $2, \
        receipt = $3 WHERE id = $1 AND state = 'queued'";
    MARK_WAITING = "UPDATE outbox_messages SET next_try_at = $2, fault = $3 \
        WHERE id = $1 AND state = 'queued'";
    MARK_FAILED = "UPDATE outbox_messages SET state = 'failed', body_sealed = NULL, fault = $2 \
        WHERE id = $1 AND state = 'queued'";
    PURGE = "DELETE FROM outbox_messages WHERE id IN (SELECT id FROM outbox_messages \
        WHERE state <> 'queued' AND created_at < $1 ORDER BY created_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// A message that waits. While a sender has it, its next try is the end of the lease.
pub(super) struct Queued {
    pub(super) id: MessageId,
    pub(super) user: Option<UserId>,
    pub(super) channel: Channel,
    pub(super) index: ContactIndex,
    pub(super) contact: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) template: String,
    pub(super) tries: i64,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    queued: &Queued,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        queued.id.to_string(),
        queued.user.map(UserId::raw),
        queued.channel.code(),
        queued.index.bytes(),
        queued.contact.as_slice(),
        queued.body.as_slice(),
        queued.template.as_str(),
        now.micros(),
        expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn has_due(read: &mut impl Read, now: Timestamp) -> Result<bool, Fault> {
    Ok(read
        .query_one(HAS_DUE, &params![now.micros()], |row| row.int(0))?
        .is_some())
}

pub(super) fn due(tx: &mut Tx<'_>, now: Timestamp, most: i64) -> Result<Vec<Queued>, Fault> {
    tx.query(DUE, &params![now.micros(), most], |row| {
        let corrupt = || Fault::corrupt("a message to send is malformed");
        Ok(Queued {
            id: row.text(0)?.parse().map_err(|_| corrupt())?,
            user: row.opt_int(1)?.map(UserId::from_raw),
            channel: Channel::from_code(row.text(2)?).ok_or_else(corrupt)?,
            index: ContactIndex::from_stored(row.bytes(3)?),
            contact: row.blob(4)?.to_vec(),
            body: row.blob(5)?.to_vec(),
            template: row.text(6)?.to_owned(),
            tries: row.int(7)?,
        })
    })
}

pub(super) fn lease(tx: &mut Tx<'_>, id: MessageId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(LEASE, &params![id.to_string(), until.micros()])
        .map(|_| ())
}

pub(super) fn drop_expired(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Fault> {
    tx.execute(DROP_EXPIRED, &params![now.micros()]).map(|_| ())
}

pub(super) fn mark_sent(
    tx: &mut Tx<'_>,
    id: MessageId,
    now: Timestamp,
    receipt: Option<&str>,
) -> Result<(), Fault> {
    tx.execute(MARK_SENT, &params![id.to_string(), now.micros(), receipt])
        .map(|_| ())
}

pub(super) fn mark_waiting(
    tx: &mut Tx<'_>,
    id: MessageId,
    next_try_at: Timestamp,
    fault: &str,
) -> Result<(), Fault> {
    tx.execute(
        MARK_WAITING,
        &params![id.to_string(), next_try_at.micros(), fault],
    )
    .map(|_| ())
}

pub(super) fn mark_failed(tx: &mut Tx<'_>, id: MessageId, fault: &str) -> Result<(), Fault> {
    tx.execute(MARK_FAILED, &params![id.to_string(), fault])
        .map(|_| ())
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
