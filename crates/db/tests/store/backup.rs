//! Copies and the way back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use db::{OpenError, Options, Read, restore};

use crate::world::*;

#[test]
fn a_backup_under_load_is_a_prefix_of_the_commits_and_restores() {
    let (dir, away) = (dir(), dir());
    let db = open_with(Options {
        checkpoint_pages: 50,
        ..Options::new(dir.path())
    });
    let ended = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (db, ended) = (db.clone(), Arc::clone(&ended));
        move || {
            let mut number = 0;
            while !ended.load(SeqCst) || number < 1000 {
                // Two rows in each closure: half of one must never be seen.
                let write = db.write(move |tx| {
                    put(tx, &format!("{number} a"), number)?;
                    put(tx, &format!("{number} b"), number)
                });
                write.wait().unwrap();
                number += 1;
            }
        }
    });
    eventually(|| stored(&db) > 200);
    let acknowledged = stored(&db);
    let copy = away.path().join("copy.db");
    let mut last = None;
    db.backup(&copy, |progress| last = Some(progress)).unwrap();
    ended.store(true, SeqCst);
    writer.join().unwrap();
    let last = last.unwrap();
    assert_eq!(last.done, last.total);
    assert!(last.total > 2);

    let restored = away.path().join("restored");
    restore(&copy, &restored).unwrap();
    let again = open(&restored);
    let rows = stored(&again);
    assert!(
        rows >= acknowledged && rows % 2 == 0 && rows < stored(&db),
        "{rows}"
    );
    let numbers = db::sql!("SELECT max(number) + 1, count(DISTINCT number) FROM item");
    let numbers =
        again.read(move |tx| tx.query(numbers, &[], |row| Ok((row.int(0)?, row.int(1)?))));
    assert_eq!(
        numbers.wait().unwrap(),
        [(rows / 2, rows / 2)],
        "no gap, no half"
    );
    again.write(|tx| put(tx, "goes on", 0)).wait().unwrap();
}

#[test]
fn nothing_is_replaced_and_nothing_damaged_is_restored() {
    let (dir, away) = (dir(), dir());
    let db = open(dir.path());
    for n in 0..50 {
        db.write(move |tx| put(tx, &format!("item {n} {}", "x".repeat(900)), n))
            .wait()
            .unwrap();
    }
    let copy = away.path().join("copy.db");
    db.backup(&copy, |_| {}).unwrap();
    assert!(matches!(db.backup(&copy, |_| {}), Err(OpenError::Io(_))));
    assert!(matches!(restore(&copy, dir.path()), Err(OpenError::Io(_))));

    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[3 * 4096..4 * 4096].fill(0xff);
    let damaged = away.path().join("damaged.db");
    std::fs::write(&damaged, bytes).unwrap();
    let target = away.path().join("restored");
    assert!(restore(&damaged, &target).is_err());
    std::fs::write(&damaged, "not a store").unwrap();
    assert!(restore(&damaged, &target).is_err());
    assert_eq!(target.read_dir().unwrap().count(), 0);
    restore(&copy, &target).unwrap();
    assert_eq!(stored(&open(&target)), 50);
}
