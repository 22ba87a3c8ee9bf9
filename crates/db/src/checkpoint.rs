//! Moves the write-ahead log into the database file, in one place: between two batches.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use rusqlite::Connection;

use crate::connection::{BUSY, PAGE, wal_bytes};
use crate::stats::Counters;
use crate::{Fault, Options};

/// A log of this many pages is worth emptying while nothing else is to be done.
const UNTIDY: u32 = 1000;

/// A log file that is larger than this is cut back as soon as nobody reads in it.
const LARGE: u64 = 64 << 20;

pub(crate) struct Checkpoints {
    dir: PathBuf,
    counters: Arc<Counters>,
    /// Pages in the log after the last commit, as SQLite tells the hook.
    pages: Arc<AtomicU32>,
    /// A checkpoint is due at this many pages.
    threshold: u32,
    next: u32,
    /// Pages that the last checkpoint found.
    seen: u32,
}

impl Checkpoints {
    pub(crate) fn new(
        connection: &mut Connection,
        options: &Options,
        counters: Arc<Counters>,
    ) -> Result<Checkpoints, Fault> {
        let pages = Arc::new(AtomicU32::new(0));
        let told = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut _, now: i32| {
            told.store(now.unsigned_abs(), Relaxed);
            Ok(())
        }))?;
        let (dir, threshold) = (options.dir.clone(), options.checkpoint_pages);
        Ok(Checkpoints {
            dir,
            counters,
            pages,
            threshold,
            next: threshold,
            seen: 0,
        })
    }

    /// After a batch. A reader may keep a checkpoint from ending, and the log from starting again;
    /// then the next one waits for a quarter more, instead of running after every batch.
    pub(crate) fn run_if_due(&mut self, connection: &Connection) -> Result<(), Fault> {
        let pages = self.pages.load(Relaxed);
        self.counters
            .wal_bytes
            .store(u64::from(pages) * PAGE, Relaxed);
        if pages < self.seen {
            self.seen = 0;
            self.next = self.threshold;
        }
        if pages < self.next {
            return Ok(());
        }
        checkpoint(connection, "PASSIVE")?;
        self.counters.checkpoints.fetch_add(1, Relaxed);
        self.seen = pages;
        self.next = pages.saturating_add(self.threshold / 4);
        Ok(())
    }

    pub(crate) fn is_untidy(&self) -> bool {
        self.pages.load(Relaxed) >= UNTIDY
    }

    /// Nothing is to be done: empties the log, unless a reader is in the way.
    pub(crate) fn tidy(&mut self, connection: &Connection) -> Result<(), Fault> {
        if !self.is_untidy() {
            return Ok(());
        }
        let how = if wal_bytes(&self.dir) > LARGE {
            "TRUNCATE"
        } else {
            "RESTART"
        };
        self.try_emptying(connection, how)
    }

    /// The disk is full: gives the log's space back, unless a reader is in the way.
    pub(crate) fn reclaim(&mut self, connection: &Connection) -> Result<(), Fault> {
        if wal_bytes(&self.dir) == 0 {
            return Ok(());
        }
        self.try_emptying(connection, "TRUNCATE")
    }

    fn try_emptying(&mut self, connection: &Connection, how: &str) -> Result<(), Fault> {
        connection.busy_timeout(Duration::ZERO)?;
        let emptied = checkpoint(connection, how);
        connection.busy_timeout(BUSY)?;
        if emptied? {
            self.emptied();
        }
        Ok(())
    }

    /// A clean stop: empties the log and cuts its file.
    pub(crate) fn truncate(&mut self, connection: &Connection) -> Result<(), Fault> {
        if checkpoint(connection, "TRUNCATE")? {
            self.emptied();
        }
        Ok(())
    }

    fn emptied(&mut self) {
        self.counters.checkpoints.fetch_add(1, Relaxed);
        self.counters.wal_bytes.store(0, Relaxed);
        self.pages.store(0, Relaxed);
        self.seen = 0;
        self.next = self.threshold;
    }
}

/// True when it went all the way; false when a reader was in the way.
fn checkpoint(connection: &Connection, how: &str) -> Result<bool, Fault> {
    let sql = format!("PRAGMA wal_checkpoint({how})");
    let busy: i64 = connection.query_row(&sql, (), |row| row.get(0))?;
    Ok(busy == 0)
}
