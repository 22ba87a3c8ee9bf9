//! The working set of one batch: everything it may look at, and what it has decided so far.

use std::sync::Arc;

use ledger::{
    Account, Broken, Entry, EntryFacts, Event, Hold, Link, Posting, Record, Store, View, apply,
};
use rustc_hash::{FxHashMap, FxHashSet};
use vocab::{AccessTokenId, AccountId, ApprovalId, Currency, EntryId, HoldId, RecordId, Timestamp};

use crate::{allowance::Allowance, approval::Approval, factors::Unproven, freeze::Restraint};

use super::{
    calendar::Count,
    grant::Notes,
    state::{
        Changes, Eager, HistoryLine, KeyHash, Standing, Tally, counts_as_outgoing, origin_hash,
        reference_hash, scheduled_out, with_room,
    },
};

#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) at: Timestamp,
    /// How payments of this moment are counted.
    pub(crate) count: Count,
    pub(crate) records: Vec<Arc<Record>>,
    pub(crate) standings: FxHashMap<AccountId, Standing>,
    pub(crate) eager: Eager,
    /// Keys and references in use, from before and from this batch.
    pub(crate) known: FxHashMap<KeyHash, RecordId>,
    /// Which owner has an account in which currency.
    pub(crate) owned: FxHashSet<(i64, Currency)>,
    /// What is written down for owners whose accounts are opened or restricted here.
    pub(crate) restraints: FxHashMap<i64, Restraint>,
    /// The allowances that orders name.
    pub(crate) allowances: FxHashMap<AccessTokenId, Allowance>,
    /// Which record used which of them.
    pub(crate) uses: Vec<(RecordId, AccessTokenId)>,
    /// The approvals that orders show.
    pub(crate) approvals: FxHashMap<ApprovalId, Approval>,
    /// What payers have paid without a proof, where the rule book allows that.
    pub(crate) unproven: FxHashMap<i64, Unproven>,
    /// What is to be written of who authorised what.
    pub(crate) notes: Notes,
    keys: FxHashMap<KeyHash, RecordId>,
    history: FxHashMap<AccountId, Vec<HistoryLine>>,
}

impl Batch {
    /// An empty batch with room for what this many orders touch.
    pub(crate) fn new(at: Timestamp, count: Count, orders: usize) -> Self {
        Self {
            at,
            count,
            records: Vec::with_capacity(orders),
            standings: with_room(2 * orders),
            eager: Eager::default(),
            known: with_room(orders),
            owned: FxHashSet::default(),
            restraints: FxHashMap::default(),
            allowances: FxHashMap::default(),
            uses: Vec::new(),
            approvals: FxHashMap::default(),
            unproven: FxHashMap::default(),
            notes: Notes::default(),
            keys: with_room(orders),
            history: with_room(2 * orders),
        }
    }

    /// Sets the moment, before the first decision.
    pub(crate) fn begin(&mut self, at: Timestamp, count: Count) {
        self.at = at;
        self.count = count;
    }

    /// Counts what the newest record took out of an allowance.
    pub(crate) fn note_use(&mut self, id: AccessTokenId, minor: i64) {
        let Some(record) = self.records.last() else {
            return;
        };
        if let (Event::Posted(_), Some(one)) = (&record.event, self.allowances.get_mut(&id)) {
            one.used.count(self.count, minor);
            self.uses.push((record.id, id));
        }
    }

    /// The place of a record of this batch.
    pub(crate) fn position(&self, id: RecordId) -> Option<usize> {
        self.records
            .binary_search_by_key(&id, |record| record.id)
            .ok()
    }

