//! What the rooms below call a "no", in the words of the table. No wildcards: a new refusal does
//! not compile until it has its row.

use db::{Fault, FaultKind};
use identity::Rejection as Identity;
use ledger::Rejection as Law;
use payments::{Limit, Rejection as Payment, limits::Raise};
use vocab::{Money, Timestamp};

use super::{Code, FieldError, LimitSize, LimitView, Problem};
use crate::json::MoneyView;

/// The proofs that authorise money.
pub(crate) const PAYMENT_METHODS: &[&str] = &["security_token"];

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let code = match fault.kind() {
            FaultKind::Overloaded => Code::Overloaded,
            FaultKind::StorageFull => Code::StorageFull,
            FaultKind::OutcomeUnknown => Code::OutcomeUnknown,
            FaultKind::Unavailable => Code::Unavailable,
            FaultKind::Corrupt | FaultKind::Internal => {
                tracing::error!(%fault, "a fault below the edge");
                Code::Internal
            }
        };
        code.into()
    }
}

impl From<identity::Error> for Problem {
    fn from(error: identity::Error) -> Self {
        match error {
            identity::Error::Rejected(rejection) => rejection.into(),
            identity::Error::Failed(fault) => fault.into(),
        }
    }
}

impl From<Identity> for Problem {
    fn from(rejection: Identity) -> Self {
        let code = match &rejection {
            Identity::PhoneInvalid => return Self::field(Code::PhoneInvalid, "/phone"),
            Identity::EmailInvalid => return Self::field(Code::EmailInvalid, "/email"),
            Identity::NameInvalid => return Self::field(Code::NameInvalid, "/name"),
            Identity::TermsNotAccepted => {
                return Self::field(Code::TermsNotAccepted, "/accept_terms");
            }
            Identity::CodeWrong => return Self::field(Code::CodeWrong, "/code"),
            Identity::PasswordTooWeak { failed } => return too_weak(failed),
            Identity::RegistrationNotFound
            | Identity::SessionNotFound
            | Identity::SecurityTokenNotFound
            | Identity::MessageNotFound
            | Identity::FreezeNotFound
            | Identity::FreezeRequestNotFound
            | Identity::UserNotFound => Code::NotFound,
            Identity::RegistrationExpired => Code::RegistrationExpired,
            Identity::RegistrationClosed => Code::RegistrationClosed,
            Identity::ContactAlreadyVerified => Code::ContactAlreadyVerified,
            Identity::ContactNotVerified => Code::ContactNotVerified,
            Identity::CodeExpired => Code::CodeExpired,
            Identity::CodeExhausted => Code::CodeExhausted,
            Identity::CodesTooMany { retry_at } => {
                return Self::from(Code::CodesTooMany).with_retry_at(*retry_at);
            }
            Identity::FreezeNotYours => Code::FreezeNotYours,
            Identity::Frozen => Code::AccountFrozen,
            Identity::AuthFailed => Code::AuthFailed,
            Identity::DesignatedContactMissing => Code::DesignatedContactMissing,
            Identity::SecurityTokensTooMany { retry_at } => {
                return Self::from(Code::SecurityTokensTooMany).with_retry_at(*retry_at);
            }
            Identity::SecurityTokenOtherSession => Code::SecurityTokenOtherSession,
            Identity::SecurityTokenNotPending => Code::SecurityTokenNotPending,
            Identity::SecurityTokenActivationExpired => Code::SecurityTokenActivationExpired,
            Identity::SecurityTokenWrong => Code::SecurityTokenInvalid,
            Identity::SecurityTokenBlocked => Code::SecurityTokenBlocked,
            Identity::SecurityTokenMissing => {
                return Self::from(Code::StepUpRequired).with_methods(PAYMENT_METHODS);
            }
        };
        code.into()
    }
}

fn too_weak(failed: &[identity::PasswordRule]) -> Problem {
    let errors = failed.iter().map(|rule| FieldError {
        code: Code::PasswordTooWeak,
        param: "/password".to_owned(),
        detail: rule.code().into(),
    });
    Problem::field(Code::PasswordTooWeak, "/password").with_errors(errors.collect())
}

