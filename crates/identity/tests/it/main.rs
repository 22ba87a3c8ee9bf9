//! The room's verbs on a fresh store, with a clock and chance of the test's own.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod audit;
mod contact;
mod device;
mod freeze;
mod keys;
mod messages;
mod password;
mod person_key;
mod registration;
mod secrecy;
mod security_token;
mod session;
mod step_up;
mod support;
