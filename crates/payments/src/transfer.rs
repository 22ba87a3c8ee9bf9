//! A movement between two wallets that a person sees; immutable once made.

use db::{Fault, Read};
use ledger::{Event, Link, Memo, Record, Side};
use vocab::{AccountId, Money, RecordId, Timestamp};

use crate::{Action, Books, Code, Intention, Order, Rejection, books::Standing};

/// The prefix of a transfer's id.
pub const PREFIX: &str = "trf";

/// A validated wish to pay somebody.
#[derive(Clone, Debug)]
pub struct NewTransfer {
    pub intention: Intention,
    /// The payer's account; if it holds another currency the transfer is refused.
    pub from: AccountId,
    /// The payee's account, or why there is none: the refusal is remembered.
    pub to: Result<AccountId, Rejection>,
    pub money: Money,
    pub reference: Option<Box<str>>,
    pub memo: Option<Memo>,
}

impl NewTransfer {
    /// The order to the books.
    pub fn order(self) -> Order {
        let Self {
            intention,
            from,
            to,
            money,
            reference,
            memo,
        } = self;
        let action = Action::Transfer { from, to, money };
        Order {
            intention: Some(intention),
            reference,
            memo,
            action,
        }
    }
}

/// A transfer as it was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer<'a> {
    pub id: RecordId,
    pub from: AccountId,
    pub to: AccountId,
    /// Minor units of both accounts' currency.
    pub minor: i64,
    pub payer_balance_after: i64,
    pub payee_balance_after: i64,
    pub reference: Option<&'a str>,
    pub memo: Option<&'a Memo>,
    pub at: Timestamp,
}

impl<'a> Transfer<'a> {
    /// The transfer or top-up that a record of this code posted.
    pub fn of(record: &'a Record, code: Code) -> Option<Self> {
        let Event::Posted(entry) = &record.event else {
            return None;
        };
        if entry.code != code as u16 || entry.link != Link::None {
            return None;
        }
        let of_side = |side| entry.postings.iter().find(|posting| posting.side == side);
        let (debit, credit) = (of_side(Side::Debit)?, of_side(Side::Credit)?);
        Some(Self {
            id: record.id,
            from: debit.account,
            to: credit.account,
            minor: debit.amount,
            payer_balance_after: debit.balance_after,
            payee_balance_after: credit.balance_after,
            reference: record
                .origin
                .as_ref()
                .and_then(|origin| origin.reference.as_deref()),
            memo: record.memo.as_ref(),
            at: record.at,
        })
    }
}

/// What a transfer would meet, told in advance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub fee: Money,
    /// The most one payment may move.
    pub per_payment: Money,
    /// What the payer may still send today, and until when that counts.
    pub left_today: Money,
    pub resets_at: Timestamp,
    /// Why the transfer would be refused now, if it would.
    pub rejection: Option<Rejection>,
}

/// Looks at the same rules as the transfer itself, in the same order, and moves nothing.
pub fn preview(
    books: &Books,
    tx: &mut impl Read,
    wish: (AccountId, &Result<AccountId, Rejection>, Money),
    now: Timestamp,
) -> Result<Preview, Fault> {
    let (from, to, money) = wish;
    let payer = books.standing(tx, from)?;
    let payee = match to {
        Ok(to) => books.standing(tx, *to)?,
        Err(_) => None,
    };
    let limits = books.limits();
    let used = payer.as_ref().map_or(0, |payer| payer.out_on(now.day()));
    let per_day = limits.per_day(money.currency);
    let rejection = match to {
        Err(rejection) => Some(rejection.clone()),
        Ok(to) if *to == from => Some(Rejection::SameAccount),
        Ok(_) => check(books, [payer.as_ref(), payee.as_ref()], money, now).err(),
    };
    Ok(Preview {
        fee: Money::new(0, money.currency),
        per_payment: limits.per_payment(money.currency),
        left_today: Money::new(per_day.minor.saturating_sub(used).max(0), money.currency),
        resets_at: Timestamp::from_micros((now.day() + 1) * Timestamp::DAY),
        rejection,
    })
}

fn check(
    books: &Books,
    [payer, payee]: [Option<&Standing>; 2],
    money: Money,
    now: Timestamp,
) -> Result<(), Rejection> {
    let (payer, _) = parties([payer, payee], money)?;
    books.limits().allow(payer, money, now)?;
    let floor = i128::from(payer.account.floor.unwrap_or(i64::MIN));
    if payer.account.available() - i128::from(money.minor) < floor {
        return Err(Rejection::InsufficientFunds);
    }
    Ok(())
}

/// Both sides of a transfer, if their state and currency allow one: existence, state, currency.
pub(crate) fn parties(
    [payer, payee]: [Option<&Standing>; 2],
    money: Money,
) -> Result<(&Standing, &Standing), Rejection> {
    let payer = payer.ok_or(Rejection::CurrencyMismatch)?;
    let payee = payee.ok_or(Rejection::PayeeNotFound)?;
    if payer.account.restriction.closed {
        return Err(Rejection::AccountClosed);
    }
    if payer.account.restriction.debit_frozen {
        return Err(Rejection::PayerFrozen);
    }
    if payee.account.restriction.closed || payee.account.restriction.credit_frozen {
        return Err(Rejection::PayeeFrozen);
    }
    let currencies = [payer.account.currency, payee.account.currency];
    if currencies
        .iter()
        .any(|&currency| currency != money.currency)
    {
        return Err(Rejection::CurrencyMismatch);
    }
    Ok((payer, payee))
}
