//! The smallest bank that can be right: one table of accounts, one of transfers under their keys,
//! one of postings. It proves the harnesses before they judge the product, and its mutants prove
//! that they notice.
//!
//! Its protocol is the one the product follows. The key is written first in the transaction, so
//! that a repeat waits for whoever is still at it; accounts are locked in order; a connection lost
//! at COMMIT leaves a doubt, and the same key on a new connection resolves it.

mod audit;
mod teller;

use std::{
    io,
    time::{Duration, Instant},
};

use thiserror::Error;
use tokio_postgres::{Client, NoTls};

pub use audit::{Audit, audit};
use teller::Teller;

use crate::{SeededEntropy, versions::Flaw};

/// What every account starts with, in minor units.
pub const FUNDS: i64 = 1_000_000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accounts (
  id BIGINT PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0), version BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS transfers (
  key TEXT PRIMARY KEY, payer BIGINT NOT NULL, payee BIGINT NOT NULL, amount BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS postings (
  account BIGINT NOT NULL, version BIGINT NOT NULL, change BIGINT NOT NULL,
  balance_after BIGINT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (account, version));
";

/// A fault on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    None,
    /// Each try has a key of its own, as if a doubt were a failure.
    RetryWithoutKey,
    /// Says that it is done before it is.
    AckBeforeCommit,
}

/// What to do to a bank.
#[derive(Clone, Debug)]
pub struct Run {
    /// Begins every key.
    pub name: String,
    /// Where the clients connect to; several hosts are tried until one takes writes.
    pub url: String,
    pub accounts: i64,
    pub clients: usize,
    /// Ends when so many transfers were asked for …
    pub transfers: usize,
    /// … or after this, whichever is first.
    pub lasting: Duration,
    /// How long one transfer may stay without a final state.
    pub patience: Duration,
    /// Acts in a hundred that only look.
    pub looks: u64,
    pub seed: u64,
    pub mutant: Mutant,
}

/// What a client was told; moments are microseconds since the run began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub key: String,
    pub sent: u64,
    /// `None` if the run ended before a final state was known.
    pub answered: Option<u64>,
    /// Account, version, balance: of what a look saw.
    pub seen: Vec<(i64, i64, i64)>,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub told: Vec<Told>,
    /// Tries that ended in an error before COMMIT was sent, and were repeated.
    pub retried: u64,
    /// COMMITs without a clear answer.
    pub doubts: u64,
    /// The longest time without any acknowledged transfer.
    pub longest_gap: Duration,
    /// The longest time until a transfer was final.
    pub slowest: Duration,
}

impl Report {
    /// Adds a later run; its moments follow this one's.
    pub fn append(&mut self, later: Self) {
        let last = self.told.iter().filter_map(|told| told.answered).max();
        let begin = last.map_or(0, |last| last + 1);
        self.told.extend(later.told.into_iter().map(|mut told| {
            told.sent += begin;
            told.answered = told.answered.map(|answered| answered + begin);
            told
        }));
        self.retried += later.retried;
        self.doubts += later.doubts;
        self.longest_gap = self.longest_gap.max(later.longest_gap);
        self.slowest = self.slowest.max(later.slowest);
    }
}

/// What a run or an audit found.
#[derive(Debug, Error)]
pub enum Finding {
    #[error("lost: {0}")]
    Lost(String),
    #[error("doubled: {0}")]
    Doubled(String),
    #[error("not final in time: {0}")]
    Unsettled(String),
    #[error("money is not conserved: {0}")]
    Sum(String),
    #[error("{0}")]
    Flaw(Flaw),
    #[error("database: {0}")]
    Database(#[from] tokio_postgres::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Connects to the first host that takes writes.
pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let mut config: tokio_postgres::Config = url.parse()?;
    config
        .target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite)
        .connect_timeout(Duration::from_secs(2))
        .tcp_user_timeout(Duration::from_secs(5))
        .application_name("bank");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        // How it ended is told to whoever waits on the client.
        let _ended = connection.await;
    });
    Ok(client)
}

/// Makes the tables and the accounts.
pub async fn open(url: &str, accounts: i64) -> Result<(), Finding> {
    let client = connect(url).await?;
    client.batch_execute(SCHEMA).await?;
    let fund = "INSERT INTO accounts (id, balance, version) \
                SELECT number, $2, 0 FROM generate_series(CAST(1 AS BIGINT), $1) AS number \
                ON CONFLICT DO NOTHING";
    client.execute(fund, &[&accounts, &FUNDS]).await?;
    Ok(())
}

/// Lets the clients of a run do their work.
pub async fn run(run: &Run) -> Result<Report, Finding> {
    let started = Instant::now();
    let chance = SeededEntropy::new(run.seed);
    let share = run.transfers.div_ceil(run.clients);
    let mut tasks = Vec::new();
    for number in 0..run.clients {
        let teller = Teller::new(run.clone(), number, started, chance.below(u64::MAX));
        tasks.push(tokio::spawn(teller.work(share)));
    }
    let mut report = Report::default();
    for task in tasks {
        let part = task.await.map_err(io::Error::other)??;
        report.told.extend(part.told);
        report.retried += part.retried;
        report.doubts += part.doubts;
        report.slowest = report.slowest.max(part.slowest);
    }
    report.longest_gap = longest_gap(&report.told);
    Ok(report)
}

fn longest_gap(told: &[Told]) -> Duration {
    let transfers = told.iter().filter(|told| told.seen.is_empty());
    let mut moments: Vec<u64> = transfers.filter_map(|told| told.answered).collect();
    moments.sort_unstable();
    let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
    Duration::from_micros(gaps.max().unwrap_or_default())
}
