//! Room tests: the books on a fresh database, with an own clock and own chance.

mod freezes;
mod holds;
mod idempotency;
mod money;
mod proof;
mod reading;
mod rig;
mod tail;
