//! How much a person may send, per payment and per day.

use vocab::{Currency, Money, Timestamp};

use crate::{Limit, Rejection, books::Standing};

/// Ceilings on outgoing payments in major units, the same number for every currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One payment.
    pub per_payment_major: i64,
    /// All payments of one UTC day.
    pub per_day_major: i64,
}

impl Limits {
    /// The preset without tiers: a million a payment, five million a day.
    pub const PLAIN: Self = Self {
        per_payment_major: 1_000_000,
        per_day_major: 5_000_000,
    };

    /// The most that one payment may move.
    pub fn per_payment(&self, currency: Currency) -> Money {
        minor(self.per_payment_major, currency)
    }

    /// The most that one day may move.
    pub fn per_day(&self, currency: Currency) -> Money {
        minor(self.per_day_major, currency)
    }

    /// Whether `payer` may send `money` now.
    pub(crate) fn allow(
        &self,
        payer: &Standing,
        money: Money,
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let max = self.per_payment(money.currency);
        if money.minor > max.minor {
            let used = Money::new(0, money.currency);
            let limit = Limit::PerPayment;
            return Err(Rejection::LimitExceeded {
                limit,
                max,
                used,
                resets_at: None,
            });
        }
        let max = self.per_day(money.currency);
        let used = Money::new(payer.out_on(at.day()), money.currency);
        if used
            .minor
            .checked_add(money.minor)
            .is_none_or(|sum| sum > max.minor)
        {
            let resets_at = Some(Timestamp::from_micros((at.day() + 1) * Timestamp::DAY));
            return Err(Rejection::LimitExceeded {
                limit: Limit::PerDay,
                max,
                used,
                resets_at,
            });
        }
        Ok(())
    }
}

fn minor(major: i64, currency: Currency) -> Money {
    let scale = 10_i64.saturating_pow(currency.exponent());
    Money::new(major.saturating_mul(scale), currency)
}
