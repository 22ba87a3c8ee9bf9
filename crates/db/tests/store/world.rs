//! A store with one table of named numbers, in a directory that goes away with the test.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll, Wake};
use std::thread::Thread;
use std::time::{Duration, Instant};

use db::{Db, Fault, Migration, Options, Read, Ticket, Tx, params};
use tempfile::TempDir;

db::sql! {
    pub(crate) PUT = "INSERT INTO item (name, number) VALUES ($1, $2)";
    pub(crate) SET = "UPDATE item SET number = $2 WHERE name = $1";
    pub(crate) ADD = "UPDATE item SET number = number + $1 WHERE name = $2";
    pub(crate) FIND = "SELECT number FROM item WHERE name = $1 {for_update}";
    pub(crate) FIND_PLAIN = "SELECT number FROM item WHERE name = $1";
    pub(crate) SET_FROM = "UPDATE item SET number = $2 WHERE name = $1 AND number = $3";
    pub(crate) COUNT = "SELECT count(*) FROM item";
    pub(crate) NAMES = "SELECT name FROM item ORDER BY number, name";
    pub(crate) BY_RANGE = "SELECT name FROM item WHERE number < $2 AND number >= $1";
    pub(crate) PUT_BYTES = "INSERT INTO heap (body) VALUES ($1)";
    pub(crate) COUNT_BYTES = "SELECT count(*) FROM heap";
}

pub(crate) const MIGRATIONS: &[Migration] = &[Migration::new(
    "test",
    1,
    &[
        "CREATE TABLE item (name TEXT PRIMARY KEY, number {int64} NOT NULL) {strict_clustered}",
        "CREATE TABLE heap (id {int64} PRIMARY KEY, body {blob} NOT NULL) {strict}",
    ],
)];

pub(crate) fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn open(dir: &Path) -> Db {
    open_with(Options::new(dir))
}

pub(crate) fn open_with(options: Options) -> Db {
    Db::open(options, MIGRATIONS, |_| Ok(())).unwrap().0
}

pub(crate) fn put(tx: &mut Tx<'_>, name: &str, number: i64) -> Result<(), Fault> {
    tx.execute(PUT, &params![name, number])?;
    Ok(())
}

pub(crate) fn find(tx: &mut impl Read, name: &str) -> Result<Option<i64>, Fault> {
    tx.query_one(FIND, &params![name], |row| row.int(0))
}

pub(crate) fn count(tx: &mut impl Read) -> Result<i64, Fault> {
    Ok(tx.query_one(COUNT, &[], |row| row.int(0))?.unwrap())
}

pub(crate) fn stored(db: &Db) -> i64 {
    db.read(|tx| count(tx)).wait().unwrap()
}

/// Looks again and again until `holds`, for at most half a minute.
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it never came true"
        );
        std::thread::yield_now();
    }
}

#[test]
fn every_statement_prepares() {
    let dir = dir();
    let db = open(dir.path());
    db::prepare_all(dir.path(), ALL).unwrap();
    db.shut_down().unwrap();
}

/// Why a closure of these tests says no.
#[derive(Debug)]
pub(crate) enum No {
    Rule,
    Fault,
}

impl From<Fault> for No {
    fn from(_: Fault) -> No {
        No::Fault
    }
}

/// Keeps the writer busy, so that what is submitted meanwhile shares one batch.
pub(crate) struct Hold {
    go: Sender<()>,
    held: Ticket<Result<(), Fault>>,
}

impl Hold {
    pub(crate) fn the_writer(db: &Db) -> Hold {
        let (go, wait) = channel();
        let (here, arrived) = channel();
        let held = db.write(move |_| {
            here.send(()).unwrap();
            wait.recv().unwrap();
            Ok(())
        });
        arrived.recv().unwrap();
        Hold { go, held }
    }

    pub(crate) fn release(self) {
        self.go.send(()).unwrap();
        self.held.wait().unwrap();
    }
}

/// Keeps this thread busy.
pub(crate) fn spin(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Runs a future on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}
