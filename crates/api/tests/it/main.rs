//! Door tests: the router in process, on a real store, with typed actors. The modules mirror the
//! URLs; `contract` enumerates what no single test can forget.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
#![allow(unreachable_pub, reason = "a test binary has nobody to reach it")]

mod access_tokens;
mod actors;
mod confirmations;
mod contacts;
mod contract;
mod desk;
mod devices;
mod edge;
mod edges;
mod factors;
mod faults;
mod freezes;
mod house;
mod inbox;
mod leaving;
mod limits;
mod nature;
mod notices;
mod ops;
mod ops_reviews;
mod pages;
mod passkeys;
mod passwords;
mod payment_approvals;
mod pin;
mod poison;
mod problems;
mod recoveries;
mod registrations;
mod scheduled;
mod secrets;
mod security;
mod security_events;
mod security_tokens;
mod sessions;
mod soft_key;
mod step_ups;
mod story;
mod strangers;
mod stream;
mod top_ups;
mod transactions;
mod transfers;
mod verifications;
mod wallet;
