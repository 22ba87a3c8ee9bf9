//! Every "no" of this room.

use db::Fault;
use thiserror::Error;
use vocab::Timestamp;

use crate::{Method, password::PasswordRule, step_up::Purpose};

macro_rules! rejections {
    (
        $(#[$enum_doc:meta])* $enum:ident;
        $([$part:ident($refusal:ty)])*
        $(
            $(#[$doc:meta])*
            $name:ident $({ $($field:ident: $kind:ty),* $(,)? })? = $code:literal, $text:literal;
        )*
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
        pub enum $enum {
            $(#[doc = "A part of the list that stands by itself."] #[error(transparent)] $part(#[from] $refusal),)*
            $($(#[$doc])* #[error($text)] $name $({ $($field: $kind),* })?,)*
        }

        impl $enum {
            /// Every code of this list, so that tests can enumerate them.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The code that programs see; never change one.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$part(part) => part.code(),)*
                    $(Self::$name { .. } => $code),*
                }
            }
        }
    };
}

mod life;
mod staff;

pub use life::LifeRefusal;
pub use staff::StaffRefusal;

rejections! {
    /// A refusal by the rules. The edge gives each its status.
    Rejection;
    [Life(LifeRefusal)]
    [Staff(StaffRefusal)]
    /// Not a phone number that can get a message.
    PhoneInvalid = "phone_invalid", "not a phone number";
    /// Not an e-mail address.
    EmailInvalid = "email_invalid", "not an e-mail address";
    /// A name has 1 to 64 visible characters.
    NameInvalid = "name_invalid", "not a name";

    /// The terms were not accepted.
    TermsNotAccepted = "terms_not_accepted", "the terms must be accepted";
    /// No such registration.
    RegistrationNotFound = "registration_not_found", "no such registration";
    /// The registration's hour is over.
    RegistrationExpired = "registration_expired", "the registration has expired";
    /// The registration is completed, or its contact belongs to somebody by now.
    RegistrationClosed = "registration_closed", "the registration cannot be completed any more";
    /// The contact is verified already; go on.
    ContactAlreadyVerified = "contact_already_verified", "the contact is verified already";
    /// The contact is not verified yet.
    ContactNotVerified = "contact_not_verified", "the contact is not verified yet";

    /// Not the code that was sent.
    CodeWrong = "code_wrong", "not the code that was sent";
    /// The code's minutes are over; ask for another.
    CodeExpired = "code_expired", "the code has expired";
    /// Too many wrong tries: this flow takes no code any more.
    CodeExhausted = "code_exhausted", "too many wrong codes";
    /// Codes to this address come too fast or too many.
    CodesTooMany { retry_at: Timestamp } = "codes_too_many", "too many codes for this address";
    /// Numbers of this country get no codes here.
    CountryNotServed = "country_not_served", "numbers of this country get no codes here";
    /// Too many codes to strangers, here or with this prefix; an e-mail address still works.
    SendsPaused { retry_at: Timestamp } = "messages_paused", "messages to numbers like this are paused";
    /// A stranger has to prove some work first.
    WorkRequired = "proof_of_work_required", "a proof of work is required";

    /// The password fails these rules.
    PasswordTooWeak { failed: Vec<PasswordRule> } = "password_too_weak", "the password is too weak";
    /// Who, or the password, or both, or a wait: which is not said.
    AuthFailed = "auth_failed", "the sign-in failed";
    /// Guesses come too often; nothing is heard before this moment.
    TriesTooMany { retry_at: Timestamp } = "tries_too_many", "too many wrong tries";
    /// The proof is not right.
    ProofWrong { method: Method } = "proof_wrong", "the proof is wrong";
    /// It needs a further proof for this purpose and resource, by one of these methods.
    StepUpRequired { purpose: Purpose, resource: String, methods: Vec<Method> } = "step_up_required", "a further proof is required";
    /// No such step-up of this session.
    StepUpNotFound = "step_up_not_found", "no such step-up";
    /// Its minutes are over.
    StepUpExpired = "step_up_expired", "the step-up has expired";
    /// It was granted already, or too many wrong proofs have ended it.
    StepUpClosed = "step_up_closed", "the step-up takes no proof any more";
    /// This method is not among those that it names.
    MethodNotAccepted { methods: Vec<Method> } = "method_not_accepted", "this method is not accepted here";
    /// Nobody was told anything under this link.
    NoticeNotFound = "notice_not_found", "no such notice";
    /// The link's time is over, or it was used.
    NoticeExpired = "notice_expired", "the link has expired or was used";

    /// The sign-in behind this ticket is over: by time, by wrong proofs, or done.
    TicketInvalid = "ticket_invalid", "the ticket is not valid any more";
    /// No such device of this person.
    DeviceNotFound = "device_not_found", "no such device";
    /// It is set up already; remove it first.
    FactorAlreadySet = "factor_already_set", "it is set up already";
    /// It is not set up.
    FactorNotSet = "factor_not_set", "it is not set up";
    /// Nothing waits to be activated.
    FactorNotPending = "factor_not_pending", "nothing waits for activation";
    /// No such passkey of this person.
    PasskeyNotFound = "passkey_not_found", "no such passkey";
    /// A PIN has six digits.
    PinInvalid = "pin_invalid", "not six digits";
    /// The PIN is one of those that are tried first.
    PinWeak = "pin_weak", "the PIN is too easy to guess";
    /// There is a PIN already.
    PinAlreadySet = "pin_already_set", "a PIN is set already";
    /// There is no PIN.
    PinNotSet = "pin_not_set", "no PIN is set";
    /// A PIN counts only on a device of the person.
    PinNeedsDevice = "pin_needs_device", "a PIN counts only on a known device";
    /// Too many wrong PINs; it takes none before this moment.
    PinLocked { retry_at: Timestamp } = "pin_locked", "the PIN is locked";
    /// Too many wrong PINs; it has to be reset.
    PinVoid = "pin_void", "the PIN is void";

    /// No such session of this person.
    SessionNotFound = "session_not_found", "no such session";

    /// The person has no verified contact of the kind the Token should go to.
    DesignatedContactMissing = "designated_contact_missing", "no verified contact of this kind";
    /// No such security token of this person.
    SecurityTokenNotFound = "security_token_not_found", "no such security token";
    /// Security tokens are asked for too often.
    SecurityTokensTooMany { retry_at: Timestamp } = "security_tokens_too_many", "too many security tokens today";
    /// It is activated where it was asked for, nowhere else.
    SecurityTokenOtherSession = "security_token_other_session", "another session asked for this security token";
    /// It is active or canceled, so it cannot be activated.
    SecurityTokenNotPending = "security_token_not_pending", "the security token does not wait for activation";
    /// Its 15 minutes are over.
    SecurityTokenActivationExpired = "security_token_activation_expired", "the security token was not activated in time";
    /// It is not active.
    SecurityTokenNotActive = "security_token_not_active", "the security token is not active";
    /// It is not blocked, or was never active.
    SecurityTokenNotBlocked = "security_token_not_blocked", "the security token is not blocked";
    /// No more may be active at a time.
    SecurityTokensFull = "security_tokens_full", "too many security tokens are active";
    /// Not the security token.
    SecurityTokenWrong = "security_token_wrong", "not the security token";
    /// Too many wrong tries.
    SecurityTokenBlocked = "security_token_blocked", "the security token is blocked";
    /// The person has no active security token.
    SecurityTokenMissing = "security_token_missing", "no active security token";

    /// No such access token of this person.
    AccessTokenNotFound = "access_token_not_found", "no such access token";
    /// A field of the wish cannot be.
    AccessTokenInvalid { field: &'static str } = "invalid_field", "a field of the access token cannot be so";
    /// Too many are live, or were asked for today.
    AccessTokensTooMany { retry_at: Timestamp } = "access_tokens_too_many", "too many access tokens";
    /// It is claimed where it was asked for, nowhere else.
    AccessTokenOtherSession = "access_token_other_session", "another session asked for this access token";
    /// No such freeze of this person, or it was lifted.
    FreezeNotFound = "freeze_not_found", "no such freeze";
    /// Another authority set it and lifts it.
    FreezeNotYours = "freeze_not_yours", "another authority set this freeze";
    /// No such request to freeze.
    FreezeRequestNotFound = "freeze_request_not_found", "no such request to freeze";
    /// The person's money is frozen.
    Frozen = "account_frozen", "the account is frozen for outgoing money";

    /// No such in-app message of this person.
    MessageNotFound = "message_not_found", "no such message";
    /// No such person.
    UserNotFound = "user_not_found", "no such person";
}

/// Why a verb did not happen: the rules said no, or the world failed.
#[derive(Debug, Error)]
pub enum Error {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl From<StaffRefusal> for Error {
    fn from(refusal: StaffRefusal) -> Self {
        Self::Rejected(refusal.into())
    }
}

impl From<LifeRefusal> for Error {
    fn from(refusal: LifeRefusal) -> Self {
        Self::Rejected(refusal.into())
    }
}
