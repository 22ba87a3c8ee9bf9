//! COMMITs that crash or fail, through the seam.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use db::{CommitFate, CommitPoint, Db, FaultKind, Health, Options};

use crate::world::*;

/// Lets the first commit go and then applies `fate` at `point`.
fn options(dir: &std::path::Path, point: CommitPoint, fate: CommitFate) -> Options {
    let commits = AtomicUsize::new(0);
    let at_commit = move |now| {
        let number = commits.fetch_add(usize::from(now == point), SeqCst);
        if now == point && number > 0 {
            fate
        } else {
            CommitFate::Go
        }
    };
    Options {
        at_commit: Some(Arc::new(at_commit)),
        ..Options::new(dir)
    }
}

/// Two closures share the commit that goes wrong, and a third waits behind them.
fn fail_a_commit(db: &Db) -> [FaultKind; 3] {
    let hold = Hold::the_writer(db);
    let (a, b) = (
        db.write(|tx| put(tx, "a", 1)),
        db.write(|tx| put(tx, "b", 2)),
    );
    hold.release();
    let kind = |ticket: db::Ticket<Result<(), db::Fault>>| ticket.wait().unwrap_err().kind();
    let (a, b) = (kind(a), kind(b));
    [a, b, kind(db.write(|tx| put(tx, "late", 3)))]
}

const IN_DOUBT: [FaultKind; 3] = [
    FaultKind::OutcomeUnknown,
    FaultKind::OutcomeUnknown,
    FaultKind::Unavailable,
];

#[test]
fn a_crash_before_commit_leaves_nothing() {
    let dir = dir();
    let db = open_with(options(dir.path(), CommitPoint::Before, CommitFate::Crash));
    assert_eq!(fail_a_commit(&db), IN_DOUBT);
    assert!(db.read(|tx| count(tx)).wait().is_err());
    assert!(matches!(db.health(), Health::Stopped(_)));
    // The dead store is still there while the directory is opened again.
    let again = open(dir.path());
    assert_eq!(stored(&again), 0);
    again.write(|tx| put(tx, "a", 1)).wait().unwrap();
    drop(db);
    again.write(|tx| put(tx, "b", 1)).wait().unwrap();
    assert_eq!(stored(&again), 2);
}

#[test]
fn a_crash_after_commit_leaves_everything() {
    let dir = dir();
    let db = open_with(options(dir.path(), CommitPoint::After, CommitFate::Crash));
    assert_eq!(fail_a_commit(&db), IN_DOUBT);
    let again = open(dir.path());
    assert_eq!(stored(&again), 2);
}

#[test]
fn an_io_error_at_commit_stops_the_writer_for_ever() {
    for (point, durable) in [(CommitPoint::Before, 0), (CommitPoint::After, 2)] {
        let dir = dir();
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        let db = open_with(Options {
            on_fatal: Arc::new(move |fault| teller.lock().unwrap().push(fault.kind())),
            ..options(dir.path(), point, CommitFate::Fail)
        });
        assert_eq!(fail_a_commit(&db), IN_DOUBT);
        assert!(matches!(db.health(), Health::Stopped(_)));
        eventually(|| *told.lock().unwrap() == [FaultKind::OutcomeUnknown]);
        assert_eq!(stored(&db), durable, "reads go on");
        drop(db);
        assert_eq!(stored(&open(dir.path())), durable);
    }
}

#[test]
fn writes_behind_a_failed_commit_are_refused_for_certain() {
    let dir = dir();
    let db = open_with(Options {
        max_batch_jobs: 1,
        ..options(dir.path(), CommitPoint::Before, CommitFate::Fail)
    });
    let hold = Hold::the_writer(&db);
    let tickets: Vec<_> = (0..3)
        .map(|n| db.write(move |tx| put(tx, &format!("{n}"), n)))
        .collect();
    hold.release();
    let kinds: Vec<_> = tickets
        .into_iter()
        .map(|t| t.wait().unwrap_err().kind())
        .collect();
    assert_eq!(kinds[0], FaultKind::OutcomeUnknown);
    assert_eq!(kinds[1..], [FaultKind::Unavailable; 2]);
}

#[cfg(feature = "mutants")]
#[test]
fn the_mutant_that_answers_too_early_is_told_apart() {
    let dir = dir();
    let db = open_with(Options {
        ack: db::Ack::BeforeCommit,
        ..options(dir.path(), CommitPoint::Before, CommitFate::Crash)
    });
    let hold = Hold::the_writer(&db);
    let lost = db.write(|tx| put(tx, "lost", 1));
    hold.release();
    lost.wait().unwrap();
    drop(db);
    assert_eq!(stored(&open(dir.path())), 0, "acknowledged and not there");
}
