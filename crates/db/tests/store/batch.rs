//! Closures in batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use db::{CommitPoint, Fault, FaultKind, Options, Read, params, params_ref};

use crate::world::*;

#[test]
fn what_is_acknowledged_is_read() {
    let dir = dir();
    let db = open(dir.path());
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
    assert_eq!(db.read(|tx| find(tx, "a")).wait().unwrap(), Some(1));
}

#[test]
fn what_waits_shares_one_commit() {
    let dir = dir();
    let db = open(dir.path());
    let before = db.stats().commits;
    let hold = Hold::the_writer(&db);
    let tickets: Vec<_> = (0..100)
        .map(|n| db.write(move |tx| put(tx, &format!("item {n}"), n)))
        .collect();
    assert_eq!(db.stats().queue_depth, 100);
    hold.release();
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    assert_eq!(stored(&db), 100);
    let stats = db.stats();
    assert_eq!(stats.commits - before, 2);
    assert_eq!(stats.queue_depth, 0);
    assert_eq!(stats.batch_size.sum, 101);
}

#[test]
fn a_refusing_closure_undoes_itself_and_nothing_else() {
    let dir = dir();
    let db = open(dir.path());
    let hold = Hold::the_writer(&db);
    let first = db.write(|tx| put(tx, "first", 1));
    let refusing = db.write(|tx| {
        put(tx, "refused", 2)?;
        Err::<(), _>(No::Rule)
    });
    let last = db.write(|tx| {
        put(tx, "last", 3)?;
        find(tx, "first")
    });
    hold.release();
    first.wait().unwrap();
    assert!(matches!(refusing.wait(), Err(No::Rule)));
    assert_eq!(last.wait().unwrap(), Some(1));
    assert_eq!(stored(&db), 2);
}

#[test]
fn a_refusing_closure_alone_undoes_itself() {
    let dir = dir();
    let db = open(dir.path());
    let refused = db.write(|tx| {
        put(tx, "refused", 1)?;
        Err::<(), _>(No::Rule)
    });
    assert!(matches!(refused.wait(), Err(No::Rule)));
    assert_eq!(stored(&db), 0);
    db.write(|tx| put(tx, "next", 1)).wait().unwrap();
}

#[test]
fn a_panic_fails_its_own_closure_only() {
    let dir = dir();
    let db = open(dir.path());
    let hold = Hold::the_writer(&db);
    let first = db.write(|tx| put(tx, "first", 1));
    let panicking = db.write(|tx| -> Result<(), Fault> {
        put(tx, "gone", 2)?;
        panic!("on purpose")
    });
    let last = db.write(|tx| put(tx, "last", 3));
    hold.release();
    first.wait().unwrap();
    last.wait().unwrap();
    assert_eq!(panicking.wait().unwrap_err().kind(), FaultKind::Internal);
    assert_eq!(stored(&db), 2);
    let alone = db.write(|_| -> Result<(), Fault> { panic!("on purpose") });
    assert!(alone.wait().unwrap_err().is_definite());
}

#[test]
fn a_failed_statement_dooms_its_closure() {
    let dir = dir();
    let db = open(dir.path());
    let hold = Hold::the_writer(&db);
    let neighbour = db.write(|tx| put(tx, "a", 1));
    let doomed = db.write(|tx| {
        put(tx, "b", 1)?;
        assert!(put(tx, "b", 2).is_err(), "a double name");
        assert!(find(tx, "a").is_err(), "even a good statement fails now");
        Ok::<(), Fault>(())
    });
    hold.release();
    neighbour.wait().unwrap();
    let fault = doomed.wait().unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Internal);
    assert!(fault.to_string().contains("UNIQUE"), "{fault}");
    assert_eq!(stored(&db), 1);
}

#[test]
fn placeholders_bind_by_number_and_not_by_appearance() {
    let dir = dir();
    let db = open(dir.path());
    let found = db.write(|tx| {
        put(tx, "ten", 10)?;
        put(tx, "thirty", 30)?;
        tx.execute(SET, &params!["ten", 12])?;
        tx.query(BY_RANGE, &params![10, 20], |row| {
            Ok(row.text(0)?.to_owned())
        })
    });
    assert_eq!(found.wait().unwrap(), ["ten"]);
    let wrong = db
        .write(|tx| tx.execute(SET, &params!["ten"]).map(drop))
        .wait();
    assert_eq!(wrong.unwrap_err().kind(), FaultKind::Internal);
}

