//! Which engine a suite runs on: the embedded store, or with `TAEL_TEST_ENGINE=postgres` the tests'
//! own PostgreSQL.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::postgres::Postgres;

static PLACES: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());

/// Whether the suites are to run on a server.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "the switch of a test run, not a setting"
)]
pub fn is_server() -> bool {
    std::env::var("TAEL_TEST_ENGINE").as_deref() == Ok("postgres")
}

/// The address of the database that stands for a data directory, if the suites are to run on a
/// server: a new one for a new directory, the same for the same.
#[must_use]
pub fn server_for(dir: &Path) -> Option<String> {
    if !is_server() {
        return None;
    }
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let place = places.entry(dir.to_owned()).or_insert_with(new_database);
    Some(place.clone())
}

/// The address of a new, empty database, whatever the suites run on.
///
/// # Panics
/// If PostgreSQL is not installed or does not answer.
#[must_use]
pub fn new_database() -> String {
    let made = Postgres::shared().create_database();
    made.expect("PostgreSQL makes a database").url()
}

/// Changes what is stored behind everybody's back.
///
/// # Panics
/// If the server refuses it.
pub fn change(url: &str, sql: &str) {
    let database = url.rsplit_once('/').map_or(url, |(_, name)| name);
    let done = Postgres::shared().ask(database, sql);
    done.expect("PostgreSQL takes the change");
}
