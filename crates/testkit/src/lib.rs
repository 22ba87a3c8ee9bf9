//! What tests need and the product does not: time and chance that repeat themselves, people at the
//! API of a real server, disks whose power fails, and a world simulated from a seed.
//!
//! The light HTTP client, the person and the process are `server`'s, which uses them to measure
//! itself. Nothing here is linked into the product.
//!
//! Read in this order: `clock`, `entropy`, `campaign` (what is asked of a server that died),
//! `trial` (how it dies), `disk`, `postgres`, `engine` (which one), `pgchaos`, `patroni`,
//! `versions` (a judge of histories), `bank` and `failover` (what the last four are proved
//! with), `sql` (the dialect), then `world` with its `model`, `real` and `draw`.

#[cfg(feature = "product")]
pub mod bank;
#[cfg(feature = "product")]
pub mod campaign;
mod clock;
mod disk;
pub mod engine;
mod entropy;
#[cfg(feature = "product")]
pub mod failover;
pub mod patroni;
pub mod pgchaos;
pub mod postgres;
mod program;
#[cfg(feature = "product")]
pub mod sql;
#[cfg(feature = "product")]
pub mod trial;
pub mod versions;
#[cfg(feature = "product")]
pub mod world;

pub use clock::ManualClock;
pub use disk::Disk;
pub use entropy::SeededEntropy;
pub use program::{is_root, mutant, root, scratch, tael};
#[cfg(feature = "product")]
pub use server::bench::{client, person, process};
