//! Legs together with their accounts: the checks that every movement of money shares, each a guard
//! of its own in the order of [`Rejection`].

use vocab::Currency;

use super::{MAX_LEGS, MIN_LEGS, View};
use crate::{Account, Leg, Posting, Rejection, Side};

/// One leg and the account that it moves.
pub(super) struct Movement<'a> {
    pub(super) account: &'a Account,
    pub(super) side: Side,
    pub(super) amount: i64,
}

impl Movement<'_> {
    /// What it adds to the posted balance.
    fn change(&self) -> i128 {
        match self.side {
            Side::Debit => -i128::from(self.amount),
            Side::Credit => i128::from(self.amount),
        }
    }
}

/// Where the debited money comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Funds {
    /// From what is available: floors hold.
    Available,
    /// From a hold, where it was reserved under the floor of that time.
    Reserved,
}

/// Credits − debits per currency.
pub(crate) struct Sums([i128; Currency::ALL.len()]);

impl Sums {
    pub(crate) const fn new() -> Self {
        Self([0; Currency::ALL.len()])
    }

    /// Adds one leg. 64-bit amounts of any number of legs in memory fit 128 bits.
    pub(crate) fn add(&mut self, currency: Currency, side: Side, amount: i64) {
        let sum = &mut self.0[currency as usize];
        match side {
            Side::Debit => *sum -= i128::from(amount),
            Side::Credit => *sum += i128::from(amount),
        }
    }

    /// The first currency in which debits and credits differ.
    pub(crate) fn unbalanced(&self) -> Option<Currency> {
        let place = self.0.iter().position(|&sum| sum != 0)?;
        Currency::ALL.get(place).copied()
    }
}

/// Number of legs, their amounts, and their balance over all currencies.
pub(super) fn check_shape(legs: &[Leg]) -> Result<(), Rejection> {
    if legs.len() < MIN_LEGS {
        return Err(Rejection::TooFewLegs);
    }
    if legs.len() > MAX_LEGS {
        return Err(Rejection::TooManyLegs);
    }
    if legs.iter().any(|leg| leg.amount <= 0) {
        return Err(Rejection::AmountNotPositive);
    }
    let sum = |side| -> i128 {
        legs.iter()
            .filter(|leg| leg.side == side)
            .map(|leg| i128::from(leg.amount))
            .sum()
    };
    if sum(Side::Debit) != sum(Side::Credit) {
        return Err(Rejection::Unbalanced);
    }
    Ok(())
}

/// The accounts of all legs.
pub(super) fn find<'a>(
    view: &'a impl View,
    legs: impl ExactSizeIterator<Item = Leg>,
) -> Result<Vec<Movement<'a>>, Rejection> {
    let mut movements = Vec::with_capacity(legs.len());
    for Leg {
        account,
        side,
        amount,
    } in legs
    {
        let account = view.account(account).ok_or(Rejection::AccountNotFound)?;
        movements.push(Movement {
            account,
            side,
            amount,
        });
    }
    Ok(movements)
}

/// Debits and credits are equal in every currency.
pub(super) fn check_balance(movements: &[Movement<'_>]) -> Result<(), Rejection> {
    let mut sums = Sums::new();
    for movement in movements {
        sums.add(movement.account.currency, movement.side, movement.amount);
    }
    match sums.unbalanced() {
        Some(_) => Err(Rejection::Unbalanced),
        None => Ok(()),
    }
}

/// All accounts are of one currency.
pub(super) fn check_one_currency(movements: &[Movement<'_>]) -> Result<(), Rejection> {
    let is_mixed = movements
        .windows(2)
        .any(|pair| pair[0].account.currency != pair[1].account.currency);
    if is_mixed {
        Err(Rejection::CurrencyMismatch)
    } else {
        Ok(())
    }
}

/// No account is closed or frozen for its side of the movement.
pub(super) fn check_state<'a>(
    movements: impl Iterator<Item = &'a Movement<'a>>,
) -> Result<(), Rejection> {
    match movements.filter_map(restriction_of).min() {
        Some(rejection) => Err(rejection),
        None => Ok(()),
    }
}

fn restriction_of(movement: &Movement<'_>) -> Option<Rejection> {
    let restriction = movement.account.restriction;
    match movement.side {
        _ if restriction.closed => Some(Rejection::AccountClosed),
        Side::Debit if restriction.debit_frozen => Some(Rejection::DebitFrozen),
        Side::Credit if restriction.credit_frozen => Some(Rejection::CreditFrozen),
        _ => None,
    }
}

/// Floors, ceilings and sizes over all movements of each account, then the postings in leg order:
/// an account may stand in several of them, and only what remains in the end counts.
pub(super) fn settle(movements: &[Movement<'_>], funds: Funds) -> Result<Vec<Posting>, Rejection> {
    let broken = movements.iter().filter_map(|Movement { account, .. }| {
        let of_account = movements
            .iter()
            .filter(|other| other.account.id == account.id);
        broken_bound(account, of_account.map(Movement::change).sum(), funds)
    });
    if let Some(rejection) = broken.min() {
        return Err(rejection);
    }
    check_size(movements)?;
    postings(movements)
}

/// The first bound that an account breaks when `change` is added to its posted balance. Money may
/// come to an account below its floor, and leave one above its ceiling.
fn broken_bound(account: &Account, change: i128, funds: Funds) -> Option<Rejection> {
    let posted = i128::from(account.posted) + change;
    let available = account.available() + change;
    if change < 0 && funds == Funds::Available {
        if account.is_below_floor(available) {
            return Some(Rejection::InsufficientFunds);
        }
        // What is held must be capturable: it may not wait below the smallest balance.
        if available < i128::from(i64::MIN) {
            return Some(Rejection::Overflow);
        }
    }
    if change > 0 && account.is_above_ceiling(posted) {
        return Some(Rejection::CeilingExceeded);
    }
    let fits = i64::try_from(posted).is_ok();
    (!fits).then_some(Rejection::Overflow)
}

/// The sum of all debits, over all currencies, fits 64 bits; so does every refund of them.
pub(super) fn check_size(movements: &[Movement<'_>]) -> Result<(), Rejection> {
    let debits = movements
        .iter()
        .filter(|movement| movement.side == Side::Debit);
    let size: i128 = debits.map(|movement| i128::from(movement.amount)).sum();
    i64::try_from(size)
        .map(|_| ())
        .map_err(|_| Rejection::Overflow)
}

fn postings(movements: &[Movement<'_>]) -> Result<Vec<Posting>, Rejection> {
    let mut postings: Vec<Posting> = Vec::with_capacity(movements.len());
    for movement in movements {
        let account = movement.account;
        let last = postings
            .iter()
            .rev()
            .find(|posting| posting.account == account.id);
        let (version, before) = last.map_or((account.version, account.posted), |last| {
            (last.version, last.balance_after)
        });
        let after = movement.side.add_to(before, movement.amount);
        postings.push(Posting {
            account: account.id,
            side: movement.side,
            amount: movement.amount,
            currency: account.currency,
            version: version.checked_add(1).ok_or(Rejection::Overflow)?,
            balance_after: after.ok_or(Rejection::Overflow)?,
        });
    }
    Ok(postings)
}
