use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use db::{CommitFate, CommitPoint};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    actors::{Actor, Ask, cny},
    house::{House, Plan},
};

/// How the next commits go.
#[derive(Default)]
struct Fate {
    is_held: Mutex<bool>,
    change: Condvar,
    fails: AtomicU8,
}

const BEFORE: u8 = 1;
const AFTER: u8 = 2;

impl Fate {
    fn hold(&self, is_held: bool) {
        *self.is_held.lock().unwrap() = is_held;
        self.change.notify_all();
    }

    fn decide(&self, point: CommitPoint) -> CommitFate {
        let held = self.is_held.lock().unwrap();
        drop(self.change.wait_while(held, |is_held| *is_held).unwrap());
        match (self.fails.load(Ordering::SeqCst), point) {
            (BEFORE, CommitPoint::Before) | (AFTER, CommitPoint::After) => CommitFate::Fail,
            _ => CommitFate::Go,
        }
    }

    fn plan(self: &Arc<Self>) -> Plan {
        let fate = self.clone();
        Plan {
            at_commit: Some(Arc::new(move |point| fate.decide(point))),
            ..Plan::default()
        }
    }
}

/// The answer to a failed COMMIT is that nobody knows; the same key tells after the restart.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_is_unknown_until_the_key_tells() {
    for (fails, is_durable) in [(BEFORE, false), (AFTER, true)] {
        let dir = tempfile::TempDir::new().unwrap();
        let (clock, fate) = (House::clock(), Arc::new(Fate::default()));
        let house = Arc::new(House::at(dir.path(), clock.clone(), fate.plan()));
        let (alice, bob) = (house.alice().await, house.bob().await);
        alice.top_up(1_000).await;
        let body = alice.payment(&bob, 10);
        // That the Token is in use is noted with the first payment, in the background.
        for key in ["first", "second"] {
            alice.pay(key, &body).await.is(201);
        }
        fate.fails.store(fails, Ordering::SeqCst);
        let answer = alice.pay("k", &body).await;
        assert!(!answer.header("retry-after").is_empty());
        let problem = answer.refused(503, "outcome_unknown");
        assert_eq!(
            (&problem["outcome"], &problem["retryable"]),
            (&json!("unknown"), &json!(true))
        );
        if !testkit::engine::is_server() {
            let after = alice.pay("k2", &body).await.refused(503, "unavailable");
            assert_eq!(after["outcome"], "not_applied", "the store has stopped");
            alice.get("/readyz").await.refused(503, "unavailable");
        }

        let _ = house.db.shut_down();
        let (session, token) = (alice.session.clone(), alice.token.clone());
        drop((alice, bob, house));
        let house = Arc::new(House::at(dir.path(), clock, Plan::default()));
        let alice = Actor {
            session,
            token,
            ..house.anon()
        };
        let told = alice.pay("k", &body).await;
        assert_eq!(told.header("idempotent-replayed") == "true", is_durable);
        told.is(201);
        assert_eq!(alice.posted().await, 970, "once, in both cases");
    }
}

/// A writer that is stuck: the caller hears in time that the outcome is unknown, and the same key
/// tells it later.
#[tokio::test]
async fn an_answer_that_takes_too_long_is_unknown() {
    if testkit::engine::is_server() {
        // A paused clock would not wait for the server; slow answers are its proxy's tests.
        return;
    }
    let fate = Arc::new(Fate::default());
    let house = House::planned(fate.plan());
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let body = alice.payment(&bob, 10);
    // Everything is in memory from here on: a paused clock would not wait for a reader's thread.
    alice.pay("warm", &body).await.is(201);
    fate.hold(true);
    tokio::time::pause();
    alice.pay("k", &body).await.refused(503, "outcome_unknown");
    tokio::time::resume();
    fate.hold(false);
    let told = alice.pay("k", &body).await;
    assert_eq!(told.header("idempotent-replayed"), "true");
    told.is(201);
    assert_eq!(alice.posted().await, 980);
}

/// A client that leaves after sending: what it sent happens once, and what was revoked stays so.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_after_sending_is_served_all_the_same() {
    let fate = Arc::new(Fate::default());
    let house = House::planned(fate.plan());
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    let phone = alice.elsewhere().await;
    phone.get("/v1/me").await.is(200);
    let body = alice.payment(&bob, 10);
    fate.hold(true);
    // Long enough to be sent, and on a server to be read for.
    let brief = Duration::from_millis(if testkit::engine::is_server() {
        2_000
    } else {
        50
    });
    assert!(
        tokio::time::timeout(brief, alice.pay("k", &body))
            .await
            .is_err()
    );
    assert!(
        tokio::time::timeout(brief, phone.delete("/v1/sessions/current"))
            .await
            .is_err()
    );
    fate.hold(false);
    let told = alice.pay("k", &body).await;
    assert_eq!(told.header("idempotent-replayed"), "true");
    told.is(201);
    assert_eq!(alice.posted().await, 990);
    let dead = async { while phone.get("/v1/me").await.status != 401 {} };
    tokio::time::timeout(Duration::from_secs(1), dead)
        .await
        .expect("dead within a second");
}

/// A full disk refuses writes for certain, and reads go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told() {
    if testkit::engine::is_server() {
        // The disk is the server's.
        return;
    }
    let house = House::planned(Plan {
        max_pages: Some(160),
        ..Plan::default()
    });
    let alice = house.alice().await;
    let mut applied = 0;
    let full = 'filling: loop {
        let mut some = JoinSet::new();
        for n in 0..64 {
            let (alice, key) = (alice.clone(), format!("{applied}-{n}"));
            let body = json!({"channel": "sandbox", "money": cny(1)});
            some.spawn(async move { alice.send(Ask::post("/v1/top-ups", &body).key(&key)).await });
        }
        let answers = some.join_all().await;
        let full = answers.into_iter().filter(|answer| {
            answer.status != 201 || {
                applied += 1;
                false
            }
        });
        if let Some(full) = full.collect::<Vec<_>>().into_iter().next() {
            break 'filling full;
        }
        assert!(applied < 100_000, "the store does not fill");
    };
    let problem = full.refused(507, "storage_full");
    assert_eq!(problem["outcome"], "not_applied");
    assert!(alice.posted().await >= applied);
}