#[test]
fn one_statement_runs_for_many_rows() {
    let dir = dir();
    let db = open(dir.path());
    let names = ["a", "b", "c"].map(str::to_owned);
    let changed = db.write(move |tx| {
        let rows = names
            .iter()
            .zip(1..)
            .map(|(name, n)| params_ref![name.as_str(), n]);
        tx.execute_many(PUT, rows)
    });
    assert_eq!(changed.wait().unwrap(), 3);
    let in_order = db.read(|tx| tx.query(NAMES, &[], |row| Ok(row.text(0)?.to_owned())));
    assert_eq!(in_order.wait().unwrap(), ["a", "b", "c"]);
}

#[test]
fn an_overflow_is_refused_and_never_becomes_a_float() {
    let dir = dir();
    let db = open(dir.path());
    db.write(|tx| put(tx, "most", i64::MAX)).wait().unwrap();
    let overflow = db.write(|tx| tx.execute(ADD, &params![1, "most"]).map(drop));
    assert!(overflow.wait().unwrap_err().is_definite());
    assert_eq!(
        db.read(|tx| find(tx, "most")).wait().unwrap(),
        Some(i64::MAX)
    );
}

#[test]
fn a_flood_is_shed_and_the_accepted_stand() {
    let dir = dir();
    let db = open_with(Options {
        max_waiting_writes: 10,
        ..Options::new(dir.path())
    });
    let hold = Hold::the_writer(&db);
    let tickets: Vec<_> = (0..25)
        .map(|n| db.write(move |tx| put(tx, &format!("item {n}"), n)))
        .collect();
    hold.release();
    let answers: Vec<_> = tickets.into_iter().map(db::Ticket::wait).collect();
    let shed: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    assert_eq!(shed.len(), 15);
    assert!(
        shed.iter()
            .all(|fault| fault.kind() == FaultKind::Overloaded)
    );
    assert_eq!(stored(&db), 10);
    assert_eq!(db.stats().shed, 15);
}

#[test]
fn a_slow_queue_is_shed_by_its_time() {
    let dir = dir();
    let options = Options {
        max_queue_time: Duration::from_millis(2),
        min_waiting_to_shed: 10,
        ..Options::new(dir.path())
    };
    let db = open_with(options);
    let hold = Hold::the_writer(&db);
    let slow = || {
        db.write(|_| {
            spin(Duration::from_millis(1));
            Ok::<_, Fault>(())
        })
    };
    let learned_from: Vec<_> = (0..9).map(|_| slow()).collect();
    hold.release();
    learned_from
        .into_iter()
        .for_each(|ticket| ticket.wait().unwrap());
    // Nine milliseconds of work taught the pace; from ten waiting on, that is too late.
    let hold = Hold::the_writer(&db);
    let tickets: Vec<_> = (0..20).map(|_| slow()).collect();
    hold.release();
    let failed = tickets.into_iter().filter_map(|ticket| ticket.wait().err());
    assert_eq!(
        failed.map(|fault| fault.kind()).collect::<Vec<_>>(),
        [FaultKind::Overloaded; 10]
    );
}

#[test]
fn an_old_batch_takes_no_further_closure() {
    let dir = dir();
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let db = open_with(Options {
        max_batch_time: Duration::from_millis(1),
        at_commit: Some(Arc::new(move |point| {
            counted.fetch_add(usize::from(point == CommitPoint::After), SeqCst);
            db::CommitFate::Go
        })),
        ..Options::new(dir.path())
    });
    let hold = Hold::the_writer(&db);
    let tickets: Vec<_> = (0..3)
        .map(|n| {
            db.write(move |tx| {
                spin(Duration::from_millis(2));
                put(tx, &format!("item {n}"), n)
            })
        })
        .collect();
    hold.release();
    tickets
        .into_iter()
        .for_each(|ticket| ticket.wait().unwrap());
    assert_eq!(commits.load(SeqCst), 4);
}

#[test]
fn a_dropped_ticket_does_not_take_the_write_back() {
    let dir = dir();
    let db = open(dir.path());
    drop(db.write(|tx| put(tx, "a", 1)));
    db.write(|tx| put(tx, "b", 2)).wait().unwrap();
    assert_eq!(stored(&db), 2);
}

#[test]
fn a_ticket_can_be_awaited() {
    let dir = dir();
    let db = open(dir.path());
    let answer = block_on(db.write(|tx| put(tx, "a", 1).map(|()| 7)));
    assert_eq!(answer.unwrap(), 7);
}
