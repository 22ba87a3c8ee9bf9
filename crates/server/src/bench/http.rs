//! `tael bench http`: payments over HTTP from many signed-in people, with their real sessions and
//! Tokens and a fresh idempotency key each.
//!
//! One thread makes the load, because it shares its cores with the server. Closed loop: each
//! connection pays as soon as it was answered. Open loop (`--rate`): payments are due at fixed
//! moments whatever the answers, any free connection takes the next, and the time counts from the
//! moment it was due, so a stall of the server is seen by every payment that it delays.

mod audit;
mod load;
mod rig;

use std::time::Duration;

use super::{
    HttpArgs,
    figures::{grouped, rate},
};
use crate::{
    failure::{During, Failure},
    terminal::say,
};
use load::{Plan, Tally};
use rig::Rig;

/// What everybody starts with, in minor units; each payment moves one.
const FUNDS: i64 = 1_000_000;

/// Runs the load and prints what it measured.
pub(super) fn run(args: &HttpArgs) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.during("starting the load generator")?;
    let rig = Rig::prepare(args)?;
    let result = runtime.block_on(measure(args, &rig));
    rig.clear();
    result
}

async fn measure(args: &HttpArgs, rig: &Rig) -> Result<(), Failure> {
    let crowd = rig.sign_up(args).await?;
    let plan = Plan::new(args, rig.addresses(), &crowd);
    let written_before = rig.bytes_written();
    let (tally, time) = load::run(plan).await?;
    let written = rig
        .bytes_written()
        .zip(written_before)
        .map(|(after, before)| after - before);
    report(&tally, time, written, rig);
    audit::verify(rig.other_address(), &crowd, &tally).await
}

fn report(tally: &Tally, time: Duration, written: Option<u64>, rig: &Rig) {
    let paid = tally.paid();
    say(&format!("{} payments/s", grouped(rate(paid, time))));
    say(&format!(
        "{} payments: {}",
        grouped(paid),
        tally.times.line()
    ));
    for ((status, code), count) in &tally.refused {
        say(&format!("{} answers {status} {code}", grouped(*count)));
    }
    say(&format!(
        "{} shed, {} without answer",
        grouped(tally.shed()),
        tally.unanswered
    ));
    if let Some(written) = written {
        say(&format!(
            "{} bytes written to disk per payment",
            grouped(written / paid.max(1))
        ));
    }
    if let Some(memory) = rig.peak_memory() {
        say(&format!("{} MiB of server memory at most", memory / 1024));
    }
}
