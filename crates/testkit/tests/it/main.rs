//! The promises, held against the real program: it is killed, its disk loses power, its I/O calls
//! fail, and what it answered must still be true. Each harness must also catch a program that
//! breaks the promise on purpose.

mod io;
mod kill;
mod main_job;
mod power;
mod world;
