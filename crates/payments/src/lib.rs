//! The money stories: wallets, transfers, top-ups, holds, records and receipts, on one set of
//! books.
//!
//! [`Books`] keeps the journal. A batch of [`Order`]s is decided in memory against the law of the
//! `ledger` crate, appended as one block and committed; balances, keys and history are projections
//! that may follow later. Everything a person sees is read through the same door, which looks at
//! the projections and at their tail in memory as one.
//!
//! It does not know HTTP, JSON, networks, threads, who is signed in or how they proved it, and it
//! never reads a clock of its own: time and chance come from `BooksOptions`.
//!
//! Read in this order: `order`, `rejection`, `transfer`, `books`, then `books/lane.rs`, which opens
//! with its table of phases.

pub mod adjustment;
pub mod allowance;
pub mod approval;
mod authority;
pub mod books;
pub mod check;
pub mod factors;
pub mod freeze;
pub mod holds;
pub mod limits;
pub mod memo;
mod order;
pub mod receipts;
pub mod records;
mod rejection;
pub mod schedule;
pub mod top_up;
pub mod transfer;
pub mod wallet;

pub use books::{Books, BooksOptions, Observer, Standing, Tuning};
pub use order::{Action, Code, Intention, Order, Outcome, Place, Recorded, Route, request_digest};
pub use rejection::{Language, Limit, Rejection, Reply};

#[cfg(test)]
mod tests;
