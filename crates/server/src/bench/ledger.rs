//! `tael bench ledger`: bulk transfers through the books, without HTTP. Limits, keys, history,
//! proof and fsync are on, as in a server; what is missing is the network, the JSON and the people.
//!
//! Accounts are opened first and the store is closed once, so that its size without a single
//! movement is known. Then every account is funded from the rail under a key of its own, which is
//! the same work as a transfer, and then the measured transfers run. Bytes on disk are counted
//! over both.

mod generate;
mod store;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use db::{Fault, Ticket};
use indicatif::ProgressBar;
use ledger::Event;
use payments::{Order, Outcome};

use super::{
    LedgerArgs,
    figures::{Times, grouped, rate},
    process::{bytes_on_disk, bytes_written, peak_memory},
};
use crate::{
    check,
    data_dir::{self, DataDir},
    failure::{During, Failure},
    terminal::{progress, say},
};
use generate::Generator;
use store::Store;

/// Batches handed in and not answered yet: enough that the writer always has the next one.
const IN_FLIGHT: usize = 3;
/// Counters of this process, which is also the store's.
const OWN_IO: &str = "/proc/self/io";
const OWN_STATUS: &str = "/proc/self/status";

/// What was measured of the transfers.
struct Measured {
    times: Times,
    /// Until the last batch was durable.
    time: Duration,
    /// Records that were durable then, but not projected yet.
    unprojected: usize,
    /// Until these were projected too and the store was closed.
    closing: Duration,
    /// Bytes written to disk, the closing included.
    written: u64,
}

/// Runs the transfers, prints what was measured and checks the whole store.
pub(super) fn run(args: &LedgerArgs) -> Result<(), Failure> {
    refuse_used(args)?;
    let mut generator = Generator::new(args);
    let store = Store::open(&args.data)?;
    let openings = generator.openings();
    drive(bar("opening accounts", args.accounts), &store, openings)?;
    store.close()?;
    let empty = bytes_on_disk(&args.data).during("measuring the directory")?;

    let store = Store::open(&args.data)?;
    let top_ups = generator.top_ups();
    drive(bar("funding accounts", args.accounts), &store, top_ups)?;
    let measured = transfer(args, store, &mut generator)?;
    let full = bytes_on_disk(&args.data).during("measuring the directory")?;
    report(args, &measured, full - empty)?;
    prove(args)
}

fn transfer(
    args: &LedgerArgs,
    store: Store,
    generator: &mut Generator,
) -> Result<Measured, Failure> {
    let counters = "reading the counters of this process";
    let before = bytes_written(OWN_IO).during(counters)?;
    let bar = bar("transferring", args.transfers);
    let (times, time) = drive(bar, &store, generator.transfers())?;
    let unprojected = store.books().tail_records();
    let start = Instant::now();
    store.close()?;
    let closing = start.elapsed();
    let written = bytes_written(OWN_IO).during(counters)? - before;
    Ok(Measured {
        times,
        time,
        unprojected,
        closing,
        written,
    })
}

fn report(args: &LedgerArgs, measured: &Measured, grown: u64) -> Result<(), Failure> {
    let Measured {
        times,
        time,
        unprojected,
        closing,
        written,
    } = measured;
    let speed = grouped(rate(args.transfers, *time));
    say(&format!("{speed} transfers/s"));
    say(&format!("batches of {}: {}", args.batch, times.line()));
    let closing = grouped(millis(*closing));
    say(&format!(
        "{unprojected} records left to project at the end: {closing} ms"
    ));
    let movements = args.transfers + u64::from(args.accounts);
    say(&format!("{} bytes on disk per transfer", grown / movements));
    let each = written / args.transfers;
    say(&format!("{each} bytes written to disk per transfer"));
    let memory = peak_memory(OWN_STATUS).during("reading the counters of this process")?;
    say(&format!("{} MiB of memory at most", memory / 1024));
    Ok(())
}

/// Replays everything that was written.
fn prove(args: &LedgerArgs) -> Result<(), Failure> {
    let dir = DataDir::open(&args.data)?;
    let start = Instant::now();
    let report = check::replay(&dir)?;
    say(&format!(
        "{} ms to check everything",
        grouped(millis(start.elapsed()))
    ));
    check::report_to_people(&report, &dir.path().display().to_string())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn bar(doing: &'static str, count: impl Into<u64>) -> ProgressBar {
    let bar = progress(doing, "orders");
    bar.set_length(count.into());
    bar
}

/// A batch on its way.
type Handed = Ticket<Result<Vec<Outcome>, Fault>>;

/// Hands in every batch, keeping a few in flight; the times are from handing in to durable.
fn drive(
    bar: ProgressBar,
    store: &Store,
    batches: impl Iterator<Item = Vec<Order>>,
) -> Result<(Times, Duration), Failure> {
    let mut times = Times::new()?;
    let mut waiting: VecDeque<(Instant, Handed)> = VecDeque::new();
    let start = Instant::now();
    let mut settle = |(handed_in, ticket): (Instant, Handed)| {
        let outcomes = ticket.wait().during("a batch")?;
        times.add(handed_in.elapsed());
        bar.inc(outcomes.len() as u64);
        outcomes.iter().try_for_each(refuse_refusal)
    };
    for batch in batches {
        if waiting.len() == IN_FLIGHT
            && let Some(oldest) = waiting.pop_front()
        {
            settle(oldest)?;
        }
        waiting.push_back((Instant::now(), store.books().submit(batch)));
    }
    waiting.into_iter().try_for_each(&mut settle)?;
    let time = start.elapsed();
    bar.finish_and_clear();
    Ok((times, time))
}

/// Every order of a run is one that the rules allow.
fn refuse_refusal(outcome: &Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Recorded(recorded) if !matches!(recorded.record.event, Event::Rejected { .. }) => {
            Ok(())
        }
        other => Err(Failure::found_wrong(format!(
            "the books refused an order: {other:?}"
        ))),
    }
}

fn refuse_used(args: &LedgerArgs) -> Result<(), Failure> {
    if args.data.exists() && !data_dir::is_empty(&args.data)? {
        return Err(Failure::used_wrongly(format!(
            "{} is not empty: a benchmark needs a data directory of its own",
            args.data.display()
        )));
    }
    Ok(())
}
