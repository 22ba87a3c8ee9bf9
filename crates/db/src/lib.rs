//! The waist: the only place that knows SQL engines. Everything above writes and reads through
//! closures over constant statements; everything below is SQLite's, or PostgreSQL's ([`Server`]).
//!
//! [`Db::write`] puts a closure, and a [`Lane`] puts commands, into the next batch of the one
//! writer thread. A batch is one database transaction and one sync, and takes all that waits when
//! the last sync is done. [`Db::read`] runs a closure on a snapshot. Every answer is one of three:
//! it is durable, it is certainly not ([`Fault::is_definite`]), or nobody can say
//! ([`FaultKind::OutcomeUnknown`]), and then an embedded store has stopped for ever.
//!
//! It does not know money, people, the clock, chance, HTTP or the names of any table but its own.
//! No dialect leaves it: `$1`, `{int64}` and `{strict}` are what statements are written in, and a
//! closure may be run again. On a server each closure is a transaction of its own, and others write
//! too: what was read is true no longer than its transaction.
//!
//! Read in this order: `sql`, `value`, `row`, `tx` (what a closure can do), `fault`, `ticket`,
//! `lane` (what comes back), `store` (the face), `queue`, `writer` (the heart), `checkpoint`,
//! `read`, then `guard`, `lock`, `migrate`, `backup`; `pg` for the other engine, and `moving` from
//! one to the other.

mod backup;
mod checkpoint;
mod connection;
mod fault;
mod guard;
mod health;
mod job;
mod lane;
mod lock;
mod migrate;
mod moving;
mod open_error;
mod options;
mod pg;
mod queue;
mod read;
mod row;
mod sql;
mod stats;
mod store;
mod ticket;
mod tx;
mod value;
mod writer;

pub use backup::{Progress, backup, restore};
pub use fault::{Fault, FaultKind};
pub use health::Health;
pub use lane::{Lane, LaneHandle};
pub use migrate::Migration;
pub use moving::{Moved, move_all};
pub use open_error::OpenError;
#[cfg(feature = "mutants")]
pub use options::{Ack, Synchronous};
pub use options::{AtCommit, CommitFate, CommitPoint, Isolation, OnFatal, Options, Server};
pub use pg::Scratch;
pub use read::Reader;
pub use row::Row;
pub use sql::Sql;
#[doc(hidden)]
pub use sql::{as_text, to_postgres, to_postgres_snapshot, to_sqlite};
pub use stats::{Histogram, Stats};
pub use store::{
    Db, Opening, open_reader, open_reader_on_server, prepare_all, prepare_all_on_server,
};
pub use ticket::Ticket;
pub use tx::{Look, Read, ReadTx, Tx};
pub use value::{Value, ValueRef};
