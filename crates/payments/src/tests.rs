//! Room tests: the books on a fresh database, with an own clock and own chance.

mod allowances;
mod freezes;
mod holds;
mod idempotency;
mod limits;
mod money;
mod proof;
mod reading;
mod rig;
mod schedules;
mod tail;
