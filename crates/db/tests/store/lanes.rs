//! Lanes: what the writer calls, in which order, and what it does when they fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{CommitFate, CommitPoint, Db, Fault, FaultKind, Health, Lane, LaneHandle, Options, Tx};

use crate::world::*;

/// What happened, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// Adds up numbers in memory, stores each, and projects its backlog one row at a time.
struct Adder {
    log: Log,
    backlog: i64,
    projected: i64,
    total: i64,
    undecided: i64,
}

/// One submission: numbers to add. Some numbers make the lane fail.
struct Add(Vec<i64>);

const FAULT: i64 = -1;
const PANIC: i64 = -2;
const FORGET: i64 = -3;
const DOUBLE: i64 = -4;
const PANIC_LATE: i64 = -5;

impl Adder {
    fn note(&self, what: &str) {
        self.log.lock().unwrap().push(what.to_owned());
    }
}

impl Lane for Adder {
    type Item = Add;
    type Outcome = i64;

    fn weight(item: &Add) -> usize {
        item.0.len()
    }

    fn run(&mut self, tx: &mut Tx<'_>, items: Vec<Add>) -> Result<Vec<i64>, Fault> {
        self.note("run");
        let mut outcomes = Vec::new();
        for number in items.into_iter().flat_map(|item| item.0) {
            match number {
                FAULT => return Err(Fault::internal("on purpose")),
                PANIC => panic!("on purpose"),
                FORGET => continue,
                DOUBLE => drop(put(tx, "double", 1).and_then(|()| put(tx, "double", 2))),
                PANIC_LATE => put(tx, "late", 0)?,
                _ => put(tx, &format!("lane {number}"), number)?,
            }
            self.undecided += number;
            outcomes.push(self.total + self.undecided);
        }
        self.backlog += 1;
        Ok(outcomes)
    }

    fn ride(&mut self, tx: &mut Tx<'_>, budget: Duration) -> Result<(), Fault> {
        assert!(budget <= Duration::from_millis(4));
        self.note("ride");
        self.projected += 1;
        self.backlog -= 1;
        put(tx, &format!("projected {}", self.projected), 0)
    }

    fn has_backlog(&self) -> bool {
        self.backlog > 0
    }

    fn committed(&mut self) {
        assert!(self.undecided >= 0, "on purpose");
        self.total += std::mem::take(&mut self.undecided);
        self.note("committed");
    }

    fn rolled_back(&mut self) {
        self.undecided = 0;
        self.note("rolled back");
    }

    fn finish(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        self.note("finish");
        while self.has_backlog() {
            self.projected += 1;
            self.backlog -= 1;
            put(tx, &format!("projected {}", self.projected), 0)?;
        }
        Ok(())
    }
}

fn open_lane(mut options: Options, backlog: i64) -> (Db, LaneHandle<Adder>, Log) {
    let log = Log::default();
    let commits = Arc::clone(&log);
    options.at_commit.get_or_insert_with(|| {
        Arc::new(move |point| {
            if point == CommitPoint::After {
                commits.lock().unwrap().push("commit".to_owned());
            }
            CommitFate::Go
        })
    });
    let (db, handle) = Db::open(options, MIGRATIONS, |opening| {
        put(opening.tx(), "set up", 0)?;
        let log = Arc::clone(&log);
        Ok(opening.add_lane(Adder {
            log,
            backlog,
            projected: 0,
            total: 0,
            undecided: 0,
        }))
    })
    .unwrap();
    (db, handle, log)
}

fn seen(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock().unwrap())
}

#[test]
fn run_ride_commit_committed_answer() {
    let dir = dir();
    let (db, lane, log) = open_lane(Options::new(dir.path()), 0);
    assert_eq!(lane.submit(Add(vec![5])).wait().unwrap(), 5);
    assert_eq!(seen(&log), ["run", "ride", "commit", "committed"]);
    assert_eq!(lane.submit(Add(vec![2])).wait().unwrap(), 7);
    assert_eq!(stored(&db), 5);
}

#[test]
fn items_share_a_batch_with_closures_and_keep_their_order() {
    let dir = dir();
    let (db, lane, log) = open_lane(Options::new(dir.path()), 0);
    let hold = Hold::the_writer(&db);
    let items: Vec<_> = (1..=50).map(|n| lane.submit(Add(vec![n]))).collect();
    let closure = db.write(|tx| put(tx, "closure", 0));
    hold.release();
    seen(&log);
    closure.wait().unwrap();
    let totals: Vec<_> = items
        .into_iter()
        .map(|ticket| ticket.wait().unwrap())
        .collect();
    let mut sum = 0;
    assert_eq!(
        totals,
        (1..=50)
            .map(|n| {
                sum += n;
                sum
            })
            .collect::<Vec<_>>()
    );
    assert_eq!(db.stats().batch_size.counts.iter().sum::<u64>(), 2);
}

#[test]
fn weight_bounds_a_batch_and_a_heavy_item_runs_alone() {
    let dir = dir();
    let options = Options {
        max_batch_weight: 3,
        ..Options::new(dir.path())
    };
    let (db, lane, log) = open_lane(options, 0);
    let hold = Hold::the_writer(&db);
    let items = [vec![1, 2, 3, 4, 5], vec![6], vec![7], vec![8, 9]];
    // One outcome per item is the contract, so a heavy item forgets all numbers but one.
    let items = items.map(|numbers| {
        let forgotten = numbers.iter().skip(1).map(|_| FORGET);
        Add(numbers.iter().copied().take(1).chain(forgotten).collect())
    });
    let tickets = items.map(|item| lane.submit(item));
    seen(&log);
    hold.release();
    tickets
        .into_iter()
        .for_each(|ticket| assert!(ticket.wait().is_ok()));
    let runs = seen(&log).iter().filter(|what| *what == "run").count();
    assert_eq!(runs, 3);
    assert_eq!(db.stats().queue_weight, 0);
}

