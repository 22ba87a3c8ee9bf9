use thiserror::Error;

/// Every "no" of the ledger, in the order in which they are checked: shape, existence, state (of
/// the hold or entry first, then of its accounts), currency, bounds. An earlier one hides a later
/// one, whichever leg it stands on; the order is part of the API.
///
/// One answer is shape and yet needs the accounts: legs that balance over all currencies but not in
/// each are [`Unbalanced`](Self::Unbalanced) after existence, before state.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    // Shape.
    #[error("an entry needs at least two legs")]
    TooFewLegs,
    #[error("an entry has too many legs")]
    TooManyLegs,
    #[error("an amount must be above zero")]
    AmountNotPositive,
    #[error("debits and credits differ")]
    Unbalanced,
    #[error("the floor lies above the ceiling")]
    BoundsCrossed,
    #[error("the expiry is not in the future")]
    ExpiryPassed,
    // Existence.
    #[error("this account already exists")]
    AccountExists,
    #[error("no such account")]
    AccountNotFound,
    #[error("no such hold")]
    HoldNotFound,
    #[error("no such entry")]
    EntryNotFound,
    // State.
    #[error("the hold was captured already")]
    HoldCaptured,
    #[error("the hold was voided already")]
    HoldVoided,
    #[error("the hold has expired")]
    HoldExpired,
    #[error("the hold has not expired yet")]
    HoldNotExpired,
    #[error("the entry was reversed already")]
    AlreadyReversed,
    #[error("a reversal cannot be taken back")]
    ReversalIsFinal,
    #[error("part of the entry was refunded")]
    AlreadyRefunded,
    #[error("the account is closed")]
    AccountClosed,
    #[error("the account still has money")]
    AccountNotEmpty,
    #[error("the account is frozen for outgoing money")]
    DebitFrozen,
    #[error("the account is frozen for incoming money")]
    CreditFrozen,
    // Currency.
    #[error("a hold moves one currency")]
    CurrencyMismatch,
    // Bounds.
    #[error("more than the hold has left")]
    ExceedsHold,
    #[error("more than the entry has left")]
    ExceedsEntry,
    #[error("not enough available")]
    InsufficientFunds,
    #[error("above the account's ceiling")]
    CeilingExceeded,
    /// A balance, what is held, or an entry's size over all its debits leaves 64 bits.
    #[error("the sum does not fit")]
    Overflow,
}

impl Rejection {
    /// Every rejection, in their order.
    pub const ALL: &'static [Self] = &[
        Self::TooFewLegs,
        Self::TooManyLegs,
        Self::AmountNotPositive,
        Self::Unbalanced,
        Self::BoundsCrossed,
        Self::ExpiryPassed,
        Self::AccountExists,
        Self::AccountNotFound,
        Self::HoldNotFound,
        Self::EntryNotFound,
        Self::HoldCaptured,
        Self::HoldVoided,
        Self::HoldExpired,
        Self::HoldNotExpired,
        Self::AlreadyReversed,
        Self::ReversalIsFinal,
        Self::AlreadyRefunded,
        Self::AccountClosed,
        Self::AccountNotEmpty,
        Self::DebitFrozen,
        Self::CreditFrozen,
        Self::CurrencyMismatch,
        Self::ExceedsHold,
        Self::ExceedsEntry,
        Self::InsufficientFunds,
        Self::CeilingExceeded,
        Self::Overflow,
    ];
}
