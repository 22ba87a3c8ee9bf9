//! The start: what the journal holds after the watermark becomes the tail again.
//!
//! Rows may be newer than the watermark, because a flush was cut short or because they are written
//! with their record (openings, freezes, holds). An account's row says up to which record it is
//! good, so a record is folded into it only if it is newer; such a record is a plain posting, and
//! carries the balance and version it made.

use std::collections::hash_map::Entry;

use db::{Fault, Tx, Value};
use ledger::Event;
use vocab::RecordId;

use super::{
    batch::record_keys,
    block::read_block,
    calendar::Calendar,
    journal,
    state::{Changes, HistoryLine, counts_as_outgoing},
    store,
    tail::Tail,
};

/// Journal rows read at a time.
const CHUNKS: i64 = 64;

/// The tail and the last record's id, as the store left them.
pub(crate) fn replay(
    tx: &mut Tx<'_>,
    offset_seconds: i64,
) -> Result<(Tail, RecordId, Calendar), Fault> {
    let block = db::Read::query_one(tx, store::LAST_BLOCK, &[], read_block)?;
    let last = block
        .as_ref()
        .map_or(RecordId::from_raw(0), |block| block.head.head.last);
    let calendar = Calendar::open(tx, offset_seconds, last)?;
    let none = RecordId::from_raw(0);
    let watermark = db::Read::query_one(tx, store::FIND_WATERMARK, &[], |row| {
        Ok(RecordId::from_raw(row.int(0)?))
    })?
    .unwrap_or(none);
    let mut fresh = Changes::default();
    let mut after = watermark;
    loop {
        let chunks = journal::chunks_after(tx, after, CHUNKS)?;
        let Some(last) = chunks.last() else { break };
        after = last.first;
        for chunk in &chunks {
            for record in chunk.records() {
                fold(tx, &mut fresh, &calendar, &record?)?;
            }
        }
    }
    let head = block.map(|block| block.head);
    Ok((
        Tail {
            fresh,
            head,
            ..Tail::default()
        },
        last,
        calendar,
    ))
}

fn fold(
    tx: &mut Tx<'_>,
    fresh: &mut Changes,
    calendar: &Calendar,
    record: &ledger::Record,
) -> Result<(), Fault> {
    fresh.records += 1;
    fresh.last = Some(record.id);
    for hash in record_keys(record) {
        fresh.keys.insert(hash, record.id);
    }
    let Event::Posted(entry) = &record.event else {
        return Ok(());
    };
    for posting in &entry.postings {
        let line = HistoryLine::of(record.id, entry.code, posting);
        fresh.history.entry(posting.account).or_default().push(line);
        if let Entry::Vacant(place) = fresh.standings.entry(posting.account) {
            let id = Value::Int(posting.account.raw());
            let standing =
                db::Read::query_one(tx, store::FIND_ACCOUNT, &[id], store::read_standing)?
                    .ok_or_else(|| Fault::corrupt("a posting's account has no row"))?;
            place.insert(standing);
        }
    }
    let count = calendar.count(record.id, record.at);
    for posting in &entry.postings {
        let Some(standing) = fresh.standings.get_mut(&posting.account) else {
            continue;
        };
        if standing.as_of < record.id || standing.account.version < posting.version {
            standing.take_posting(posting);
            if counts_as_outgoing(entry, posting) {
                standing.out.count(count, posting.amount);
            }
            standing.as_of = record.id;
        }
    }
    Ok(())
}
