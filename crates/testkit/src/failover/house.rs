//! The same for the real program: two servers share the cluster, and people pay at both.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{Outage, PATIENCE, Plan, blocking, heal, strike};
use crate::{
    campaign::{Campaign, Finding, Stubbornness},
    patroni::Patroni,
    process::{Launch, Process},
    scratch, tael,
    versions::Judged,
};

const PEOPLE: usize = 6;

/// Fault after fault while people pay at two servers. After each, when the cluster is whole again,
/// records and balances are held against what was answered; in the end the ledger is replayed.
pub async fn house_campaign(
    plan: &Plan,
    tell: &mut dyn FnMut(&str),
) -> Result<(Vec<Outage>, Judged), Finding> {
    let mode = plan.mode;
    let mut cluster = blocking(move || Patroni::start(mode)).await?;
    let url = cluster.url("postgres");
    let place = scratch("failover");
    let (servers, data) = two_servers(&url, place.path())?;
    let addresses = [servers[0].address(), servers[1].address()];
    let mut campaign = Campaign::enlist(addresses[0], PEOPLE, plan.seed).await?;
    let (mut outages, mut judged) = (Vec::new(), Judged::default());
    for (number, fault) in plan.faults.iter().enumerate() {
        let stubbornness = Stubbornness {
            clients: plan.clients,
            most: usize::MAX,
            lasting: plan.every,
            patience: PATIENCE,
            looks: 0,
        };
        let siege = campaign.besiege(&addresses, stubbornness);
        tokio::time::sleep(plan.every / 4).await;
        cluster = strike(cluster, *fault).await?;
        let endured = siege.gather().await?;
        cluster = heal(cluster, mode).await?;
        let outage = Outage {
            fault: *fault,
            gap: endured.longest_gap(),
            acknowledged: endured.intents.len(),
            doubts: endured.repeats,
        };
        tell(&format!("fault {}: {outage:?}", number + 1));
        outages.push(outage);
        judged = campaign.judge(addresses[0], &endured).await?;
        let settled = campaign.settle(addresses[1], endured.intents).await?;
        tell(&format!("settled: {settled:?}"));
    }
    check(&data, &url)?;
    for server in servers {
        server.stop(Duration::from_secs(20))?;
    }
    Ok((outages, judged))
}

/// Two servers on one database, with their data below `place`; the second has a copy of the first's
/// keys. The path is of the first's data.
pub fn two_servers(url: &str, place: &Path) -> io::Result<([Process; 2], PathBuf)> {
    let (first, second) = (place.join("first"), place.join("second"));
    let on = |data: &Path| Launch::new(tael(), data).flag("--database", url);
    let here = on(&first).start()?;
    std::fs::create_dir(&second)?;
    let permissions = std::fs::metadata(&first)?.permissions();
    std::fs::set_permissions(&second, permissions)?;
    crate::postgres::run(
        Command::new("cp")
            .arg("--archive")
            .args([first.join("keys"), first.join("mode")])
            .arg(&second),
    )?;
    let there = on(&second).start()?;
    Ok(([here, there], first))
}

/// Replays everything that is in the database.
fn check(data: &Path, url: &str) -> Result<(), Finding> {
    let checked = Command::new(tael())
        .args(["check", "--database", url, "--data"])
        .arg(data)
        .output()?;
    if checked.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&checked.stdout);
    let complained = String::from_utf8_lossy(&checked.stderr);
    Err(Finding::Broken(format!(
        "the check found:\n{said}{complained}"
    )))
}
