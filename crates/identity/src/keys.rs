//! The keys of this room, all derived from one root key that never enters the database.
//!
//! A sealed value is `version (1) | key id (1) | nonce (24) | XChaCha20-Poly1305 ciphertext`. Its
//! purpose and its row are authenticated with it, so a value moved to another row or column does
//! not open. Version 1 is sealed under the purpose's key; a later version may name a person's own.

use std::fmt;

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use vocab::Entropy;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of the root key.
pub const ROOT_KEY_BYTES: usize = 32;

const SEAL_VERSION: u8 = 1;
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
        /// Pictures of documents.
        Document = "tael/seal/document",
    }
}

labels! {
    /// What a message authentication code is for; each has its own key.
    MacPurpose {
        /// One-time codes.
        Code = "tael/mac/code",
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
        /// The links of the audit log.
        Audit = "tael/mac/audit",
        /// What tells two browsers apart in the audit log.
        AuditDevice = "tael/mac/audit-device",
        /// Look-ups by a document's number without the number.
        IdentityIndex = "tael/mac/identity-index",
    }
}

/// A message authentication code or a digest.
pub type Tag = [u8; 32];

/// Every key of this room. Holds them until dropped, then wipes them.
pub struct Keys {
    id: u8,
    sealing: Zeroizing<Vec<[u8; 32]>>,
    macs: Zeroizing<Vec<[u8; 32]>>,
}

impl Keys {
    /// Derives all keys from the root key with HKDF-SHA-256 (RFC 5869), one label each. `id` names
    /// the root in every sealed value, so that a later root can stand beside it.
    pub fn derive(id: u8, root: &[u8; ROOT_KEY_BYTES]) -> Self {
        let mut extracted = mac(b"tael root v1", &[root]);
        let expand = |label: &str| hmac(&extracted, &[label.as_bytes(), &[1]]);
        let sealing = Purpose::ALL
            .iter()
            .map(|purpose| expand(purpose.label()))
            .collect();
        let macs = MacPurpose::ALL
            .iter()
            .map(|purpose| expand(purpose.label()))
            .collect();
        extracted.zeroize();
        Self {
            id,
            sealing: Zeroizing::new(sealing),
            macs: Zeroizing::new(macs),
        }
    }

    /// HMAC-SHA-256 over length-prefixed parts under the purpose's key.
    pub fn mac(&self, purpose: MacPurpose, parts: &[&[u8]]) -> Tag {
        mac(&self.macs[purpose as usize], parts)
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
        let nonce: [u8; NONCE_BYTES] = entropy.bytes();
        let mut sealed = Vec::with_capacity(HEADER_BYTES + plain.len() + 16);
        sealed.extend([SEAL_VERSION, self.id]);
        sealed.extend(nonce);
        let aad = associated_data(self.id, purpose, context);
        let ciphertext = self
            .cipher(purpose)
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

    /// Opens what [`Keys::seal`] made for the same purpose and context.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let (header, ciphertext) = sealed.split_at_checked(HEADER_BYTES).ok_or(Unsealable)?;
        if header[..2] != [SEAL_VERSION, self.id] {
            return Err(Unsealable);
        }
        let nonce: [u8; NONCE_BYTES] = header[2..].try_into().map_err(|_| Unsealable)?;
        let aad = associated_data(self.id, purpose, context);
        self.cipher(purpose)
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

    fn cipher(&self, purpose: Purpose) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.sealing[purpose as usize].into())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys([secret])")
    }
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

fn associated_data(key_id: u8, purpose: Purpose, context: &[u8]) -> Vec<u8> {
    let label = purpose.label().as_bytes();
    let mut aad = Vec::with_capacity(4 + label.len() + context.len());
    aad.extend([SEAL_VERSION, key_id]);
    aad.extend(label);
    aad.push(0);
    aad.extend(context);
    aad
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Tag {
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
