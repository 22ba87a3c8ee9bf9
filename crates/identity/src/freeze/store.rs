use db::{Fault, Read, Row, Tx, params};
use vocab::{FreezeId, FreezeRequestId, Timestamp, UserId};

use super::{Authority, Freeze, FreezeKind};

db::sql! {
    MARK = "INSERT INTO freeze_marks (user_id, revision, settled) VALUES ($1, 1, 0) \
        ON CONFLICT (user_id) DO UPDATE SET revision = freeze_marks.revision + 1";
    LOCK_MARK = "SELECT revision FROM freeze_marks WHERE user_id = $1 {for_update}";
    SETTLE = "UPDATE freeze_marks SET settled = $2 WHERE user_id = $1 AND settled < $2";
    UNSETTLED = "SELECT user_id FROM freeze_marks WHERE settled < revision \
        ORDER BY user_id LIMIT $1";
    INSERT = "INSERT INTO freezes (id, user_id, kind, set_by, reason_sealed, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    LIST = "SELECT id, user_id, kind, set_by, reason_sealed, created_at, lifted_at \
        FROM freezes WHERE user_id = $1 ORDER BY id DESC";
    FIND = "SELECT id, user_id, kind, set_by, reason_sealed, created_at, lifted_at \
        FROM freezes WHERE user_id = $1 AND id = $2";
    LIVE_KINDS = "SELECT kind FROM freezes WHERE user_id = $1 AND lifted_at IS NULL";
    LIFT = "UPDATE freezes SET lifted_at = $2 WHERE id = $1 AND lifted_at IS NULL";
    INSERT_REQUEST = "INSERT INTO freeze_requests (id, user_id, expires_at) VALUES ($1, $2, $3)";
    FIND_REQUEST = "SELECT user_id, expires_at FROM freeze_requests WHERE id = $1";
    PURGE_REQUESTS = "DELETE FROM freeze_requests WHERE id IN (SELECT id FROM freeze_requests \
        WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct Stored {
    pub(super) freeze: Freeze,
    pub(super) sealed: Option<Vec<u8>>,
}

/// Counts a change; whoever changes the same person's flags waits until this one is committed.
pub(super) fn mark(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    tx.execute(MARK, &params![user.raw()]).map(|_| ())
}

pub(super) fn lock_mark(tx: &mut Tx<'_>, user: UserId) -> Result<i64, Fault> {
    let found = tx.query_one(LOCK_MARK, &params![user.raw()], |row| row.int(0))?;
    Ok(found.unwrap_or(0))
}

pub(super) fn settle(tx: &mut Tx<'_>, user: UserId, revision: i64) -> Result<(), Fault> {
    tx.execute(SETTLE, &params![user.raw(), revision])
        .map(|_| ())
}

pub(super) fn unsettled(read: &mut impl Read, most: i64) -> Result<Vec<UserId>, Fault> {
    read.query(UNSETTLED, &params![most], |row| {
        Ok(UserId::from_raw(row.int(0)?))
    })
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    freeze: &Freeze,
    sealed: Option<Vec<u8>>,
) -> Result<(), Fault> {
    let values = params![
        freeze.id.to_string(),
        freeze.user.raw(),
        freeze.kind.code(),
        freeze.by.code(),
        sealed,
        freeze.created_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<Stored>, Fault> {
    read.query(LIST, &params![user.raw()], stored)
}

pub(super) fn find(
    read: &mut impl Read,
    user: UserId,
    id: FreezeId,
) -> Result<Option<Stored>, Fault> {
    read.query_one(FIND, &params![user.raw(), id.to_string()], stored)
}

pub(super) fn live_kinds(read: &mut impl Read, user: UserId) -> Result<Vec<FreezeKind>, Fault> {
    read.query(LIVE_KINDS, &params![user.raw()], |row| {
        FreezeKind::from_code(row.text(0)?).ok_or_else(corrupt)
    })
}

/// `false` if it was lifted before.
pub(super) fn lift(tx: &mut Tx<'_>, id: FreezeId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(LIFT, &params![id.to_string(), now.micros()])? == 1)
}

pub(super) fn insert_request(
    tx: &mut Tx<'_>,
    id: FreezeRequestId,
    user: Option<UserId>,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.to_string(), user.map(UserId::raw), expires_at.micros()];
    tx.execute(INSERT_REQUEST, &values).map(|_| ())
}

/// Who would be frozen, and until when.
pub(super) fn find_request(
    read: &mut impl Read,
    id: FreezeRequestId,
) -> Result<Option<(Option<UserId>, Timestamp)>, Fault> {
    read.query_one(FIND_REQUEST, &params![id.to_string()], |row| {
        let user = row.opt_int(0)?.map(UserId::from_raw);
        Ok((user, Timestamp::from_micros(row.int(1)?)))
    })
}

pub(super) fn purge_requests(
    tx: &mut Tx<'_>,
    before: Timestamp,
    most: i64,
) -> Result<usize, Fault> {
    tx.execute(PURGE_REQUESTS, &params![before.micros(), most])
}

fn corrupt() -> Fault {
    Fault::corrupt("a freeze is malformed")
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    let freeze = Freeze {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        user: UserId::from_raw(row.int(1)?),
        kind: FreezeKind::from_code(row.text(2)?).ok_or_else(corrupt)?,
        by: Authority::from_code(row.text(3)?).ok_or_else(corrupt)?,
        reason: None,
        created_at: Timestamp::from_micros(row.int(5)?),
        lifted_at: row.opt_int(6)?.map(Timestamp::from_micros),
    };
    let sealed = row.opt_blob(4)?.map(<[u8]>::to_vec);
    Ok(Stored { freeze, sealed })
}
