use ledger::{Command, Memo, Record};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use vocab::{AccountId, Money, UserId};

use crate::{Rejection, limits::Terms, rejection::Reply};

/// The verb under which an idempotency key was used: a key's scope is caller + method + route.
/// Numbers are stored for ever; never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Route {
    TransferCreate = 1,
    TopUpCreate = 2,
    HoldCreate = 3,
    HoldCapture = 4,
    HoldVoid = 5,
    Refund = 6,
    Reversal = 7,
    Adjustment = 8,
}

/// Why an entry moved money. Numbers are stored for ever; never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Code {
    Transfer = 1,
    TopUp = 2,
    Payment = 3,
    Refund = 4,
    Reversal = 5,
    Adjustment = 6,
}

impl Code {
    /// The code with this number, if there is one.
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::Transfer,
            2 => Self::TopUp,
            3 => Self::Payment,
            4 => Self::Refund,
            5 => Self::Reversal,
            6 => Self::Adjustment,
            _ => return None,
        })
    }
}

/// One intention of a caller, named by them.
#[derive(Clone, Debug)]
pub struct Intention {
    pub caller: UserId,
    pub route: Route,
    /// 1–255 visible ASCII characters, checked by the edge.
    pub key: Box<str>,
    /// A digest of the body without its authorisation ([`request_digest`]).
    pub request: [u8; 16],
    /// Kept with a rejection, so that a repeat hears it byte for byte.
    pub reply: Reply,
}

/// The first 128 bits of SHA-256 over length-prefixed parts.
pub fn request_digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize()[..16]);
    digest
}

/// What is asked of the books.
#[derive(Clone, Debug)]
pub enum Action {
    /// Person to person. `to` is a refusal if no payee was found: it is remembered like any other.
    Transfer {
        from: AccountId,
        to: Result<AccountId, Rejection>,
        money: Money,
        terms: Terms,
    },
    /// Money from a rail's account into a person's.
    TopUp {
        rail: AccountId,
        to: AccountId,
        money: Money,
    },
    /// Restricts an account to what is written down for its owner.
    Enforce { account: AccountId },
    /// The ledger's own verbs: opening, freezing, holds, refunds, reversals.
    Ledger(Command),
}

/// One order to the books.
#[derive(Clone, Debug)]
pub struct Order {
    /// None for the house's own orders; those are not remembered when refused.
    pub intention: Option<Intention>,
    /// The caller's business reference, unique for ever per caller among what was posted.
    pub reference: Option<Box<str>>,
    pub memo: Option<Memo>,
    pub action: Action,
}

impl Order {
    /// What it brings along in texts, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let key = self
            .intention
            .as_ref()
            .map_or(0, |intention| intention.key.len());
        let reference = self
            .reference
            .as_ref()
            .map_or(0, |reference| reference.len());
        key + reference + self.memo.as_ref().map_or(0, |memo| memo.sealed.len())
    }

    /// An order of the house itself, without a key.
    pub const fn internal(command: Command) -> Self {
        Self {
            intention: None,
            reference: None,
            memo: None,
            action: Action::Ledger(command),
        }
    }
}

/// Where a record stands in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The block's height, from 1.
    pub height: i64,
    /// The record's index in the block, from 0.
    pub position: u32,
}

/// A committed record and where it stands.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub record: Arc<Record>,
    pub place: Place,
    /// The record's leaf in the block's Merkle tree.
    pub leaf: [u8; 32],
    /// True if the key had been used before for the same intention; nothing new happened.
    pub replayed: bool,
}

/// The books' answer to one order.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Done, or refused and remembered (then the event is `Rejected`).
    Recorded(Recorded),
    /// Refused without a key: nothing is remembered.
    Refused(Rejection),
    /// The key already names another intention.
    KeyReused,
}
