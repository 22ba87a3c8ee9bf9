use serde_json::json;

use crate::{actors::Ask, house::House};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_wallet_has_one_empty_account() {
    let house = House::new();
    let alice = house.alice().await;
    let wallet = alice.get("/v1/wallet").await.is(200);
    assert_eq!(
        wallet["accounts"],
        json!([{
            "id": alice.account, "currency": "CNY", "posted": 0, "held": 0, "available": 0,
            "state": "open",
        }])
    );
    let me = alice.get("/v1/me").await.is(200);
    assert_eq!(me["id"], alice.user);
    assert_eq!(me["locale"], "zh");
    assert_eq!(me["contacts"][0]["value"], "+8613800000001");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_opened_once_per_currency() {
    let house = House::new();
    let alice = house.alice().await;
    let usd = json!({"currency": "USD"});
    let opened = alice.post("/v1/wallet/accounts", &usd).await.is(201);
    assert_eq!(
        alice.post("/v1/wallet/accounts", &usd).await.is(200)["id"],
        opened["id"]
    );
    let answer = alice
        .post("/v1/wallet/accounts", &json!({"currency": "XXX"}))
        .await;
    answer.refused(400, "invalid_currency");
    let mut both = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let alice = alice.clone();
        both.spawn(async move {
            let eur = Ask::post("/v1/wallet/accounts", &json!({"currency": "EUR"}));
            alice.send(eur).await.json()["id"].clone()
        });
    }
    let ids = both.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(
        alice.get("/v1/wallet").await.is(200)["accounts"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}
