//! What the rooms below call a "no", in the words of the table. No wildcards: a new refusal does
//! not compile until it has its row.

use db::{Fault, FaultKind};
use identity::{Method, Rejection as Identity};
use ledger::Rejection as Law;
use payments::{Limit, Rejection as Payment, limits::Raise};
use vocab::{Money, Timestamp};

use super::{Code, FieldError, LimitSize, LimitView, Problem, life::life_code, staff::staff_code};
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
        if let Identity::Life(refusal) = &rejection {
            return refusal.into();
        }
        if let Identity::Staff(refusal) = &rejection {
            return refusal.into();
        }
        with_details(code_of(&rejection), &rejection)
    }
}

const fn code_of(rejection: &Identity) -> Code {
    match rejection {
        Identity::Life(refusal) => life_code(refusal),
        Identity::Staff(refusal) => staff_code(refusal),
        Identity::PhoneInvalid => Code::PhoneInvalid,
        Identity::EmailInvalid => Code::EmailInvalid,
        Identity::NameInvalid => Code::NameInvalid,
        Identity::TermsNotAccepted => Code::TermsNotAccepted,
        Identity::CodeWrong => Code::CodeWrong,
        Identity::PasswordTooWeak { .. } => Code::PasswordTooWeak,
        Identity::ProofWrong { .. } => Code::ProofWrong,
        Identity::StepUpRequired { .. } | Identity::SecurityTokenMissing => Code::StepUpRequired,
        Identity::MethodNotAccepted { .. } | Identity::PinNeedsDevice => Code::MethodNotAccepted,
        Identity::TriesTooMany { .. } => Code::TriesTooMany,
        Identity::PinLocked { .. } => Code::PinLocked,
        Identity::PinInvalid => Code::PinInvalid,
        Identity::PinWeak => Code::PinWeak,
        Identity::PinAlreadySet => Code::PinAlreadySet,
        Identity::PinNotSet => Code::PinNotSet,
        Identity::PinVoid => Code::PinVoid,
        Identity::TicketInvalid => Code::TicketInvalid,
        Identity::FactorAlreadySet => Code::FactorAlreadySet,
        Identity::FactorNotSet => Code::FactorNotSet,
        Identity::FactorNotPending => Code::FactorNotPending,
        Identity::StepUpExpired => Code::StepUpExpired,
        Identity::StepUpClosed => Code::StepUpClosed,
        Identity::NoticeExpired => Code::NoticeExpired,
        Identity::RegistrationNotFound
        | Identity::SessionNotFound
        | Identity::StepUpNotFound
        | Identity::DeviceNotFound
        | Identity::PasskeyNotFound
        | Identity::NoticeNotFound
        | Identity::SecurityTokenNotFound
        | Identity::MessageNotFound
        | Identity::AccessTokenNotFound
        | Identity::FreezeNotFound
        | Identity::FreezeRequestNotFound
        | Identity::UserNotFound => Code::NotFound,
        Identity::RegistrationExpired => Code::RegistrationExpired,
        Identity::RegistrationClosed => Code::RegistrationClosed,
        Identity::ContactAlreadyVerified => Code::ContactAlreadyVerified,
        Identity::ContactNotVerified => Code::ContactNotVerified,
        Identity::CodeExpired => Code::CodeExpired,
        Identity::CodeExhausted => Code::CodeExhausted,
        Identity::CodesTooMany { .. } => Code::CodesTooMany,
        Identity::CountryNotServed => Code::CountryNotServed,
        Identity::SendsPaused { .. } => Code::MessagesPaused,
        Identity::WorkRequired => Code::ProofOfWorkRequired,
        Identity::AccessTokenInvalid { .. } => Code::InvalidField,
        Identity::AccessTokensTooMany { .. } => Code::AccessTokensTooMany,
        Identity::AccessTokenOtherSession => Code::AccessTokenOtherSession,
        Identity::FreezeNotYours => Code::FreezeNotYours,
        Identity::Frozen => Code::AccountFrozen,
        Identity::AuthFailed => Code::AuthFailed,
        Identity::DesignatedContactMissing => Code::DesignatedContactMissing,
        Identity::SecurityTokensTooMany { .. } => Code::SecurityTokensTooMany,
        Identity::SecurityTokenOtherSession => Code::SecurityTokenOtherSession,
        Identity::SecurityTokenNotPending => Code::SecurityTokenNotPending,
        Identity::SecurityTokenActivationExpired => Code::SecurityTokenActivationExpired,
        Identity::SecurityTokenNotActive => Code::SecurityTokenNotActive,
        Identity::SecurityTokenNotBlocked => Code::SecurityTokenNotBlocked,
        Identity::SecurityTokensFull => Code::SecurityTokensFull,
        Identity::SecurityTokenWrong => Code::SecurityTokenInvalid,
        Identity::SecurityTokenBlocked => Code::SecurityTokenBlocked,
    }
}

/// What a refusal says beside its code.
fn with_details(code: Code, rejection: &Identity) -> Problem {
    match rejection {
        Identity::PhoneInvalid => Problem::field(code, "/phone"),
        Identity::EmailInvalid => Problem::field(code, "/email"),
        Identity::NameInvalid => Problem::field(code, "/name"),
        Identity::TermsNotAccepted => Problem::field(code, "/accept_terms"),
        Identity::CodeWrong => Problem::field(code, "/code"),
        Identity::PinInvalid | Identity::PinWeak => Problem::field(code, "/pin"),
        Identity::PasswordTooWeak { failed } => too_weak(failed),
        Identity::ProofWrong { method } => Problem::field(code, proof_field(*method)),
        Identity::StepUpRequired {
            purpose,
            resource,
            methods,
        } => Problem::from(code)
            .with_purpose(purpose.code(), resource.clone())
            .with_methods(method_codes(methods)),
        Identity::SecurityTokenMissing => Problem::from(code).with_methods(PAYMENT_METHODS),
        Identity::MethodNotAccepted { methods } => {
            Problem::from(code).with_methods(method_codes(methods))
        }
        Identity::AccessTokenInvalid { field } => Problem::field(code, *field),
        Identity::TriesTooMany { retry_at }
        | Identity::AccessTokensTooMany { retry_at }
        | Identity::PinLocked { retry_at }
        | Identity::CodesTooMany { retry_at }
        | Identity::SendsPaused { retry_at }
        | Identity::SecurityTokensTooMany { retry_at } => {
            Problem::from(code).with_retry_at(*retry_at)
        }
        _ => code.into(),
    }
}

fn method_codes(methods: &[Method]) -> Vec<&'static str> {
    methods.iter().map(|method| method.code()).collect()
}

/// Where a proof stands in a body.
pub(crate) const fn proof_field(method: Method) -> &'static str {
    match method {
        Method::Password => "/password",
        Method::Totp => "/totp",
        Method::Sms => "/sms_code",
        Method::RecoveryCode => "/recovery_code",
        Method::Passkey => "/passkey",
        Method::Pin => "/pin",
        Method::SecurityToken => "/security_token",
        Method::Device => "/device",
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
            Payment::FactorsMissing { .. } => Code::StepUpRequired,
            Payment::ApprovalVoid => {
                return Self::field(Code::ApprovalVoid, "/authorization/approval");
            }
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
