//! The same face on a database server that several programs share.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use db::{
    Db, Fault, FaultKind, Isolation, Lane, LaneHandle, Options, Read, Server, Tx, ValueRef, params,
    params_ref,
};

use crate::world::*;

fn options(url: &str) -> Options {
    Options::on_server(Server::new(url))
}

fn open_at(url: &str) -> Db {
    open_with(options(url))
}

fn number(db: &Db, name: &'static str) -> Option<i64> {
    db.read(move |tx| find(tx, name)).wait().unwrap()
}

#[test]
fn what_is_written_is_read_and_what_is_refused_is_not() {
    let db = open_at(&testkit::engine::new_database());
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
    let refused = db.write(|tx| {
        put(tx, "b", 2)?;
        Err::<(), No>(No::Rule)
    });
    assert!(matches!(refused.wait(), Err(No::Rule)));
    assert_eq!(number(&db, "a"), Some(1));
    assert_eq!(number(&db, "b"), None);
    db.shut_down().unwrap();
    assert_eq!(
        db.write(|tx| put(tx, "c", 1)).wait().unwrap_err().kind(),
        FaultKind::Unavailable
    );
}

#[test]
fn placeholders_keep_their_numbers_and_statements_prepare() {
    let url = testkit::engine::new_database();
    let db = open_at(&url);
    db::prepare_all_on_server(&Server::new(&*url), ALL).unwrap();
    db.write(|tx| put(tx, "a", 5)).wait().unwrap();
    let names = |low: i64, high: i64| {
        let found = db.read(move |tx| {
            tx.query(BY_RANGE, &params![low, high], |row| {
                Ok(row.text(0)?.to_owned())
            })
        });
        found.wait().unwrap()
    };
    assert_eq!(names(5, 6), ["a"]);
    assert!(names(6, 5).is_empty());
    db.write(|tx| tx.execute(ADD, &params![7, "a"]))
        .wait()
        .unwrap();
    assert_eq!(number(&db, "a"), Some(12));
}

#[test]
fn a_failed_statement_dooms_its_closure_alone() {
    let db = open_at(&testkit::engine::new_database());
    let doomed = db.write(|tx| {
        put(tx, "a", 1)?;
        let _ = tx.execute(PUT, &params!["b"]);
        Ok::<_, Fault>(())
    });
    assert_eq!(doomed.wait().unwrap_err().kind(), FaultKind::Internal);
    assert_eq!(stored(&db), 0);
    db.write(|tx| put(tx, "a", 1)).wait().unwrap();
}

#[test]
fn many_rows_go_in_one_statement_and_come_back_by_their_keys() {
    let db = open_at(&testkit::engine::new_database());
    let names: Vec<String> = (0..1000).map(|n| format!("n{n:04}")).collect();
    let given = names.clone();
    let written = db.write(move |tx| {
        let rows = (0..)
            .zip(&given)
            .map(|(n, name)| params_ref![name.as_str(), n]);
        tx.execute_many(PUT, rows)
    });
    assert_eq!(written.wait().unwrap(), 1000);
    let found = db.read(move |tx| {
        let keys: Vec<_> = names
            .iter()
            .map(|name| ValueRef::from(name.as_str()))
            .collect();
        let mut sum = 0;
        tx.scan_many(FIND_PLAIN, &keys, &mut |row| {
            sum += row.int(0)?;
            Ok(())
        })?;
        Ok::<i64, Fault>(sum)
    });
    assert_eq!(found.wait().unwrap(), 499_500);
}

#[test]
fn a_row_that_is_not_as_it_was_read_undoes_the_transaction() {
    let db = open_at(&testkit::engine::new_database());
    let missed = db.write(|tx| {
        put(tx, "a", 1)?;
        tx.execute_soon(SET, [params_ref!["nobody", 2]], 1)
    });
    assert_eq!(missed.wait().unwrap_err().kind(), FaultKind::Unavailable);
    assert_eq!(stored(&db), 0);
}

