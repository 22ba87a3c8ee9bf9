//! The real binary, as a person at a shell and a client at a socket meet it.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod backup;
mod canaries;
mod check;
mod database;
mod demo;
mod disk;
mod edge;
mod fatal;
mod keys;
mod main_job;
mod messages;
mod receipt;
mod settings;
mod several;
mod stop;
mod tls;
mod world;
