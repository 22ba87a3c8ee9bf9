//! Door tests: the router in process, on a real store, with typed actors. The modules mirror the
//! URLs; `contract` enumerates what no single test can forget.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
#![allow(unreachable_pub, reason = "a test binary has nobody to reach it")]

mod actors;
mod contract;
mod edge;
mod faults;
mod freezes;
mod house;
mod inbox;
mod limits;
mod nature;
mod pages;
mod problems;
mod registrations;
mod secrets;
mod security_tokens;
mod sessions;
mod story;
mod stream;
mod top_ups;
mod transactions;
mod transfers;
mod wallet;