    /// Takes a decided record: balances, history, keys and what must be projected at once.
    pub(crate) fn take(&mut self, record: Record) -> Result<(), Broken> {
        apply(self, &record)?;
        self.note_keys(&record);
        match &record.event {
            Event::Posted(entry) => {
                for posting in &entry.postings {
                    self.note_posting(&record, entry, posting);
                }
                if let Link::Capture { of, .. } = entry.link {
                    self.note_hold(record.id, of);
                }
            }
            Event::Opened(opening) => {
                self.owned.insert((opening.owner, opening.currency));
                self.note_eager(record.id, opening.account);
            }
            Event::Bounded { account, .. } | Event::Restricted { account, .. } => {
                self.note_eager(record.id, *account);
            }
            Event::Held { code, legs, .. } => {
                for leg in scheduled_out(*code, legs) {
                    if let Some(standing) = self.standings.get_mut(&leg.account) {
                        standing.out.count(self.count, leg.amount);
                    }
                }
                self.note_hold(record.id, HoldId::from(record.id));
            }
            Event::Voided { hold } | Event::Expired { hold } => self.note_hold(record.id, *hold),
            Event::Rejected { .. } => {}
        }
        self.records.push(Arc::new(record));
        Ok(())
    }

    fn note_keys(&mut self, record: &Record) {
        for hash in record_keys(record) {
            self.known.insert(hash, record.id);
            self.keys.insert(hash, record.id);
        }
    }

    fn note_posting(&mut self, record: &Record, entry: &Entry, posting: &Posting) {
        let line = HistoryLine::of(record.id, entry.code, posting);
        self.history.entry(posting.account).or_default().push(line);
        if let Some(standing) = self.standings.get_mut(&posting.account) {
            standing.as_of = record.id;
            if counts_as_outgoing(entry, posting) {
                standing.out.count(self.count, posting.amount);
            }
        }
    }

    fn note_hold(&mut self, record: RecordId, hold: HoldId) {
        let accounts: Vec<AccountId> = self.eager.holds.get(&hold).map_or_else(Vec::new, |hold| {
            hold.legs.iter().map(|leg| leg.account).collect()
        });
        for account in accounts {
            self.note_eager(record, account);
        }
    }

    fn note_eager(&mut self, record: RecordId, account: AccountId) {
        if let Some(standing) = self.standings.get_mut(&account) {
            standing.as_of = record;
        }
        self.eager.accounts.push(account);
    }

    /// What this batch changed, for the tail.
    pub(crate) fn into_changes(self) -> Changes {
        let first = self.records.first().map(|record| record.id);
        let mut standings = self.standings;
        standings.retain(|_, standing| first.is_some_and(|first| standing.as_of >= first));
        Changes {
            standings,
            keys: self.keys,
            history: self.history,
            records: self.records.len(),
            last: self.records.last().map(|record| record.id),
        }
    }
}

/// The index keys that a record occupies: its idempotency key, and its reference if it was not
/// refused.
pub(crate) fn record_keys(record: &Record) -> impl Iterator<Item = KeyHash> {
    let origin = record.origin.as_ref();
    let key = origin.map(origin_hash);
    let is_refused = matches!(record.event, Event::Rejected { .. });
    let reference = origin
        .filter(|_| !is_refused)
        .and_then(|origin| Some(reference_hash(origin.caller, origin.reference.as_deref()?)));
    key.into_iter().chain(reference)
}

impl View for Batch {
    fn account(&self, id: AccountId) -> Option<&Account> {
        self.standings.get(&id).map(|standing| &standing.account)
    }

    fn hold(&self, id: HoldId) -> Option<&Hold> {
        self.eager.holds.get(&id)
    }

    fn entry(&self, id: EntryId) -> Option<&EntryFacts> {
        self.eager.facts.get(&id)
    }
}

impl Store for Batch {
    fn account_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.standings
            .get_mut(&id)
            .map(|standing| &mut standing.account)
    }

    fn insert_account(&mut self, account: Account, owner: i64) {
        let as_of = RecordId::from_raw(0);
        let standing = Standing {
            account,
            owner,
            as_of,
            out: Tally::default(),
        };
        self.standings.insert(standing.account.id, standing);
    }

    fn hold_mut(&mut self, id: HoldId) -> Option<&mut Hold> {
        self.eager.holds.get_mut(&id)
    }

    fn insert_hold(&mut self, hold: Hold) {
        self.eager.holds.insert(hold.id, hold);
    }

    fn entry_mut(&mut self, id: EntryId) -> Option<&mut EntryFacts> {
        self.eager.facts.get_mut(&id)
    }
}
