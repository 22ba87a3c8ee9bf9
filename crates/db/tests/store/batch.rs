//! Closures in batches.

use std::sync::mpsc::channel;

use db::{Fault, FaultKind, Read, params};

use crate::world::*;

#[test]
fn what_is_acknowledged_is_read() {
    let dir = dir();
    let db = open(dir.path());
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
    assert_eq!(db.read(|tx| find(tx, "a")).wait().unwrap(), Some(1));
}
