use db::{Fault, Read, Row, Tx, params};
use vocab::{AccountId, ApprovalId, Money, RecordId, Timestamp, UserId};

use super::{Approval, ApprovalState};
use crate::{
    books::store::read_currency,
    factors::{Factors, Unproven},
};

db::sql! {
    INSERT = "INSERT INTO payment_approvals (id, owner, digest, payee, currency, minor, fee, factors, \
        state, attempts, sealed, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, $9, $10)";
    FIND = "SELECT id, owner, digest, payee, currency, minor, fee, factors, state, attempts, sealed, \
        created_at, expires_at FROM payment_approvals WHERE id = $1 AND owner = $2";
    FIND_LOCKED = "SELECT id, owner, digest, payee, currency, minor, fee, factors, state, attempts, \
        sealed, created_at, expires_at FROM payment_approvals WHERE id = $1 {for_update}";
    LIST_OPEN = "SELECT id, owner, digest, payee, currency, minor, fee, factors, state, attempts, \
        sealed, created_at, expires_at FROM payment_approvals \
        WHERE owner = $1 AND state = 0 AND expires_at > $2 ORDER BY id DESC LIMIT $3";
    COUNT_OPEN = "SELECT count(*) FROM payment_approvals \
        WHERE owner = $1 AND state = 0 AND expires_at > $2";
    COUNT_ATTEMPT = "UPDATE payment_approvals SET attempts = attempts + 1 \
        WHERE id = $1 AND state = 0 AND attempts < $2 AND expires_at > $3";
    SET_FACTORS = "UPDATE payment_approvals SET factors = $2, attempts = 0 WHERE id = $1 AND state = 0";
    END = "UPDATE payment_approvals SET state = $2 WHERE id = $1 AND state = 0";
    VOID_ALL = "UPDATE payment_approvals SET state = 2 WHERE owner = $1 AND state = 0";
    USE_UP = "UPDATE payment_approvals SET state = 3, used_by = $2 WHERE id = $1 AND state = 0";
    PURGE = "DELETE FROM payment_approvals WHERE id IN \
        (SELECT id FROM payment_approvals WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    KNOWN_SINCE = "SELECT since FROM known_payees WHERE owner = $1 AND payee = $2";
    MAKE_KNOWN = "INSERT INTO known_payees (owner, payee, since) VALUES ($1, $2, $3) \
        ON CONFLICT (owner, payee) DO NOTHING";
    UNPROVEN = "SELECT amount, payments FROM unproven_payments WHERE owner = $1";
    PUT_UNPROVEN = "INSERT INTO unproven_payments (owner, amount, payments) VALUES ($1, $2, $3) \
        ON CONFLICT (owner) DO UPDATE SET amount = excluded.amount, payments = excluded.payments";
}

pub(super) fn insert(tx: &mut Tx<'_>, approval: &Approval) -> Result<(), Fault> {
    let values = params![
        approval.id.to_string(),
        approval.owner.raw(),
        approval.digest.to_vec(),
        approval.to.raw(),
        i64::from(approval.money.currency.number()),
        approval.money.minor,
        approval.fee.minor,
        approval.sealed.clone(),
        approval.created_at.micros(),
        approval.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(
    read: &mut impl Read,
    owner: UserId,
    id: ApprovalId,
) -> Result<Option<Approval>, Fault> {
    read.query_one(FIND, &params![id.to_string(), owner.raw()], approval)
}

/// The approval, locked until the transaction ends.
pub(crate) fn find_locked(tx: &mut Tx<'_>, id: ApprovalId) -> Result<Option<Approval>, Fault> {
    tx.query_one(FIND_LOCKED, &params![id.to_string()], approval)
}

pub(super) fn list_open(
    read: &mut impl Read,
    owner: UserId,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Approval>, Fault> {
    let values = params![owner.raw(), now.micros(), most];
    read.query(LIST_OPEN, &values, approval)
}

pub(super) fn count_open(
    read: &mut impl Read,
    owner: UserId,
    now: Timestamp,
) -> Result<i64, Fault> {
    let values = params![owner.raw(), now.micros()];
    let count = read.query_one(COUNT_OPEN, &values, |row| row.int(0))?;
    Ok(count.unwrap_or_default())
}

/// `false` if none are left or it is over.
pub(super) fn count_attempt(
    tx: &mut Tx<'_>,
    id: ApprovalId,
    most: i64,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(COUNT_ATTEMPT, &params![id.to_string(), most, now.micros()])? == 1)
}

pub(super) fn set_factors(
    tx: &mut Tx<'_>,
    id: ApprovalId,
    factors: Factors,
) -> Result<bool, Fault> {
    Ok(tx.execute(SET_FACTORS, &params![id.to_string(), factors.bits()])? == 1)
}

pub(super) fn end(tx: &mut Tx<'_>, id: ApprovalId, state: ApprovalState) -> Result<bool, Fault> {
    Ok(tx.execute(END, &params![id.to_string(), state as i64])? == 1)
}

pub(super) fn void_all(tx: &mut Tx<'_>, owner: UserId) -> Result<(), Fault> {
    tx.execute(VOID_ALL, &params![owner.raw()]).map(|_| ())
}

/// Uses an approval up for a record; `false` if somebody was faster.
pub(crate) fn use_up(tx: &mut Tx<'_>, id: ApprovalId, record: RecordId) -> Result<bool, Fault> {
    Ok(tx.execute(USE_UP, &params![id.to_string(), record.raw()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

/// The payment that made this payee known.
pub(crate) fn known_since(
    read: &mut impl Read,
    owner: i64,
    payee: AccountId,
) -> Result<Option<RecordId>, Fault> {
    read.query_one(KNOWN_SINCE, &params![owner, payee.raw()], |row| {
        Ok(RecordId::from_raw(row.int(0)?))
    })
}

pub(crate) fn make_known(
    tx: &mut Tx<'_>,
    owner: i64,
    payee: AccountId,
    record: RecordId,
) -> Result<(), Fault> {
    let values = params![owner, payee.raw(), record.raw()];
    tx.execute(MAKE_KNOWN, &values).map(|_| ())
}

pub(crate) fn unproven(read: &mut impl Read, owner: i64) -> Result<Unproven, Fault> {
    let found = read.query_one(UNPROVEN, &params![owner], |row| {
        Ok(Unproven {
            sum: row.int(0)?,
            count: row.int(1)?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

pub(crate) fn put_unproven(tx: &mut Tx<'_>, owner: i64, now: Unproven) -> Result<(), Fault> {
    tx.execute(PUT_UNPROVEN, &params![owner, now.sum, now.count])
        .map(|_| ())
}

fn approval(row: &Row<'_>) -> Result<Approval, Fault> {
    let corrupt = || Fault::corrupt("an approval cannot be read");
    let currency = read_currency(row.int(4)?)?;
    Ok(Approval {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        owner: UserId::from_raw(row.int(1)?),
        digest: row.blob(2)?.try_into().map_err(|_| corrupt())?,
        to: AccountId::from_raw(row.int(3)?),
        money: Money::new(row.int(5)?, currency),
        fee: Money::new(row.int(6)?, currency),
        factors: Factors::from_bits(row.int(7)?),
        state: ApprovalState::from_number(row.int(8)?).ok_or_else(corrupt)?,
        attempts: row.int(9)?,
        sealed: row.blob(10)?.to_vec(),
        created_at: Timestamp::from_micros(row.int(11)?),
        expires_at: Timestamp::from_micros(row.int(12)?),
    })
}
