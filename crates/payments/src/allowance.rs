//! How much a program may send on its owner's behalf: caps per payment, day, month, lifetime and by
//! number, in one currency.
//!
//! What is used of an allowance is counted in the transaction that moves the money, by the books,
//! in the order in which they decide; so ten payments of one fit a cap of ten, however many are
//! asked for at once. Refunds give nothing back. Each use is kept beside its record, and the check
//! adds them up again.

mod store;

use db::{Fault, Read, Tx};
use vocab::{AccessTokenId, Currency, Money, UserId};

pub(crate) use store::{ALL as STATEMENTS, all, each_use, find_locked, put_used, record_use};

use crate::{
    Limit, Rejection,
    books::calendar::Count,
    limits::{Moment, Raise},
};

/// The most that an allowance lets through, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    pub currency: Currency,
    pub per_payment: Option<i64>,
    pub per_day: Option<i64>,
    pub per_month: Option<i64>,
    pub lifetime: Option<i64>,
    /// Payments of one day.
    pub count_per_day: Option<i64>,
}

impl Caps {
    /// Whether none of these caps lets more through than the same one of `before`.
    pub fn is_within(&self, before: &Self) -> bool {
        let pairs = [
            (self.per_payment, before.per_payment),
            (self.per_day, before.per_day),
            (self.per_month, before.per_month),
            (self.lifetime, before.lifetime),
            (self.count_per_day, before.count_per_day),
        ];
        let is_lower = |(now, before): (Option<i64>, Option<i64>)| match (now, before) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(now), Some(before)) => now <= before,
        };
        self.currency == before.currency && pairs.into_iter().all(is_lower)
    }
}

/// What was used of an allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub(crate) day: i64,
    pub(crate) day_sum: i64,
    pub(crate) day_count: i64,
    pub(crate) month: i64,
    pub(crate) month_sum: i64,
    pub(crate) lifetime: i64,
}

impl Used {
    /// Minor units on this day.
    pub const fn today(&self, now: Moment) -> i64 {
        if self.day == now.day { self.day_sum } else { 0 }
    }

    /// Payments on this day.
    pub const fn count_today(&self, now: Moment) -> i64 {
        if self.day == now.day {
            self.day_count
        } else {
            0
        }
    }

    /// Minor units in this month.
    pub const fn this_month(&self, now: Moment) -> i64 {
        if self.month == now.month {
            self.month_sum
        } else {
            0
        }
    }

    /// Minor units since it was made.
    pub const fn lifetime(&self) -> i64 {
        self.lifetime
    }

    pub(crate) fn count(&mut self, at: Count, minor: i64) {
        let now = at.moment;
        self.day_sum = self.today(now).saturating_add(minor);
        self.day_count = self.count_today(now) + 1;
        self.month_sum = self.this_month(now).saturating_add(minor);
        (self.day, self.month) = (now.day, now.month);
        self.lifetime = self.lifetime.saturating_add(minor);
    }
}

/// An allowance with what was used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub id: AccessTokenId,
    pub owner: UserId,
    pub caps: Caps,
    pub used: Used,
    /// Once closed it lets nothing through, and is never opened again.
    pub is_open: bool,
}

impl Allowance {
    /// Whether it lets this through now; the first cap that is too small says no.
    pub(crate) fn allow(&self, payer: i64, money: Money, now: Moment) -> Result<(), Rejection> {
        if !self.is_open || self.owner.raw() != payer || self.caps.currency != money.currency {
            return Err(Rejection::AllowanceClosed);
        }
        let Caps {
            per_payment,
            per_day,
            per_month,
            lifetime,
            count_per_day,
            ..
        } = self.caps;
        let used = &self.used;
        let (day, month) = (Some(now.next_day()), Some(now.next_month()));
        let windows = [
            (Limit::PerPayment, per_payment, 0, money.minor, None),
            (Limit::PerDay, per_day, used.today(now), money.minor, day),
            (
                Limit::PerMonth,
                per_month,
                used.this_month(now),
                money.minor,
                month,
            ),
            (Limit::Lifetime, lifetime, used.lifetime, money.minor, None),
            (
                Limit::CountPerDay,
                count_per_day,
                used.count_today(now),
                1,
                day,
            ),
        ];
        for (limit, max, used, more, resets_at) in windows {
            let Some(max) = max else { continue };
            if used.checked_add(more).is_none_or(|sum| sum > max) {
                return Err(Rejection::CapExceeded {
                    limit,
                    max: Money::new(max, money.currency),
                    used: Money::new(used, money.currency),
                    resets_at,
                    raise: Raise::RaiseCaps,
                });
            }
        }
        Ok(())
    }
}

/// Opens an allowance; nothing happens if it is there.
pub fn open(tx: &mut Tx<'_>, id: AccessTokenId, owner: UserId, caps: &Caps) -> Result<(), Fault> {
    store::insert(tx, id, owner, caps)
}

/// Gives an allowance other caps; what was used stays used. From the commit on they hold for every
/// payment.
pub fn set_caps(tx: &mut Tx<'_>, id: AccessTokenId, caps: &Caps) -> Result<(), Fault> {
    store::set_caps(tx, id, caps)
}

/// Closes an allowance for ever: from the commit on it lets nothing through.
pub fn close(tx: &mut Tx<'_>, id: AccessTokenId) -> Result<(), Fault> {
    store::close(tx, id)
}

/// An allowance with what was used of it so far.
pub fn find(read: &mut impl Read, id: AccessTokenId) -> Result<Option<Allowance>, Fault> {
    store::find(read, id)
}
