//! What tests need and the product does not: time and chance that repeat themselves, people at the
//! API of a real server, disks whose power fails, and a world simulated from a seed.
//!
//! The light HTTP client, the person and the process are `server`'s, which uses them to measure
//! itself. Nothing here is linked into the product.
//!
//! Read in this order: `clock`, `entropy`, `campaign` (what is asked of a server that died),
//! `trial` (how it dies), `disk`, then `world` with its `model`, `real` and `draw`.

pub mod campaign;
mod clock;
mod disk;
mod entropy;
mod program;
pub mod trial;
pub mod world;

pub use clock::ManualClock;
pub use disk::Disk;
pub use entropy::SeededEntropy;
pub use program::{is_root, mutant, root, scratch, tael};
pub use server::bench::{client, person, process};
