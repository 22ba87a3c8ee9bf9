//! Snapshots.

use std::sync::mpsc::channel;
use std::time::Duration;

use db::{Fault, FaultKind, Options, Read, params};

use crate::world::*;

#[test]
fn what_is_not_committed_is_not_read() {
    let dir = dir();
    let db = open(dir.path());
    let (go, wait) = channel();
    let (here, arrived) = channel();
    let writing = db.write(move |tx| {
        put(tx, "a", 1)?;
        here.send(()).unwrap();
        wait.recv().unwrap();
        Ok::<_, Fault>(())
    });
    arrived.recv().unwrap();
    assert_eq!(stored(&db), 0);
    go.send(()).unwrap();
    writing.wait().unwrap();
    assert_eq!(stored(&db), 1);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let dir = dir();
    let db = open(dir.path());
    let writer = db.clone();
    let counts = db.read(move |tx| {
        let before = count(tx)?;
        writer.write(|tx| put(tx, "a", 1)).wait()?;
        Ok::<_, Fault>((before, count(tx)?))
    });
    assert_eq!(counts.wait().unwrap(), (0, 0));
    assert_eq!(stored(&db), 1);
}

#[test]
fn a_reader_cannot_write() {
    let dir = dir();
    let db = open(dir.path());
    let smuggled = db.read(|tx| {
        let sql = db::sql!("INSERT INTO item (name, number) VALUES ($1, 1) RETURNING number");
        tx.query_one(sql, &params!["a"], |row| row.int(0))
    });
    assert!(smuggled.wait().is_err());
    let beside = db::open_reader(dir.path()).unwrap();
    let smuggled = beside.snapshot(|tx| {
        tx.query(db::sql!("DELETE FROM item RETURNING number"), &[], |row| {
            row.int(0)
        })
    });
    assert!(smuggled.is_err());
    assert_eq!(stored(&db), 0);
}

#[test]
fn a_reader_beside_the_server_sees_one_snapshot_and_takes_no_lock() {
    let dir = dir();
    let db = open(dir.path());
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
    let reader = db::open_reader(dir.path()).unwrap();
    let counts = reader.snapshot(|tx| {
        let before = count(tx)?;
        db.write(|tx| put(tx, "b", 2)).wait()?;
        Ok::<_, Fault>((before, count(tx)?))
    });
    assert_eq!(counts.unwrap(), (1, 1));
    assert_eq!(reader.snapshot(|tx| count(tx)).unwrap(), 2);
    db.shut_down().unwrap();
    drop(db);
    // Also without a server.
    let reader = db::open_reader(dir.path()).unwrap();
    assert_eq!(reader.snapshot(|tx| count(tx)).unwrap(), 2);
}

#[test]
fn a_read_that_takes_too_long_is_interrupted() {
    let dir = dir();
    let db = open_with(Options {
        max_read_time: Duration::from_millis(20),
        ..Options::new(dir.path())
    });
    let endless = db.read(|tx| {
        let sql = db::sql!(
            "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        );
        tx.query_one(sql, &[], |row| row.int(0))
    });
    assert_eq!(endless.wait().unwrap_err().kind(), FaultKind::Unavailable);
    assert_eq!(stored(&db), 0, "the reader is as good as new");
}

#[test]
fn too_many_reads_are_shed() {
    let dir = dir();
    let db = open_with(Options {
        readers: 1,
        max_waiting_reads: 2,
        ..Options::new(dir.path())
    });
    let (go, wait) = channel();
    let (here, arrived) = channel();
    let busy = db.read(move |_| {
        here.send(()).unwrap();
        wait.recv().unwrap();
        Ok::<_, Fault>(())
    });
    arrived.recv().unwrap();
    let reads: Vec<_> = (0..3).map(|_| db.read(|tx| count(tx))).collect();
    assert_eq!(db.stats().waiting_reads, 2);
    go.send(()).unwrap();
    busy.wait().unwrap();
    let kinds: Vec<_> = reads
        .into_iter()
        .map(|read| read.wait().map_err(|f| f.kind()))
        .collect();
    assert_eq!(kinds, [Ok(0), Ok(0), Err(FaultKind::Overloaded)]);
    assert_eq!(db.stats().shed_reads, 1);
}

#[test]
fn a_panic_in_a_read_fails_that_read_only() {
    let dir = dir();
    let db = open_with(Options {
        readers: 1,
        ..Options::new(dir.path())
    });
    let panicking = db.read(|_| -> Result<(), Fault> { panic!("on purpose") });
    assert_eq!(panicking.wait().unwrap_err().kind(), FaultKind::Internal);
    assert_eq!(stored(&db), 0);
}

#[test]
fn a_value_of_another_type_is_a_corrupt_store() {
    let dir = dir();
    let db = open(dir.path());
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
    let asked = db.read(|tx| {
        let sql = db::sql!("SELECT name, number, NULL, x'0102' FROM item");
        let faults = tx.query_one(sql, &[], |row| {
            assert_eq!((row.text(0)?, row.int(1)?), ("a", 1));
            assert_eq!(
                (row.opt_int(2)?, row.opt_text(2)?, row.opt_blob(2)?),
                (None, None, None)
            );
            assert_eq!((row.blob(3)?, row.bytes::<2>(3)?), (&[1, 2][..], [1, 2]));
            Ok([
                row.int(0).unwrap_err(),
                row.text(1).unwrap_err(),
                row.blob(0).unwrap_err(),
                row.int(2).unwrap_err(),
                row.bytes::<3>(3).unwrap_err(),
            ])
        })?;
        Ok::<_, Fault>(faults.unwrap())
    });
    for fault in asked.wait().unwrap() {
        assert_eq!(fault.kind(), FaultKind::Corrupt, "{fault}");
    }
}

#[test]
fn one_row_means_one() {
    let dir = dir();
    let db = open(dir.path());
    db.write(|tx| put(tx, "a", 1).and_then(|()| put(tx, "b", 2)))
        .wait()
        .unwrap();
    let two = db.read(|tx| tx.query_one(NAMES, &[], |row| Ok(row.text(0)?.to_owned())));
    assert_eq!(two.wait().unwrap_err().kind(), FaultKind::Internal);
}
