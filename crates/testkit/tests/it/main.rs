//! The promises, held against the real program: it is killed, its disk loses power, its I/O calls
//! fail, and what it answered must still be true. Each harness must also catch a program that
//! breaks the promise on purpose.

#[cfg(test)]
mod bank_chaos;
#[cfg(test)]
mod bank_patroni;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod history;
#[cfg(test)]
mod io;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod main_job;
#[cfg(test)]
mod postgres_chaos;
#[cfg(test)]
mod postgres_failover;
#[cfg(test)]
mod power;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod world;
