use ledger::Rejection as Law;
use thiserror::Error;
use vocab::{Currency, Money, Timestamp};

use crate::limits::{Raise, Strength};

/// Every "no" of the money stories, in the order in which they are checked: existence, state,
/// currency, limits, funds. Numbers are stored for ever; never reuse one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Rejection {
    #[error("nobody can be paid under this contact or id")]
    PayeeNotFound,
    #[error("payer and payee are the same account")]
    SameAccount,
    #[error("this reference was used before")]
    ReferenceReused,
    #[error("the account is frozen for outgoing money")]
    PayerFrozen,
    #[error("the payee cannot receive money now")]
    PayeeFrozen,
    #[error("the account is closed")]
    AccountClosed,
    #[error("no account in this currency on one of the sides")]
    CurrencyMismatch,
    #[error("a limit does not allow this amount")]
    LimitExceeded {
        limit: Limit,
        max: Money,
        used: Money,
        resets_at: Option<Timestamp>,
        raise: Raise,
    },
    #[error("not enough available")]
    InsufficientFunds,
    #[error("the payee's account would be too full")]
    CeilingExceeded,
    #[error("it is so already")]
    NothingToChange,
    #[error("a cap of the access token does not allow this amount")]
    CapExceeded {
        limit: Limit,
        /// A number of payments where the limit is one.
        max: Money,
        used: Money,
        resets_at: Option<Timestamp>,
        raise: Raise,
    },
    #[error("the access token lets nothing through here")]
    AllowanceClosed,
    /// Never remembered: it says nothing about the intention itself.
    #[error("the payment needs further proofs")]
    FactorsMissing { needs: Strength },
    /// Never remembered either.
    #[error("the approval is not one of this payment, or is over")]
    ApprovalVoid,
    #[error("{0}")]
    Ledger(Law),
}

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Limit {
    PerPayment = 1,
    PerDay = 2,
    PerYear = 3,
    Lifetime = 4,
    PerMonth = 5,
    /// Payments of one day.
    CountPerDay = 6,
}

impl Limit {
    const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::PerPayment,
            2 => Self::PerDay,
            3 => Self::PerYear,
            4 => Self::Lifetime,
            5 => Self::PerMonth,
            6 => Self::CountPerDay,
            _ => return None,
        })
    }
}

/// How the first answer was given, kept with a rejection so that a repeat hears it byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The request's id in its raw form.
    pub request: u64,
    /// The language of the answer.
    pub language: Language,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Language {
    #[default]
    En = 0,
    Zh = 1,
}

impl Rejection {
    /// The stable code that callers see.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PayeeNotFound => "payee_not_found",
            Self::SameAccount => "same_account",
            Self::ReferenceReused => "reference_reused",
            Self::PayerFrozen => "account_frozen",
            Self::PayeeFrozen => "payee_frozen",
            Self::AccountClosed => "account_closed",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::LimitExceeded { .. } => "limit_exceeded",
            Self::InsufficientFunds => "insufficient_funds",
            Self::CeilingExceeded => "ceiling_exceeded",
            Self::NothingToChange => "nothing_to_change",
            Self::CapExceeded { .. } => "cap_exceeded",
            Self::AllowanceClosed => "allowance_closed",
            Self::FactorsMissing { .. } => "step_up_required",
            Self::ApprovalVoid => "approval_void",
            Self::Ledger(law) => law_code(*law),
        }
    }

    /// The number under which it is stored.
    pub(crate) const fn number(&self) -> u16 {
        match self {
            Self::PayeeNotFound => 1,
            Self::SameAccount => 2,
            Self::ReferenceReused => 3,
            Self::PayerFrozen => 4,
            Self::PayeeFrozen => 5,
            Self::AccountClosed => 6,
            Self::CurrencyMismatch => 7,
            Self::LimitExceeded { .. } => 8,
            Self::InsufficientFunds => 9,
            Self::CeilingExceeded => 10,
            Self::NothingToChange => 11,
            Self::CapExceeded { .. } => 12,
            Self::AllowanceClosed => 13,
            Self::FactorsMissing { .. } => 14,
            Self::ApprovalVoid => 15,
            Self::Ledger(law) => 100 + law_number(*law),
        }
    }

    /// The rejection as stored bytes, with how it was answered.
    pub(crate) fn details(&self, reply: Reply) -> Box<[u8]> {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend(reply.request.to_be_bytes());
        bytes.push(reply.language as u8);
        if let Self::LimitExceeded {
            limit,
            max,
            used,
            resets_at,
            raise,
        }
        | Self::CapExceeded {
            limit,
            max,
            used,
            resets_at,
            raise,
        } = self
        {
            bytes.push(*limit as u8);
            bytes.extend(max.currency.number().to_be_bytes());
            bytes.extend(max.minor.to_be_bytes());
            bytes.extend(used.minor.to_be_bytes());
            bytes.extend(resets_at.map_or(0, Timestamp::micros).to_be_bytes());
            bytes.push(*raise as u8);
        }
        bytes.into()
    }

    /// Reads what [`Self::details`] stored.
    pub fn restore(number: u16, details: &[u8]) -> Option<(Self, Reply)> {
        let mut reader = Reader(details);
        let request = u64::from_be_bytes(reader.take()?);
        let language = if reader.take::<1>()? == [1] {
            Language::Zh
        } else {
            Language::En
        };
        let rejection = match number {
            1 => Self::PayeeNotFound,
            2 => Self::SameAccount,
            3 => Self::ReferenceReused,
            4 => Self::PayerFrozen,
            5 => Self::PayeeFrozen,
            6 => Self::AccountClosed,
            7 => Self::CurrencyMismatch,
            8 => reader.limit()?,
            9 => Self::InsufficientFunds,
            10 => Self::CeilingExceeded,
            11 => Self::NothingToChange,
            12 => reader.limit()?.into_cap(),
            13 => Self::AllowanceClosed,
            law => Self::Ledger(law_from_number(law.checked_sub(100)?)?),
        };
        reader
            .0
            .is_empty()
            .then_some((rejection, Reply { request, language }))
    }
}

