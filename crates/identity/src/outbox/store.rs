use db::{Fault, Read, Tx, params};
use vocab::{MessageId, Timestamp, UserId};

use super::{DeliveryState, OutboundMessage};
use crate::{Channel, ContactIndex};

db::sql! {
    INSERT = "INSERT INTO outbox_messages (id, user_id, channel, contact_index, contact_sealed, \
        body_sealed, template, state, tries, next_try_at, created_at, expires_at, subject) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $8, $8, $9, $10)";
    HAS_DUE = "SELECT 1 FROM outbox_messages \
        WHERE state = 'queued' AND next_try_at <= $1 LIMIT 1";
    DUE = "SELECT id, user_id, channel, contact_index, contact_sealed, body_sealed, template, \
        tries, expires_at, unsettled FROM outbox_messages \
        WHERE state = 'queued' AND next_try_at <= $1 \
        ORDER BY next_try_at, id LIMIT $2 {for_update}";
    LEASE = "UPDATE outbox_messages SET tries = tries + 1, next_try_at = $3, unsettled = 1 \
        WHERE id = $1 AND tries = $2 AND state = 'queued'";
    RELEASE = "UPDATE outbox_messages SET tries = tries - 1, next_try_at = $3, unsettled = $4 \
        WHERE id = $1 AND tries = $2 AND state = 'queued'";
    DROP_EXPIRED = "UPDATE outbox_messages SET body_sealed = NULL, \
        state = CASE WHEN unsettled = 1 THEN 'unknown' ELSE 'expired' END \
        WHERE state = 'queued' AND next_try_at <= $1 AND expires_at <= $1";
    MARK_SENT = "UPDATE outbox_messages SET state = 'sent', body_sealed = NULL, sent_at = $2, \
        receipt = $3 WHERE id = $1";
    MARK_WAITING = "UPDATE outbox_messages SET next_try_at = $3, fault = $4, unsettled = 0 \
        WHERE id = $1 AND tries = $2 AND state = 'queued'";
    MARK_ENDED = "UPDATE outbox_messages SET state = $3, body_sealed = NULL, fault = $4 \
        WHERE id = $1 AND tries = $2 AND state = 'queued'";
    NEWEST_OF_SUBJECT = "SELECT state, channel FROM outbox_messages WHERE subject = $1 \
        ORDER BY created_at DESC, id DESC LIMIT 1";
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
    pub(super) expires_at: Timestamp,
    /// An earlier sender did not say what became of it.
    pub(super) is_unsettled: bool,
}

/// A message as one sender holds it.
#[derive(Clone, Copy)]
pub(super) struct Held {
    id: MessageId,
    tries: i64,
    was_unsettled: bool,
}

impl Held {
    pub(super) fn of(message: &OutboundMessage) -> Self {
        Self {
            id: message.id,
            tries: message.tries,
            was_unsettled: message.is_resumed,
        }
    }
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    queued: &Queued,
    now: Timestamp,
    subject: Option<&str>,
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
        queued.expires_at.micros(),
        subject
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
            expires_at: Timestamp::from_micros(row.int(8)?),
            is_unsettled: row.int(9)? != 0,
        })
    })
}

/// `false` if another sender was quicker.
pub(super) fn lease(tx: &mut Tx<'_>, queued: &Queued, until: Timestamp) -> Result<bool, Fault> {
    let values = params![queued.id.to_string(), queued.tries, until.micros()];
    Ok(tx.execute(LEASE, &values)? == 1)
}

/// Due again at once, as if it had not been claimed.
pub(super) fn release(tx: &mut Tx<'_>, held: Held, now: Timestamp) -> Result<(), Fault> {
    let values = params![
        held.id.to_string(),
        held.tries,
        now.micros(),
        i64::from(held.was_unsettled)
    ];
    tx.execute(RELEASE, &values).map(|_| ())
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
    held: Held,
    next_try_at: Timestamp,
    fault: &str,
) -> Result<(), Fault> {
    let values = params![held.id.to_string(), held.tries, next_try_at.micros(), fault];
    tx.execute(MARK_WAITING, &values).map(|_| ())
}

pub(super) fn mark_ended(
    tx: &mut Tx<'_>,
    held: Held,
    state: DeliveryState,
    fault: &str,
) -> Result<(), Fault> {
    let values = params![held.id.to_string(), held.tries, state.stored(), fault];
    tx.execute(MARK_ENDED, &values).map(|_| ())
}

pub(super) fn newest_of_subject(
    read: &mut impl Read,
    subject: &str,
) -> Result<Option<(DeliveryState, Channel)>, Fault> {
    read.query_one(NEWEST_OF_SUBJECT, &params![subject], |row| {
        let corrupt = || Fault::corrupt("a message's state is malformed");
        let state = DeliveryState::from_stored(row.text(0)?).ok_or_else(corrupt)?;
        let channel = Channel::from_code(row.text(1)?).ok_or_else(corrupt)?;
        Ok((state, channel))
    })
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
