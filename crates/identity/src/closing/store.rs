use db::{Fault, Read, Row, Tx, params};
use vocab::{Timestamp, UserId};

use super::Closing;
use crate::{Cx, Error, keys::Purpose, person_key};

db::sql! {
    FIND = "SELECT user_id, requested_at, closes_at FROM closings \
        WHERE user_id = $1 AND completed_at IS NULL";
    DUE = "SELECT user_id, requested_at, closes_at FROM closings \
        WHERE completed_at IS NULL AND closes_at <= $1 ORDER BY closes_at LIMIT $2";
    INSERT = "INSERT INTO closings (user_id, requested_at, closes_at, reason_sealed) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO NOTHING";
    DELETE = "DELETE FROM closings WHERE user_id = $1 AND completed_at IS NULL";
    COMPLETE = "UPDATE closings SET completed_at = $2, reason_sealed = NULL \
        WHERE user_id = $1 AND requested_at = $3 AND completed_at IS NULL";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn find(read: &mut impl Read, user: UserId) -> Result<Option<Closing>, Fault> {
    read.query_one(FIND, &params![user.raw()], closing)
}

pub(super) fn due(read: &mut impl Read, now: Timestamp, most: i64) -> Result<Vec<Closing>, Fault> {
    read.query(DUE, &params![now.micros(), most], closing)
}

/// `false` if one is under way.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    closing: &Closing,
    reason: Option<&str>,
) -> Result<bool, Error> {
    let context = closing.user.raw().to_be_bytes();
    let place = (Purpose::Statement, &context[..]);
    let sealed = match reason {
        Some(reason) => Some(person_key::seal(
            tx,
            cx,
            closing.user,
            place,
            reason.as_bytes(),
        )?),
        None => None,
    };
    let values = params![
        closing.user.raw(),
        closing.requested_at.micros(),
        closing.closes_at.micros(),
        sealed
    ];
    Ok(tx.execute(INSERT, &values)? == 1)
}

pub(super) fn delete(tx: &mut Tx<'_>, user: UserId) -> Result<bool, Fault> {
    Ok(tx.execute(DELETE, &params![user.raw()])? == 1)
}

pub(super) fn complete(tx: &mut Tx<'_>, closing: &Closing, now: Timestamp) -> Result<bool, Fault> {
    let values = params![
        closing.user.raw(),
        now.micros(),
        closing.requested_at.micros()
    ];
    Ok(tx.execute(COMPLETE, &values)? == 1)
}

fn closing(row: &Row<'_>) -> Result<Closing, Fault> {
    Ok(Closing {
        user: UserId::from_raw(row.int(0)?),
        requested_at: Timestamp::from_micros(row.int(1)?),
        closes_at: Timestamp::from_micros(row.int(2)?),
    })
}
