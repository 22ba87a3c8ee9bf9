//! A movement between two wallets that a person sees; immutable once made.

use db::{Fault, Read};
use ledger::{Event, Link, Memo, Record, Side};
use vocab::{AccountId, Money, RecordId, Timestamp, UserId};

use crate::{
    Action, Books, Code, Intention, Order, Rejection, approval,
    books::Standing,
    factors::Unproven,
    limits::{Strength, Terms, Window},
};

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
    /// What is known of the payer.
    pub terms: Terms,
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
            terms,
            reference,
            memo,
        } = self;
        let action = Action::Transfer {
            from,
            to,
            money,
            terms,
        };
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
        // A transfer that was scheduled arrives by its capture.
        let is_whole = matches!(
            (code, &entry.link),
            (_, Link::None) | (Code::Transfer, Link::Capture { .. })
        );
        if entry.code != code as u16 || !is_whole {
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

/// A payment that is only asked about.
#[derive(Clone, Debug)]
pub struct Wish {
    pub from: AccountId,
    pub to: Result<AccountId, Rejection>,
    pub money: Money,
    pub terms: Terms,
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
    /// What the payer has sent today.
    pub sent_today: Money,
    /// How strong the proof must be.
    pub needs: Strength,
    /// Seconds after which the money should rather arrive.
    pub delay: Option<i64>,
    /// Why the transfer would be refused now, if it would.
    pub rejection: Option<Rejection>,
}

/// Looks at the same rules as the transfer itself, in the same order, and moves nothing.
pub fn preview(
    books: &Books,
    tx: &mut impl Read,
    wish: &Wish,
    now: Timestamp,
) -> Result<Preview, Fault> {
    let money = wish.money;
    let payer = books.standing(tx, wish.from)?;
    let payee = match &wish.to {
        Ok(to) => books.standing(tx, *to)?,
        Err(_) => None,
    };
    let limits = books.limits();
    let moment = limits.moment(now);
    let bounds = limits.bounds(&wish.terms, money.currency);
    let sent_today = payer.as_ref().map_or(0, |payer| payer.out.on(moment.day));
    // The narrowest window of those that sum up says what is left.
    let left = |window: Window| window.bound.max.saturating_sub(window.used).max(0);
    let left_today = payer.as_ref().map_or(bounds.per_day.max, |payer| {
        let windows = limits.windows(payer, &wish.terms, money.currency, moment);
        windows.skip(1).map(left).min().unwrap_or(0)
    });
    let rejection = match &wish.to {
        Err(rejection) => Some(rejection.clone()),
        Ok(to) if *to == wish.from => Some(Rejection::SameAccount),
        Ok(_) => check(books, [payer.as_ref(), payee.as_ref()], wish, now).err(),
    };
    let table = limits.table();
    let need = table.need(money, sent_today, wish.terms.around);
    let before = match &payer {
        Some(payer) if table.exemption.is_some() => {
            approval::unproven_of(tx, UserId::from_raw(payer.owner))?
        }
        _ => Unproven::default(),
    };
    let needs = match table.exempts(money, before, wish.terms.around) {
        true => Strength::None,
        false => need.strength.max(limits.strength_for(sent_today, money)),
    };
    let of = |minor| Money::new(minor, money.currency);
    Ok(Preview {
        fee: of(0),
        per_payment: of(bounds.per_payment.max),
        left_today: of(left_today),
        resets_at: moment.next_day(),
        sent_today: of(sent_today),
        needs,
        delay: need.delay,
        rejection,
    })
}

fn check(
    books: &Books,
    [payer, payee]: [Option<&Standing>; 2],
    wish: &Wish,
    now: Timestamp,
) -> Result<(), Rejection> {
    let money = wish.money;
    let (payer, _) = parties([payer, payee], money)?;
    books.limits().allow(payer, &wish.terms, money, now)?;
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
