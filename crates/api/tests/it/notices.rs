use std::sync::Arc;

use serde_json::json;

use crate::house::House;

/// The secret of the newest link "this was not me" that went to somebody.
async fn link(house: &Arc<House>, to: &str) -> String {
    house.deliver().await;
    let path = format!("/sandbox/messages?to={}", to.replace('+', "%2B"));
    let page = house.anon().get(&path).await.is(200);
    let texts = page["data"].as_array().unwrap().iter();
    let mut links = texts.filter_map(|message| message["text"].as_str()?.split_once("/not-me#"));
    links.next().expect("a link").1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn this_was_not_me_ends_every_session_once_and_without_signing_in() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let phone = alice.elsewhere().await;
    let secret = link(&house, &alice.contact).await;
    let body = json!({"token": secret});
    let done = house
        .anon()
        .post("/v1/notices/repudiate", &body)
        .await
        .is(200);
    assert_eq!(done["notice"], "new_device");
    assert_eq!(
        (&done["state"], &done["freeze"]["kind"]),
        (&json!("frozen"), &json!("debit"))
    );
    for place in [&alice, &phone] {
        place.get("/v1/me").await.refused(401, "unauthenticated");
    }
    bob.get("/v1/me").await.is(200);
    let again = house.anon().post("/v1/notices/repudiate", &body).await;
    again.refused(410, "notice_expired");
    let alice = alice.elsewhere().await;
    let payment = alice.payment(&bob, 100);
    let stopped = alice.pay("after", &payment).await;
    stopped.refused(423, "account_frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_serves_three_days_and_no_guess_is_one() {
    let house = House::new();
    let alice = house.alice().await;
    let secret = link(&house, &alice.contact).await;
    let anon = house.anon();
    let changed = format!("{}0", &secret[..secret.len() - 1]);
    let other = if changed == secret {
        "tnm_".to_owned()
    } else {
        changed
    };
    for wrong in [other.as_str(), "", "tnm_00"] {
        let body = json!({"token": wrong});
        let answer = anon.post("/v1/notices/repudiate", &body).await;
        answer.refused(404, "not_found");
    }
    house.clock.advance(72 * 3_600);
    let answer = anon
        .post("/v1/notices/repudiate", &json!({"token": secret}))
        .await;
    answer.refused(410, "notice_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn s_09_of_100_parallel_repudiations_one_counts() {
    let house = House::new();
    let alice = house.alice().await;
    let body = json!({"token": link(&house, &alice.contact).await});
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (anon, body) = (house.anon(), body.clone());
        all.spawn(async move { anon.post("/v1/notices/repudiate", &body).await.status });
    }
    let answers = all.join_all().await;
    let done = answers.iter().filter(|&&status| status == 200).count();
    let gone = answers.iter().filter(|&&status| status == 410).count();
    assert_eq!((done, gone), (1, 99));
}
