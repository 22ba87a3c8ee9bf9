//! The long forms of the harnesses, for `make soak`: chaos at commits, failovers. What they
//! measured, and under which conditions, is in docs/reliability.md.

use std::{error::Error, net::SocketAddr, process::ExitCode, time::Duration};

use testkit::{
    bank::{self, Mutant, Run},
    campaign::{Campaign, Stubbornness},
    failover::{self, FAULTS},
    patroni::Mode,
    pgchaos::{PgChaos, Plan},
    postgres::{Durability, Postgres},
    process::Launch,
    scratch, tael,
};

const USAGE: &str =
    "usage: soak chaos COMMITS | failover FAULTS | asynchronous FAULTS | histories PAYMENTS";
const CLIENTS: usize = 16;
const ACCOUNTS: i64 = 64;
const SEED: u64 = 0x50a6;
/// Between two faults.
const EVERY: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = arguments.get(1).and_then(|text| text.parse::<usize>().ok());
    let outcome: Result<(), Box<dyn Error>> = match (arguments.first().map(String::as_str), number)
    {
        (Some("chaos"), Some(commits)) => chaos(commits).await,
        (Some("histories"), Some(payments)) => histories(payments).await,
        (Some("failover"), Some(faults)) => failovers(Mode::Synchronous, faults).await,
        (Some("asynchronous"), Some(faults)) => failovers(Mode::Asynchronous, faults).await,
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(finding) => {
            say(&finding.to_string());
            ExitCode::from(1)
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a command line program says here what happened"
)]
fn say(line: &str) {
    println!("{line}");
}

/// A tenth of all commits meets a fate.
async fn chaos(transfers: usize) -> Result<(), Box<dyn Error>> {
    let server = Postgres::start(Durability::Process)?;
    let database = server.create_database()?;
    let upstream = SocketAddr::from(([127, 0, 0, 1], server.port()));
    let chaos = PgChaos::start(upstream, Plan::tenth(), SEED)?;
    bank::open(&database.url(), ACCOUNTS).await?;
    let run = Run {
        name: "chaos".to_owned(),
        url: database.url_at(chaos.port()),
        accounts: ACCOUNTS,
        clients: CLIENTS,
        transfers,
        lasting: Duration::MAX,
        patience: Duration::from_secs(30),
        looks: 5,
        seed: SEED,
        mutant: Mutant::None,
    };
    let report = bank::run(&run).await?;
    let audit = bank::audit(&database.url(), ACCOUNTS, &report).await?;
    let toll = chaos.toll();
    say(&format!(
        "{} transfers acknowledged, {} found; {} commits, {} struck, {} in doubt, {} retried; \
         slowest {:?}; 0 lost, 0 doubled",
        audit.acknowledged,
        audit.found,
        toll.commits,
        toll.struck(),
        report.doubts,
        report.retried,
        report.slowest
    ));
    say(&format!("{:?}", audit.judged));
    say(&format!("{:?}", toll.by_fate));
    Ok(())
}

/// A primary dies every twenty seconds, one way or another.
async fn failovers(mode: Mode, faults: usize) -> Result<(), Box<dyn Error>> {
    let plan = failover::Plan {
        mode,
        clients: CLIENTS,
        accounts: ACCOUNTS,
        every: EVERY,
        faults: FAULTS.into_iter().cycle().take(faults).collect(),
        seed: SEED,
    };
    let (outages, audit) = failover::campaign(&plan, &mut say).await?;
    say(&format!(
        "{} acknowledged, {} found, 0 lost, 0 doubled; {:?}",
        audit.acknowledged, audit.found, audit.judged
    ));
    for line in failover::summary(&outages) {
        say(&line);
    }
    Ok(())
}

/// What everybody was told and shown by the real program is one order of events.
async fn histories(payments: usize) -> Result<(), Box<dyn Error>> {
    const PEOPLE: usize = 32;
    const STUBBORN: usize = 64;
    let place = scratch("histories");
    let server = Launch::new(tael(), place.path().join("data")).start()?;
    let address = server.address();
    let mut campaign = Campaign::enlist(address, PEOPLE, SEED).await?;
    let stubbornness = Stubbornness {
        clients: STUBBORN,
        most: payments.div_ceil(STUBBORN),
        lasting: Duration::MAX,
        patience: Duration::from_secs(30),
        looks: 5,
    };
    let endured = campaign.besiege(&[address], stubbornness).gather().await?;
    let judged = campaign.judge(address, &endured).await?;
    say(&format!(
        "{} payments and refusals, {} looks: {judged:?}, one order of events",
        endured.intents.len(),
        endured.looks.len()
    ));
    Ok(())
}
