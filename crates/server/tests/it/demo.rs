use serde_json::{Value, json};
use server::bench::client::{Connection, Request};

use crate::world::{STOP_LIMIT, launch, scratch, terminate};

/// What a start with `--demo` prints, and every record of its first person.
async fn demo(data: &std::path::Path) -> (String, Vec<Value>) {
    let mut server = launch(data)
        .flag("--demo=true", "--header-timeout=20")
        .start()
        .unwrap();
    let mut to = Connection::open(server.address()).await.unwrap();
    let body = json!({"identifier": "+8613800000001", "password": "Plum-Orbit7#Gravel"});
    let signed_in = to
        .send(&Request::post("/v1/sessions", &body))
        .await
        .unwrap();
    assert_eq!(signed_in.status, 201, "{:?}", signed_in.json());
    let session = signed_in.json()["token"].as_str().unwrap().to_owned();
    let mut records = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/transactions?limit=100{cursor}");
        let page = to
            .send(&Request::get(&path).bearer(&session))
            .await
            .unwrap()
            .json();
        records.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&after={next}"),
            None => break,
        }
    }
    terminate(&server);
    assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
    (server.output(), records)
}

#[tokio::test]
async fn the_demo_is_made_once_and_says_how_to_sign_in() {
    let place = scratch();
    let (said, records) = demo(place.path()).await;
    for expected in [
        "林薇",
        "+8613800000001",
        "Plum-Orbit7#Gravel",
        "Alex Morgan",
        "Token ",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(records.len() >= 35, "{}", records.len());
    let days: std::collections::BTreeSet<&str> = records
        .iter()
        .filter_map(|record| record["created_at"].as_str()?.get(..10))
        .collect();
    assert!(days.len() >= 25, "{days:?}");
    let (again, same) = demo(place.path()).await;
    assert_eq!(same, records);
    let token = |said: &str| {
        said.lines()
            .filter(|line| line.contains("Token "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(token(&again), token(&said));
    let (checked, is_clean) = launch(place.path()).check().unwrap();
    assert!(is_clean, "{checked}");
}

#[tokio::test]
async fn the_demo_keeps_out_of_other_peoples_data() {
    let place = scratch();
    drop(launch(place.path()).start().unwrap());
    let mut server = launch(place.path())
        .flag("--demo=true", "--header-timeout=20")
        .start()
        .unwrap();
    terminate(&server);
    assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
    assert!(server.output().contains("--demo was left out"));
}
