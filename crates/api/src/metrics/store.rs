//! What the store and the books count, read at each scrape.

use std::{fmt, iter, sync::Arc};

use db::{Db, Health, Histogram, Stats};
use payments::Books;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use crate::{Hub, Parts};

/// Microseconds in a second, as the histograms' scale.
const MICROS: f64 = 1e-6;

pub(super) struct StoreCollector {
    db: Db,
    books: Books,
    hub: Arc<Hub>,
}

impl StoreCollector {
    pub(super) fn of(parts: &Parts) -> Self {
        let (db, books, hub) = (
            parts.db.clone(),
            parts.books.clone(),
            Arc::clone(&parts.hub),
        );
        Self { db, books, hub }
    }
}

impl fmt::Debug for StoreCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCollector").finish_non_exhaustive()
    }
}

impl Collector for StoreCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = self.db.stats();
        let tail = u64::try_from(self.books.tail_records()).unwrap_or(u64::MAX);
        let streams = u64::try_from(self.hub.open_streams()).unwrap_or(u64::MAX);
        let is_writable = u64::from(self.db.health() == Health::Writable);
        let gauges = [
            ("db_writable", "1 if the store takes writes", is_writable),
            (
                "db_queue_depth",
                "Writes that wait for the writer",
                stats.queue_depth,
            ),
            (
                "db_queue_commands",
                "Commands inside the waiting writes",
                stats.queue_weight,
            ),
            (
                "db_waiting_reads",
                "Reads that wait for a reader",
                stats.waiting_reads,
            ),
            (
                "db_wal_bytes",
                "Bytes of the log that a checkpoint could move",
                stats.wal_bytes,
            ),
            (
                "db_free_bytes",
                "Free bytes on the volume",
                stats.free_bytes,
            ),
            (
                "books_tail_records",
                "Records that are not yet projected",
                tail,
            ),
            ("streams", "Open event streams", streams),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        for (name, help, value) in counters(&stats) {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)?;
        }
        encode(
            &mut encoder,
            ("db_batch_size", "Commands per commit"),
            &stats.batch_size,
            1.0,
        )?;
        encode(
            &mut encoder,
            ("db_commit_seconds", "Time of a commit"),
            &stats.commit_micros,
            MICROS,
        )?;
        let batch = (
            "db_batch_seconds",
            "Time from a batch's start to its answers",
        );
        encode(&mut encoder, batch, &stats.batch_micros, MICROS)
    }
}

fn counters(stats: &Stats) -> [(&'static str, &'static str, u64); 5] {
    [
        ("db_commits", "Commits that succeeded", stats.commits),
        (
            "db_shed",
            "Writes refused because the queue was full or slow",
            stats.shed,
        ),
        (
            "db_shed_reads",
            "Reads refused because too many waited",
            stats.shed_reads,
        ),
        (
            "db_faults",
            "Faults of other kinds than shedding",
            stats.faults,
        ),
        (
            "db_checkpoints",
            "Checkpoints that were run",
            stats.checkpoints,
        ),
    ]
}

#[expect(
    clippy::float_arithmetic,
    reason = "Prometheus counts in floats; no money here"
)]
fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    histogram: &Histogram,
    scale: f64,
) -> fmt::Result {
    let bounds = histogram.bounds.iter().map(|bound| float(*bound) * scale);
    let bounds = bounds.chain(iter::once(f64::MAX));
    let buckets: Vec<(f64, u64)> = bounds.zip(histogram.counts.iter().copied()).collect();
    let count = histogram.counts.iter().sum();
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    metric.encode_histogram::<NoLabelSet>(float(histogram.sum) * scale, count, &buckets, None)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a counter beyond 2^53 may lose its last digit"
)]
fn float(value: u64) -> f64 {
    value as f64
}
