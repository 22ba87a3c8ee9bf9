use thiserror::Error;
use vocab::{AccountId, Currency, RecordId, Timestamp};

use super::{
    Hash, LeafHasher, Reveal, Section, SignedHead,
    leaf::{self, FIRST_POSTING, MEMO, ORIGIN},
    tree,
};
use crate::{Event, Leg, Link, Origin, Posting, Record, Side, encode};

/// What a posting made of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The account's version that it made.
    pub version: i64,
    /// The account's posted balance after it, minor units.
    pub posted: i64,
}

/// A posting on a receipt: everybody who holds it sees the movement, only the account's owner what
/// came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptPosting {
    pub account: AccountId,
    pub side: Side,
    /// Minor units.
    pub amount: i64,
    pub currency: Currency,
    pub after: Section<After>,
}

/// One entry with its proof: checked offline with nothing but the fingerprint of the house's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: RecordId,
    pub at: Timestamp,
    pub code: u16,
    pub link: Link,
    pub postings: Vec<ReceiptPosting>,
    /// Who asked, and under which key.
    pub origin: Section<Option<Origin>>,
    /// The digest of the memo's plain text.
    pub memo: Section<Option<[u8; 32]>>,
    /// The record's place in its block, from 0.
    pub index: u32,
    /// The siblings from its leaf up to the root.
    pub path: Vec<Hash>,
    pub head: SignedHead,
}

/// The block of a record, as its receipt needs it.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The block's secret salt.
    pub salt: &'a [u8; 32],
    /// The leaves of all its records.
    pub leaves: &'a [Hash],
    pub head: SignedHead,
}

/// What the reader of a receipt may see.
#[derive(Clone, Copy)]
pub struct Disclosure<'a> {
    /// Whether an account is theirs.
    pub is_theirs: &'a dyn Fn(AccountId) -> bool,
    pub origin: Reveal,
    pub memo: Reveal,
}

impl std::fmt::Debug for Disclosure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Disclosure")
            .field("origin", &self.origin)
            .field("memo", &self.memo)
            .finish_non_exhaustive()
    }
}

/// Why there is no receipt, or why it proves nothing. Checked in this order.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ReceiptError {
    #[error("only entries have receipts")]
    NotAnEntry,
    #[error("the signature of the block head is not its key's")]
    SignatureInvalid,
    #[error("the entry's id lies outside the block")]
    OutsideBlock,
    #[error("the entry is not in the block as it stands here")]
    NotInBlock,
}

impl Receipt {
    /// The receipt of the entry that `record` posted, at `index` of its block.
    pub fn build(
        record: &Record,
        index: u32,
        block: &Block<'_>,
        disclosure: &Disclosure<'_>,
    ) -> Result<Self, ReceiptError> {
        let Event::Posted(entry) = &record.event else {
            return Err(ReceiptError::NotAnEntry);
        };
        let place = usize::try_from(index).map_err(|_| ReceiptError::NotInBlock)?;
        let path = tree::path(block.leaves, place).ok_or(ReceiptError::NotInBlock)?;
        let salt = |section| leaf::salt(block.salt, record.id, section);
        let postings = (FIRST_POSTING..)
            .zip(&entry.postings)
            .map(|(number, posting)| {
                let is_theirs = (disclosure.is_theirs)(posting.account);
                let reveal = if is_theirs {
                    Reveal::Show
                } else {
                    Reveal::Hide
                };
                ReceiptPosting::new(posting, reveal, salt(number))
            });
        let digest = leaf::digest_of(record.memo.as_ref()).copied();
        let receipt = Self {
            id: record.id,
            at: record.at,
            code: entry.code,
            link: entry.link,
            postings: postings.collect(),
            origin: Section::new(
                disclosure.origin,
                salt(ORIGIN),
                record.origin.clone(),
                put_origin,
            ),
            memo: Section::new(disclosure.memo, salt(MEMO), digest, put_digest),
            index,
            path,
            head: block.head,
        };
        if block.leaves.get(place) == Some(&receipt.leaf()) {
            Ok(receipt)
        } else {
            Err(ReceiptError::NotInBlock)
        }
    }

    /// Whether everything that the receipt shows was in the signed block, byte for byte. Whose
    /// signature it is must be known from elsewhere: compare `head.key.fingerprint()`.
    pub fn verify(&self) -> Result<(), ReceiptError> {
        if !self.head.is_genuine() {
            return Err(ReceiptError::SignatureInvalid);
        }
        let head = &self.head.head;
        if self.id < head.first || self.id > head.last {
            return Err(ReceiptError::OutsideBlock);
        }
        if !tree::verify_path(&self.leaf(), self.index, head.count, &self.path, &head.root) {
            return Err(ReceiptError::NotInBlock);
        }
        Ok(())
    }

    /// The leaf that follows from what is shown.
    fn leaf(&self) -> Hash {
        let mut hasher = LeafHasher::new();
        let legs = self
            .postings
            .iter()
            .map(|posting| (posting.leg(), posting.currency));
        let (when, why) = ((self.id, self.at), (self.code, self.link));
        encode::put_public_entry(when, why, legs, hasher.start());
        self.origin.commit(&mut hasher, put_origin);
        self.memo.commit(&mut hasher, put_digest);
        for posting in &self.postings {
            posting.after.commit(&mut hasher, put_after);
        }
        hasher.finish()
    }
}

impl ReceiptPosting {
    fn new(posting: &Posting, reveal: Reveal, salt: [u8; 16]) -> Self {
        let &Posting {
            account,
            side,
            amount,
            currency,
            version,
            balance_after,
        } = posting;
        let after = After {
            version,
            posted: balance_after,
        };
        let after = Section::new(reveal, salt, after, put_after);
        Self {
            account,
            side,
            amount,
            currency,
            after,
        }
    }

    const fn leg(&self) -> Leg {
        Leg {
            account: self.account,
            side: self.side,
            amount: self.amount,
        }
    }
}

fn put_origin(origin: &Option<Origin>, out: &mut Vec<u8>) {
    encode::put_origin(origin.as_ref(), out);
}

fn put_digest(digest: &Option<[u8; 32]>, out: &mut Vec<u8>) {
    leaf::put_digest(digest.as_ref(), out);
}

fn put_after(after: &After, out: &mut Vec<u8>) {
    encode::put_after(after.version, after.posted, out);
}
