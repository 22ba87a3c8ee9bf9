//! The outside world: what leaves this program, and over which wire.
//!
//! Implements the traits that the domain declares and brings the job steps that use them. A rail
//! speaks a foreign protocol, retries within a budget, and never runs inside a database
//! transaction; it does not touch the ledger's tables. Beside each real rail stands one for the
//! sandbox.
//!
//! Read in this order: `delivery`, `sandbox`.

mod delivery;
mod sandbox;

pub use delivery::{deliver_once, purge_once};
pub use sandbox::SandboxMessenger;
