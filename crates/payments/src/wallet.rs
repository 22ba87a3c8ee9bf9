//! A person's accounts, one per currency, and the house's own.

use db::{Fault, Read};
use ledger::{Class, Command, Opening};
use vocab::{AccountId, Currency, UserId};

use crate::{
    Books, Order,
    books::{Standing, load},
};

/// House accounts have small fixed ids, far below any id that a clock makes: a thousand per
/// purpose, plus the currency's number.
const RAILS: i64 = 1_000;
const ADJUSTMENTS: i64 = 3_000;

/// The account of the sandbox rail: what it is below zero is the play money in people's wallets.
pub fn sandbox_rail(currency: Currency) -> AccountId {
    AccountId::from_raw(RAILS + i64::from(currency.number()))
}

/// Opens the house's own accounts; those that exist refuse, which is fine.
pub fn house_orders() -> Vec<Order> {
    let rail = |&currency: &Currency| {
        Order::internal(Command::Open(Opening {
            account: sandbox_rail(currency),
            owner: 0,
            currency,
            class: Class::Rail,
            floor: None,
            ceiling: None,
        }))
    };
    Currency::ALL.iter().map(rail).collect()
}

/// The account by which people's accounts are put right.
pub fn adjustments(currency: Currency) -> AccountId {
    AccountId::from_raw(ADJUSTMENTS + i64::from(currency.number()))
}

/// Opens the account by which people's accounts are put right; refused where it is open, which is
/// fine.
pub(crate) fn open_adjustments(currency: Currency) -> Order {
    Order::internal(Command::Open(Opening {
        account: adjustments(currency),
        owner: 0,
        currency,
        class: Class::Adjustment,
        floor: None,
        ceiling: None,
    }))
}

/// Opens a person's account: nothing below zero, no ceiling. Refused with `account_exists` if they
/// have one in this currency.
pub fn open_order(user: UserId, account: AccountId, currency: Currency) -> Order {
    Order::internal(Command::Open(Opening {
        account,
        owner: user.raw(),
        currency,
        class: Class::User,
        floor: Some(0),
        ceiling: None,
    }))
}

/// Closes a person's account for ever. Refused with `account_not_empty` while there is money in it
/// or on hold.
pub fn close_order(account: AccountId) -> Order {
    Order::internal(Command::Close { account })
}

/// A person's accounts with their balances, oldest first.
pub fn accounts_of(
    books: &Books,
    tx: &mut impl Read,
    user: UserId,
) -> Result<Vec<Standing>, Fault> {
    let mut standings = Vec::new();
    for (account, _) in load::owned(tx, user.raw())? {
        standings.extend(books.standing(tx, account)?);
    }
    Ok(standings)
}

/// A person's account ids with their currencies, oldest first.
pub fn account_ids(tx: &mut impl Read, user: UserId) -> Result<Vec<(AccountId, Currency)>, Fault> {
    load::owned(tx, user.raw())
}

/// Whose a person's account is; none for the house's own and for ids that do not exist.
pub fn owner_of(
    books: &Books,
    tx: &mut impl Read,
    account: AccountId,
) -> Result<Option<UserId>, Fault> {
    let standing = books.standing(tx, account)?;
    Ok(standing
        .filter(|standing| standing.owner != 0)
        .map(|s| UserId::from_raw(s.owner)))
}