#[test]
fn what_is_sent_with_the_commit_is_stored_or_fails_as_a_whole() {
    let db = open_at(&testkit::engine::new_database());
    // Nothing else is in this transaction, so all of it is one flight.
    let stored_alone = db.write(|tx| tx.execute_surely(PUT, [params_ref!["a", 1]]));
    stored_alone.wait().unwrap();
    assert_eq!(number(&db, "a"), Some(1));
    let doubled = db.write(|tx| {
        put(tx, "b", 2)?;
        tx.execute_surely(PUT, [params_ref!["c", 3], params_ref!["a", 4]])?;
        tx.execute_surely(PUT, [params_ref!["d", 5]])
    });
    assert!(doubled.wait().unwrap_err().is_definite());
    assert_eq!(stored(&db), 1);
    // The line serves on.
    db.write(|tx| tx.execute_surely(PUT, [params_ref!["b", 6], params_ref!["c", 7]]))
        .wait()
        .unwrap();
    assert_eq!((stored(&db), number(&db, "c")), (3, Some(7)));
}

#[test]
fn two_programs_bring_one_schema_up() {
    let url = testkit::engine::new_database();
    let opened: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            std::thread::spawn(move || open_at(&url))
        })
        .collect();
    let all: Vec<Db> = opened.into_iter().map(|one| one.join().unwrap()).collect();
    all[0].write(|tx| put(tx, "a", 1)).wait().unwrap();
    assert_eq!(stored(&all[3]), 1);
}

