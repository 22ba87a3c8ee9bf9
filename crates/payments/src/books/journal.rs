//! Reading the journal: one record by its id, or all in order.

use db::{Fault, Read, Row, Value};
use ledger::{
    Event, Record,
    encode::decode,
    proof::{Hash, LeafHasher},
};
use vocab::{AccountId, RecordId, Timestamp};

use super::{
    block::{Block, read_block},
    store,
};
use crate::Place;

/// A record found in the journal.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) record: Record,
    pub(crate) place: Place,
}

/// One row of the journal: consecutive records of one block.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) first: RecordId,
    pub(crate) height: i64,
    pub(crate) position: u32,
    at: Timestamp,
    body: Vec<u8>,
}

impl Chunk {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, Fault> {
        Ok(Self {
            first: RecordId::from_raw(row.int(0)?),
            height: row.int(1)?,
            position: u32::try_from(row.int(2)?)
                .map_err(|_| Fault::corrupt("a journal row's position is out of range"))?,
            at: Timestamp::from_micros(row.int(3)?),
            body: row.blob(4)?.to_vec(),
        })
    }

    /// The records in order; ends with the first that cannot be read.
    pub(crate) fn records(&self) -> impl Iterator<Item = Result<Record, Fault>> + '_ {
        let mut rest = self.body.as_slice();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let record = decode(&mut rest, self.first, self.at);
            if record.is_err() {
                rest = &[];
            }
            Some(record.map_err(|malformed| {
                Fault::corrupt(format!("a record of block {}: {malformed}", self.height))
            }))
        })
    }
}

/// The record with this id.
pub(crate) fn find(tx: &mut impl Read, id: RecordId) -> Result<Option<Found>, Fault> {
    let Some(chunk) = tx.query_one(store::FIND_CHUNK, &[Value::Int(id.raw())], Chunk::read)? else {
        return Ok(None);
    };
    for (index, record) in (chunk.position..).zip(chunk.records()) {
        let record = record?;
        if record.id == id {
            let place = Place {
                height: chunk.height,
                position: index,
            };
            return Ok(Some(Found { record, place }));
        }
    }
    Ok(None)
}

/// The block at this height.
pub(crate) fn block(tx: &mut impl Read, height: i64) -> Result<Option<Block>, Fault> {
    tx.query_one(store::FIND_BLOCK, &[Value::Int(height)], read_block)
}

/// The leaf of a found record.
pub(crate) fn leaf_of(tx: &mut impl Read, found: &Found) -> Result<Hash, Fault> {
    let block = block(tx, found.place.height)?
        .ok_or_else(|| Fault::corrupt("a journal row has no block"))?;
    Ok(LeafHasher::new().leaf(&found.record, &block.salt))
}

/// The chunks after `after`, at most `limit`, in order.
pub(crate) fn chunks_after(
    tx: &mut impl Read,
    after: RecordId,
    limit: i64,
) -> Result<Vec<Chunk>, Fault> {
    tx.query(
        store::CHUNKS_AFTER,
        &[Value::Int(after.raw()), Value::Int(limit)],
        Chunk::read,
    )
}

/// Rows of the journal looked at in one go.
const ROWS_AT_ONCE: i64 = 64;

/// The accounts that records after `after` touched, ascending, and the newest record seen. With
/// `after` zero nothing is listed: the looking begins at the end of the journal.
pub(crate) fn changes_after(
    tx: &mut impl Read,
    after: RecordId,
) -> Result<(Vec<AccountId>, RecordId), Fault> {
    if after.raw() == 0 {
        let block = tx.query_one(store::LAST_BLOCK, &[], read_block)?;
        return Ok((
            Vec::new(),
            block.map_or(after, |block| block.head.head.last),
        ));
    }
    let (mut accounts, mut newest) = (Vec::new(), after);
    for chunk in chunks_after(tx, after, ROWS_AT_ONCE)? {
        for record in chunk.records() {
            let record = record?;
            newest = record.id;
            if let Event::Posted(entry) = &record.event {
                accounts.extend(entry.postings.iter().map(|posting| posting.account));
            }
        }
    }
    accounts.sort_unstable();
    accounts.dedup();
    Ok((accounts, newest))
}

/// The chunks of one block, in order.
pub(crate) fn chunks_of(tx: &mut impl Read, height: i64) -> Result<Vec<Chunk>, Fault> {
    let Some(block) = block(tx, height)? else {
        return Ok(Vec::new());
    };
    let head = &block.head.head;
    let range = [Value::Int(head.first.raw()), Value::Int(head.last.raw())];
    tx.query(store::CHUNKS_BETWEEN, &range, Chunk::read)
}
