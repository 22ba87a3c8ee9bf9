//! What proves the journal: leaves and trees over its records, a signed chain of block heads, and
//! receipts that show one record of a block and hide what is not the reader's.
//!
//! Everything is SHA-256 over a tag byte and canonical bytes. A leaf is
//! `0 ‖ public part ‖ commitment of every private section`; a node of the tree `1 ‖ left ‖ right`
//! (RFC 6962); a commitment `2 ‖ salt ‖ section`; a salt the first half of
//! `3 ‖ salt of the block ‖ record id ‖ section number`; a head `4 ‖ its fields`. The public part
//! of a leaf is [`encode`](crate::encode)'s with absolute numbers. Sections are, in this order: who
//! asked (0), the memo's digest (1), and what each posting made of its account (2, 3, …).
//!
//! The salt of a block must be random and stay secret: with it, hidden sections can be guessed.

mod head;
mod leaf;
mod receipt;
mod section;
mod tree;

use sha2::{Digest, Sha256};

pub use head::{Head, KeyError, PublicKey, SignedHead, Signer};
pub use leaf::LeafHasher;
pub use receipt::{After, Block, Disclosure, Receipt, ReceiptError, ReceiptPosting};
pub use section::{Reveal, Section};
pub use tree::{path, root, verify_path};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Keeps the hashes of different things apart.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Leaf = 0,
    Node = 1,
    Commitment = 2,
    Salt = 3,
    Head = 4,
    Fingerprint = 5,
}

fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