impl Rejection {
    /// The same, said of a cap.
    fn into_cap(self) -> Self {
        match self {
            Self::LimitExceeded {
                limit,
                max,
                used,
                resets_at,
                raise,
            } => Self::CapExceeded {
                limit,
                max,
                used,
                resets_at,
                raise,
            },
            other => other,
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn limit(&mut self) -> Option<Rejection> {
        let [limit] = self.take()?;
        let limit = Limit::from_number(limit)?;
        let currency = Currency::from_number(u16::from_be_bytes(self.take()?))?;
        let max = Money::new(i64::from_be_bytes(self.take()?), currency);
        let used = Money::new(i64::from_be_bytes(self.take()?), currency);
        let resets = i64::from_be_bytes(self.take()?);
        let resets_at = (resets != 0).then(|| Timestamp::from_micros(resets));
        // The first records of limits end here.
        let raise = match self.0 {
            [] => Raise::default(),
            _ => Raise::from_number(self.take::<1>()?[0])?,
        };
        Some(Rejection::LimitExceeded {
            limit,
            max,
            used,
            resets_at,
            raise,
        })
    }
}

/// The ledger's rejections as callers and the journal know them.
macro_rules! laws {
    ($($name:ident $number:literal $code:literal),* $(,)?) => {
        const fn law_code(law: Law) -> &'static str {
            match law { $(Law::$name => $code),* }
        }

        const fn law_number(law: Law) -> u16 {
            match law { $(Law::$name => $number),* }
        }

        const fn law_from_number(number: u16) -> Option<Law> {
            match number { $($number => Some(Law::$name),)* _ => None }
        }
    };
}

laws! {
    TooFewLegs 1 "too_few_legs",
    TooManyLegs 2 "too_many_legs",
    AmountNotPositive 3 "invalid_amount",
    Unbalanced 4 "unbalanced",
    BoundsCrossed 5 "bounds_crossed",
    ExpiryPassed 6 "expiry_passed",
    AccountExists 7 "account_exists",
    AccountNotFound 8 "account_not_found",
    HoldNotFound 9 "hold_not_found",
    EntryNotFound 10 "entry_not_found",
    AccountClosed 11 "account_closed",
    AccountNotEmpty 12 "account_not_empty",
    DebitFrozen 13 "account_frozen",
    CreditFrozen 14 "payee_frozen",
    HoldCaptured 15 "hold_captured",
    HoldVoided 16 "hold_voided",
    HoldExpired 17 "hold_expired",
    HoldNotExpired 18 "hold_not_expired",
    AlreadyReversed 19 "already_reversed",
    ReversalIsFinal 20 "reversal_is_final",
    AlreadyRefunded 21 "already_refunded",
    CurrencyMismatch 22 "currency_mismatch",
    ExceedsHold 23 "amount_exceeds_hold",
    ExceedsEntry 24 "refund_exceeds_payment",
    InsufficientFunds 25 "insufficient_funds",
    CeilingExceeded 26 "ceiling_exceeded",
    Overflow 27 "amount_overflow",
}

/// The ledger's "no" in the words of the money stories.
impl From<Law> for Rejection {
    fn from(law: Law) -> Self {
        match law {
            Law::DebitFrozen => Self::PayerFrozen,
            Law::CreditFrozen => Self::PayeeFrozen,
            Law::AccountClosed => Self::AccountClosed,
            Law::CurrencyMismatch => Self::CurrencyMismatch,
            Law::InsufficientFunds => Self::InsufficientFunds,
            Law::CeilingExceeded => Self::CeilingExceeded,
            other => Self::Ledger(other),
        }
    }
}
