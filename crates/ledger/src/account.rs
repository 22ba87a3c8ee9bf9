use vocab::{AccountId, Currency};

/// What an account is for. The law treats all alike; classes tell readers and reports apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    User,
    Merchant,
    Rail,
    Fee,
    Suspense,
    Adjustment,
}

/// What an account may not do until it is lifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Restriction {
    /// No debits and no new holds.
    pub debit_frozen: bool,
    /// No credits.
    pub credit_frozen: bool,
    /// Nothing, for ever; posted and held were zero when it closed.
    pub closed: bool,
}

/// One ledger account and its balances, in minor units of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub currency: Currency,
    pub class: Class,
    /// Debits and holds may not bring the available balance below this; `None` has no limit.
    pub floor: Option<i64>,
    /// Credits may not bring the posted balance above this; `None` has no limit.
    pub ceiling: Option<i64>,
    pub restriction: Restriction,
    /// Credits − debits.
    pub posted: i64,
    /// Reserved by open holds, never negative.
    pub held: i64,
    /// Number of postings so far; each posting carries the version it made.
    pub version: i64,
}

impl Account {
    /// Posted − held, which may lie outside 64 bits.
    pub fn available(&self) -> i128 {
        i128::from(self.posted) - i128::from(self.held)
    }

    /// Whether an available balance of this account would lie below its floor.
    pub(crate) fn is_below_floor(&self, available: i128) -> bool {
        self.floor
            .is_some_and(|floor| available < i128::from(floor))
    }

    /// Whether a posted balance of this account would lie above its ceiling.
    pub(crate) fn is_above_ceiling(&self, posted: i128) -> bool {
        self.ceiling
            .is_some_and(|ceiling| posted > i128::from(ceiling))
    }
}
