//! The store on real files, through its public face only.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod backup;
mod batch;
mod crash;
mod disk;
mod lanes;
mod opening;
mod reads;
mod server;
mod world;
