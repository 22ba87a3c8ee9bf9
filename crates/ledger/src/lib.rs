//! The law of double entry: *load → decide → store*, without the loading and the storing.
//!
//! [`decide`] looks at the accounts, holds and entries a command needs and answers an [`Event`] or
//! a [`Rejection`]; it changes nothing. [`apply`] folds an event into balances, the same way for a
//! live batch, a start after a crash and a check of the whole journal; [`replay`] also decides each
//! record again. [`encode`] and [`proof`] turn records into canonical bytes, blocks and receipts.
//!
//! It does not know SQL, clocks, randomness, threads, HTTP, or why money moves. Balances are
//! *credits − debits* for every class, so over all accounts of a currency they sum to zero: a
//! person's account is positive, the rail through which their money came in is negative.
//!
//! Read in this order: `account`, `event`, `rejection`, `decide`, `apply`, `encode`, `proof`.

mod account;
mod apply;
mod decide;
pub mod encode;
mod event;
pub mod proof;
mod rejection;

pub use account::{Account, Class, Restriction};
pub use apply::{Broken, Store, apply, command_of, replay};
pub use decide::{MAX_LEGS, MIN_LEGS, View, decide};
pub use event::{
    Command, Entry, EntryFacts, Event, Hold, HoldState, Leg, Link, Memo, Opening, Origin, Posting,
    Record, Rest, Side,
};
pub use rejection::Rejection;

#[cfg(test)]
mod tests;