impl From<&Payment> for Problem {
    fn from(rejection: &Payment) -> Self {
        let code = match rejection {
            Payment::PayeeNotFound => return Self::field(Code::PayeeNotFound, "/to"),
            Payment::SameAccount => return Self::field(Code::SameAccount, "/to"),
            Payment::ReferenceReused => return Self::field(Code::ReferenceReused, "/reference"),
            Payment::PayerFrozen => Code::AccountFrozen,
            Payment::PayeeFrozen => Code::PayeeFrozen,
            Payment::AccountClosed => Code::AccountClosed,
            Payment::CurrencyMismatch => {
                return Self::field(Code::CurrencyMismatch, "/money/currency");
            }
            Payment::LimitExceeded {
                limit,
                max,
                used,
                resets_at,
                raise,
            } => {
                let view = LimitView::new(*limit, [*max, *used], *resets_at, *raise);
                return Self::field(Code::LimitExceeded, "/money/amount").with_limit(view);
            }
            Payment::CapExceeded {
                limit,
                max,
                used,
                resets_at,
                raise,
            } => {
                let view = LimitView::new(*limit, [*max, *used], *resets_at, *raise);
                return Self::field(Code::CapExceeded, "/money/amount").with_limit(view);
            }
            Payment::AllowanceClosed => Code::AllowanceClosed,
            Payment::InsufficientFunds => Code::InsufficientFunds,
            Payment::CeilingExceeded => Code::CeilingExceeded,
            Payment::NothingToChange => Code::NothingToChange,
            Payment::Ledger(law) => law_code(*law),
        };
        code.into()
    }
}

pub(crate) const fn limit_name(limit: Limit) -> &'static str {
    match limit {
        Limit::PerPayment => "per_payment",
        Limit::PerDay => "per_day",
        Limit::PerYear => "per_year",
        Limit::Lifetime => "lifetime",
        Limit::PerMonth => "per_month",
        Limit::CountPerDay => "count_per_day",
    }
}

impl LimitView {
    fn new(
        limit: Limit,
        [max, used]: [Money; 2],
        resets_at: Option<Timestamp>,
        raise: Raise,
    ) -> Self {
        let shown = |money: Money| match limit {
            Limit::CountPerDay => LimitSize::Payments(money.minor),
            _ => LimitSize::Money(MoneyView::from(money)),
        };
        Self {
            limit_name: limit_name(limit),
            limit: shown(max),
            used: shown(used),
            resets_at: resets_at.map(|at| at.to_string()),
            how_to_raise: raise.code(),
        }
    }
}

const fn law_code(law: Law) -> Code {
    match law {
        Law::TooFewLegs => Code::TooFewLegs,
        Law::TooManyLegs => Code::TooManyLegs,
        Law::AmountNotPositive => Code::InvalidAmount,
        Law::Unbalanced => Code::Unbalanced,
        Law::BoundsCrossed => Code::BoundsCrossed,
        Law::ExpiryPassed => Code::ExpiryPassed,
        Law::AccountExists => Code::AccountExists,
        Law::AccountNotFound => Code::AccountNotFound,
        Law::HoldNotFound => Code::HoldNotFound,
        Law::EntryNotFound => Code::EntryNotFound,
        Law::AccountClosed => Code::AccountClosed,
        Law::AccountNotEmpty => Code::AccountNotEmpty,
        Law::DebitFrozen => Code::AccountFrozen,
        Law::CreditFrozen => Code::PayeeFrozen,
        Law::HoldCaptured => Code::HoldCaptured,
        Law::HoldVoided => Code::HoldVoided,
        Law::HoldExpired => Code::HoldExpired,
        Law::HoldNotExpired => Code::HoldNotExpired,
        Law::AlreadyReversed => Code::AlreadyReversed,
        Law::ReversalIsFinal => Code::ReversalIsFinal,
        Law::AlreadyRefunded => Code::AlreadyRefunded,
        Law::CurrencyMismatch => Code::CurrencyMismatch,
        Law::ExceedsHold => Code::AmountExceedsHold,
        Law::ExceedsEntry => Code::RefundExceedsPayment,
        Law::InsufficientFunds => Code::InsufficientFunds,
        Law::CeilingExceeded => Code::CeilingExceeded,
        Law::Overflow => Code::AmountOverflow,
    }
}
