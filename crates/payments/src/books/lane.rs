//! The batch, phase by phase, on the writer's thread:
//!
//! | phase | reads | writes |
//! |---|---|---|
//! | prepare | – | – |
//! | turn | the newest block, where several servers append | – |
//! | load | keys, accounts, holds, entries and approvals that the tail does not have | – |
//! | decide | memory only | – |
//! | seal | – | one block row, one journal row per 512 records |
//! | project | – | rows of holds, allowances and approvals and what they touch; nothing for plain payments |
//! | ride | – | a slice of the tail |
//! | committed | – | the tail in memory |
//!
//! One order is the batch of one.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use db::{Fault, Lane, Tx};
use ledger::{EntryFacts, Event, proof::SignedHead};
use vocab::{IdSequence, RecordId, Timestamp};

use super::{
    BooksOptions,
    batch::Batch,
    block::{self, Sealed},
    calendar::Calendar,
    flush::Flush,
    grant, load,
    state::Changes,
    store,
    tail::Tail,
    turn,
    verdict::{self, Answer, Prepared},
};
use crate::{Order, Outcome, Place, Recorded, allowance, order::Route, schedule};

pub(crate) type SharedTail = Arc<RwLock<Tail>>;

/// Above every record there is.
const NEWEST: RecordId = RecordId::from_raw(i64::MAX);

/// Generously what projecting one record takes: its key, two lines of history, two balances.
const PROJECTION_TIME: Duration = Duration::from_micros(10);

/// The books' place on the writer's thread.
#[derive(Debug)]
pub struct BooksLane {
    options: BooksOptions,
    calendar: Calendar,
    tail: SharedTail,
    sequence: IdSequence,
    last_at: Timestamp,
    flush: Option<Flush>,
    /// What the transaction under way will have changed, if it commits.
    pending: Option<Pending>,
    /// Other servers append too: nothing is kept between batches.
    is_shared: bool,
}

#[derive(Debug)]
struct Pending {
    changes: Changes,
    head: SignedHead,
    /// The changes are in the projections already and need no tail.
    is_projected: bool,
}

impl BooksLane {
    pub(crate) fn new(
        options: BooksOptions,
        calendar: Calendar,
        tail: SharedTail,
        last: RecordId,
    ) -> Self {
        let last_at = last.time();
        let sequence = IdSequence::after(last);
        let mut lane = Self {
            options,
            calendar,
            tail,
            sequence,
            last_at,
            flush: None,
            pending: None,
            is_shared: false,
        };
        lane.freeze_if_full();
        lane
    }

    /// A lane beside those of other servers: it projects at once and remembers nothing.
    pub(crate) fn shared(mut options: BooksOptions, calendar: Calendar, tail: SharedTail) -> Self {
        options.tuning.tail_records = 0;
        options.tuning.accounts_cached = 0;
        Self {
            is_shared: true,
            ..Self::new(options, calendar, tail, RecordId::from_raw(0))
        }
    }

    /// Goes on after the head that others may have made.
    fn follow(&mut self, newest: Option<&SignedHead>) {
        let last = newest.map_or(RecordId::from_raw(0), |newest| newest.head.last);
        let at = newest.map_or(last.time(), |newest| newest.head.at);
        self.sequence = IdSequence::after(last);
        self.last_at = at.max(last.time());
    }

    /// What the batch may look at, and the head to append to.
    fn load(
        &mut self,
        tx: &mut Tx<'_>,
        prepared: &[Prepared],
    ) -> Result<(Batch, Option<SignedHead>), Fault> {
        let at = self.moment();
        let count = self.calendar.count(NEWEST, at);
        let mut batch = Batch::new(at, count, prepared.len());
        if !self.is_shared {
            load::load(tx, &self.tail, &mut batch, prepared)?;
            let tail = self.tail.read().unwrap_or_else(PoisonError::into_inner);
            return Ok((batch, tail.head));
        }
        let newest = load::load_shared(tx, &self.tail, &mut batch, prepared)?;
        self.follow(newest.as_ref());
        let at = self.moment();
        batch.begin(at, self.calendar.count(NEWEST, at));
        Ok((batch, newest))
    }

    /// The batch's moment: never before the last one's.
    fn moment(&mut self) -> Timestamp {
        self.last_at = self.options.clock.now().max(self.last_at);
        self.last_at
    }

