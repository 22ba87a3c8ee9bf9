//! The bank on a cluster whose primaries die again and again, in every way a primary can: its
//! server is killed, its whole node is, it freezes, or it runs ahead of its standbys and is killed
//! then, so that only what a standby has may have been answered.

mod house;

use std::{io, time::Duration};

use tokio::task::{JoinHandle, spawn_blocking};

use crate::{
    SeededEntropy,
    bank::{self, Audit, Finding, Mutant, Report, Run},
    patroni::{LEASE, Mode, Patroni},
};

pub use house::{house_campaign, two_servers};

/// How long standbys fall behind before the primary dies.
const BEHIND: Duration = Duration::from_millis(700);
/// A transfer may wait for a whole failover, and for the one after it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a primary leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// PostgreSQL is killed; Patroni gives the lease away at once.
    Server,
    /// Standbys fall behind, then PostgreSQL is killed and what was under way is gone.
    Ahead,
    /// Everything on the node is killed; the lease must run out.
    Node,
    /// Patroni stands still past its lease while its PostgreSQL serves on, then wakes up.
    Freeze,
}

/// Every fault, in the order in which they come; the common ones more often.
pub const FAULTS: [Fault; 6] = [
    Fault::Freeze,
    Fault::Ahead,
    Fault::Server,
    Fault::Node,
    Fault::Server,
    Fault::Ahead,
];

#[derive(Clone, Debug)]
pub struct Plan {
    pub mode: Mode,
    pub clients: usize,
    pub accounts: i64,
    /// From one fault to the next.
    pub every: Duration,
    pub faults: Vec<Fault>,
    pub seed: u64,
}

/// One fault under load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub fault: Fault,
    /// The longest time without an acknowledged transfer around it.
    pub gap: Duration,
    pub acknowledged: usize,
    pub doubts: u64,
}

/// Fault after fault under load; after each, when the cluster is whole again, everything is held
/// against what was answered so far.
pub async fn campaign(
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<(Vec<Outage>, Audit), Finding> {
    let mode = plan.mode;
    let mut cluster = blocking(move || Patroni::start(mode)).await?;
    let url = cluster.url("postgres");
    bank::open(&url, plan.accounts).await?;
    let chance = SeededEntropy::new(plan.seed);
    let mut outages = Vec::new();
    let mut all = Report::default();
    let mut audited = Audit::default();
    for (number, fault) in plan.faults.iter().enumerate() {
        let load = begin_load(plan, &url, number, chance.below(u64::MAX));
        tokio::time::sleep(plan.every / 4).await;
        cluster = strike(cluster, *fault).await?;
        let report = load.await.map_err(io::Error::other)??;
        cluster = heal(cluster, mode).await?;
        let outage = Outage {
            fault: *fault,
            gap: report.longest_gap,
            acknowledged: report.told.len(),
            doubts: report.doubts,
        };
        tell(&format!("fault {}: {outage:?}", number + 1));
        outages.push(outage);
        // Each load has its own stopwatch and is over before the next: only within it does real
        // time order acts, and the versions say the rest.
        all.append(report);
        audited = bank::audit(&url, plan.accounts, &all).await?;
    }
    Ok((outages, audited))
}

fn begin_load(
    plan: &Plan,
    url: &str,
    number: usize,
    seed: u64,
) -> JoinHandle<Result<Report, Finding>> {
    let run = Run {
        url: url.to_owned(),
        name: format!("load{number}"),
        accounts: plan.accounts,
        clients: plan.clients,
        transfers: usize::MAX / 2,
        lasting: plan.every,
        patience: PATIENCE,
        looks: 0,
        seed,
        mutant: Mutant::None,
    };
    tokio::spawn(async move { bank::run(&run).await })
}

async fn strike(mut cluster: Patroni, fault: Fault) -> io::Result<Patroni> {
    blocking(move || {
        let primary = cluster.wait_primary()?;
        match fault {
            Fault::Server => cluster.crash_postgres(primary)?,
            Fault::Node => cluster.crash_node(primary)?,
            Fault::Ahead => {
                if cluster.starve()? == 0 {
                    return Err(io::Error::other("no standby receives anything"));
                }
                crate::patroni::pause(BEHIND);
                cluster.crash_postgres(primary)?;
                cluster.cut_off()?;
            }
            Fault::Freeze => {
                cluster.freeze(primary)?;
                crate::patroni::pause(LEASE + LEASE / 2);
                cluster.thaw(primary)?;
            }
        }
        Ok(cluster)
    })
    .await
}

/// Starts what is dead and waits until the cluster is whole, and safe again.
async fn heal(mut cluster: Patroni, mode: Mode) -> io::Result<Patroni> {
    blocking(move || {
        cluster.heal()?;
        cluster.wait_whole()?;
        if mode == Mode::Synchronous {
            cluster.bring_in_step()?;
        }
        Ok(cluster)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Gaps by fault, one line each.
pub fn summary(outages: &[Outage]) -> Vec<String> {
    let kinds = [Fault::Server, Fault::Ahead, Fault::Node, Fault::Freeze];
    let line = |fault: Fault| {
        let mut gaps: Vec<Duration> = outages
            .iter()
            .filter(|outage| outage.fault == fault)
            .map(|outage| outage.gap)
            .collect();
        gaps.sort_unstable();
        let (middle, longest) = (gaps.get(gaps.len() / 2)?, gaps.last()?);
        let count = gaps.len();
        Some(format!(
            "{fault:?}: {count} times, write gap {middle:?} in the middle, {longest:?} at most"
        ))
    };
    kinds.into_iter().filter_map(line).collect()
}
