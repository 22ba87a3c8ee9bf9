//! PostgreSQL, and what speaks its protocol, behind the waist.
//!
//! Several programs may share one database, so nothing is believed across transactions: closures
//! run each in a transaction of its own, on one of a few connections, and a lane's batches on a
//! connection of the lane. What was in the way of another (40001, 40P01, a key that somebody else
//! took meanwhile) is run again. A COMMIT whose answer is lost is asked about on a new connection,
//! by the row that its transaction wrote first; nothing is ever cancelled.
//!
//! Async ends here: each connection has a runtime of its own that runs only while a statement of
//! the connection's thread is waited for.
//!
//! Read in this order: `session`, `transact`, `store`, then `bound`, `error`, `migrate`, `pool`.

mod bound;
mod bulk;
mod error;
mod migrate;
mod pool;
mod scratch;
mod session;
mod store;
mod target;
mod transact;

pub(crate) use bound::column;
pub use scratch::Scratch;
pub(crate) use session::Session;
pub(crate) use store::{Adding, Store};
pub(crate) use target::Target;
