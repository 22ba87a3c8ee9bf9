use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Entropy, Timestamp, base32};

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an id of the expected kind")]
pub struct IdError;

/// Bits below the microsecond: a counter inside one microsecond, or chance.
const LOW_BITS: u32 = 11;

/// Time-ordered 64-bit ids: microseconds since 1970 in the upper 52 bits (until the year 2112),
/// 11 lower bits. As text a prefix and 13 Crockford characters.
macro_rules! id64 {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub const fn from_raw(raw: i64) -> Self {
                Self(raw)
            }

            pub const fn raw(self) -> i64 {
                self.0
            }

            /// A new id of this moment; the low bits are chance.
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let low = i64::try_from(entropy.below(1 << LOW_BITS)).unwrap_or(0);
                Self((now.micros() << LOW_BITS) | low)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let bits = u128::from(u64::from_ne_bytes(self.0.to_ne_bytes()));
                write!(f, "{}_{}", $prefix, base32::encode(bits, 13))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let body = text
                    .strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .ok_or(IdError)?;
                let bits = base32::decode(body, 13).map_err(|_| IdError)?;
                let raw = i64::try_from(bits).map_err(|_| IdError)?;
                Ok(Self(raw))
            }
        }
    };
}

/// Time-ordered 128-bit ids: 64 bits of microseconds, 64 bits of chance. As text a prefix and 26
/// Crockford characters; stored as that text.
macro_rules! id128 {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new id of this moment.
            pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let time = u128::from(now.micros().unsigned_abs());
                Self((time << 64) | u128::from(u64::from_le_bytes(entropy.bytes())))
            }

            /// The id of something that has a name of 128 bits already.
            pub const fn from_bits(bits: u128) -> Self {
                Self(bits)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, base32::encode(self.0, 26))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let body = text
                    .strip_prefix($prefix)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .ok_or(IdError)?;
                base32::decode(body, 26).map(Self).map_err(|_| IdError)
            }
        }
    };
}

id64!(
    /// A person with an account here.
    UserId, "usr"
);
id64!(
    /// One ledger account: one currency, one class.
    AccountId, "acc"
);
id64!(
    /// One record of the journal, unique and increasing; what it records may show it under another
    /// prefix (`trf_`, `top_`, `hld_`).
    RecordId, "rec"
);
id64!(
    /// An entry, by the record that posted it.
    EntryId, "ent"
);
id64!(
    /// A hold, by the record that made it.
    HoldId, "hld"
);
id128!(
    /// A registration under way.
    RegistrationId, "reg"
);
id128!(
    /// A signed-in place.
    SessionId, "ses"
);
id128!(
    /// A security token, the Token that authorises transactions.
    SecurityTokenId, "stk"
);
id128!(
    /// A flag that stops a person's money.
    FreezeId, "frz"
);
id128!(
    /// A wish to freeze by somebody who is not signed in.
    FreezeRequestId, "frq"
);
id128!(
    /// A program's credential.
    AccessTokenId, "atk"
);
id128!(
    /// A payment that waits for its proofs.
    ApprovalId, "apr"
);
id128!(
    /// A way back into an account, under way.
    RecoveryId, "rcv"
);
id128!(
    /// A lost account that people look at.
    CaseId, "cas"
);
id128!(
    /// A contact of a person, or one that shall become theirs.
    ContactId, "ctc"
);
id128!(
    /// A confirmation by a second device.
    ConfirmationId, "dcf"
);
id128!(
    /// A wish to be verified.
    VerificationId, "ver"
);
id128!(
    /// A document of a verification.
    DocumentId, "doc"
);
id128!(
    /// A copy of a person's data.
    ExportId, "exp"
);
id128!(
    /// A message to a person.
    MessageId, "msg"
);
id128!(
    /// A further proof that a session was asked for.
    StepUpId, "sup"
);
id128!(
    /// Somebody who works in the back office.
    OperatorId, "opr"
);
id128!(
    /// Something that two operators decide about.
    StaffRequestId, "srq"
);
id128!(
    /// A sum by which an account is put right.
    AdjustmentId, "adj"
);
id128!(
    /// A device that a person uses.
    DeviceId, "dev"
);
id128!(
    /// A passkey of a person.
    PasskeyId, "pky"
);

impl From<RecordId> for EntryId {
    fn from(id: RecordId) -> Self {
        Self(id.0)
    }
}

impl From<EntryId> for RecordId {
    fn from(id: EntryId) -> Self {
        Self(id.0)
    }
}

impl From<RecordId> for HoldId {
    fn from(id: RecordId) -> Self {
        Self(id.0)
    }
}

impl From<HoldId> for RecordId {
    fn from(id: HoldId) -> Self {
        Self(id.0)
    }
}

impl RecordId {
    /// The microsecond in which this record was numbered.
    pub const fn time(self) -> Timestamp {
        Timestamp::from_micros(self.0 >> LOW_BITS)
    }

    /// The smallest id of a moment: ids from then on are at least this.
    pub const fn first_at(at: Timestamp) -> Self {
        Self(at.micros() << LOW_BITS)
    }

    /// The same id under another prefix, for example `trf_`.
    pub fn with_prefix(self, prefix: &str) -> String {
        let bits = u128::from(u64::from_ne_bytes(self.0.to_ne_bytes()));
        format!("{prefix}_{}", base32::encode(bits, 13))
    }

    /// Reads an id that was shown under another prefix.
    pub fn parse_prefixed(prefix: &str, text: &str) -> Result<Self, IdError> {
        let body = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(IdError)?;
        let bits = base32::decode(body, 13).map_err(|_| IdError)?;
        i64::try_from(bits).map(Self).map_err(|_| IdError)
    }
}

/// Numbers records: strictly increasing whatever the clock does.
#[derive(Clone, Copy, Debug)]
pub struct IdSequence {
    last: i64,
}

impl IdSequence {
    /// Continues after `last`.
    pub const fn after(last: RecordId) -> Self {
        Self { last: last.0 }
    }

    /// The next id: of this moment, or one above the last if the clock stands or went back.
    pub fn next(&mut self, now: Timestamp) -> RecordId {
        let fresh = now.micros() << LOW_BITS;
        self.last = if fresh > self.last {
            fresh
        } else {
            self.last + 1
        };
        RecordId(self.last)
    }
}