/// Adds one to both numbers, in this order, a hundred times, from two programs at once.
fn contend(isolation: Isolation, orders: [[&'static str; 2]; 2]) {
    let url = testkit::engine::new_database();
    let open = || {
        let mut server = Server::new(&*url);
        server.isolation = isolation;
        open_with(Options::on_server(server))
    };
    let (first, second) = (open(), open());
    first
        .write(|tx| put(tx, "a", 0).and_then(|()| put(tx, "b", 0)))
        .wait()
        .unwrap();
    let working: Vec<_> = [(first.clone(), orders[0]), (second, orders[1])]
        .into_iter()
        .map(|(db, order)| {
            std::thread::spawn(move || {
                for _ in 0..100 {
                    let added = db.write(move |tx| {
                        for name in order {
                            tx.execute(ADD, &params![1, name])?;
                        }
                        Ok::<_, Fault>(())
                    });
                    added.wait().unwrap();
                }
            })
        })
        .collect();
    working.into_iter().for_each(|one| one.join().unwrap());
    assert_eq!(
        (number(&first, "a"), number(&first, "b")),
        (Some(200), Some(200))
    );
}

#[test]
fn what_was_in_the_way_of_another_is_run_again() {
    contend(Isolation::Serializable, [["a", "b"], ["a", "b"]]);
}

/// The server finds a deadlock after a second; a few of them are enough.
#[test]
fn a_deadlock_is_run_again() {
    let url = testkit::engine::new_database();
    let db = open_at(&url);
    db.write(|tx| put(tx, "a", 0).and_then(|()| put(tx, "b", 0)))
        .wait()
        .unwrap();
    let meet = Arc::new(std::sync::Barrier::new(2));
    let working: Vec<_> = [["a", "b"], ["b", "a"]]
        .into_iter()
        .map(|order| {
            let (meet, tries) = (Arc::clone(&meet), AtomicUsize::new(0));
            db.write(move |tx| {
                tx.execute(ADD, &params![1, order[0]])?;
                if tries.fetch_add(1, SeqCst) == 0 {
                    meet.wait();
                }
                tx.execute(ADD, &params![1, order[1]])
            })
        })
        .collect();
    for one in working {
        one.wait().unwrap();
    }
    assert_eq!((number(&db, "a"), number(&db, "b")), (Some(2), Some(2)));
}

/// Counts one up per item, as it read it.
struct Counter;

impl Lane for Counter {
    type Item = i64;
    type Outcome = i64;

    fn weight(_: &i64) -> usize {
        1
    }

    fn copy(items: &[i64]) -> Option<Vec<i64>> {
        Some(items.to_vec())
    }

    fn run(&mut self, tx: &mut Tx<'_>, items: Vec<i64>) -> Result<Vec<i64>, Fault> {
        let found = tx.query_one(FIND_PLAIN, &params!["count"], |row| row.int(0))?;
        let before = found.unwrap_or(0);
        let after = before + items.iter().sum::<i64>();
        tx.execute_soon(SET_FROM, [params_ref!["count", after, before]], 1)?;
        Ok(items.iter().map(|_| after).collect())
    }

    fn ride(&mut self, _: &mut Tx<'_>, _: Duration) -> Result<(), Fault> {
        Ok(())
    }

    fn has_backlog(&self) -> bool {
        false
    }

    fn committed(&mut self) {}

    fn rolled_back(&mut self) {}

    fn finish(&mut self, _: &mut Tx<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

fn open_counter(options: Options) -> (Db, LaneHandle<Counter>) {
    Db::open(options, MIGRATIONS, |opening| {
        assert!(opening.is_shared());
        Ok(opening.add_lane(Counter))
    })
    .unwrap()
}

#[test]
fn lanes_of_two_programs_lose_nothing() {
    let url = testkit::engine::new_database();
    let (first, one) = open_counter(options(&url));
    let (_second, two) = open_counter(options(&url));
    first.write(|tx| put(tx, "count", 0)).wait().unwrap();
    let mut wanted = 0;
    for round in 0..50 {
        let tickets = [one.submit(1), two.submit(1)];
        for outcome in tickets.into_iter().map(db::Ticket::wait) {
            match outcome {
                Ok(_) => wanted += 1,
                Err(fault) => assert!(fault.is_definite(), "round {round}: {fault}"),
            }
        }
    }
    assert_eq!(number(&first, "count"), Some(wanted));
    assert!(wanted > 50, "{wanted}");
}

/// What stands between a program and its server, and cuts the line around some COMMITs.
struct Cutter {
    port: u16,
    commits: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Cut {
    Before,
    After,
}

impl Cutter {
    /// Cuts at every third COMMIT of a line.
    fn before(server: &str, cut: Cut) -> Cutter {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let commits = Arc::new(AtomicUsize::new(0));
        let (address, seen) = (address(server), Arc::clone(&commits));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (address, seen) = (address.clone(), Arc::clone(&seen));
                std::thread::spawn(move || relay(client, &address, cut, &seen));
            }
        });
        Cutter { port, commits }
    }

    fn url(&self, server: &str) -> String {
        server.replace(&address(server), &format!("127.0.0.1:{}", self.port))
    }
}

/// Host and port of a server's address.
fn address(url: &str) -> String {
    let rest = url.split_once('@').unwrap().1;
    rest.split_once('/').unwrap().0.to_owned()
}

fn relay(mut client: TcpStream, address: &str, cut: Cut, seen: &AtomicUsize) {
    let mut server = TcpStream::connect(address).unwrap();
    let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let deaf = Arc::new(AtomicUsize::new(0));
    let is_deaf = Arc::clone(&deaf);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = answers.read(&mut buffer) {
            if is_deaf.load(SeqCst) == 1 || back.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = back.shutdown(std::net::Shutdown::Both);
    });
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let sent = &buffer[..count];
        let commits = sent.windows(7).any(|bytes| bytes == b"COMMIT\0");
        if commits && seen.fetch_add(1, SeqCst) % 3 == 2 {
            match cut {
                Cut::Before => break,
                Cut::After => deaf.store(1, SeqCst),
            }
        }
        if server.write_all(sent).is_err() {
            break;
        }
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
    let _ = client.shutdown(std::net::Shutdown::Both);
}

fn exactly_once(cut: Cut) {
    let url = testkit::engine::new_database();
    let direct = open_at(&url);
    direct.write(|tx| put(tx, "sum", 0)).wait().unwrap();
    let cutter = Cutter::before(&url, cut);
    let (db, _lane) = open_counter(options(&cutter.url(&url)));
    let tickets: Vec<_> = (0..60)
        .map(|_| db.write(|tx| tx.execute(ADD, &params![1, "sum"])))
        .collect();
    let kept = tickets.into_iter().map(db::Ticket::wait).filter(|outcome| {
        let is_kept = outcome.is_ok();
        assert!(is_kept || outcome.as_ref().is_err_and(Fault::is_definite));
        is_kept
    });
    let kept = i64::try_from(kept.count()).unwrap();
    assert_eq!(number(&direct, "sum"), Some(kept));
    assert!(kept > 40, "{kept}");
    assert!(cutter.commits.load(SeqCst) > 60);
}

#[test]
fn a_line_cut_before_the_commit_has_stored_nothing() {
    exactly_once(Cut::Before);
}

#[test]
fn a_line_cut_after_the_commit_has_stored_it_once() {
    exactly_once(Cut::After);
}

#[test]
fn an_address_that_is_none_is_refused_without_repeating_it() {
    let refused = Db::open(options("postgres://u:secret@h:port/x"), MIGRATIONS, |_| {
        Ok(())
    });
    let said = refused.err().unwrap().to_string();
    assert!(!said.contains("secret"), "{said}");
}
