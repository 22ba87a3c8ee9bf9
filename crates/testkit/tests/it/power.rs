//! Power cuts: an ext4 file system that forgets everything that was not on its disk.

use std::io::{self, Write as _};

use testkit::{
    Disk,
    campaign::{Finding, Load, Settled},
    mutant,
    person::ActError,
    process::{Launch, Process},
    tael,
    trial::Trial,
};

const CUTS: usize = 20;
const PEOPLE: usize = 4;
const CLIENTS: usize = 12;
const SEED: u64 = 0x9077;
/// Within so many cuts a program that does not wait for the disk must be found out.
const MUTANT_CUTS: usize = 5;

/// Mounting needs root. Without it this says so past the test runner, which would swallow a print,
/// and the promise is not tested here.
fn may_mount() -> bool {
    let is_root = testkit::is_root();
    if !is_root {
        let why = "SKIP: power cuts are not tested, because mounting a file system needs root";
        writeln!(io::stderr(), "{why}").unwrap();
    }
    is_root
}

fn cut(disk: &Disk, process: Process, load: &Load) -> io::Result<()> {
    load.distrust();
    disk.cut_power()?;
    process.kill()?;
    disk.restore_power()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_answered_is_lost_by_twenty_power_cuts() {
    if !may_mount() {
        return;
    }
    let disk = Disk::make().unwrap();
    let launch = Launch::new(tael(), disk.path().join("data")).variable("TAEL_TAIL_RECORDS", "256");
    let mut trial = Trial::begin(launch, PEOPLE, SEED).await.unwrap();
    let mut total = Settled::default();
    for number in 1..=CUTS {
        let settled = trial
            .outage(CLIENTS, |process, load| cut(&disk, process, load))
            .await;
        total += settled.unwrap_or_else(|found| panic!("seed {SEED}, cut {number}: {found}"));
        trial.check().unwrap();
    }
    trial.end().unwrap();
    println!("{CUTS} power cuts: {total:?}");
    assert!(total.applied > CUTS && total.unknown > 0, "{total:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_does_not_wait_for_the_disk_is_caught() {
    if !may_mount() {
        return;
    }
    let disk = Disk::make().unwrap();
    let place = disk.path().join("data");
    let mutant = Launch::new(mutant(), &place).variable("TAEL_MUTANT", "synchronous-normal");
    let mut trial = Trial::begin(Launch::new(tael(), &place), PEOPLE, SEED)
        .await
        .unwrap();
    for number in 1..=MUTANT_CUTS {
        trial.serve_by(&mutant).unwrap();
        match trial
            .outage(CLIENTS, |process, load| cut(&disk, process, load))
            .await
        {
            Ok(_) => {}
            // The people themselves may be gone, then their sessions are refused.
            Err(what @ (Finding::Broken(_) | Finding::Act(ActError::Unexpected { .. }))) => {
                println!("caught in cut {number}: {what}");
                return;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("{MUTANT_CUTS} power cuts did not show that commits do not wait for the disk");
}
