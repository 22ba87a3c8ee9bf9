//! `tael bench`: how fast this machine keeps the books, with nothing switched off.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::failure::Failure;

pub mod client;
mod figures;
mod http;
mod ledger;
pub mod person;
pub mod process;

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub enum Bench {
    /// Bulk transfers through the books, without HTTP; then the check
    Ledger(LedgerArgs),
    /// Payments over HTTP from many signed-in people
    Http(HttpArgs),
}

/// In which order the idempotency keys of a bulk run come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ids {
    /// Growing with time, as a careful client makes them
    Time,
    /// 128 random bits each
    Random,
}

#[derive(Args, Clone, Debug)]
pub struct LedgerArgs {
    /// A data directory that does not exist yet or is empty
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Accounts to open
    #[arg(long, value_name = "N", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    pub accounts: u32,
    /// Transfers to make
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub transfers: u64,
    /// Transfers handed to the books at a time
    #[arg(long, value_name = "N", default_value_t = 8_189,
          value_parser = clap::value_parser!(u32).range(1..=8_189))]
    pub batch: u32,
    /// How the idempotency keys are made
    #[arg(long, value_enum, default_value_t = Ids::Time)]
    pub ids: Ids,
    /// How many of 100 transfers go to one and the same account
    #[arg(long, value_name = "PERCENT", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub hot: u8,
}

#[derive(Args, Clone, Debug)]
pub struct HttpArgs {
    /// A server that runs in sandbox mode [default: one of its own, on a fresh data directory]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// postgres:// address of an empty database for the server of its own [default: an embedded
    /// store]
    #[arg(long, value_name = "URL", conflicts_with = "url")]
    pub database: Option<String>,
    /// Servers on that database, between which the connections are shared out
    #[arg(long, value_name = "N", default_value_t = 1, requires = "database",
          value_parser = clap::value_parser!(u32).range(1..=16))]
    pub servers: u32,
    /// Connections, each with a payment under way
    #[arg(long, value_name = "N", default_value_t = 128,
          value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub connections: u32,
    /// Seconds to measure
    #[arg(long, value_name = "S", default_value_t = 15,
          value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub duration: u32,
    /// Payments a second to offer whatever the answers [default: as many as are answered]
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
    /// People to sign up for it
    #[arg(long, value_name = "N", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(2..=100_000))]
    pub people: u32,
    /// How many of 100 payments go to one and the same person
    #[arg(long, value_name = "PERCENT", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub hot: u8,
}

/// Runs one benchmark and prints what it measured; fails when the books do not add up afterwards.
pub fn run(bench: &Bench) -> Result<(), Failure> {
    match bench {
        Bench::Ledger(args) => ledger::run(args),
        Bench::Http(args) => http::run(args),
    }
}
