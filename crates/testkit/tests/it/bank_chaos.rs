//! The bank behind the proxy that loses, forges and swallows commits: nothing acknowledged is lost,
//! nothing is done twice, every transfer is final in time. Its mutants must be found out, or the
//! harness is broken.

use std::{net::SocketAddr, time::Duration};

use testkit::{
    bank::{self, Audit, Finding, Mutant, Report, Run},
    pgchaos::{FATES, PgChaos, Plan, Toll},
    postgres::Postgres,
};

const SEED: u64 = 0xba2c;
const ACCOUNTS: i64 = 12;
const CLIENTS: usize = 12;
/// Each meets every fate some times; `soak` asks for 50,000.
const TRANSFERS: usize = 1_500;
/// Within so many transfers a mutant must be found out.
const MUTANT_TRANSFERS: usize = 600;
/// Every key is final within this.
const PATIENCE: Duration = Duration::from_secs(30);

async fn campaign(transfers: usize, mutant: Mutant) -> (Result<(Report, Audit), Finding>, Toll) {
    let server = Postgres::shared();
    let database = server.create_database().unwrap();
    let upstream = SocketAddr::from(([127, 0, 0, 1], server.port()));
    let chaos = PgChaos::start(upstream, Plan::tenth(), SEED).unwrap();
    bank::open(&database.url(), ACCOUNTS).await.unwrap();
    let run = Run {
        name: "chaos".to_owned(),
        url: database.url_at(chaos.port()),
        accounts: ACCOUNTS,
        clients: CLIENTS,
        transfers,
        lasting: Duration::MAX,
        patience: PATIENCE,
        looks: 10,
        seed: SEED,
        mutant,
    };
    let outcome = async {
        let report = bank::run(&run).await?;
        let audit = bank::audit(&database.url(), ACCOUNTS, &report).await?;
        Ok((report, audit))
    };
    (outcome.await, chaos.toll())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_commit_is_lost_or_doubled_by_chaos() {
    let (outcome, toll) = campaign(TRANSFERS, Mutant::None).await;
    let (report, audit) = outcome.unwrap_or_else(|found| panic!("seed {SEED}: {found}\n{toll:?}"));
    println!(
        "{audit:?}; {} retried, {} in doubt, slowest {:?}; {toll:?}",
        report.retried, report.doubts, report.slowest
    );
    assert_eq!(
        audit.acknowledged, audit.found,
        "all were answered in the end"
    );
    assert!(audit.judged.sights > 0);
    assert!(report.slowest < PATIENCE);
    // Chaos that did not happen proves nothing.
    assert!(toll.struck() * 12 > toll.commits, "{toll:?}");
    assert!(FATES.iter().all(|fate| toll.of(*fate) > 0), "{toll:?}");
    assert!(toll.raised > 0 && toll.cut_statements > 0, "{toll:?}");
    assert_eq!(toll.cancels, 0, "a commit must never be cancelled");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_without_its_key_is_caught() {
    let (outcome, _) = campaign(MUTANT_TRANSFERS, Mutant::RetryWithoutKey).await;
    assert!(matches!(outcome, Err(Finding::Doubled(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_before_the_commit_is_caught() {
    let (outcome, _) = campaign(MUTANT_TRANSFERS, Mutant::AckBeforeCommit).await;
    assert!(matches!(outcome, Err(Finding::Lost(_))), "{outcome:?}");
}
