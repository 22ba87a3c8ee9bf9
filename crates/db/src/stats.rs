//! What the store counts about itself: plain atomics, read by whoever serves metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of batch sizes, in commands.
const BATCH_BOUNDS: [u64; 15] = [
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384,
];

/// Upper bounds of times, in microseconds.
const TIME_BOUNDS: [u64; 15] = [
    100, 200, 400, 800, 1500, 3000, 6000, 12_000, 25_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 5_000_000,
];

const BUCKETS: usize = 16;

/// A snapshot of the counters. Counters only grow; depths and sizes are of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Writes that wait for the writer.
    pub queue_depth: u64,
    /// Commands inside the waiting writes.
    pub queue_weight: u64,
    /// Reads that wait for a reader.
    pub waiting_reads: u64,
    /// Commits that succeeded.
    pub commits: u64,
    /// Writes refused because the queue was full or too slow.
    pub shed: u64,
    /// Reads refused because too many waited.
    pub shed_reads: u64,
    /// Batches and checkpoints that failed.
    pub faults: u64,
    /// Checkpoints that were run.
    pub checkpoints: u64,
    /// Bytes of the write-ahead log that a checkpoint could move now.
    pub wal_bytes: u64,
    /// Free bytes on the volume, as the guard saw them last.
    pub free_bytes: u64,
    /// Commands per commit.
    pub batch_size: Histogram,
    /// Microseconds that COMMIT took.
    pub commit_micros: Histogram,
    /// Microseconds from the start of a batch to its answers.
    pub batch_micros: Histogram,
}

/// Counts by size. `counts` has one place more than `bounds`, for what is above the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Inclusive upper bounds, ascending.
    pub bounds: &'static [u64],
    /// How many fell into each bucket; not cumulative.
    pub counts: Vec<u64>,
    /// The sum of all values.
    pub sum: u64,
}

#[derive(Debug)]
struct Buckets {
    bounds: &'static [u64; BUCKETS - 1],
    counts: [AtomicU64; BUCKETS],
    sum: AtomicU64,
}

impl Buckets {
    fn new(bounds: &'static [u64; BUCKETS - 1]) -> Buckets {
        Buckets {
            bounds,
            counts: Default::default(),
            sum: AtomicU64::new(0),
        }
    }

    fn record(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    fn snapshot(&self) -> Histogram {
        let counts = self
            .counts
            .iter()
            .map(|count| count.load(Relaxed))
            .collect();
        Histogram {
            bounds: self.bounds,
            counts,
            sum: self.sum.load(Relaxed),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) shed: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    pub(crate) wal_bytes: AtomicU64,
    pub(crate) free_bytes: AtomicU64,
    batch_size: Buckets,
    commit_micros: Buckets,
    batch_micros: Buckets,
}

impl Counters {
    pub(crate) fn new() -> Counters {
        Counters {
            commits: AtomicU64::new(0),
            shed: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            checkpoints: AtomicU64::new(0),
            wal_bytes: AtomicU64::new(0),
            free_bytes: AtomicU64::new(0),
            batch_size: Buckets::new(&BATCH_BOUNDS),
            commit_micros: Buckets::new(&TIME_BOUNDS),
            batch_micros: Buckets::new(&TIME_BOUNDS),
        }
    }

    pub(crate) fn committed(&self, commands: usize) {
        self.commits.fetch_add(1, Relaxed);
        self.batch_size.record(commands as u64);
    }

    pub(crate) fn commit_took(&self, time: Duration) {
        self.commit_micros.record(micros(time));
    }

    pub(crate) fn batch_took(&self, time: Duration) {
        self.batch_micros.record(micros(time));
    }

    pub(crate) fn failed(&self) {
        self.faults.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            // The queues know these.
            queue_depth: 0,
            queue_weight: 0,
            waiting_reads: 0,
            commits: self.commits.load(Relaxed),
            shed: self.shed.load(Relaxed),
            shed_reads: 0,
            faults: self.faults.load(Relaxed),
            checkpoints: self.checkpoints.load(Relaxed),
            wal_bytes: self.wal_bytes.load(Relaxed),
            free_bytes: self.free_bytes.load(Relaxed),
            batch_size: self.batch_size.snapshot(),
            commit_micros: self.commit_micros.snapshot(),
            batch_micros: self.batch_micros.snapshot(),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
