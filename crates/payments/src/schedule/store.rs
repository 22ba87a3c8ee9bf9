use db::{Fault, Read, Tx, params};
use vocab::{AccountId, HoldId, RecordId, Timestamp};

use super::Scheduled;

db::sql! {
    INSERT = "INSERT INTO scheduled_transfers (id, payer, payee, minor, due_at, next_try_at, completed_by) \
        VALUES ($1, $2, $3, $4, $5, $5, NULL)";
    COMPLETE = "UPDATE scheduled_transfers SET completed_by = $2, next_try_at = NULL WHERE id = $1";
    FORGET = "DELETE FROM scheduled_transfers WHERE id = $1";
    COMPLETED_BY = "SELECT completed_by FROM scheduled_transfers \
        WHERE id = $1 AND completed_by IS NOT NULL";
    OF_ACCOUNT = "SELECT due_at, id FROM scheduled_transfers \
        WHERE payer = $1 AND completed_by IS NULL ORDER BY due_at, id LIMIT $2";
    DUE = "SELECT id, minor FROM scheduled_transfers WHERE next_try_at <= $1 \
        ORDER BY next_try_at, id LIMIT $2";
    POSTPONE = "UPDATE scheduled_transfers SET next_try_at = $2 \
        WHERE id = $1 AND completed_by IS NULL";
}

pub(super) fn insert(tx: &mut Tx<'_>, scheduled: &Scheduled) -> Result<(), Fault> {
    let values = params![
        scheduled.id.raw(),
        scheduled.from.raw(),
        scheduled.to.raw(),
        scheduled.minor,
        scheduled.due_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn complete(tx: &mut Tx<'_>, hold: HoldId, by: RecordId) -> Result<(), Fault> {
    tx.execute(COMPLETE, &params![hold.raw(), by.raw()])
        .map(|_| ())
}

/// It will not arrive; nothing happens if the hold is of another kind.
pub(super) fn forget(tx: &mut Tx<'_>, hold: HoldId) -> Result<(), Fault> {
    tx.execute(FORGET, &params![hold.raw()]).map(|_| ())
}

pub(super) fn completed_by(read: &mut impl Read, id: RecordId) -> Result<Option<RecordId>, Fault> {
    read.query_one(COMPLETED_BY, &params![id.raw()], |row| {
        Ok(RecordId::from_raw(row.int(0)?))
    })
}

pub(super) fn of_account(
    read: &mut impl Read,
    account: AccountId,
    most: i64,
) -> Result<Vec<(i64, RecordId)>, Fault> {
    read.query(OF_ACCOUNT, &params![account.raw(), most], |row| {
        Ok((row.int(0)?, RecordId::from_raw(row.int(1)?)))
    })
}

pub(super) fn due(
    read: &mut impl Read,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(RecordId, i64)>, Fault> {
    read.query(DUE, &params![now.micros(), most], |row| {
        Ok((RecordId::from_raw(row.int(0)?), row.int(1)?))
    })
}

pub(super) fn postpone(tx: &mut Tx<'_>, id: RecordId, until: Timestamp) -> Result<(), Fault> {
    tx.execute(POSTPONE, &params![id.raw(), until.micros()])
        .map(|_| ())
}
