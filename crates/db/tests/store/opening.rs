//! Opening, migrating, locking, closing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use db::{Db, Fault, FaultKind, Migration, OpenError, Options};

use crate::world::*;

fn open_as(dir: &Path, migrations: &[Migration]) -> Result<Db, OpenError> {
    Db::open(Options::new(dir), migrations, |_| Ok(())).map(|(db, ())| db)
}

const FIRST: Migration = Migration::new(
    "a",
    1,
    &["CREATE TABLE one (id {int64} PRIMARY KEY) {strict}"],
);
const SECOND: Migration = Migration::new(
    "a",
    2,
    &[
        "CREATE TABLE two (id {int64} PRIMARY KEY) {strict}",
        "INSERT INTO two (id) VALUES (7)",
    ],
);
const OTHER: Migration = Migration::new(
    "b",
    1,
    &["CREATE TABLE other (body {blob} NOT NULL) {strict}"],
);

#[test]
fn a_second_opener_is_refused_at_once_and_told_who_is_there() {
    let dir = dir();
    let db = open(dir.path());
    let begun = Instant::now();
    let error = open_as(dir.path(), MIGRATIONS).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert!(matches!(error, OpenError::Locked { pid, .. } if pid == Some(std::process::id())));
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    db.shut_down().unwrap();
    drop(db);
    open_as(dir.path(), MIGRATIONS).unwrap();
}

#[test]
fn migrations_run_once_in_order_and_rooms_count_for_themselves() {
    let dir = dir();
    drop(open_as(dir.path(), &[FIRST, OTHER]).unwrap());
    drop(open_as(dir.path(), &[FIRST, SECOND, OTHER]).unwrap());
    let db = open_as(dir.path(), &[FIRST, SECOND, OTHER]).unwrap();
    let statements = [
        db::sql!("SELECT id FROM one"),
        db::sql!("SELECT id FROM two"),
    ];
    db::prepare_all(dir.path(), &statements).unwrap();
    let unknown = db::prepare_all(dir.path(), &[db::sql!("SELECT id FROM three")]).unwrap_err();
    assert!(
        unknown.to_string().contains("SELECT id FROM three"),
        "{unknown}"
    );
    drop(db);
}

#[test]
fn a_newer_schema_is_refused() {
    let dir = dir();
    drop(open_as(dir.path(), &[FIRST, SECOND]).unwrap());
    let error = open_as(dir.path(), &[FIRST]).unwrap_err();
    assert!(
        matches!(error, OpenError::NewerSchema { number: 2, .. }),
        "{error}"
    );
}

#[test]
fn a_changed_migration_is_refused() {
    let dir = dir();
    drop(open_as(dir.path(), &[FIRST]).unwrap());
    let changed = Migration::new("a", 1, &["CREATE TABLE one (id TEXT PRIMARY KEY) {strict}"]);
    let error = open_as(dir.path(), &[changed]).unwrap_err();
    assert!(
        matches!(error, OpenError::ChangedMigration { number: 1, .. }),
        "{error}"
    );
}

#[test]
fn a_gap_in_the_migrations_is_refused() {
    let dir = dir();
    for list in [&[SECOND][..], &[FIRST, FIRST], &[SECOND, FIRST]] {
        let error = open_as(dir.path(), list).unwrap_err();
        assert!(matches!(error, OpenError::Misnumbered { .. }), "{error}");
    }
}

#[test]
fn a_migration_is_applied_whole_or_not_at_all() {
    let dir = dir();
    let broken = Migration::new(
        "a",
        1,
        &[
            "CREATE TABLE one (id {int64} PRIMARY KEY) {strict}",
            "INSERT INTO nowhere VALUES (1)",
        ],
    );
    assert!(matches!(
        open_as(dir.path(), &[broken]),
        Err(OpenError::Fault(_))
    ));
    drop(open_as(dir.path(), &[FIRST]).unwrap());
}

#[test]
fn a_table_that_is_not_strict_is_refused() {
    let dir = dir();
    let loose = Migration::new("a", 1, &["CREATE TABLE loose (id {int64} PRIMARY KEY)"]);
    let error = open_as(dir.path(), &[loose]).unwrap_err();
    assert!(error.to_string().contains("loose"), "{error}");
}

#[test]
fn a_failing_setup_leaves_nothing_and_frees_the_directory() {
    let dir = dir();
    let failed = Db::open(Options::new(dir.path()), MIGRATIONS, |opening| {
        put(opening.tx(), "half", 1)?;
        Err::<(), _>(Fault::corrupt("the tail cannot be read"))
    });
    assert!(matches!(failed, Err(OpenError::Fault(fault)) if fault.kind() == FaultKind::Corrupt));
    assert_eq!(stored(&open(dir.path())), 0);
}

#[test]
fn only_the_owner_can_read_the_files() {
    let outer = dir();
    let dir = outer.path().join("data");
    let db = open(&dir);
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let files: Vec<_> = dir
        .read_dir()
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 4, "lock, database, log, index: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_clean_stop_answers_all_and_empties_the_log() {
    let dir = dir();
    let db = open(dir.path());
    let tickets: Vec<_> = (0..500)
        .map(|n| db.write(move |tx| put(tx, &format!("item {n}"), n)))
        .collect();
    db.shut_down().unwrap();
    tickets
        .into_iter()
        .for_each(|ticket| ticket.wait().unwrap());
    let log = dir.path().join("store.db-wal");
    assert_eq!(log.metadata().map_or(0, |log| log.len()), 0);
    let refused = db.write(|tx| put(tx, "late", 1)).wait().unwrap_err();
    assert_eq!(refused.kind(), FaultKind::Unavailable);
    db.shut_down().unwrap();
    assert_eq!(stored(&open(dir.path())), 500);
}

#[test]
fn a_closure_may_drop_the_last_handle() {
    let dir = dir();
    let db = open(dir.path());
    let mut last = Some(db.clone());
    let ticket = db.write(move |tx| {
        drop(last.take());
        put(tx, "a", 1)
    });
    drop(db);
    ticket.wait().unwrap();
}
