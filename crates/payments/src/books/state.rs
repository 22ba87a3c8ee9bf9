//! What the books remember, in memory and in rows.

use std::collections::hash_map;

use ledger::{Account, Entry, EntryFacts, Hold, Leg, Link, Posting, Side};
use rustc_hash::{FxBuildHasher, FxHashMap};
use sha2::{Digest, Sha256};
use vocab::{AccountId, EntryId, HoldId, RecordId};

use super::calendar::Count;
use crate::{Intention, order::Code};

/// An account with what the stories keep beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub account: Account,
    /// The user's id as a number; zero for the house's own accounts.
    pub owner: i64,
    /// The newest record folded into this.
    pub as_of: RecordId,
    /// What its owner has sent from it.
    pub out: Tally,
}

/// What was sent, by the windows that limits look at; sums in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The day of the last outgoing payment, in the rule book's zone.
    pub day: i64,
    pub day_sum: i64,
    /// Payments of that day.
    pub day_count: i64,
    /// The year of the last outgoing payment.
    pub year: i64,
    pub year_sum: i64,
    pub lifetime: i64,
}

impl Tally {
    /// What went out on `day`.
    pub const fn on(&self, day: i64) -> i64 {
        if self.day == day { self.day_sum } else { 0 }
    }

    /// How many payments went out on `day`.
    pub const fn count_on(&self, day: i64) -> i64 {
        if self.day == day { self.day_count } else { 0 }
    }

    /// What went out in `year`.
    pub const fn in_year(&self, year: i64) -> i64 {
        if self.year == year { self.year_sum } else { 0 }
    }

    /// Counts an outgoing payment.
    pub(crate) fn count(&mut self, at: Count, minor: i64) {
        let moment = at.moment;
        self.day_sum = self.on(moment.day).saturating_add(minor);
        if at.is_whole {
            self.day_count = self.count_on(moment.day) + 1;
            self.year_sum = self.in_year(moment.year).saturating_add(minor);
            self.year = moment.year;
            self.lifetime = self.lifetime.saturating_add(minor);
        }
        self.day = moment.day;
    }
}

impl Standing {
    /// Takes over what a posting says of this account; used where the record is known to be good.
    pub(crate) fn take_posting(&mut self, posting: &Posting) {
        self.account.posted = posting.balance_after;
        self.account.version = posting.version;
    }
}

/// One line of an account's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    pub version: i64,
    pub record: RecordId,
    /// Credit positive, debit negative, minor units.
    pub delta: i64,
    pub balance_after: i64,
    pub code: u16,
}

impl HistoryLine {
    pub(crate) fn of(record: RecordId, code: u16, posting: &Posting) -> Self {
        let delta = match posting.side {
            Side::Credit => posting.amount,
            Side::Debit => -posting.amount,
        };
        let Posting {
            version,
            balance_after,
            ..
        } = *posting;
        Self {
            version,
            record,
            delta,
            balance_after,
            code,
        }
    }
}

/// The place of an idempotency key or a reference in the index: 128 bits of SHA-256 over its scope.
pub(crate) type KeyHash = u128;

/// The index key of an intention: caller + route + key.
pub(crate) fn key_hash(intention: &Intention) -> KeyHash {
    let route = intention.route as u8;
    hash(b'k', intention.caller.raw(), route, &intention.key)
}

/// The index key of a reference: unique per caller, whatever the route.
pub(crate) fn reference_hash(caller: i64, reference: &str) -> KeyHash {
    hash(b'r', caller, 0, reference)
}

/// The index key of an origin that stands in a record.
pub(crate) fn origin_hash(origin: &ledger::Origin) -> KeyHash {
    hash(b'k', origin.caller, origin.route, &origin.key)
}

fn hash(domain: u8, caller: i64, route: u8, text: &str) -> KeyHash {
    let mut hasher = Sha256::new();
    let mut scope = [0; 10];
    scope[0] = domain;
    scope[1..9].copy_from_slice(&caller.to_be_bytes());
    scope[9] = route;
    hasher.update(scope);
    hasher.update(text.as_bytes());
    let mut half = [0; 16];
    half.copy_from_slice(&hasher.finalize()[..16]);
    KeyHash::from_be_bytes(half)
}

/// A map that does not grow before it holds `entries`: growing would stall a batch.
pub(crate) fn with_room<K, V>(entries: usize) -> FxHashMap<K, V> {
    FxHashMap::with_capacity_and_hasher(entries, FxBuildHasher)
}

/// Accounts as some record left them.
pub(crate) type Standings = FxHashMap<AccountId, Standing>;

/// What a batch, or a generation of the tail, changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) standings: Standings,
    pub(crate) keys: FxHashMap<KeyHash, RecordId>,
    pub(crate) history: FxHashMap<AccountId, Vec<HistoryLine>>,
    /// Records folded in.
    pub(crate) records: usize,
    /// The newest of them.
    pub(crate) last: Option<RecordId>,
}

impl Changes {
    /// Folds later changes over these.
    pub(crate) fn absorb(&mut self, later: Self) {
        self.standings.extend(later.standings);
        self.keys.extend(later.keys);
        for (account, lines) in later.history {
            match self.history.entry(account) {
                hash_map::Entry::Occupied(known) => known.into_mut().extend(lines),
                hash_map::Entry::Vacant(place) => {
                    place.insert(lines);
                }
            }
        }
        self.records += later.records;
        self.last = later.last.or(self.last);
    }

    /// No changes, with room for as many as these.
    pub(crate) fn empty_like(&self) -> Self {
        Self {
            standings: with_room(self.standings.len()),
            keys: with_room(self.keys.len()),
            history: with_room(self.history.len()),
            records: 0,
            last: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records == 0
    }
}

/// Holds and entry facts that a batch touched; they are projected in the same commit.
#[derive(Debug, Default)]
pub(crate) struct Eager {
    pub(crate) holds: FxHashMap<HoldId, Hold>,
    pub(crate) facts: FxHashMap<EntryId, EntryFacts>,
    /// Accounts whose rows are written in the same commit.
    pub(crate) accounts: Vec<AccountId>,
}

/// Whether a leg counts against its account's limits: money sent. What is given back does not, or a
/// payee could run out of their own limit by refunding.
pub(crate) fn counts_as_outgoing(entry: &Entry, posting: &Posting) -> bool {
    let is_out = match Code::from_number(entry.code) {
        Some(Code::Transfer) => entry.link == Link::None,
        Some(Code::Payment) => matches!(entry.link, Link::None | Link::Capture { .. }),
        _ => false,
    };
    is_out && posting.side == Side::Debit
}

/// The legs of a payment that arrives later: it counts when it is scheduled, not when it arrives.
pub(crate) fn scheduled_out(code: u16, legs: &[Leg]) -> impl Iterator<Item = &Leg> {
    let is_scheduled = code == Code::Transfer as u16;
    let legs = legs.iter().filter(move |_| is_scheduled);
    legs.filter(|leg| leg.side == Side::Debit)
}
