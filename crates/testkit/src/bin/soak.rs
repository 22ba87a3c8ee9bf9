//! The long forms of the harnesses, for `make soak`: chaos at commits, failovers. What they
//! measured, and under which conditions, is in docs/reliability.md.

use std::{
    error::Error,
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, Instant},
};

use testkit::{
    bank::{self, Mutant, Run},
    campaign::{Campaign, Stubbornness},
    failover::{self, FAULTS},
    patroni::Mode,
    pgchaos::{PgChaos, Plan},
    postgres::{Durability, Postgres},
    process::{Launch, Process},
    scratch, tael, world,
};

const USAGE: &str = "usage: soak VERB NUMBER
  chaos COMMITS        the bank behind the proxy that strikes a tenth of its commits
  failover FAULTS      the bank on a synchronous cluster whose primaries die
  asynchronous FAULTS  the same on an asynchronous one, which must lose
  house FAULTS         two servers of the program on a synchronous cluster
  engines TRACES       both engines, one answer
  histories PAYMENTS   the program on its embedded store: one order of events
  shared PAYMENTS      the same for two servers on one database";
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
        (Some("histories"), Some(payments)) => histories(payments, None).await,
        (Some("shared"), Some(payments)) => {
            let server = Postgres::start(Durability::Disk);
            let database = server.as_ref().map(Postgres::create_database);
            match database {
                Ok(Ok(database)) => histories(payments, Some(database.url())).await,
                Ok(Err(error)) => Err(error.into()),
                Err(error) => Err(error.to_string().into()),
            }
        }
        (Some("house"), Some(faults)) => house(faults).await,
        (Some("engines"), Some(traces)) => engines(traces),
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
    let (outages, audit) = failover::campaign(&plan(mode, faults), &mut say).await?;
    say(&format!(
        "{} acknowledged, {} found, 0 lost, 0 doubled; {:?}",
        audit.acknowledged, audit.found, audit.judged
    ));
    failover::summary(&outages)
        .iter()
        .for_each(|line| say(line));
    Ok(())
}

/// The same under two servers of the program.
async fn house(faults: usize) -> Result<(), Box<dyn Error>> {
    let plan = plan(Mode::Synchronous, faults);
    let (outages, judged) = failover::house_campaign(&plan, &mut say).await?;
    say(&format!("0 lost, 0 doubled; the last load: {judged:?}"));
    failover::summary(&outages)
        .iter()
        .for_each(|line| say(line));
    Ok(())
}

fn plan(mode: Mode, faults: usize) -> failover::Plan {
    failover::Plan {
        mode,
        clients: CLIENTS,
        accounts: ACCOUNTS,
        every: EVERY,
        faults: FAULTS.into_iter().cycle().take(faults).collect(),
        seed: SEED,
    }
}

/// Traces of 200 operations on both engines.
fn engines(traces: usize) -> Result<(), Box<dyn Error>> {
    let server = Postgres::start(Durability::Process)?;
    let (mut applied, mut refused, mut repeated) = (0, 0, 0);
    for seed in (1..).take(traces) {
        let database = server.create_database()?;
        let story = world::differ(seed, 200, &database.url())?;
        server.drop_database(&database)?;
        applied += story.applied;
        refused += story.refused;
        repeated += story.repeated;
    }
    say(&format!(
        "{traces} traces, {applied} applied, {refused} refused, {repeated} repeated: no difference"
    ));
    Ok(())
}

/// What everybody was told and shown by the real program is one order of events.
async fn histories(payments: usize, database: Option<String>) -> Result<(), Box<dyn Error>> {
    const PEOPLE: usize = 32;
    const STUBBORN: usize = 64;
    let place = scratch("histories");
    let servers = match database {
        Some(url) => Vec::from(failover::two_servers(&url, place.path())?.0),
        None => vec![Launch::new(tael(), place.path().join("data")).start()?],
    };
    let addresses: Vec<SocketAddr> = servers.iter().map(Process::address).collect();
    let mut campaign = Campaign::enlist(addresses[0], PEOPLE, SEED).await?;
    let stubbornness = Stubbornness {
        clients: STUBBORN,
        most: payments.div_ceil(STUBBORN),
        lasting: Duration::MAX,
        patience: Duration::from_secs(30),
        looks: 5,
    };
    let begun = Instant::now();
    let endured = campaign.besiege(&addresses, stubbornness).gather().await?;
    let took = begun.elapsed();
    let judged = campaign.judge(addresses[0], &endured).await?;
    say(&format!(
        "{} payments and refusals in {took:?}, {} looks: {judged:?}, one order of events",
        endured.intents.len(),
        endured.looks.len()
    ));
    Ok(())
}
