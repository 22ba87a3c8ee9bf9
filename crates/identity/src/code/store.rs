use db::{Fault, Read, Tx, params};
use vocab::Timestamp;

use super::Flow;
use crate::{ContactIndex, keys::Tag};

db::sql! {
    FIND_LIVE = "SELECT id, mac, attempts, expires_at FROM codes \
        WHERE purpose = $1 AND subject = $2 AND superseded_at IS NULL AND consumed_at IS NULL \
        {for_update}";
    INSERT = "INSERT INTO codes (id, purpose, subject, mac, attempts, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    SUPERSEDE = "UPDATE codes SET superseded_at = $3 \
        WHERE purpose = $1 AND subject = $2 AND superseded_at IS NULL AND consumed_at IS NULL";
    COUNT_ATTEMPT = "UPDATE codes SET attempts = attempts + 1 WHERE id = $1 AND attempts < $2";
    CONSUME = "UPDATE codes SET consumed_at = $2 \
        WHERE id = $1 AND consumed_at IS NULL AND superseded_at IS NULL AND expires_at > $2";
    SENDS_SINCE = "SELECT sent_at FROM code_sends \
        WHERE address_index = $1 AND sent_at > $2 ORDER BY sent_at DESC";
    RECORD_SEND = "INSERT INTO code_sends (address_index, sent_at) VALUES ($1, $2)";
    PURGE_CODES = "DELETE FROM codes WHERE id IN \
        (SELECT id FROM codes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    PURGE_SENDS = "DELETE FROM code_sends WHERE sent_at IN \
        (SELECT sent_at FROM code_sends WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredCode {
    pub(super) id: [u8; 16],
    pub(super) mac: Tag,
    pub(super) attempts: i64,
    pub(super) expires_at: Timestamp,
}

pub(super) fn find_live(tx: &mut Tx<'_>, flow: Flow<'_>) -> Result<Option<StoredCode>, Fault> {
    tx.query_one(
        FIND_LIVE,
        &params![flow.purpose.code(), flow.subject],
        |row| {
            Ok(StoredCode {
                id: row.bytes(0)?,
                mac: row.bytes(1)?,
                attempts: row.int(2)?,
                expires_at: Timestamp::from_micros(row.int(3)?),
            })
        },
    )
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    flow: Flow<'_>,
    code: &StoredCode,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        code.id,
        flow.purpose.code(),
        flow.subject,
        code.mac,
        code.attempts,
        now.micros(),
        code.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn supersede(tx: &mut Tx<'_>, flow: Flow<'_>, now: Timestamp) -> Result<(), Fault> {
    let values = params![flow.purpose.code(), flow.subject, now.micros()];
    tx.execute(SUPERSEDE, &values).map(|_| ())
}

pub(super) fn count_attempt(tx: &mut Tx<'_>, id: &[u8; 16], most: i64) -> Result<bool, Fault> {
    Ok(tx.execute(COUNT_ATTEMPT, &params![id, most])? == 1)
}

pub(super) fn consume(tx: &mut Tx<'_>, id: &[u8; 16], now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(CONSUME, &params![id, now.micros()])? == 1)
}

pub(super) fn sends_since(
    tx: &mut Tx<'_>,
    to: &ContactIndex,
    since: Timestamp,
) -> Result<Vec<Timestamp>, Fault> {
    tx.query(SENDS_SINCE, &params![to.bytes(), since.micros()], |row| {
        row.int(0).map(Timestamp::from_micros)
    })
}

pub(super) fn record_send(tx: &mut Tx<'_>, to: &ContactIndex, now: Timestamp) -> Result<(), Fault> {
    tx.execute(RECORD_SEND, &params![to.bytes(), now.micros()])
        .map(|_| ())
}

pub(super) fn purge_codes(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE_CODES, &params![before.micros(), most])
}

pub(super) fn purge_sends(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE_SENDS, &params![before.micros(), most])
}
