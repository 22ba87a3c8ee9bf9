//! Records as canonical bytes: one record has exactly one encoding, and nothing else decodes.
//!
//! A record is its *public part* (what happened: ids, times, legs) followed by its *private
//! sections*, which a receipt may hide one by one (what each posting made of its account, who
//! asked, the memo). Numbers are minimal LEB128 varints, signed ones zigzag or, where they are
//! positive by law, two's complement; ids of accounts, entries, holds and people are eight bytes,
//! big-endian; strings carry their length; every variant has one tag byte. The id and the time of a
//! record are written as differences to a base that the block gives.
//!
//! Tags are stored for ever; never reuse one.

mod read;
mod write;

use thiserror::Error;
use vocab::{RecordId, Timestamp};

use crate::Record;

pub(crate) use write::{put_after, put_origin, put_public, put_public_entry};

/// Bytes that are not the canonical encoding of anything.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Malformed {
    #[error("the bytes end inside a record")]
    Truncated,
    #[error("{0} bytes follow the record")]
    Trailing(usize),
    #[error("a number is not in its shortest form")]
    NotMinimal,
    #[error("a number is out of its range")]
    OutOfRange,
    #[error("unknown {what} tag {tag}")]
    UnknownTag { what: &'static str, tag: u8 },
    #[error("unknown currency number {0}")]
    UnknownCurrency(u16),
    #[error("a currency is repeated where it should be implied")]
    CurrencyRepeated,
    #[error("spare bits of the sides are set")]
    SpareBits,
    #[error("a text is not UTF-8")]
    NotUtf8,
}

/// Appends the encoding of `record` to `out`; id and time as differences to `base` and `base_at`.
pub fn encode(record: &Record, base: RecordId, base_at: Timestamp, out: &mut Vec<u8>) {
    write::put_public(record, base, base_at, out);
    write::put_private(record, out);
}

/// Reads one record from the front of `bytes` and moves `bytes` behind it, the inverse of
/// [`encode`] with the same base. Never panics, and allocates in proportion to the input at most.
/// After an error `bytes` stands somewhere inside the record.
pub fn decode(bytes: &mut &[u8], base: RecordId, base_at: Timestamp) -> Result<Record, Malformed> {
    read::record(bytes, base, base_at)
}

/// Reads the one record that `bytes` are.
pub fn decode_exact(
    mut bytes: &[u8],
    base: RecordId,
    base_at: Timestamp,
) -> Result<Record, Malformed> {
    let record = decode(&mut bytes, base, base_at)?;
    match bytes.len() {
        0 => Ok(record),
        trailing => Err(Malformed::Trailing(trailing)),
    }
}
