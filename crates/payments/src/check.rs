//! The proof: replay every entry from the first and compare all that is remembered with it.
//!
//! One snapshot, read beside a live server. Every record is decided again by the law, folded, and
//! hashed into its block; blocks must form one signed chain; then accounts, holds, keys,
//! references, history and what was taken back of entries must be exactly what the replay says.
//! Each difference is named; the check goes on after it.

mod allowances;
mod chain;
mod projections;
mod world;

use db::{Fault, FaultKind, Read, Value};
use ledger::{Event, Link, Record, proof::PublicKey, replay};
use vocab::RecordId;

use crate::books::{journal, store};
use allowances::Allowances;
use chain::Chain;
use projections::Projections;
use world::World;

/// Journal rows read at a time.
const CHUNKS: i64 = 64;
/// Differences named before the rest is only counted.
const NAMED_MAX: usize = 200;

/// How far the check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub records: u64,
    pub records_total: u64,
}

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub records: u64,
    pub blocks: u64,
    pub accounts: u64,
    /// Named differences, in the order found.
    pub differences: Vec<String>,
    /// Differences found in all.
    pub differences_total: u64,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.differences_total == 0
    }

    pub(crate) fn differ(&mut self, what: String) {
        self.differences_total += 1;
        if self.differences.len() < NAMED_MAX {
            self.differences.push(what);
        }
    }
}

/// Checks everything under one snapshot. What cannot even be read is a difference too.
pub fn check(
    tx: &mut impl Read,
    key: &PublicKey,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Fault> {
    let mut report = Report::default();
    match check_into(tx, key, (&mut report, progress)) {
        Err(fault) if fault.kind() == FaultKind::Corrupt => report.differ(fault.to_string()),
        other => other?,
    }
    Ok(report)
}

fn check_into(
    tx: &mut impl Read,
    key: &PublicKey,
    (report, progress): (&mut Report, &mut dyn FnMut(Progress)),
) -> Result<(), Fault> {
    let records_total = tx
        .query_one(store::COUNT_RECORDS, &[], |row| row.opt_int(0))?
        .flatten()
        .map_or(0, |count| u64::try_from(count).unwrap_or(0));
    let mut projections = Projections::load(tx)?;
    let mut allowances = Allowances::load(tx)?;
    let mut chain = Chain::new(*key);
    let mut world = World::default();
    let mut after = RecordId::from_raw(i64::MIN);
    loop {
        let chunks = journal::chunks_after(tx, after, CHUNKS)?;
        let Some(last) = chunks.last() else { break };
        after = last.first;
        for chunk in &chunks {
            chain.chunk(tx, chunk, report)?;
            for record in chunk.records() {
                let record = match record {
                    Ok(record) => record,
                    Err(fault) => {
                        report.differ(fault.to_string());
                        break;
                    }
                };
                chain.record(&record, report);
                fold(tx, &mut world, &record, report)?;
                projections.record(&world, &record, report);
                allowances.record(&world, &record, report);
                report.records += 1;
            }
        }
        progress(Progress {
            records: report.records,
            records_total,
        });
    }
    report.accounts = world.accounts.len() as u64;
    chain.finish(tx, report)?;
    world.balance(report);
    allowances.finish(report);
    projections.finish(tx, &world, report)
}

fn fold(
    tx: &mut impl Read,
    world: &mut World,
    record: &Record,
    report: &mut Report,
) -> Result<(), Fault> {
    if let Event::Posted(entry) = &record.event
        && let Link::Reversal { of } | Link::Refund { of, .. } = entry.link
        && !world.facts.contains_key(&of)
        && let Some(found) = journal::find(tx, of.into())?
        && let Event::Posted(entry) = found.record.event
    {
        world.facts.insert(
            of,
            ledger::EntryFacts {
                entry,
                refunded: 0,
                reversed: false,
            },
        );
    }
    if let Err(broken) = replay(world, record) {
        report.differ(format!("{}: {broken}", record.id));
        world.follow(record);
    }
    Ok(())
}

/// Shows every readable record, in order; what cannot be read was named before.
pub(crate) fn each_record(tx: &mut impl Read, mut each: impl FnMut(Record)) -> Result<(), Fault> {
    let mut after = RecordId::from_raw(i64::MIN);
    loop {
        let chunks = journal::chunks_after(tx, after, CHUNKS)?;
        let Some(last) = chunks.last() else {
            return Ok(());
        };
        after = last.first;
        chunks
            .iter()
            .flat_map(journal::Chunk::records)
            .flatten()
            .for_each(&mut each);
    }
}

/// The records that keys may point to in the projections: up to the watermark.
pub(crate) fn watermark(tx: &mut impl Read) -> Result<RecordId, Fault> {
    let found = tx.query_one(store::FIND_WATERMARK, &[], |row| row.int(0))?;
    Ok(RecordId::from_raw(found.unwrap_or(0)))
}

/// Whether a row of `sql` exists for this id.
pub(crate) fn int_of(tx: &mut impl Read, sql: db::Sql, value: Value) -> Result<Option<i64>, Fault> {
    tx.query_one(sql, &[value], |row| row.int(0))
}