    /// Projects at once where no tail is wanted; else the changes wait for a flush.
    fn project_or_keep(
        &self,
        tx: &mut Tx<'_>,
        changes: Changes,
        head: SignedHead,
    ) -> Result<Pending, Fault> {
        if self.is_shared {
            turn::project(tx, &changes)?;
            return Ok(Pending {
                changes,
                head,
                is_projected: true,
            });
        }
        if self.options.tuning.tail_records > 0 {
            return Ok(Pending {
                changes,
                head,
                is_projected: false,
            });
        }
        let changes = Arc::new(changes);
        Flush::of(Arc::clone(&changes)).advance(tx, usize::MAX, Duration::MAX)?;
        let changes = Arc::try_unwrap(changes)
            .map_err(|_| Fault::internal("a finished flush still holds its changes"))?;
        Ok(Pending {
            changes,
            head,
            is_projected: true,
        })
    }

    /// Starts flushing when the fresh generation is full and no other is under way.
    fn freeze_if_full(&mut self) {
        if self.flush.is_none() && self.options.tuning.tail_records > 0 {
            let mut tail = self.tail.write().unwrap_or_else(PoisonError::into_inner);
            if self.options.tuning.tail_records <= tail.fresh.records {
                self.flush = Some(Flush::of(tail.freeze()));
            }
        }
    }

    /// How many rows the next slice should project, and in what time.
    ///
    /// On the way, as many as bring the flush to its end before the fresh generation is full,
    /// within what the writer grants, but at least in proportion to the batch: a bulk load would
    /// outrun the flush otherwise. If the fresh generation is over-full all the same, as many as
    /// this batch itself will need, whatever that takes: so the tail stays bounded, and a batch
    /// waits longer only for being large.
    fn slice(&self, granted: Duration) -> (usize, Duration) {
        let Some(flush) = &self.flush else {
            return (0, granted);
        };
        let full = self.options.tuning.tail_records;
        let tail = self.tail.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = tail.fresh.records;
        let pending = self.pending.as_ref();
        let arriving = pending.map_or(0, |pending| pending.changes.records);
        let least = self.options.tuning.slice_rows_min;
        if fresh > full + full / 2 {
            let rows = flush.rows_for(arriving);
            return (least.max(rows + rows / 4), Duration::MAX);
        }
        let share = flush.rows_left().saturating_mul(arriving) / full.saturating_sub(fresh).max(1);
        let arriving = u32::try_from(arriving).unwrap_or(u32::MAX);
        (
            least.max(share + share / 4),
            granted.max(PROJECTION_TIME * arriving),
        )
    }
}

impl Lane for BooksLane {
    type Item = Vec<Order>;
    type Outcome = Vec<Outcome>;

    /// One per order, and one more for each full KiB that it brings along.
    fn weight(item: &Self::Item) -> usize {
        item.iter().map(|order| 1 + order.bytes() / 1024).sum()
    }

    fn copy(items: &[Self::Item]) -> Option<Vec<Self::Item>> {
        Some(items.to_vec())
    }

    fn run(
        &mut self,
        tx: &mut Tx<'_>,
        items: Vec<Self::Item>,
    ) -> Result<Vec<Self::Outcome>, Fault> {
        let sizes: Vec<usize> = items.iter().map(Vec::len).collect();
        let prepared: Vec<Prepared> = items.into_iter().flatten().map(Prepared::of).collect();
        let (mut batch, newest) = self.load(tx, &prepared)?;
        grant::load(tx, &mut batch, &self.options.limits, &prepared)?;
        let mut answers = Vec::with_capacity(prepared.len());
        for order in prepared {
            answers.push(verdict::decide_order(
                tx,
                &mut batch,
                &mut self.sequence,
                &self.options.limits,
                order,
            )?);
        }
        let sealed = block::seal(tx, &self.options, newest.as_ref(), &batch)?;
        project(tx, &batch)?;
        let mut outcomes = answers
            .into_iter()
            .map(|answer| outcome_of(answer, &batch, &sealed));
        let outcomes = sizes
            .into_iter()
            .map(|size| outcomes.by_ref().take(size).collect())
            .collect();
        if let Some(sealed) = sealed {
            self.pending = Some(self.project_or_keep(tx, batch.into_changes(), sealed.head)?);
        }
        Ok(outcomes)
    }

