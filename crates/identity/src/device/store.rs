use db::{Fault, Read, Row, Tx, params};
use vocab::{DeviceId, Timestamp, UserId};

use crate::keys::Tag;

db::sql! {
    INSERT = "INSERT INTO devices (id, user_id, secret_hash, seen_sealed, first_seen_at, \
        last_seen_at) VALUES ($1, $2, $3, $4, $5, $5)";
    FIND_BY_SECRET = "SELECT id FROM devices WHERE user_id = $1 AND secret_hash = $2 \
        AND removed_at IS NULL AND last_seen_at > $3";
    COUNT_SECRET = "SELECT count(*) FROM devices WHERE secret_hash = $1 AND removed_at IS NULL";
    FIND = "SELECT id, name_sealed, seen_sealed, first_seen_at, last_seen_at FROM devices \
        WHERE user_id = $1 AND id = $2 AND removed_at IS NULL";
    LIST = "SELECT id, name_sealed, seen_sealed, first_seen_at, last_seen_at FROM devices \
        WHERE user_id = $1 AND removed_at IS NULL AND last_seen_at > $2 \
        ORDER BY last_seen_at DESC, id DESC LIMIT 100";
    COUNT_TRUSTED = "SELECT count(*) FROM devices WHERE user_id = $1 AND id <> $2 \
        AND removed_at IS NULL AND first_seen_at <= $3 AND last_seen_at > $4";
    FIRST_SEEN = "SELECT min(first_seen_at) FROM devices WHERE user_id = $1";
    TOUCH = "UPDATE devices SET seen_sealed = $2, last_seen_at = $3 WHERE id = $1";
    RENAME = "UPDATE devices SET name_sealed = $3 \
        WHERE user_id = $1 AND id = $2 AND removed_at IS NULL";
    REMOVE = "UPDATE devices SET removed_at = $3 \
        WHERE user_id = $1 AND id = $2 AND removed_at IS NULL";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredDevice {
    pub(super) id: DeviceId,
    pub(super) name: Option<Vec<u8>>,
    pub(super) seen: Vec<u8>,
    pub(super) first_seen_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    user: UserId,
    id: DeviceId,
    secret_hash: &Tag,
    seen: (Vec<u8>, Timestamp),
) -> Result<(), Fault> {
    let (seen, now) = seen;
    let values = params![id.to_string(), user.raw(), secret_hash, seen, now.micros()];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find_by_secret(
    read: &mut impl Read,
    user: UserId,
    secret_hash: &Tag,
    since: Timestamp,
) -> Result<Option<DeviceId>, Fault> {
    let values = params![user.raw(), secret_hash, since.micros()];
    read.query_one(FIND_BY_SECRET, &values, id)
}

/// True if somebody has a device with this secret.
pub(super) fn is_ours(read: &mut impl Read, secret_hash: &Tag) -> Result<bool, Fault> {
    let count = read.query_one(COUNT_SECRET, &params![secret_hash], |row| row.int(0))?;
    Ok(count.is_some_and(|count| count > 0))
}

pub(super) fn find(
    read: &mut impl Read,
    user: UserId,
    id: DeviceId,
) -> Result<Option<StoredDevice>, Fault> {
    read.query_one(FIND, &params![user.raw(), id.to_string()], stored)
}

/// How many other devices of a person were seen before `before`, and since `since`.
pub(super) fn count_trusted(
    read: &mut impl Read,
    (user, but): (UserId, Option<DeviceId>),
    before: Timestamp,
    since: Timestamp,
) -> Result<i64, Fault> {
    let but = but.map(|id| id.to_string()).unwrap_or_default();
    let values = params![user.raw(), but, before.micros(), since.micros()];
    let count = read.query_one(COUNT_TRUSTED, &values, |row| row.int(0))?;
    Ok(count.unwrap_or_default())
}

/// When the first device of a person was seen, whatever became of it.
pub(super) fn first_seen(read: &mut impl Read, user: UserId) -> Result<Option<Timestamp>, Fault> {
    let found = read.query_one(FIRST_SEEN, &params![user.raw()], |row| row.opt_int(0))?;
    Ok(found.flatten().map(Timestamp::from_micros))
}

pub(super) fn list(
    read: &mut impl Read,
    user: UserId,
    since: Timestamp,
) -> Result<Vec<StoredDevice>, Fault> {
    read.query(LIST, &params![user.raw(), since.micros()], stored)
}

pub(super) fn touch(
    tx: &mut Tx<'_>,
    id: DeviceId,
    seen: Vec<u8>,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.to_string(), seen, now.micros()];
    tx.execute(TOUCH, &values).map(|_| ())
}

/// `false` if there is no such device of this person.
pub(super) fn rename(
    tx: &mut Tx<'_>,
    user: UserId,
    id: DeviceId,
    name: Vec<u8>,
) -> Result<bool, Fault> {
    Ok(tx.execute(RENAME, &params![user.raw(), id.to_string(), name])? == 1)
}

/// `false` if there is no such device of this person.
pub(super) fn remove(
    tx: &mut Tx<'_>,
    user: UserId,
    id: DeviceId,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(REMOVE, &params![user.raw(), id.to_string(), now.micros()])? == 1)
}

fn id(row: &Row<'_>) -> Result<DeviceId, Fault> {
    row.text(0)?
        .parse()
        .map_err(|_| Fault::corrupt("a device id is malformed"))
}

fn stored(row: &Row<'_>) -> Result<StoredDevice, Fault> {
    Ok(StoredDevice {
        id: id(row)?,
        name: row.opt_blob(1)?.map(<[u8]>::to_vec),
        seen: row.blob(2)?.to_vec(),
        first_seen_at: Timestamp::from_micros(row.int(3)?),
        last_seen_at: Timestamp::from_micros(row.int(4)?),
    })
}