fn fails_the_batch(number: i64) {
    let dir = dir();
    let (db, lane, log) = open_lane(Options::new(dir.path()), 0);
    let hold = Hold::the_writer(&db);
    let closure = db.write(|tx| put(tx, "closure", 0));
    let good = lane.submit(Add(vec![1]));
    let bad = lane.submit(Add(vec![number]));
    hold.release();
    for fault in [
        closure.wait().unwrap_err(),
        good.wait().unwrap_err(),
        bad.wait().unwrap_err(),
    ] {
        assert_eq!(fault.kind(), FaultKind::Internal);
        assert!(fault.is_definite());
    }
    assert_eq!(seen(&log), ["commit", "run", "rolled back"]);
    assert_eq!(stored(&db), 1);
    assert_eq!(lane.submit(Add(vec![3])).wait().unwrap(), 3);
    assert_eq!(db.health(), Health::Writable);
    assert_eq!(db.stats().faults, 1);
}

#[test]
fn a_fault_of_a_lane_fails_the_batch() {
    fails_the_batch(FAULT);
}

#[test]
fn a_panic_of_a_lane_fails_the_batch() {
    fails_the_batch(PANIC);
}

#[test]
fn a_missing_outcome_fails_the_batch() {
    fails_the_batch(FORGET);
}

#[test]
fn a_swallowed_fault_of_a_lane_fails_the_batch() {
    let dir = dir();
    let (db, lane, log) = open_lane(Options::new(dir.path()), 0);
    let answer = lane.submit(Add(vec![DOUBLE])).wait();
    assert_eq!(answer.unwrap_err().kind(), FaultKind::Internal);
    assert_eq!(seen(&log).last().unwrap(), "rolled back");
    assert_eq!(stored(&db), 1);
}

#[test]
fn a_refusing_closure_does_not_undo_a_lane() {
    let dir = dir();
    let (db, lane, _) = open_lane(Options::new(dir.path()), 0);
    let hold = Hold::the_writer(&db);
    let refusing = db.write(|tx| {
        put(tx, "refused", 0)?;
        Err::<(), _>(No::Rule)
    });
    let item = lane.submit(Add(vec![1]));
    hold.release();
    assert!(matches!(refusing.wait(), Err(No::Rule)));
    assert_eq!(item.wait().unwrap(), 1);
}

#[test]
fn a_backlog_is_projected_while_nothing_else_is_to_be_done() {
    let dir = dir();
    let (db, _lane, log) = open_lane(Options::new(dir.path()), 3);
    eventually(|| stored(&db) == 4);
    eventually(|| log.lock().unwrap().len() == 9);
    assert_eq!(seen(&log), ["ride", "commit", "committed"].repeat(3));
}

#[test]
fn a_clean_stop_finishes_the_backlog() {
    let dir = dir();
    let (db, lane, log) = open_lane(Options::new(dir.path()), 100);
    let hold = Hold::the_writer(&db);
    let item = lane.submit(Add(vec![1]));
    let stopping = std::thread::spawn({
        let db = db.clone();
        move || db.shut_down()
    });
    hold.release();
    stopping.join().unwrap().unwrap();
    assert_eq!(item.wait().unwrap(), 1);
    let log = seen(&log);
    assert_eq!(log[log.len() - 2..], ["finish", "committed"]);
    assert_eq!(
        lane.submit(Add(vec![2])).wait().unwrap_err().kind(),
        FaultKind::Unavailable
    );
    drop(db);
    let db = open(dir.path());
    assert_eq!(stored(&db), 1 + 1 + 101);
}

#[test]
fn a_lane_that_panics_after_the_commit_leaves_its_items_in_doubt() {
    let dir = dir();
    let told = Arc::new(Mutex::new(0));
    let teller = Arc::clone(&told);
    let on_fatal = Arc::new(move |_: &Fault| *teller.lock().unwrap() += 1);
    let (db, lane, _) = open_lane(
        Options {
            on_fatal,
            ..Options::new(dir.path())
        },
        0,
    );
    let fault = lane.submit(Add(vec![PANIC_LATE])).wait().unwrap_err();
    assert_eq!(fault.kind(), FaultKind::OutcomeUnknown);
    eventually(|| *told.lock().unwrap() == 1);
    assert!(matches!(db.health(), Health::Stopped(_)));
    let refused = lane.submit(Add(vec![1])).wait().unwrap_err();
    assert_eq!(refused.kind(), FaultKind::Unavailable);
    drop(db);
    assert!(stored(&open(dir.path())) >= 2, "it is durable all the same");
}

#[test]
fn a_crash_loses_the_tickets_of_lanes_too() {
    let dir = dir();
    let at_commit: db::AtCommit = Arc::new(|_| CommitFate::Crash);
    let options = Options {
        at_commit: Some(at_commit),
        max_batch_weight: 1,
        ..Options::new(dir.path())
    };
    let (db, lane, _) = open_lane(options, 0);
    let items: Vec<_> = (1..=3).map(|n| lane.submit(Add(vec![n]))).collect();
    for item in items {
        let kind = item.wait().unwrap_err().kind();
        assert!(
            matches!(kind, FaultKind::OutcomeUnknown | FaultKind::Unavailable),
            "{kind:?}"
        );
    }
    drop(db);
    assert_eq!(stored(&open(dir.path())), 1);
}
