//! Projecting a frozen generation in sorted slices that ride in later commits.
//!
//! Keys first, then history, then balances, then the watermark that says all of it is there. Each
//! table is written in the order of its primary key, so that a slice touches few pages; what one
//! flush writes is spread over many commits, so that no batch waits long for it. After a crash in
//! the middle the whole generation is in the tail again and is written once more, to the same rows.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use db::{Fault, Tx, Value, ValueRef};
use vocab::{AccountId, RecordId};

use super::{
    state::{Changes, KeyHash},
    store,
};

/// Lines per history row, so that one busy account makes rows of bounded size.
pub(super) const ROW_LINES: usize = 128;
/// Rows between two looks at the budget.
const STRIDE: usize = 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Position {
    keys: usize,
    history: usize,
    standings: usize,
    is_done: bool,
}

/// A flush under way.
#[derive(Debug)]
pub(crate) struct Flush {
    changes: Arc<Changes>,
    keys: Option<Vec<([u8; 16], RecordId)>>,
    history: Option<Vec<AccountId>>,
    standings: Option<Vec<AccountId>>,
    position: Position,
    /// The position as the last commit left it.
    committed: Position,
}

impl Flush {
    pub(crate) fn of(changes: Arc<Changes>) -> Self {
        Self {
            changes,
            keys: None,
            history: None,
            standings: None,
            position: Position::default(),
            committed: Position::default(),
        }
    }

    /// Rows that projecting this many records takes, if they are like these.
    pub(crate) fn rows_for(&self, records: usize) -> usize {
        let Changes {
            keys,
            history,
            standings,
            ..
        } = &*self.changes;
        let rows = keys.len() + history.len() + standings.len();
        rows.saturating_mul(records) / self.changes.records.max(1)
    }

    pub(crate) fn rows_left(&self) -> usize {
        let Changes {
            keys,
            history,
            standings,
            ..
        } = &*self.changes;
        let done = self.position.keys + self.position.history + self.position.standings;
        keys.len() + history.len() + standings.len() - done
    }

    /// Projects up to `rows` further rows, fewer if the budget is spent first.
    pub(crate) fn advance(
        &mut self,
        tx: &mut Tx<'_>,
        rows: usize,
        budget: Duration,
    ) -> Result<(), Fault> {
        let start = Instant::now();
        let mut left = rows;
        while left > 0 && !self.position.is_done && start.elapsed() < budget {
            let stride = left.min(STRIDE);
            let written = self.write(tx, stride)?;
            left -= written.min(stride).max(1);
        }
        Ok(())
    }

    /// After a commit; true when the generation is projected as a whole.
    pub(crate) fn committed(&mut self) -> bool {
        self.committed = self.position;
        self.position.is_done
    }

    pub(crate) fn rolled_back(&mut self) {
        self.position = self.committed;
    }

    fn write(&mut self, tx: &mut Tx<'_>, rows: usize) -> Result<usize, Fault> {
        let Changes {
            keys,
            history,
            standings,
            ..
        } = &*self.changes;
        if self.position.keys < keys.len() {
            self.write_keys(tx, rows)
        } else if self.position.history < history.len() {
            self.write_history(tx, rows)
        } else if self.position.standings < standings.len() {
            self.write_standings(tx, rows)
        } else {
            if let Some(last) = self.changes.last {
                tx.execute(store::PUT_WATERMARK, &[Value::Int(last.raw())])?;
            }
            self.position.is_done = true;
            Ok(1)
        }
    }

    fn write_keys(&mut self, tx: &mut Tx<'_>, rows: usize) -> Result<usize, Fault> {
        let changes = &self.changes;
        let sorted = self.keys.get_or_insert_with(|| {
            let row = |(hash, record): (&KeyHash, &RecordId)| (hash.to_be_bytes(), *record);
            let mut keys: Vec<_> = changes.keys.iter().map(row).collect();
            keys.sort_unstable();
            keys
        });
        let slice = take(sorted, self.position.keys, rows);
        let rows = slice
            .iter()
            .map(|(hash, record)| [ValueRef::Blob(hash), ValueRef::Int(record.raw())]);
        tx.execute_many(store::PUT_KEY, rows)?;
        self.position.keys += slice.len();
        Ok(slice.len())
    }

    fn write_history(&mut self, tx: &mut Tx<'_>, rows: usize) -> Result<usize, Fault> {
        let changes = &self.changes;
        let sorted = self
            .history
            .get_or_insert_with(|| sorted(changes.history.keys().copied()));
        let slice = take(sorted, self.position.history, rows);
        let mut packed = Vec::with_capacity(slice.len());
        for account in slice {
            for lines in changes.history[account].chunks(ROW_LINES) {
                let mut body = Vec::new();
                store::pack_history(lines, &mut body);
                let first = lines.first().map_or(0, |line| line.version);
                packed.push((account.raw(), first, body));
            }
        }
        let rows = packed.iter().map(|(account, first, body)| {
            [
                ValueRef::Int(*account),
                ValueRef::Int(*first),
                ValueRef::Blob(body),
            ]
        });
        tx.execute_many(store::PUT_HISTORY, rows)?;
        self.position.history += slice.len();
        Ok(slice.len())
    }

    fn write_standings(&mut self, tx: &mut Tx<'_>, rows: usize) -> Result<usize, Fault> {
        let changes = &self.changes;
        let sorted = self
            .standings
            .get_or_insert_with(|| sorted(changes.standings.keys().copied()));
        let slice = take(sorted, self.position.standings, rows);
        let rows = slice
            .iter()
            .map(|account| store::standing_row(&changes.standings[account]));
        tx.execute_many(store::PUT_ACCOUNT, rows)?;
        self.position.standings += slice.len();
        Ok(slice.len())
    }
}

fn sorted(ids: impl Iterator<Item = AccountId>) -> Vec<AccountId> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids
}

fn take<T>(all: &[T], from: usize, rows: usize) -> &[T] {
    &all[from..all.len().min(from + rows)]
}
