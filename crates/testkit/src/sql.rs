//! The SQL of the whole product, read from its sources, held against the dialect that SQLite,
//! PostgreSQL, Citus, CockroachDB and YugabyteDB share.
//!
//! A statement is parsed as SQLite and as PostgreSQL, and then its words are looked at: what one of
//! the family lacks, or understands otherwise, is refused with the reason. `db` may name engines;
//! no other room may.
//!
//! Read in this order: `scan` (where the texts come from), `lint` (the rules).

mod lint;
mod scan;

pub use lint::{for_postgres, for_sqlite, refusals};
pub use scan::{Text, texts};
