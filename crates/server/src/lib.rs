//! The program `tael`: reads settings, builds the parts, runs them, and stops them again.
//!
//! It does not know what money is or who may do what: no `if` here is about either. It is the one
//! place that reads the environment, the machine's clock and its random numbers.
//!
//! Read in this order: `cli`, `settings`, `network`, `strangers`, `gateways`, `data_dir`, `keys`,
//! `wire`, `pages`, `production`, `serve`, `listen`, `tls`, `jobs`, `others`, `stop`; then the
//! commands `check`, `backup`, `restore`, `rotation`, `migrate`, `verify_db`, `receipt`, and `demo`
//! and `bench`.

mod backup;
pub mod bench;
pub mod check;
pub mod cli;
pub mod clock;
pub mod data_dir;
mod demo;
pub mod failure;
pub mod gateways;
pub mod jobs;
pub mod keys;
mod leaked;
pub mod listen;
mod logging;
mod migrate;
#[cfg(feature = "mutants")]
mod mutant;
pub mod network;
mod operator;
pub mod others;
mod pages;
pub mod passwords;
pub mod production;
pub mod receipt;
mod redirect;
mod restore;
mod rotation;
mod serve;
pub mod settings;
mod shared_house;
pub mod stop;
pub mod strangers;
pub mod terminal;
pub mod tls;
mod verify_db;
pub mod wire;
