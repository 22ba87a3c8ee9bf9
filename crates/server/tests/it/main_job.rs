use serde_json::json;
use server::bench::client::{Connection, Request};

use crate::world::{Answered, FUNDS, STOP_LIMIT, World, launch, scratch, terminate};

#[tokio::test]
async fn people_sign_up_pay_and_see_it() {
    let place = scratch();
    let mut world = World::start(&launch(place.path())).await;
    let paid = world.pay("tea", 1_234).await;
    assert_eq!(paid.status, 201, "{}", paid.json());
    let transfer = paid.json();
    assert_eq!(
        transfer["money"],
        json!({"amount": 1_234, "currency": "CNY"})
    );
    assert_eq!(world.posted().await, (FUNDS - 1_234, FUNDS + 1_234));
    let id = transfer["id"].as_str().unwrap().to_owned();
    for person in [world.alice.clone(), world.bob.clone()] {
        let records = person
            .records_until(&mut world.to, |_| false)
            .await
            .unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!(records[0], id);
    }
}

#[tokio::test]
async fn a_sandbox_says_so_and_is_ready() {
    let place = scratch();
    let mut server = launch(place.path()).start().unwrap();
    let mut to = Connection::open(server.address()).await.unwrap();
    for path in ["/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(
            to.send(&Request::get(path)).await.unwrap().status,
            200,
            "{path}"
        );
    }
    let metrics = to.send(&Request::get("/metrics")).await.unwrap();
    assert!(String::from_utf8_lossy(metrics.body).contains("# EOF"));
    terminate(&server);
    assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
    let said = server.output();
    assert!(said.contains("SANDBOX 沙盒: play money"), "{said}");
}

#[tokio::test]
async fn a_client_that_leaves_after_sending_finds_one_effect() {
    let place = scratch();
    let mut world = World::start(&launch(place.path())).await;
    let request = world.alice.payment(&world.wish("gone", 700));
    for _ in 0..5 {
        let to = Connection::open(world.server.address()).await.unwrap();
        to.abandon(&request).await.unwrap();
    }
    let mut again = world.pay("gone", 700).await;
    while again.status == 409 && again.code() == "request_in_progress" {
        again = world.pay("gone", 700).await;
    }
    assert_eq!(again.status, 201, "{}", again.json());
    assert_eq!(world.posted().await, (FUNDS - 700, FUNDS + 700));
    let once_more = world.pay("gone", 700).await;
    assert_eq!(once_more.body, again.body);
    assert!(once_more.is_replayed);
}

#[tokio::test]
async fn an_answer_survives_a_restart_byte_for_byte() {
    let place = scratch();
    let launch = launch(place.path());
    let mut world = World::start(&launch).await;
    let paid = world.pay("tea", 1_234).await;
    let refused = world.pay("yacht", FUNDS * 10).await;
    assert_eq!((paid.status, refused.status), (201, 422));
    let mut world = world.restart(&launch).await;
    for (key, amount, first) in [("tea", 1_234, paid), ("yacht", FUNDS * 10, refused)] {
        let again = world.pay(key, amount).await;
        assert_eq!(
            again,
            Answered {
                is_replayed: true,
                ..first
            }
        );
    }
    assert_eq!(world.posted().await, (FUNDS - 1_234, FUNDS + 1_234));
}
