//! The keys of this room, all derived from one root key that never enters the database.
//!
//! A sealed value is `version (1) | key id (1) | nonce (24) | XChaCha20-Poly1305 ciphertext`. Its
//! purpose and its row are authenticated with it, so a value moved to another row or column does
//! not open. Version 1 is sealed under the purpose's key of the root generation that the key id
//! names; version 2 under the owner's own key (see `person_key`), and its key id is 0.

use std::{
    fmt,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use vocab::Entropy;
use zeroize::Zeroizing;

/// Bytes of the root key.
pub const ROOT_KEY_BYTES: usize = 32;

/// Sealed under a key of this room.
pub(crate) const DOMAIN_VERSION: u8 = 1;
/// Sealed under a person's own key.
pub(crate) const PERSON_VERSION: u8 = 2;
/// Purposes whose key stays the same when the root changes: notes lie in a journal that cannot be
/// written anew.
const KEPT: &[Purpose] = &[Purpose::Memo];
/// What values under a kept key name as their generation.
const KEPT_ID: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 2 + NONCE_BYTES;

/// A sealed value that does not open: wrong key, wrong place, or changed bytes.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a sealed value does not open here")]
pub struct Unsealable;

macro_rules! labels {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$item_doc:meta])* $item:ident = $label:literal),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$item_doc])* $item),* }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The label its key is derived under; never change one, what is stored hangs on it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$item => $label),* }
            }
        }
    };
}

labels! {
    /// What a sealed value is for; each has its own key.
    Purpose {
        /// Phone numbers and e-mail addresses.
        Contact = "tael/seal/contact",
        /// Names of people.
        Name = "tael/seal/name",
        /// Password verifiers (Argon2id PHC strings).
        Password = "tael/seal/password",
        /// Messages on their way out.
        Outbox = "tael/seal/outbox",
        /// In-app messages.
        Inbox = "tael/seal/inbox",
        /// What went out in sandbox mode.
        Sandbox = "tael/seal/sandbox",
        /// Where and with what somebody is signed in.
        Device = "tael/seal/device",
        /// Second factors and PINs.
        Factor = "tael/seal/factor",
        /// Notes on transfers.
        Memo = "tael/seal/memo",
        /// What an access token is called.
        AccessToken = "tael/seal/access-token",
        /// Why somebody was frozen.
        Freeze = "tael/seal/freeze",
        /// What somebody says who lost an account.
        Statement = "tael/seal/statement",
        /// Copies of people's data, until they are fetched.
        Export = "tael/seal/export",
        /// What people say about themselves with a document.
        Identity = "tael/seal/identity",
        /// Password verifiers of operators.
        OperatorPassword = "tael/seal/operator-password",
        /// Authenticator secrets of operators.
        OperatorTotp = "tael/seal/operator-totp",
        /// Why an operator asks a second one.
        StaffReason = "tael/seal/staff-reason",
        /// Pictures of documents.
        Document = "tael/seal/document",
        /// The keys of people.
        PersonKey = "tael/seal/person-key",
        /// Keys that outlive the root they were derived from.
        KeptKey = "tael/seal/kept-key",
    }
}

labels! {
    /// What a message authentication code is for; each has its own key.
    MacPurpose {
        /// One-time codes.
        Code = "tael/mac/code",
        /// The token that makes the first operator.
        Bootstrap = "tael/mac/bootstrap",
        /// Security tokens.
        SecurityToken = "tael/mac/security-token",
        /// Payment PINs.
        Pin = "tael/mac/pin",
        /// The secrets of access tokens.
        AccessToken = "tael/mac/access-token",
        /// Look-ups by phone number without the number.
        PhoneIndex = "tael/mac/phone-index",
        /// Look-ups by e-mail address without the address.
        EmailIndex = "tael/mac/email-index",
        /// Look-ups by a document's number without the number.
        IdentityIndex = "tael/mac/identity-index",
        /// The links of the audit log.
        Audit = "tael/mac/audit",
        /// What tells two browsers apart in the audit log.
        AuditDevice = "tael/mac/audit-device",
        /// Networks that people sign in from.
        Network = "tael/mac/network",
        /// Challenges of proof of work.
        Work = "tael/mac/work",
    }
}

/// A message authentication code or a digest.
pub type Tag = [u8; 32];

/// Every key of this room. Holds them until dropped, then wipes them.
///
/// Root keys stand beside each other as *generations*: new values are sealed under the current one,
/// old ones open under theirs. The *kept* keys (codes, look-ups, the audit log, notes in the
/// journal) stay the same when the root changes, because what hangs on them cannot be written anew.
pub struct Keys(RwLock<Ring>);

