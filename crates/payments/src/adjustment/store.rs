use db::{Fault, Read, Row, Tx, params};
use vocab::{AccountId, AdjustmentId, Money, Timestamp};

use super::{Adjustment, AdjustmentState, Direction};
use crate::books::store::read_currency;

db::sql! {
    INSERT = "INSERT INTO adjustments (id, account, direction, amount, currency, state, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND = "SELECT id, account, direction, amount, currency, state FROM adjustments WHERE id = $1";
    ADVANCE = "UPDATE adjustments SET state = $3 WHERE id = $1 AND state = $2";
    DUE = "SELECT id FROM adjustments WHERE state = 'approved' ORDER BY id LIMIT $1";
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    adjustment: &Adjustment,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        adjustment.id.to_string(),
        adjustment.account.raw(),
        adjustment.direction.code(),
        adjustment.money.minor,
        i64::from(adjustment.money.currency.number()),
        adjustment.state.code(),
        now.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(read: &mut impl Read, id: AdjustmentId) -> Result<Option<Adjustment>, Fault> {
    read.query_one(FIND, &params![id.to_string()], adjustment)
}

/// `false` if it is not where it was.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    id: AdjustmentId,
    (from, to): (AdjustmentState, AdjustmentState),
) -> Result<bool, Fault> {
    let values = params![id.to_string(), from.code(), to.code()];
    Ok(tx.execute(ADVANCE, &values)? == 1)
}

pub(super) fn due(read: &mut impl Read, most: i64) -> Result<Vec<AdjustmentId>, Fault> {
    read.query(DUE, &params![most], |row| {
        row.text(0)?.parse().map_err(|_| corrupt())
    })
}

fn adjustment(row: &Row<'_>) -> Result<Adjustment, Fault> {
    Ok(Adjustment {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        account: AccountId::from_raw(row.int(1)?),
        direction: Direction::from_code(row.text(2)?).ok_or_else(corrupt)?,
        money: Money::new(row.int(3)?, read_currency(row.int(4)?)?),
        state: AdjustmentState::from_code(row.text(5)?).ok_or_else(corrupt)?,
    })
}

fn corrupt() -> Fault {
    Fault::corrupt("an adjustment is malformed")
}
