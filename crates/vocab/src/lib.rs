//! The words of the house: ids, money, time, and the two sources of the outside world.
//!
//! Validates its own words, computes with checks, parses and prints. It knows no I/O, no async,
//! no floats and no story: nothing here knows two domain nouns at once.
//!
//! Read in this order: `money`, `time`, `id`, `entropy`, `mask`.

mod base32;
mod entropy;
mod id;
mod mask;
mod money;
mod time;

pub use base32::{Base32Error, crockford_fold};
pub use entropy::Entropy;
pub use id::{
    AccessTokenId, AccountId, AdjustmentId, ApprovalId, CaseId, ConfirmationId, ContactId,
    DeviceId, DocumentId, EntryId, ExportId, FreezeId, FreezeRequestId, HoldId, IdError,
    IdSequence, MessageId, OperatorId, PasskeyId, RecordId, RecoveryId, RegistrationId,
    SecurityTokenId, SessionId, StaffRequestId, StepUpId, UserId, VerificationId,
};
pub use mask::{mask_email, mask_name, mask_phone};
pub use money::{Currency, Money, MoneyError, split};
pub use time::{Clock, Timestamp};

#[cfg(test)]
mod tests;
