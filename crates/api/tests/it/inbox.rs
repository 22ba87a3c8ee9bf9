use crate::{actors::Ask, house::House};

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_paged_and_read() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let all = alice.get("/v1/inbox").await.is(200);
    let all = all["data"].as_array().unwrap();
    assert!(
        all.len() >= 2,
        "the welcome and the Token's activation: {all:?}"
    );
    let first = alice.get("/v1/inbox?limit=1").await.is(200);
    assert_eq!(first["data"][0], all[0]);
    let next = first["next"].as_str().unwrap();
    let second = alice
        .get(&format!("/v1/inbox?limit=1&after={next}"))
        .await
        .is(200);
    assert_eq!(second["data"][0], all[1]);
    let unread = alice.get("/v1/me").await.is(200)["unread"]
        .as_i64()
        .unwrap();
    let read = format!("/v1/inbox/{}/read", all[0]["id"].as_str().unwrap());
    bob.send(Ask::raw(&read, ""))
        .await
        .refused(404, "not_found");
    assert_eq!(
        alice.send(Ask::raw(&read, "")).await.is(200)["outcome"],
        "applied"
    );
    alice.send(Ask::raw(&read, "")).await.is(200);
    assert_eq!(alice.get("/v1/me").await.is(200)["unread"], unread - 1);
    let page = alice.get("/v1/inbox?limit=1").await.is(200);
    assert!(page["data"][0]["read_at"].is_string());
    alice
        .get("/v1/inbox?colour=red")
        .await
        .refused(400, "unknown_filter");
}
