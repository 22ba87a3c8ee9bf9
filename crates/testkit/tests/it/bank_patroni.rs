//! The bank on three nodes of Patroni whose primary dies: with synchronous, strict replication
//! nothing acknowledged is lost; with asynchronous replication something must be, or the harness
//! could not see it.

use std::time::Duration;

use testkit::{
    bank::{Audit, Finding},
    failover::{self, Fault, Outage, Plan},
    patroni::Mode,
};

/// `soak` goes on for longer, with every fault.
fn plan(mode: Mode, faults: &[Fault]) -> Plan {
    Plan {
        mode,
        clients: 4,
        accounts: 8,
        every: Duration::from_secs(14),
        faults: faults.to_vec(),
        seed: 0x9a7,
    }
}

async fn campaign(plan: Plan) -> Result<(Vec<Outage>, Audit), Finding> {
    failover::campaign(&plan, &mut |line| println!("{line}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn primaries_that_die_take_nothing_acknowledged_with_them() {
    let faults = [Fault::Ahead, Fault::Node];
    let (outages, audit) = campaign(plan(Mode::Synchronous, &faults)).await.unwrap();
    println!("{audit:?}");
    for outage in &outages {
        // A fault that nobody felt proves nothing.
        assert!(outage.gap > Duration::from_millis(500), "{outage:?}");
        assert!(outage.acknowledged > 20, "{outage:?}");
    }
    assert_eq!(outages.len(), faults.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asynchronous_replication_is_caught() {
    let outcome = campaign(plan(Mode::Asynchronous, &[Fault::Ahead])).await;
    let Err(found) = outcome else {
        panic!("nothing was lost: {outcome:?}");
    };
    println!("{found}");
    assert!(
        matches!(found, Finding::Lost(_) | Finding::Sum(_) | Finding::Flaw(_)),
        "{found}"
    );
}
