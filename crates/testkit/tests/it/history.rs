//! Histories of the real program, judged: what people were told and shown, in which moments, and
//! what their records say is one strict order of events.

use std::time::Duration;

use testkit::{
    campaign::{Campaign, Stubbornness},
    process::Launch,
    scratch, tael,
};

const PEOPLE: usize = 4;
const SEED: u64 = 0x415;
/// `soak` asks for a million.
const STUBBORNNESS: Stubbornness = Stubbornness {
    clients: 8,
    most: 400,
    lasting: Duration::MAX,
    patience: Duration::from_secs(30),
    looks: 20,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_everybody_saw_is_one_order_of_events() {
    let place = scratch("history");
    let launch = Launch::new(tael(), place.path().join("data")).variable("TAEL_TAIL_RECORDS", "64");
    let server = launch.start().unwrap();
    let address = server.address();
    let mut campaign = Campaign::enlist(address, PEOPLE, SEED).await.unwrap();
    let siege = campaign.besiege(&[address], STUBBORNNESS);
    let endured = siege.gather().await.unwrap();
    let judged = campaign
        .judge(address, &endured)
        .await
        .unwrap_or_else(|found| panic!("seed {SEED}: {found}"));
    println!("{judged:?}");
    assert_eq!(judged.accounts, PEOPLE);
    assert!(judged.writes > 2_000 && judged.sights > 200, "{judged:?}");

    // A judge that accepts everything proves nothing.
    let mut late = endured.clone();
    let shift = Duration::from_secs(3_600);
    let look = late.looks.first_mut().expect("somebody looked");
    look.span = (look.span.0 + shift, look.span.1 + shift);
    let found = campaign.judge(address, &late).await.unwrap_err();
    assert!(found.to_string().contains("no order of events"), "{found}");

    campaign.settle(address, endured.intents).await.unwrap();
    assert!(server.stop(Duration::from_secs(20)).unwrap().success());
}
