//! Two servers of the real program on three nodes of Patroni whose primary dies: nothing
//! acknowledged is lost and nothing happens twice, whichever server was asked. That the harness
//! sees losses is proved with the bank, on asynchronous replication.

use std::time::Duration;

use testkit::{
    failover::{Fault, Plan, house_campaign},
    patroni::Mode,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_lose_nothing_with_their_primary() {
    // `soak` goes on for longer, with every fault.
    let plan = Plan {
        mode: Mode::Synchronous,
        clients: 6,
        accounts: 0,
        every: Duration::from_secs(14),
        faults: vec![Fault::Ahead, Fault::Node],
        seed: 0x2a71,
    };
    let told = house_campaign(&plan, &mut |line| println!("{line}")).await;
    let (outages, judged) = told.unwrap_or_else(|found| panic!("{found}"));
    println!("{judged:?}");
    for outage in &outages {
        // A fault that nobody felt proves nothing.
        assert!(outage.gap > Duration::from_millis(500), "{outage:?}");
        assert!(outage.acknowledged > 20, "{outage:?}");
    }
}
