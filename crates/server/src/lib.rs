//! The program `tael`: reads settings, builds the parts, runs them, and stops them again.
//!
//! It does not know what money is or who may do what: no `if` here is about either. It is the one
//! place that reads the environment, the machine's clock and its random numbers.
//!
//! Read in this order: `cli`, `settings`, `data_dir`, `keys`, `wire`, `serve`, `listen`, `jobs`;
//! then the commands `check`, `backup`, `restore`, `receipt`, and `demo` and `bench`.

pub mod bench;
pub mod cli;
pub mod clock;
pub mod data_dir;
pub mod failure;
pub mod keys;
pub mod listen;
mod logging;
pub mod settings;
mod terminal;
