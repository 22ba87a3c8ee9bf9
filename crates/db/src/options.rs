//! How a store is opened: where, how large its queues are, and the seams for tests.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Fault;

/// Where in a commit the writer is, for [`Options::at_commit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitPoint {
    /// Everything is written into the database transaction; COMMIT was not sent.
    Before,
    /// COMMIT has succeeded; nobody was answered.
    After,
}

/// What the writer does at a [`CommitPoint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitFate {
    /// Goes on.
    Go,
    /// Ends as if the process had died: no answer, no flush; the directory can be opened again.
    Crash,
    /// The COMMIT reports an I/O error: before it nothing is durable, after it everything is.
    Fail,
}

/// Called when the store must not be written any more.
pub type OnFatal = Arc<dyn Fn(&Fault) + Send + Sync>;

/// Called around each COMMIT.
pub type AtCommit = Arc<dyn Fn(CommitPoint) -> CommitFate + Send + Sync>;

/// How a [`Db`](crate::Db) is opened. [`Options::new`] gives the values of a server; the reasons
/// are measured ones, see `docs/performance.md`.
#[derive(Clone)]
pub struct Options {
    /// The data directory. Made with mode 0700 if it is not there.
    pub dir: PathBuf,
    /// Reader threads, 2 to 4.
    pub readers: usize,
    /// Reads that may wait; one more is [`Overloaded`](crate::FaultKind::Overloaded).
    pub max_waiting_reads: usize,
    /// A read closure is interrupted after this time.
    pub max_read_time: Duration,
    /// Jobs and lane items that may wait for the writer.
    pub max_waiting_writes: usize,
    /// A write is shed when the work before it would take longer than this.
    pub max_queue_time: Duration,
    /// Nothing is shed by time while fewer writes than this wait.
    pub min_waiting_to_shed: usize,
    /// Closures in one batch.
    pub max_batch_jobs: usize,
    /// Weight of the lane items in one batch; an item that is heavier than this runs alone.
    pub max_batch_weight: usize,
    /// No further closure joins a batch that is this old.
    pub max_batch_time: Duration,
    /// What lanes may spend on projecting inside one commit.
    pub ride_budget: Duration,
    /// Pages of 4 KiB in the write-ahead log before the writer moves them into the database.
    pub checkpoint_pages: u32,
    /// Free bytes on the volume below which the store is read-only. `None`: 512 MiB or 5 % of the
    /// volume, whichever is less.
    pub reserve: Option<u64>,
    /// How often the free space is looked at.
    pub guard_interval: Duration,
    /// Upper limit of the database in pages of 4 KiB, for tests of a full disk.
    pub max_pages: Option<u32>,
    /// Called once, on the writer's thread, when an I/O error leaves the store in doubt. A server
    /// ends its process here: only a fresh start can tell what is durable.
    pub on_fatal: OnFatal,
    /// The simulator's seam: may crash the store around a COMMIT.
    pub at_commit: Option<AtCommit>,
    /// How carefully a commit is written. Exists to prove that harnesses notice.
    #[cfg(feature = "mutants")]
    pub synchronous: Synchronous,
    /// When writes are answered. Exists to prove that harnesses notice.
    #[cfg(feature = "mutants")]
    pub ack: Ack,
}

/// How carefully a commit is written.
#[cfg(feature = "mutants")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Durable when it returns.
    Full,
    /// Lost by a power cut: a mutant.
    Normal,
}

/// When writes are answered.
#[cfg(feature = "mutants")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// When they are durable.
    AfterCommit,
    /// Too early: a mutant.
    BeforeCommit,
}

impl Options {
    /// The values of a server that keeps its data in `dir`.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Options {
        Options {
            dir: dir.into(),
            readers: 3,
            max_waiting_reads: 4096,
            max_read_time: Duration::from_secs(5),
            max_waiting_writes: 32_768,
            max_queue_time: Duration::from_millis(200),
            min_waiting_to_shed: 256,
            max_batch_jobs: 256,
            max_batch_weight: 16_384,
            max_batch_time: Duration::from_millis(10),
            ride_budget: Duration::from_millis(4),
            checkpoint_pages: 4000,
            reserve: None,
            guard_interval: Duration::from_secs(1),
            max_pages: None,
            on_fatal: Arc::new(|_| {}),
            at_commit: None,
            #[cfg(feature = "mutants")]
            synchronous: Synchronous::Full,
            #[cfg(feature = "mutants")]
            ack: Ack::AfterCommit,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}
