//! What of the harness needs nothing of the product: its own PostgreSQL, and the proxy that is
//! cruel to it.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

#[cfg(test)]
mod pgchaos;
#[cfg(test)]
mod postgres;