struct Ring {
    current: u8,
    generations: Vec<Generation>,
    macs: Zeroizing<Vec<[u8; 32]>>,
    /// In the order of [`KEPT`].
    kept: Zeroizing<Vec<[u8; 32]>>,
}

struct Generation {
    id: u8,
    sealing: Zeroizing<Vec<[u8; 32]>>,
    macs: Zeroizing<Vec<[u8; 32]>>,
}

impl Generation {
    fn derive(id: u8, root: &[u8; ROOT_KEY_BYTES]) -> Self {
        let extracted = Zeroizing::new(mac(b"tael root v1", &[root]));
        let expand = |label: &str| hmac(&*extracted, &[label.as_bytes(), &[1]]);
        let sealing = Purpose::ALL
            .iter()
            .map(|purpose| expand(purpose.label()))
            .collect();
        let macs = MacPurpose::ALL
            .iter()
            .map(|purpose| expand(purpose.label()))
            .collect();
        Self {
            id,
            sealing: Zeroizing::new(sealing),
            macs: Zeroizing::new(macs),
        }
    }
}

impl Generation {
    fn kept(&self) -> Zeroizing<Vec<[u8; 32]>> {
        let keys = KEPT.iter().map(|purpose| self.sealing[*purpose as usize]);
        Zeroizing::new(keys.collect())
    }
}

impl Purpose {
    /// Whether its key stays the same when the root changes.
    pub(crate) fn is_kept(self) -> bool {
        kept_place(self).is_some()
    }
}

fn kept_place(purpose: Purpose) -> Option<usize> {
    KEPT.iter().position(|kept| *kept == purpose)
}

impl Ring {
    /// The key for values of this purpose that name this generation.
    fn sealing(&self, generation: u8, purpose: Purpose) -> Option<&[u8; 32]> {
        if let Some(place) = kept_place(purpose) {
            return Some(&self.kept[place]);
        }
        let found = self
            .generations
            .iter()
            .find(|found| found.id == generation)?;
        Some(&found.sealing[purpose as usize])
    }
}

impl Keys {
    /// Derives all keys from the root key with HKDF-SHA-256 (RFC 5869), one label each. `id` names
    /// the root in every sealed value, so that a later root can stand beside it.
    pub fn derive(id: u8, root: &[u8; ROOT_KEY_BYTES]) -> Self {
        let first = Generation::derive(id, root);
        Self(RwLock::new(Ring {
            current: id,
            macs: first.macs.clone(),
            kept: first.kept(),
            generations: vec![first],
        }))
    }

    /// The generation under which new values are sealed.
    pub fn current(&self) -> u8 {
        self.ring().current
    }

    /// Every generation whose values open, oldest first.
    pub fn generations(&self) -> Vec<u8> {
        let mut ids: Vec<u8> = self.ring().generations.iter().map(|one| one.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Puts another root beside the others; nothing is sealed under it yet.
    pub fn add(&self, id: u8, root: &[u8; ROOT_KEY_BYTES]) {
        let added = Generation::derive(id, root);
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        ring.generations.retain(|one| one.id != id);
        ring.generations.push(added);
    }

    /// Seals new values under this generation from now on. False if it is not here.
    pub fn promote(&self, id: u8) -> bool {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_here = ring.generations.iter().any(|one| one.id == id);
        if is_here {
            ring.current = id;
        }
        is_here
    }

    /// The kept keys under their labels, to be stored beside a new root.
    pub(crate) fn kept(&self) -> Vec<(&'static str, Zeroizing<[u8; 32]>)> {
        let ring = self.ring();
        let macs = MacPurpose::ALL.iter().map(|purpose| {
            let key = ring.macs[*purpose as usize];
            (purpose.label(), Zeroizing::new(key))
        });
        let seals = KEPT.iter().zip(ring.kept.iter());
        let seals = seals.map(|(purpose, key)| (purpose.label(), Zeroizing::new(*key)));
        macs.chain(seals).collect()
    }

    /// Takes a kept key from where it was stored. False for a label that is not known.
    pub(crate) fn adopt(&self, label: &str, key: &[u8; 32]) -> bool {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let sealing = KEPT.iter().position(|purpose| purpose.label() == label);
        if let Some(place) = sealing {
            ring.kept[place] = *key;
            return true;
        }
        let known = MacPurpose::ALL
            .iter()
            .find(|purpose| purpose.label() == label);
        if let Some(purpose) = known {
            ring.macs[*purpose as usize] = *key;
        }
        known.is_some()
    }

    /// Derives every kept key from one generation: before stored ones are adopted.
    pub(crate) fn derive_kept_from(&self, id: u8) {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(from) = ring.generations.iter().find(|one| one.id == id) else {
            return;
        };
        let (macs, kept) = (from.macs.clone(), from.kept());
        ring.macs = macs;
        ring.kept = kept;
    }

    /// HMAC-SHA-256 over length-prefixed parts under the purpose's key.
    pub fn mac(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Tag {
        mac(&self.ring().macs[purpose as usize], parts)
    }

    /// Encrypts `plain` for one purpose and one row. `context` is the row's identity; the same
    /// bytes are needed to open it.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &[u8],
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let ring = self.ring();
        // What is kept is never sealed anew, so it does not name a root that may go.
        let id = match kept_place(purpose) {
            Some(_) => KEPT_ID,
            None => ring.current,
        };
        let key = ring
            .sealing(id, purpose)
            .expect("the current generation is one of the generations");
        seal_under(
            key,
            [DOMAIN_VERSION, id],
            purpose,
            (context, plain),
            entropy,
        )
    }

    /// Opens what [`Keys::seal`] made for the same purpose and context.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let [DOMAIN_VERSION, id] = header(sealed)? else {
            return Err(Unsealable);
        };
        let ring = self.ring();
        let key = ring.sealing(id, purpose).ok_or(Unsealable)?;
        open_under(key, purpose, context, sealed)
    }

