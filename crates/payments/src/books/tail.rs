//! The newest part of the projections, in memory: what was committed and is not yet projected.
//!
//! A generation gathers changes (`fresh`), is frozen when it is full, and is flushed in slices
//! (`frozen`) while the next one fills. What was flushed last stays as a cache (`recent`). A
//! look-up goes from the newest to the oldest and then to the store: a row leaves the tail only
//! after the commit that projected it, so tail first and store second never misses.

use std::{collections::VecDeque, sync::Arc};

use ledger::proof::SignedHead;
use vocab::{AccountId, RecordId};

use super::state::{Changes, HistoryLine, KeyHash, Standing, Standings};

/// Flushed generations whose standings are kept.
const RECENT_MAPS: usize = 6;

/// Lines handed out at a time.
const LINES_SHOWN: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Tail {
    pub(crate) fresh: Changes,
    pub(crate) frozen: Option<Arc<Changes>>,
    /// Flushed last, newest first.
    pub(crate) recent: VecDeque<Standings>,
    pub(crate) head: Option<SignedHead>,
}

impl Tail {
    pub(crate) fn standing(&self, id: AccountId) -> Option<&Standing> {
        let frozen = || {
            self.frozen
                .as_ref()
                .and_then(|frozen| frozen.standings.get(&id))
        };
        self.fresh
            .standings
            .get(&id)
            .or_else(frozen)
            .or_else(|| self.recent.iter().find_map(|map| map.get(&id)))
    }

    pub(crate) fn key(&self, hash: KeyHash) -> Option<RecordId> {
        let frozen = || {
            self.frozen
                .as_ref()
                .and_then(|frozen| frozen.keys.get(&hash))
        };
        self.fresh.keys.get(&hash).or_else(frozen).copied()
    }

    /// The account's newest unflushed lines below a version, oldest first, at most
    /// [`LINES_SHOWN`]: a busy account has many, and the writer waits for whoever looks.
    pub(crate) fn history(&self, account: AccountId, below: i64) -> Vec<HistoryLine> {
        let frozen = self.frozen.as_deref();
        for changes in [Some(&self.fresh), frozen].into_iter().flatten() {
            let lines = changes.history.get(&account).map_or(&[][..], Vec::as_slice);
            let end = lines.partition_point(|line| line.version < below);
            if end > 0 {
                return lines[end.saturating_sub(LINES_SHOWN)..end].to_vec();
            }
        }
        Vec::new()
    }

    /// Records that are not projected yet.
    pub(crate) fn len(&self) -> usize {
        self.fresh.records + self.frozen.as_ref().map_or(0, |frozen| frozen.records)
    }

    /// Makes the fresh generation the frozen one. There must be no frozen one.
    pub(crate) fn freeze(&mut self) -> Arc<Changes> {
        let next = self.fresh.empty_like();
        let frozen = Arc::new(std::mem::replace(&mut self.fresh, next));
        self.frozen = Some(Arc::clone(&frozen));
        frozen
    }

    /// Lets go of the frozen generation after its last slice was committed; its standings stay as
    /// a cache of at most `capacity` accounts.
    pub(crate) fn thaw(&mut self, capacity: usize) {
        if let Some(changes) = self.frozen.take().and_then(Arc::into_inner) {
            self.remember(changes.standings, capacity);
        }
    }

    /// Keeps projected standings as a cache of at most `capacity` accounts. Whole maps come and
    /// go, so that nothing is copied while the writer and the readers wait.
    pub(crate) fn remember(&mut self, standings: Standings, capacity: usize) {
        self.recent.push_front(standings);
        let mut kept = 0;
        let fitting = self.recent.iter().take(RECENT_MAPS).take_while(|map| {
            kept += map.len();
            kept <= capacity
        });
        let maps = fitting.count();
        self.recent.truncate(maps);
    }
}
