//! The newest part of the projections, in memory: what was committed and is not yet projected.
//!
//! A generation gathers changes (`fresh`), is frozen when it is full, and is flushed in slices
//! (`frozen`) while the next one fills. What was flushed last stays as a cache (`recent`). A
//! look-up goes from the newest to the oldest and then to the store: a row leaves the tail only
//! after the commit that projected it, so tail first and store second never misses.

use std::sync::Arc;

use ledger::proof::SignedHead;
use rustc_hash::FxHashMap;
use vocab::{AccountId, RecordId};

use super::state::{Changes, HistoryLine, KeyHash, Standing};

/// Lines handed out at a time.
const LINES_SHOWN: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Tail {
    pub(crate) fresh: Changes,
    pub(crate) frozen: Option<Arc<Changes>>,
    pub(crate) recent: FxHashMap<AccountId, Standing>,
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
            .or_else(|| self.recent.get(&id))
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
        let frozen = Arc::new(std::mem::take(&mut self.fresh));
        self.frozen = Some(Arc::clone(&frozen));
        frozen
    }

    /// Lets go of the frozen generation after its last slice was committed; its standings stay as
    /// a cache of at most `capacity` accounts.
    pub(crate) fn thaw(&mut self, capacity: usize) {
        let Some(frozen) = self.frozen.take() else {
            return;
        };
        let standings = match Arc::try_unwrap(frozen) {
            Ok(changes) => changes.standings,
            Err(shared) => shared.standings.clone(),
        };
        self.remember(standings, capacity);
    }

    /// Keeps projected standings as a cache of at most `capacity` accounts.
    pub(crate) fn remember(&mut self, standings: FxHashMap<AccountId, Standing>, capacity: usize) {
        if self.recent.len() + standings.len() <= capacity {
            self.recent.extend(standings);
        } else if standings.len() <= capacity {
            self.recent = standings;
        } else {
            self.recent = FxHashMap::default();
        }
    }
}
