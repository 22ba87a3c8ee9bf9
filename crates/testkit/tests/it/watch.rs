//! Reading beside writing and flushing: every page of records is one moment. Lines follow each
//! other without a gap, and nothing that was seen is ever missing again.

use std::{net::SocketAddr, time::Duration};

use testkit::{
    campaign::{Campaign, Fate},
    client::Connection,
    person::Person,
    process::Launch,
    scratch, tael,
};

const PEOPLE: usize = 3;
const CLIENTS: usize = 6;
/// Payments of each client; the watchers watch until the last.
const PAYMENTS: usize = 400;
const SEED: u64 = 0x3a7c;

/// Reads pages until `is_over`; the number of pages, or what was wrong with one.
async fn watch(
    address: SocketAddr,
    person: Person,
    is_over: tokio::sync::watch::Receiver<bool>,
) -> Result<usize, String> {
    let mut to = Connection::open(address)
        .await
        .map_err(|error| error.to_string())?;
    let (mut pages, mut newest) = (0, String::new());
    while !*is_over.borrow() {
        let page = person
            .newest_records(&mut to)
            .await
            .map_err(|error| error.to_string())?;
        for pair in page.windows(2) {
            let (newer, older) = (&pair[0], &pair[1]);
            if newer.balance_after - newer.change != older.balance_after {
                return Err(format!(
                    "{newer:?} does not follow {older:?} on page {pages}"
                ));
            }
        }
        let first = page.first().map(|line| line.id.clone()).unwrap_or_default();
        if first < newest {
            return Err(format!("{newest} was seen and then {first} was the newest"));
        }
        newest = first;
        pages += 1;
    }
    Ok(pages)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_one_moment() {
    let place = scratch("watch");
    let launch = Launch::new(tael(), place.path().join("data")).variable("TAEL_TAIL_RECORDS", "32");
    let mut server = launch.start().unwrap();
    let address = server.address();
    let mut campaign = Campaign::enlist(address, PEOPLE, SEED).await.unwrap();
    let (over, is_over) = tokio::sync::watch::channel(false);
    let watchers: Vec<_> = campaign
        .crew()
        .iter()
        .map(|person| tokio::spawn(watch(address, person.clone(), is_over.clone())))
        .collect();
    let intents = campaign
        .load(address, CLIENTS, PAYMENTS)
        .gather()
        .await
        .unwrap();
    over.send(true).unwrap();
    assert!(intents.iter().all(|intent| intent.fate != Fate::Unknown));
    for watcher in watchers {
        let watched = watcher.await.unwrap();
        let told = |wrong| panic!("seed {SEED}: {wrong}\n{}", server.output());
        let pages = watched.unwrap_or_else(told);
        assert!(pages > 20, "{pages} pages");
    }
    campaign.settle(address, intents).await.unwrap();
    assert!(server.stop(Duration::from_secs(10)).unwrap().success());
}
