use db::{Fault, Read, Row, Tx, ValueRef, params};
use vocab::{AccessTokenId, RecordId, UserId};

use super::{Allowance, Caps, Used};
use crate::books::store::read_currency;

db::sql! {
    INSERT = "INSERT INTO allowances (id, owner, currency, per_payment, per_day, per_month, lifetime, \
        count_per_day, day, day_sum, day_count, month, month_sum, lifetime_sum, is_open) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 1) ON CONFLICT (id) DO NOTHING";
    FIND = "SELECT id, owner, currency, per_payment, per_day, per_month, lifetime, count_per_day, day, \
        day_sum, day_count, month, month_sum, lifetime_sum, is_open FROM allowances WHERE id = $1";
    FIND_LOCKED = "SELECT id, owner, currency, per_payment, per_day, per_month, lifetime, \
        count_per_day, day, day_sum, day_count, month, month_sum, lifetime_sum, is_open \
        FROM allowances WHERE id = $1 {for_update}";
    EVERY = "SELECT id, owner, currency, per_payment, per_day, per_month, lifetime, count_per_day, day, \
        day_sum, day_count, month, month_sum, lifetime_sum, is_open FROM allowances ORDER BY id";
    SET_CAPS = "UPDATE allowances SET per_payment = $2, per_day = $3, per_month = $4, lifetime = $5, \
        count_per_day = $6 WHERE id = $1";
    CLOSE = "UPDATE allowances SET is_open = 0 WHERE id = $1";
    PUT_USED = "UPDATE allowances SET day = $2, day_sum = $3, day_count = $4, month = $5, \
        month_sum = $6, lifetime_sum = $7 WHERE id = $1";
    PUT_USE = "INSERT INTO allowance_uses (record, allowance) VALUES ($1, $2)";
    EVERY_USE = "SELECT record, allowance FROM allowance_uses ORDER BY record";
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: AccessTokenId,
    owner: UserId,
    caps: &Caps,
) -> Result<(), Fault> {
    let values = params![
        id.to_string(),
        owner.raw(),
        i64::from(caps.currency.number()),
        caps.per_payment,
        caps.per_day,
        caps.per_month,
        caps.lifetime,
        caps.count_per_day
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn set_caps(tx: &mut Tx<'_>, id: AccessTokenId, caps: &Caps) -> Result<(), Fault> {
    let values = params![
        id.to_string(),
        caps.per_payment,
        caps.per_day,
        caps.per_month,
        caps.lifetime,
        caps.count_per_day
    ];
    tx.execute(SET_CAPS, &values).map(|_| ())
}

pub(super) fn close(tx: &mut Tx<'_>, id: AccessTokenId) -> Result<(), Fault> {
    tx.execute(CLOSE, &params![id.to_string()]).map(|_| ())
}

pub(super) fn find(read: &mut impl Read, id: AccessTokenId) -> Result<Option<Allowance>, Fault> {
    read.query_one(FIND, &params![id.to_string()], allowance)
}

/// The allowance, locked until the batch ends.
pub(crate) fn find_locked(tx: &mut Tx<'_>, id: AccessTokenId) -> Result<Option<Allowance>, Fault> {
    tx.query_one(FIND_LOCKED, &params![id.to_string()], allowance)
}

/// Every allowance, for the check.
pub(crate) fn all(read: &mut impl Read) -> Result<Vec<Allowance>, Fault> {
    read.query(EVERY, &[], allowance)
}

pub(crate) fn put_used(tx: &mut Tx<'_>, id: AccessTokenId, used: &Used) -> Result<(), Fault> {
    let values = params![
        id.to_string(),
        used.day,
        used.day_sum,
        used.day_count,
        used.month,
        used.month_sum,
        used.lifetime
    ];
    tx.execute(PUT_USED, &values).map(|_| ())
}

/// Keeps which allowance a record used.
pub(crate) fn record_use(
    tx: &mut Tx<'_>,
    record: RecordId,
    id: AccessTokenId,
) -> Result<(), Fault> {
    tx.execute(PUT_USE, &params![record.raw(), id.to_string()])
        .map(|_| ())
}

/// Every use, by record, for the check.
pub(crate) fn each_use(
    read: &mut impl Read,
    mut each: impl FnMut(RecordId, AccessTokenId),
) -> Result<(), Fault> {
    let none: [ValueRef<'_>; 0] = [];
    read.scan(EVERY_USE, &none, &mut |row| {
        each(RecordId::from_raw(row.int(0)?), id(row, 1)?);
        Ok(())
    })
}

fn id(row: &Row<'_>, column: usize) -> Result<AccessTokenId, Fault> {
    let text = row.text(column)?;
    text.parse()
        .map_err(|_| Fault::corrupt("an allowance's id cannot be read"))
}

fn allowance(row: &Row<'_>) -> Result<Allowance, Fault> {
    Ok(Allowance {
        id: id(row, 0)?,
        owner: UserId::from_raw(row.int(1)?),
        caps: Caps {
            currency: read_currency(row.int(2)?)?,
            per_payment: row.opt_int(3)?,
            per_day: row.opt_int(4)?,
            per_month: row.opt_int(5)?,
            lifetime: row.opt_int(6)?,
            count_per_day: row.opt_int(7)?,
        },
        used: Used {
            day: row.int(8)?,
            day_sum: row.int(9)?,
            day_count: row.int(10)?,
            month: row.int(11)?,
            month_sum: row.int(12)?,
            lifetime: row.int(13)?,
        },
        is_open: row.int(14)? != 0,
    })
}
