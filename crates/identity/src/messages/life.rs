use fluent_bundle::FluentArgs;

use crate::Secret;

/// What a person is told in the life of their account. What changed their credentials is told as a
/// notice; these carry a code, or nothing that could be taken back.
#[derive(Clone, Debug)]
pub enum LifeMessage {
    /// The password is known to others.
    PasswordCompromised,
    /// A code to get back into the account.
    RecoveryCode { code: Secret, minutes: i64 },
    /// A code that proves a new contact.
    ContactCode { code: Secret, minutes: i64 },
    /// A code by which the old contact agrees to the change.
    ContactAgreement { code: Secret, minutes: i64 },
    /// A contact was taken over by somebody who receives its messages now.
    ContactDetached { masked: String },
    /// The account stays.
    ClosingCanceled,
    /// The account is closed.
    Closed,
    /// The documents were looked at.
    VerificationDecided { is_approved: bool },
}

impl LifeMessage {
    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::PasswordCompromised => "password_compromised",
            Self::RecoveryCode { .. } => "recovery_code",
            Self::ContactCode { .. } => "contact_code",
            Self::ContactAgreement { .. } => "contact_agreement",
            Self::ContactDetached { .. } => "contact_detached",
            Self::ClosingCanceled => "closing_canceled",
            Self::Closed => "closed",
            Self::VerificationDecided { .. } => "verification_decided",
        }
    }

    pub(super) const fn code(&self) -> Option<&Secret> {
        match self {
            Self::RecoveryCode { code, .. }
            | Self::ContactCode { code, .. }
            | Self::ContactAgreement { code, .. } => Some(code),
            _ => None,
        }
    }

    pub(super) fn arguments<'a>(&'a self, arguments: &mut FluentArgs<'a>) {
        match self {
            Self::RecoveryCode { minutes, .. }
            | Self::ContactCode { minutes, .. }
            | Self::ContactAgreement { minutes, .. } => arguments.set("minutes", *minutes),
            Self::ContactDetached { masked } => arguments.set("masked", masked.as_str()),
            Self::PasswordCompromised
            | Self::ClosingCanceled
            | Self::Closed
            | Self::VerificationDecided { .. } => {}
        }
    }
}
