use db::{Fault, Read, Row, Tx, params};
use vocab::{MessageId, Timestamp, UserId};

use crate::{Channel, ContactIndex};

db::sql! {
    INSERT = "INSERT INTO sandbox_messages \
        (id, channel, contact_index, user_id, body_sealed, sent_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
    NEWEST = "SELECT id, channel, body_sealed, sent_at FROM sandbox_messages \
        ORDER BY sent_at DESC, id DESC LIMIT $1";
    NEWEST_OF_USER = "SELECT id, channel, body_sealed, sent_at FROM sandbox_messages \
        WHERE user_id = $1 ORDER BY sent_at DESC, id DESC LIMIT $2";
    NEWEST_TO = "SELECT id, channel, body_sealed, sent_at FROM sandbox_messages \
        WHERE contact_index = $1 OR (channel = 'inbox' AND user_id = $2) \
        ORDER BY sent_at DESC, id DESC LIMIT $3";
    PURGE = "DELETE FROM sandbox_messages WHERE id IN (SELECT id FROM sandbox_messages \
        WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredSent {
    pub(super) id: MessageId,
    pub(super) channel: Channel,
    pub(super) body: Vec<u8>,
    pub(super) sent_at: Timestamp,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    sent: &StoredSent,
    index: Option<&ContactIndex>,
    user: Option<UserId>,
) -> Result<(), Fault> {
    let values = params![
        sent.id.to_string(),
        sent.channel.code(),
        index.map(|index| index.bytes().to_vec()),
        user.map(UserId::raw),
        sent.body.as_slice(),
        sent.sent_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn newest(read: &mut impl Read, most: i64) -> Result<Vec<StoredSent>, Fault> {
    read.query(NEWEST, &params![most], stored)
}

pub(super) fn newest_of_user(
    read: &mut impl Read,
    user: UserId,
    most: i64,
) -> Result<Vec<StoredSent>, Fault> {
    read.query(NEWEST_OF_USER, &params![user.raw(), most], stored)
}

pub(super) fn newest_to(
    read: &mut impl Read,
    index: &ContactIndex,
    owner: Option<UserId>,
    most: i64,
) -> Result<Vec<StoredSent>, Fault> {
    let values = params![index.bytes(), owner.map(UserId::raw), most];
    read.query(NEWEST_TO, &values, stored)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

fn stored(row: &Row<'_>) -> Result<StoredSent, Fault> {
    let corrupt = || Fault::corrupt("a sandbox message is malformed");
    Ok(StoredSent {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        channel: Channel::from_code(row.text(1)?).ok_or_else(corrupt)?,
        body: row.blob(2)?.to_vec(),
        sent_at: Timestamp::from_micros(row.int(3)?),
    })
}
