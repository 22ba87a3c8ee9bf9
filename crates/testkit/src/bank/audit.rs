//! What is in the bank, against what its clients were told.

use std::collections::{BTreeMap, BTreeSet};

use super::{FUNDS, Finding, Report, connect};
use crate::versions::{Act, History, Judged, Sight, Standing, Write};

/// What an audit looked at; it found nothing wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Transfers that were acknowledged, each found once.
    pub acknowledged: usize,
    /// Transfers found.
    pub found: usize,
    pub judged: Judged,
}

/// Reads everything at `url` and holds it against a report.
pub async fn audit(url: &str, accounts: i64, report: &Report) -> Result<Audit, Finding> {
    let client = connect(url).await?;
    let sum = "SELECT CAST(SUM(balance) AS BIGINT) FROM accounts";
    let sum: i64 = client.query_one(sum, &[]).await?.get(0);
    if sum != accounts * FUNDS {
        return Err(Finding::Sum(format!("{sum} of {}", accounts * FUNDS)));
    }
    let keys = client
        .query("SELECT key FROM transfers ORDER BY key", &[])
        .await?;
    let keys: BTreeSet<String> = keys.iter().map(|row| row.get(0)).collect();
    let acknowledged = compare(&keys, report)?;
    let postings = "SELECT account, version, change, balance_after, key FROM postings";
    let mut writes: BTreeMap<String, Vec<Write>> = BTreeMap::new();
    for row in client.query(postings, &[]).await? {
        let whole = |column: usize| u64::try_from(row.get::<_, i64>(column)).unwrap_or_default();
        writes.entry(row.get(4)).or_default().push(Write {
            account: whole(0),
            version: whole(1),
            change: row.get(2),
            balance_after: row.get(3),
        });
    }
    let judged = history(accounts, report, writes)?
        .judge()
        .map_err(Finding::Flaw)?;
    Ok(Audit {
        acknowledged,
        found: keys.len(),
        judged,
    })
}

/// Every acknowledged transfer is there, and no wish was granted twice.
fn compare(keys: &BTreeSet<String>, report: &Report) -> Result<usize, Finding> {
    let wish = |key: &str| key.split('#').next().unwrap_or_default().to_owned();
    let mut granted = BTreeSet::new();
    for key in keys {
        if !granted.insert(wish(key)) {
            return Err(Finding::Doubled(key.clone()));
        }
    }
    let mut acknowledged = 0;
    for told in report.told.iter().filter(|told| told.seen.is_empty()) {
        if told.answered.is_some() {
            acknowledged += 1;
            if !granted.contains(&told.key) {
                return Err(Finding::Lost(told.key.clone()));
            }
        }
    }
    Ok(acknowledged)
}

fn history(
    accounts: i64,
    report: &Report,
    mut writes: BTreeMap<String, Vec<Write>>,
) -> Result<History, Finding> {
    let mut history = History::default();
    let funded = Standing {
        version: 0,
        balance: FUNDS,
    };
    let names = 1..=u64::try_from(accounts).unwrap_or_default();
    history.opening = names.map(|account| (account, funded)).collect();
    for told in &report.told {
        let whole = |number: i64| u64::try_from(number).unwrap_or_default();
        let sights = told.seen.iter().map(|(account, version, balance)| Sight {
            account: whole(*account),
            version: whole(*version),
            balance: *balance,
        });
        let written = writes.remove(&told.key).unwrap_or_default();
        if told.seen.is_empty() && told.answered.is_some() && written.len() != 2 {
            return Err(Finding::Lost(format!("{}: {written:?}", told.key)));
        }
        history.acts.push(Act {
            name: told.key.clone(),
            sent: told.sent,
            answered: told.answered,
            sights: sights.collect(),
            writes: written,
        });
    }
    // What nobody was told of, as at the end of a run.
    for (name, writes) in writes {
        history.acts.push(Act {
            name,
            writes,
            ..Act::default()
        });
    }
    Ok(history)
}