    fn ride(&mut self, tx: &mut Tx<'_>, budget: Duration) -> Result<(), Fault> {
        let (rows, budget) = self.slice(budget);
        match &mut self.flush {
            Some(flush) => flush.advance(tx, rows, budget),
            None => Ok(()),
        }
    }

    fn has_backlog(&self) -> bool {
        self.flush.is_some()
    }

    fn committed(&mut self) {
        let is_flushed = self.flush.as_mut().is_some_and(Flush::committed);
        let mut changed = Vec::new();
        {
            let mut tail = self.tail.write().unwrap_or_else(PoisonError::into_inner);
            if is_flushed {
                self.flush = None;
                tail.thaw(self.options.tuning.accounts_cached);
            }
            if let Some(Pending {
                changes,
                head,
                is_projected,
            }) = self.pending.take()
            {
                if self.options.observer.is_listening() {
                    changed.extend(changes.standings.keys().copied());
                }
                tail.head = Some(head);
                if is_projected {
                    tail.remember(changes.standings, self.options.tuning.accounts_cached);
                } else {
                    tail.fresh.absorb(changes);
                }
            }
        }
        if !changed.is_empty() {
            changed.sort_unstable();
            self.options.observer.changed(&changed);
        }
        self.freeze_if_full();
    }

    fn rolled_back(&mut self) {
        self.pending = None;
        if let Some(flush) = &mut self.flush {
            flush.rolled_back();
        }
    }

    fn finish(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        if let Some(mut flush) = self.flush.take() {
            flush.advance(tx, usize::MAX, Duration::MAX)?;
        }
        let fresh = {
            let mut tail = self.tail.write().unwrap_or_else(PoisonError::into_inner);
            tail.thaw(self.options.tuning.accounts_cached);
            tail.freeze()
        };
        if fresh.is_empty() {
            Ok(())
        } else {
            Flush::of(fresh).advance(tx, usize::MAX, Duration::MAX)
        }
    }
}

fn outcome_of(answer: Answer, batch: &Batch, sealed: &Option<Sealed>) -> Outcome {
    match (answer, sealed) {
        (Answer::InBatch { position, replayed }, Some(sealed)) => {
            let height = sealed.head.head.height;
            let place = Place {
                height,
                position: u32::try_from(position).unwrap_or(u32::MAX),
            };
            let record = Arc::clone(&batch.records[position]);
            Outcome::Recorded(Recorded {
                record,
                place,
                leaf: sealed.leaves[position],
                replayed,
            })
        }
        (Answer::Final(outcome), _) => outcome,
        (Answer::InBatch { .. }, None) => unreachable!("a batch with records was sealed"),
    }
}

/// Writes the rows that do not wait for a flush.
fn project(tx: &mut Tx<'_>, batch: &Batch) -> Result<(), Fault> {
    let eager = &batch.eager;
    let mut accounts = eager.accounts.clone();
    accounts.sort_unstable();
    accounts.dedup();
    let rows: Vec<_> = accounts
        .iter()
        .filter_map(|account| batch.standings.get(account))
        .map(store::standing_row)
        .collect();
    tx.execute_soon(store::PUT_ACCOUNT, &rows, rows.len())?;
    for record in &batch.records {
        match &record.event {
            Event::Opened(opening) if opening.owner != 0 => store::put_owned(tx, opening)?,
            _ => {}
        }
        schedule::follow(tx, record)?;
    }
    let mut holds: Vec<_> = eager.holds.values().collect();
    holds.sort_unstable_by_key(|hold| hold.id);
    for hold in holds {
        store::put_hold(tx, hold)?;
    }
    let mut facts: Vec<_> = eager.facts.iter().collect();
    facts.sort_unstable_by_key(|(id, _)| **id);
    for (
        id,
        EntryFacts {
            refunded, reversed, ..
        },
    ) in facts
    {
        store::put_facts(tx, *id, *refunded, *reversed)?;
    }
    for (record, id) in &batch.uses {
        allowance::record_use(tx, *record, *id)?;
    }
    let mut used: Vec<_> = batch.uses.iter().map(|(_, id)| *id).collect();
    used.sort_unstable();
    used.dedup();
    for id in used {
        if let Some(one) = batch.allowances.get(&id) {
            allowance::put_used(tx, id, &one.used)?;
        }
    }
    grant::write(tx, batch)
}

const _: () = assert!(
    Route::TransferCreate as u8 == 1,
    "routes are stored and hashed by number"
);
