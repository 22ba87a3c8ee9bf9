//! Full disks.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use db::{CommitFate, CommitPoint, Db, Fault, FaultKind, Health, Options, Read, Tx, params};

use crate::world::*;

fn put_bytes(tx: &mut Tx<'_>, length: usize) -> Result<(), Fault> {
    tx.execute(PUT_BYTES, &params![vec![7_u8; length]])?;
    Ok(())
}

fn heaps(db: &Db) -> i64 {
    let sql = COUNT_BYTES;
    db.read(move |tx| tx.query_one(sql, &[], |row| row.int(0)))
        .wait()
        .unwrap()
        .unwrap()
}

/// A database that may have 64 pages.
fn small(dir: &Path, guard_interval: Duration) -> Db {
    open_with(Options {
        max_pages: Some(64),
        guard_interval,
        ..Options::new(dir)
    })
}

/// SQLite rolls the whole transaction back when it is full; a closure that ran on would then be
/// committed alone.
#[test]
fn a_disk_that_fills_inside_a_batch_leaves_nothing_of_it() {
    let dir = dir();
    let db = small(dir.path(), Duration::from_secs(3600));
    let hold = Hold::the_writer(&db);
    let before = db.write(|tx| put(tx, "before", 1));
    let stubborn = db.write(|tx| {
        assert_eq!(
            put_bytes(tx, 1 << 20).unwrap_err().kind(),
            FaultKind::StorageFull
        );
        assert!(put(tx, "inside", 2).is_err(), "it would be committed alone");
        Ok::<_, Fault>(())
    });
    let after = db.write(|tx| put(tx, "after", 3));
    hold.release();
    for ticket in [before, stubborn, after] {
        let fault = ticket.wait().unwrap_err();
        assert_eq!(fault.kind(), FaultKind::StorageFull);
        assert!(fault.is_definite());
    }
    assert_eq!(stored(&db), 0);
    assert_eq!(db.health(), Health::StorageFull);
    let refused = db.write(|tx| put(tx, "refused", 4)).wait().unwrap_err();
    assert_eq!(refused.kind(), FaultKind::StorageFull);
    drop(db);
    let db = open(dir.path());
    assert_eq!(stored(&db), 0);
    db.write(|tx| put(tx, "again", 5)).wait().unwrap();
}

#[test]
fn a_closure_alone_on_a_full_disk_is_refused_for_certain() {
    let dir = dir();
    let db = small(dir.path(), Duration::from_millis(20));
    let fault = db.write(|tx| put_bytes(tx, 1 << 20)).wait().unwrap_err();
    assert_eq!(fault.kind(), FaultKind::StorageFull);
    assert_eq!(heaps(&db), 0);
    // The volume has space, so the guard lets writes in again.
    eventually(|| db.health() == Health::Writable);
    db.write(|tx| put(tx, "again", 5)).wait().unwrap();
}

#[test]
fn below_the_reserve_writes_are_refused_and_reads_go_on() {
    let dir = dir();
    open(dir.path()).write(|tx| put(tx, "a", 1)).wait().unwrap();
    let db = open_with(Options {
        reserve: Some(u64::MAX),
        ..Options::new(dir.path())
    });
    assert_eq!(db.health(), Health::StorageFull);
    let refused = db.write(|tx| put(tx, "b", 2)).wait().unwrap_err();
    assert_eq!(refused.kind(), FaultKind::StorageFull);
    assert_eq!(stored(&db), 1);
    assert!(db.stats().free_bytes > 0);
}

#[test]
fn while_the_disk_is_full_the_log_gives_its_space_back() {
    let dir = dir();
    let db = open_with(Options {
        at_commit: Some(Arc::new(|point| match point {
            CommitPoint::Before => CommitFate::Go,
            CommitPoint::After => CommitFate::Crash,
        })),
        ..Options::new(dir.path())
    });
    assert!(db.write(|tx| put(tx, "a", 1)).wait().is_err());
    let log = dir.path().join("store.db-wal");
    assert!(log.metadata().unwrap().len() > 0);
    let db = open_with(Options {
        reserve: Some(u64::MAX),
        ..Options::new(dir.path())
    });
    eventually(|| log.metadata().unwrap().len() == 0);
    assert_eq!(stored(&db), 1);
}

const VOLUME: &str = "TAEL_SMALL_VOLUME";

/// Needs a volume of its own, so it runs itself again in a mount namespace; only root can.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the test tells itself where it runs"
)]
fn a_volume_that_fills_and_empties_needs_no_restart() {
    if let Some(volume) = std::env::var_os(VOLUME) {
        return fill_and_empty(Path::new(&volume));
    }
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let dir = dir();
    let script = "mount -t tmpfs -o size=8m tmpfs \"$0\" && exec \"$1\" --exact \"$2\" --nocapture";
    let inside = Command::new("unshare")
        .args(["-m", "sh", "-c", script])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .arg("disk::a_volume_that_fills_and_empties_needs_no_restart")
        .env(VOLUME, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&inside.stdout);
    assert!(
        inside.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&inside.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}

fn fill_and_empty(volume: &Path) {
    let guard_interval = Duration::from_millis(300);
    let reserve = Some(1 << 20);
    let db = open_with(Options {
        guard_interval,
        reserve,
        ..Options::new(volume.join("data"))
    });
    let ballast = volume.join("ballast");
    // The guard is in time: a stranger leaves less than the reserve.
    std::fs::write(&ballast, vec![1; 7 << 20]).unwrap();
    eventually(|| db.health() == Health::StorageFull);
    assert!(
        db.write(|tx| put(tx, "refused", 1))
            .wait()
            .unwrap_err()
            .is_definite()
    );
    assert_eq!(stored(&db), 0);
    std::fs::remove_file(&ballast).unwrap();
    eventually(|| db.health() == Health::Writable);
    // The guard is too late: the stranger leaves nothing while a batch is under way.
    let hold = Hold::the_writer(&db);
    let small = db.write(|tx| put(tx, "small", 1));
    let large = db.write(|tx| put_bytes(tx, 1 << 20));
    assert!(std::fs::write(&ballast, vec![1; 9 << 20]).is_err());
    hold.release();
    for ticket in [small, large] {
        assert_eq!(ticket.wait().unwrap_err().kind(), FaultKind::StorageFull);
    }
    assert_eq!((stored(&db), heaps(&db)), (0, 0));
    assert_eq!(db.health(), Health::StorageFull);
    std::fs::remove_file(&ballast).unwrap();
    eventually(|| db.health() == Health::Writable);
    db.write(|tx| put(tx, "again", 1)).wait().unwrap();
    db.shut_down().unwrap();
    drop(db);
    assert_eq!(stored(&open(&volume.join("data"))), 1);
}
