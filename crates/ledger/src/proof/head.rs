use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;
use vocab::{RecordId, Timestamp};

use super::{Hash, Tag, sha256};

/// The length of a head's canonical bytes: a tag and its fields, big-endian, in their order.
const HEAD_BYTES: usize = 1 + 8 + 32 + 32 + 8 + 8 + 8 + 4;

/// What a block is known by: the tree of its records, and the block before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The block's number, from 1.
    pub height: i64,
    /// The hash of the head before; zeros for the first.
    pub previous: Hash,
    /// The root of the tree over the leaves of its records.
    pub root: Hash,
    pub at: Timestamp,
    /// The ids of its first and last record.
    pub first: RecordId,
    pub last: RecordId,
    /// The number of its records.
    pub count: u32,
}

impl Head {
    /// The hash that the next head goes on from.
    pub fn hash(&self) -> Hash {
        sha256(&self.to_bytes())
    }

    /// What is hashed and signed.
    fn to_bytes(self) -> [u8; HEAD_BYTES] {
        let mut bytes = [Tag::Head as u8; HEAD_BYTES];
        bytes[1..9].copy_from_slice(&self.height.to_be_bytes());
        bytes[9..41].copy_from_slice(&self.previous);
        bytes[41..73].copy_from_slice(&self.root);
        bytes[73..81].copy_from_slice(&self.at.micros().to_be_bytes());
        bytes[81..89].copy_from_slice(&self.first.raw().to_be_bytes());
        bytes[89..97].copy_from_slice(&self.last.raw().to_be_bytes());
        bytes[97..].copy_from_slice(&self.count.to_be_bytes());
        bytes
    }
}

/// A head under the hand of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedHead {
    pub head: Head,
    /// Ed25519 over the head's canonical bytes.
    pub signature: [u8; 64],
    pub key: PublicKey,
}

impl SignedHead {
    /// Whether the signature is the key's. Whose key it is must be known from elsewhere: compare
    /// its [`fingerprint`](PublicKey::fingerprint).
    pub fn is_genuine(&self) -> bool {
        self.key.verify(&self.head, &self.signature)
    }
}

/// Signs heads. The secret is wiped from memory when this is dropped, and never printed.
pub struct Signer(SigningKey);

impl Signer {
    /// The signer of a 32-byte secret seed; the caller wipes theirs.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub fn sign(&self, head: &Head) -> [u8; 64] {
        self.0.sign(&head.to_bytes()).to_bytes()
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.public_key()).finish()
    }
}

/// These 32 bytes are not a usable Ed25519 public key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an Ed25519 public key")]
pub struct KeyError;

/// The public half of a [`Signer`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads 32 bytes; weak keys, under which anybody can sign, are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError)?;
        if key.is_weak() {
            Err(KeyError)
        } else {
            Ok(Self(key))
        }
    }

    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether the signature over `head` is this key's.
    pub fn verify(&self, head: &Head, signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(&head.to_bytes(), &signature).is_ok()
    }

    /// What people compare: 128 bits of the key's hash, in groups of four hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut bytes = [Tag::Fingerprint as u8; 33];
        bytes[1..].copy_from_slice(self.0.as_bytes());
        let hash = sha256(&bytes);
        let groups = hash[..16]
            .chunks(2)
            .map(|pair| format!("{:02x}{:02x}", pair[0], pair[1]));
        groups.collect::<Vec<_>>().join("-")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}
