//! `kill -9` at any moment under load.

use testkit::{
    campaign::{Finding, Settled},
    mutant,
    process::Launch,
    scratch, tael,
    trial::Trial,
};

const CYCLES: usize = 200;
const PEOPLE: usize = 4;
const CLIENTS: usize = 12;
const SEED: u64 = 0x7ae1;
/// A tail so short that most kills hit a flush.
const SHORT_TAIL: &str = "64";
/// Within so many kills a program that answers before the commit must be found out.
const MUTANT_CYCLES: usize = 200;

/// Every second cycle flushes all the time, the others as a server does.
fn with_tail(launch: &Launch, cycle: usize) -> Launch {
    match cycle % 2 {
        0 => launch.clone().variable("TAEL_TAIL_RECORDS", SHORT_TAIL),
        _ => launch.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_invented_by_two_hundred_kills() {
    let data = scratch("kill");
    let plain = Launch::new(tael(), data.path().join("data"));
    let mut trial = Trial::begin(with_tail(&plain, 0), PEOPLE, SEED)
        .await
        .unwrap();
    let mut total = Settled::default();
    for cycle in 1..=CYCLES {
        trial.launch = with_tail(&plain, cycle);
        let settled = trial
            .outage(CLIENTS, |process, _| process.kill().map(drop))
            .await;
        total += settled.unwrap_or_else(|found| panic!("seed {SEED}, cycle {cycle}: {found}"));
        if cycle % 20 == 0 {
            trial.check().unwrap();
        }
    }
    trial.end().unwrap();
    println!("{CYCLES} kills: {total:?}");
    assert!(
        total.applied > CYCLES && total.refused > 0 && total.unknown > 0,
        "{total:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_answers_everything_it_did() {
    let data = scratch("stop");
    let launch = Launch::new(tael(), data.path().join("data"));
    let mut trial = Trial::begin(launch, PEOPLE, SEED).await.unwrap();
    for _ in 0..5 {
        let stop = |process: testkit::process::Process, _: &testkit::campaign::Load| {
            let status = process.stop(std::time::Duration::from_secs(10))?;
            assert!(status.success(), "{status}");
            Ok(())
        };
        trial.outage(CLIENTS, stop).await.unwrap();
    }
    trial.end().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_commit_is_caught() {
    let data = scratch("mutant");
    let place = data.path().join("data");
    let mutant = Launch::new(mutant(), &place).variable("TAEL_MUTANT", "ack-before-commit");
    // Questions are asked of a sound server: the mutant answers before its writes can be read.
    let mut trial = Trial::begin(Launch::new(tael(), &place), PEOPLE, SEED)
        .await
        .unwrap();
    for cycle in 1..=MUTANT_CYCLES {
        trial.serve_by(&mutant).unwrap();
        match trial
            .outage(CLIENTS, |process, _| process.kill().map(drop))
            .await
        {
            Ok(_) => {}
            Err(Finding::Broken(what)) => {
                println!("caught in cycle {cycle}: {what}");
                return;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("{MUTANT_CYCLES} kills did not show that answers come before the commit");
}
