use vocab::{RecordId, Timestamp};

use super::{Hash, Tag, sha256};
use crate::{Event, Memo, Record, encode};

/// The number of the section that says who asked.
pub(super) const ORIGIN: u8 = 0;
/// The number of the memo's section.
pub(super) const MEMO: u8 = 1;
/// The number of the first posting's section; the others follow.
pub(super) const FIRST_POSTING: u8 = 2;

/// Computes leaves, with buffers that are used again.
#[derive(Debug, Default)]
pub struct LeafHasher {
    leaf: Vec<u8>,
    section: Vec<u8>,
}

impl LeafHasher {
    pub const fn new() -> Self {
        Self {
            leaf: Vec::new(),
            section: Vec::new(),
        }
    }

    /// The leaf of `record` in the block whose secret salt is given.
    pub fn leaf(&mut self, record: &Record, block_salt: &[u8; 32]) -> Hash {
        let salt = |section| salt(block_salt, record.id, section);
        self.start();
        encode::put_public(
            record,
            RecordId::from_raw(0),
            Timestamp::EPOCH,
            &mut self.leaf,
        );
        self.commit(&salt(ORIGIN), |out| {
            encode::put_origin(record.origin.as_ref(), out)
        });
        self.commit(&salt(MEMO), |out| {
            put_digest(digest_of(record.memo.as_ref()), out)
        });
        if let Event::Posted(entry) = &record.event {
            for (number, posting) in (FIRST_POSTING..).zip(&entry.postings) {
                self.commit(&salt(number), |out| {
                    encode::put_after(posting.version, posting.balance_after, out);
                });
            }
        }
        self.finish()
    }

    /// Begins a leaf; the public part is to be appended to the buffer that comes back.
    pub(super) fn start(&mut self) -> &mut Vec<u8> {
        self.leaf.clear();
        self.leaf.push(Tag::Leaf as u8);
        &mut self.leaf
    }

    /// Appends the commitment to what `put` writes.
    pub(super) fn commit(&mut self, salt: &[u8; 16], put: impl FnOnce(&mut Vec<u8>)) {
        let commitment = commitment(&mut self.section, salt, put);
        self.append(&commitment);
    }

    /// Appends a commitment to something unknown.
    pub(super) fn append(&mut self, commitment: &Hash) {
        self.leaf.extend_from_slice(commitment);
    }

    pub(super) fn finish(&self) -> Hash {
        sha256(&self.leaf)
    }
}

/// Commits to what `put` writes, without showing it.
pub(super) fn commitment(
    scratch: &mut Vec<u8>,
    salt: &[u8; 16],
    put: impl FnOnce(&mut Vec<u8>),
) -> Hash {
    scratch.clear();
    scratch.push(Tag::Commitment as u8);
    scratch.extend_from_slice(salt);
    put(scratch);
    sha256(scratch)
}

/// The salt of one section of one record; tells nothing about the others.
pub(super) fn salt(block_salt: &[u8; 32], id: RecordId, section: u8) -> [u8; 16] {
    let mut bytes = [Tag::Salt as u8; 42];
    bytes[1..33].copy_from_slice(block_salt);
    bytes[33..41].copy_from_slice(&id.raw().to_be_bytes());
    bytes[41] = section;
    let mut salt = [0; 16];
    salt.copy_from_slice(&sha256(&bytes)[..16]);
    salt
}

/// A memo is proven by the digest of its plain text.
pub(super) fn digest_of(memo: Option<&Memo>) -> Option<&[u8; 32]> {
    memo.map(|memo| &memo.digest)
}

/// No memo is an empty section, so that its absence can be hidden as well.
pub(super) fn put_digest(digest: Option<&[u8; 32]>, out: &mut Vec<u8>) {
    if let Some(digest) = digest {
        out.extend_from_slice(digest);
    }
}
