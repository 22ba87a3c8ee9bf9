//! What tests need and the product does not.
mod clock;
mod entropy;
pub mod bench {
    #[path = "/work/main/crates/server/src/bench/client.rs"]
    pub mod client;
    #[path = "/work/main/crates/server/src/bench/person.rs"]
    pub mod person;
    #[path = "/work/main/crates/server/src/bench/process.rs"]
    pub mod process;
}
pub use bench::{client, person, process};
pub mod campaign;
mod disk;
mod program;
pub mod trial;
pub mod world;
pub use clock::ManualClock;
pub use disk::Disk;
pub use entropy::SeededEntropy;
pub use program::{is_root, mutant, root, scratch, tael};
