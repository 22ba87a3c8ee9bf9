use db::{Fault, Read, Row, Tx, params};
use vocab::{MessageId, Timestamp, UserId};

use super::InboxCursor;

db::sql! {
    INSERT = "INSERT INTO inbox_messages (id, user_id, template, body_sealed, created_at, \
        secret_until) VALUES ($1, $2, $3, $4, $5, $6)";
    NEWEST = "SELECT id, template, body_sealed, created_at, read_at, secret_until \
        FROM inbox_messages WHERE user_id = $1 ORDER BY id DESC LIMIT $2";
    AFTER = "SELECT id, template, body_sealed, created_at, read_at, secret_until \
        FROM inbox_messages WHERE user_id = $1 AND id < $3 ORDER BY id DESC LIMIT $2";
    BEFORE = "SELECT id, template, body_sealed, created_at, read_at, secret_until \
        FROM inbox_messages WHERE user_id = $1 AND id > $3 ORDER BY id LIMIT $2";
    UNREAD = "SELECT COUNT(*) FROM inbox_messages WHERE user_id = $1 AND read_at IS NULL";
    MARK_READ = "UPDATE inbox_messages SET read_at = COALESCE(read_at, $3) \
        WHERE user_id = $1 AND id = $2";
    MARK_ALL_READ = "UPDATE inbox_messages SET read_at = $2 \
        WHERE user_id = $1 AND read_at IS NULL";
    WITH_SECRETS = "SELECT id, template, body_sealed, created_at, read_at, secret_until \
        FROM inbox_messages WHERE user_id = $1 AND secret_until IS NOT NULL";
    OVERDUE_SECRETS = "SELECT id, template, body_sealed, created_at, read_at, secret_until, \
        user_id FROM inbox_messages WHERE secret_until <= $1 ORDER BY secret_until LIMIT $2";
    REPLACE_BODY = "UPDATE inbox_messages SET body_sealed = $2, secret_until = NULL \
        WHERE id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredMessage {
    pub(super) id: MessageId,
    pub(super) template: String,
    pub(super) body: Vec<u8>,
    pub(super) created_at: Timestamp,
    pub(super) read_at: Option<Timestamp>,
    pub(super) secret_until: Option<Timestamp>,
}

pub(super) fn insert(tx: &mut Tx<'_>, user: UserId, message: &StoredMessage) -> Result<(), Fault> {
    let values = params![
        message.id.to_string(),
        user.raw(),
        message.template.as_str(),
        message.body.as_slice(),
        message.created_at.micros(),
        message.secret_until.map(Timestamp::micros)
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

/// From the cursor on: older ones newest first, or newer ones oldest first.
pub(super) fn list(
    read: &mut impl Read,
    user: UserId,
    cursor: InboxCursor,
    most: i64,
) -> Result<Vec<StoredMessage>, Fault> {
    match cursor {
        InboxCursor::Newest => read.query(NEWEST, &params![user.raw(), most], stored),
        InboxCursor::After(id) => {
            read.query(AFTER, &params![user.raw(), most, id.to_string()], stored)
        }
        InboxCursor::Before(id) => {
            read.query(BEFORE, &params![user.raw(), most, id.to_string()], stored)
        }
    }
}

pub(super) fn unread(read: &mut impl Read, user: UserId) -> Result<i64, Fault> {
    let count = read.query_one(UNREAD, &params![user.raw()], |row| row.int(0))?;
    Ok(count.unwrap_or(0))
}

/// `false` if there is no such message of this person.
pub(super) fn mark_read(
    tx: &mut Tx<'_>,
    user: UserId,
    id: MessageId,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(
        MARK_READ,
        &params![user.raw(), id.to_string(), now.micros()],
    )? == 1)
}

pub(super) fn mark_all_read(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<(), Fault> {
    tx.execute(MARK_ALL_READ, &params![user.raw(), now.micros()])
        .map(|_| ())
}

pub(super) fn with_secrets(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<StoredMessage>, Fault> {
    tx.query(WITH_SECRETS, &params![user.raw()], stored)
}

pub(super) fn overdue_secrets(
    tx: &mut Tx<'_>,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(UserId, StoredMessage)>, Fault> {
    tx.query(OVERDUE_SECRETS, &params![now.micros(), most], |row| {
        Ok((UserId::from_raw(row.int(6)?), stored(row)?))
    })
}

pub(super) fn replace_body(tx: &mut Tx<'_>, id: MessageId, body: Vec<u8>) -> Result<(), Fault> {
    tx.execute(REPLACE_BODY, &params![id.to_string(), body])
        .map(|_| ())
}

fn stored(row: &Row<'_>) -> Result<StoredMessage, Fault> {
    Ok(StoredMessage {
        id: row
            .text(0)?
            .parse()
            .map_err(|_| Fault::corrupt("a message id is malformed"))?,
        template: row.text(1)?.to_owned(),
        body: row.blob(2)?.to_vec(),
        created_at: Timestamp::from_micros(row.int(3)?),
        read_at: row.opt_int(4)?.map(Timestamp::from_micros),
        secret_until: row.opt_int(5)?.map(Timestamp::from_micros),
    })
}
