//! The real program on a PostgreSQL behind the proxy that loses, forges and swallows commits: every
//! payment is final in time, nothing acknowledged is lost, nothing happens twice, and the ledger is
//! what its journal says.

use std::{net::SocketAddr, path::Path, process::Command, time::Duration};

use testkit::{
    campaign::{Campaign, Stubbornness},
    pgchaos::{PgChaos, Plan},
    postgres::Postgres,
    process::Launch,
    scratch, tael,
};

const SEED: u64 = 0xc0a5;
const PEOPLE: usize = 4;
const STUBBORNNESS: Stubbornness = Stubbornness {
    clients: 8,
    most: 40,
    lasting: Duration::MAX,
    patience: Duration::from_secs(30),
    looks: 5,
};

fn check(data: &Path, url: &str) {
    let checked = Command::new(tael())
        .args(["check", "--database", url, "--data"])
        .arg(data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    let complained = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{said}\n{complained}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_survives_what_befalls_its_commits() {
    let server = Postgres::shared();
    let database = server.create_database().unwrap();
    let upstream = SocketAddr::from(([127, 0, 0, 1], server.port()));
    let chaos = PgChaos::start(upstream, Plan::tenth(), SEED).unwrap();
    chaos.disarm();
    let place = scratch("postgres-chaos");
    let data = place.path().join("data");
    let launch = Launch::new(tael(), &data).flag("--database", &database.url_at(chaos.port()));
    let mut process = launch.start().unwrap();
    let address = process.address();
    let mut campaign = Campaign::enlist(address, PEOPLE, SEED).await.unwrap();
    let calm = chaos.toll().commits;

    chaos.arm();
    let siege = campaign.besiege(&[address], STUBBORNNESS);
    let endured = siege.gather().await;
    chaos.disarm();
    let toll = chaos.toll();
    let endured = endured.unwrap_or_else(|found| {
        panic!("seed {SEED}: {found}\n{toll:?}\n{}", process.output());
    });
    println!(
        "{} payments in {} commits, {} struck; {} repeats, slowest {:?}; {:?}",
        endured.intents.len(),
        toll.commits - calm,
        toll.struck(),
        endured.repeats,
        endured.slowest,
        toll.by_fate
    );
    assert!(
        toll.struck() > 10 && toll.raised + toll.cut_statements > 0,
        "{toll:?}"
    );
    assert_eq!(toll.cancels, 0, "a commit must never be cancelled");

    let judged = campaign.judge(address, &endured).await;
    println!(
        "{:?}",
        judged.unwrap_or_else(|found| panic!("seed {SEED}: {found}"))
    );
    let settled = campaign.settle(address, endured.intents).await;
    settled.unwrap_or_else(|found| panic!("seed {SEED}: {found}"));
    assert!(process.stop(Duration::from_secs(20)).unwrap().success());
    check(&data, &database.url());
}