    fn ring(&self) -> RwLockReadGuard<'_, Ring> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([secret])")
    }
}

/// What a sealed value names first: its version and its generation.
pub(crate) fn header(sealed: &[u8]) -> Result<[u8; 2], Unsealable> {
    let header = sealed.get(..2).ok_or(Unsealable)?;
    header.try_into().map_err(|_| Unsealable)
}

/// Seals `(context, plain)` under one key, for one purpose.
pub(crate) fn seal_under(
    key: &[u8; 32],
    header: [u8; 2],
    purpose: Purpose,
    (context, plain): (&[u8], &[u8]),
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = entropy.bytes();
    let mut sealed = Vec::with_capacity(HEADER_BYTES + plain.len() + 16);
    sealed.extend(header);
    sealed.extend(nonce);
    let aad = associated_data(header, purpose, context);
    let ciphertext = XChaCha20Poly1305::new(key.into())
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plain,
                aad: &aad,
            },
        )
        .expect("a text of this size is far below the cipher's limit of 256 GiB");
    sealed.extend(ciphertext);
    sealed
}

/// Opens what [`seal_under`] made under the same key.
pub(crate) fn open_under(
    key: &[u8; 32],
    purpose: Purpose,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    let (head, ciphertext) = sealed.split_at_checked(HEADER_BYTES).ok_or(Unsealable)?;
    let nonce: [u8; NONCE_BYTES] = head[2..].try_into().map_err(|_| Unsealable)?;
    let aad = associated_data(header(sealed)?, purpose, context);
    XChaCha20Poly1305::new(key.into())
        .decrypt(
            &XNonce::from(nonce),
            Payload {
                msg: ciphertext,
                aad: &aad,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| Unsealable)
}

/// SHA-256 of a text that is itself 256 random bits: no key and no slow hash is needed.
pub fn digest(text: &str) -> Tag {
    Sha256::digest(text.as_bytes()).into()
}

/// SHA-256 of bytes that are no secret, for a short key of look-ups.
pub fn digest_bytes(bytes: &[u8]) -> Tag {
    Sha256::digest(bytes).into()
}

/// Compares in a time that does not depend on where the two differ.
pub(crate) fn is_same(left: &Tag, right: &Tag) -> bool {
    left.ct_eq(right).into()
}

fn associated_data(header: [u8; 2], purpose: Purpose, context: &[u8]) -> Vec<u8> {
    let label = purpose.label().as_bytes();
    let mut aad = Vec::with_capacity(4 + label.len() + context.len());
    aad.extend(header);
    aad.extend(label);
    aad.push(0);
    aad.extend(context);
    aad
}

pub(crate) fn hmac(key: &[u8], parts: &[&[u8]]) -> Tag {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .expect("HMAC takes keys of every length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Tag {
    let mut framed = Zeroizing::new(Vec::new());
    for part in parts {
        framed.extend((part.len() as u64).to_be_bytes());
        framed.extend(*part);
    }
    hmac(key, &[&framed])
}
