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
    /// A database server that several programs may share, instead of the data directory.
    pub server: Option<Server>,
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
            server: None,
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

    /// The values of a program that keeps its data on a database server.
    #[must_use]
    pub fn on_server(server: Server) -> Options {
        Options {
            server: Some(server),
            readers: 4,
            max_queue_time: Duration::from_secs(1),
            max_batch_weight: 4_096,
            ..Options::new(PathBuf::new())
        }
    }
}

/// A database server that speaks PostgreSQL's wire protocol.
#[derive(Clone)]
pub struct Server {
    /// `postgres://user:password@host1,host2/name?…`, as libpq reads it. It holds a secret.
    pub url: String,
    /// What closures that write see of each other. The statements are right under the weakest.
    /// Batches of lanes are READ COMMITTED always: they take turns, and behind a snapshot that is
    /// older than its turn a batch could only be run again.
    pub isolation: Isolation,
    /// Connections for closures that write; lanes have one each besides.
    pub writers: usize,
    /// How long a COMMIT is waited for before its connection is given up and asked about on
    /// another one.
    pub commit_time: Duration,
    /// How long a COMMIT in doubt is asked about before its outcome is called unknown.
    pub resolve_time: Duration,
}

/// Isolation of transactions that write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Each statement sees what is committed when it begins.
    #[default]
    ReadCommitted,
    /// Each transaction sees what was committed when it began.
    RepeatableRead,
    /// As if transactions ran one after the other.
    Serializable,
}

impl Isolation {
    /// Every level, the weakest first.
    pub const ALL: [Isolation; 3] = [
        Isolation::ReadCommitted,
        Isolation::RepeatableRead,
        Isolation::Serializable,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Isolation::ReadCommitted => "read-committed",
            Isolation::RepeatableRead => "repeatable-read",
            Isolation::Serializable => "serializable",
        }
    }
}

impl Server {
    /// The server at `url`, with the values that suit most.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Server {
        Server {
            url: url.into(),
            isolation: Isolation::default(),
            writers: 4,
            commit_time: Duration::from_secs(5),
            resolve_time: Duration::from_secs(20),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("isolation", &self.isolation)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}
