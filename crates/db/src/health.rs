//! Whether the store can be written, and why not.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crate::Fault;

/// Whether the store can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Reads and writes.
    Writable,
    /// The disk is full or nearly so: reads go on, writes are refused until space returns.
    StorageFull,
    /// No write succeeds; the reason is for the operator. On an embedded store none ever will again
    /// in this process; on a server, when it answers again.
    Stopped(String),
}

#[derive(Debug, Default)]
pub(crate) struct Status {
    full: AtomicBool,
    /// The database server does not answer.
    away: AtomicBool,
    /// The simulator's crash: not even reads.
    dead: AtomicBool,
    stopped: OnceLock<String>,
}

impl Status {
    pub(crate) fn health(&self) -> Health {
        match self.stopped.get() {
            Some(reason) => Health::Stopped(reason.clone()),
            None if self.is_full() => Health::StorageFull,
            None if self.away.load(SeqCst) => {
                Health::Stopped("the database server does not answer".to_owned())
            }
            None => Health::Writable,
        }
    }

    pub(crate) fn check_writable(&self) -> Result<(), Fault> {
        match self.stopped.get() {
            Some(reason) => Err(Fault::stopped(reason)),
            None if self.is_full() => Err(Fault::storage_full()),
            None => Ok(()),
        }
    }

    pub(crate) fn check_readable(&self) -> Result<(), Fault> {
        if self.dead.load(SeqCst) {
            Err(Fault::stopped("it crashed"))
        } else {
            Ok(())
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full.load(SeqCst)
    }

    pub(crate) fn set_away(&self, away: bool) {
        self.away.store(away, SeqCst);
    }

    pub(crate) fn set_full(&self, full: bool) {
        self.full.store(full, SeqCst);
    }

    /// Only the first reason counts.
    pub(crate) fn stop(&self, reason: impl Into<String>) {
        let _ = self.stopped.set(reason.into());
    }

    pub(crate) fn die(&self) {
        self.stop("it crashed");
        self.dead.store(true, SeqCst);
    }
}
