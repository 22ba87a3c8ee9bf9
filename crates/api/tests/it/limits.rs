use payments::limits::{Limits, Preset};
use serde_json::json;

use crate::{
    actors::cny,
    house::{House, Plan},
};

#[tokio::test(flavor = "multi_thread")]
async fn limits_say_what_is_used_and_how_to_raise_them() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000).await;
    alice.pay("k1", &alice.payment(&bob, 300)).await.is(201);
    let limits = alice.get("/v1/limits").await.is(200);
    assert_eq!(
        (&limits["tier"], &limits["preset"]),
        (&json!(1), &json!("plain"))
    );
    let windows = limits["currencies"][0]["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 2);
    assert_eq!(windows[0]["window"], "payment");
    assert_eq!(windows[0]["max"], cny(100_000_000));
    assert_eq!(windows[1]["window"], "day");
    assert_eq!(windows[1]["used"], cny(300));
    assert_eq!(windows[1]["resets_at"], "2026-11-23T00:00:00.000000Z");
}

/// Class I in China: a thousand yuan in a lifetime, told in advance and when it says no.
#[tokio::test(flavor = "multi_thread")]
async fn chinese_limits_explain_themselves() {
    let house = House::planned(Plan {
        limits: Limits::of(Preset::Cn),
        ..Plan::default()
    });
    let (alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(1_000_000).await;
    alice.pay("k1", &alice.payment(&bob, 60_000)).await.is(201);
    let refused = alice.pay("k2", &alice.payment(&bob, 40_001)).await;
    let problem = refused.refused(422, "limit_exceeded");
    assert_eq!(problem["limit_name"], "per_day");
    assert_eq!(problem["used"], cny(60_000));
    assert_eq!(problem["how_to_raise"], "add_factor");
    // Midnight in Shanghai.
    assert_eq!(problem["resets_at"], "2026-11-23T16:00:00.000000Z");
    let again = alice.pay("k2", &alice.payment(&bob, 40_001)).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.is(422), problem, "byte for byte");
    house.clock.advance(86_400);
    let alice = alice.elsewhere().await;
    let refused = alice.pay("k3", &alice.payment(&bob, 40_001)).await;
    let problem = refused.refused(422, "limit_exceeded");
    assert_eq!(problem["limit_name"], "lifetime");
    assert_eq!(problem["resets_at"], json!(null));
    assert_eq!(problem["how_to_raise"], "verify_identity");
    let limits = alice.get("/v1/limits").await.is(200);
    let windows = limits["currencies"][0]["windows"].as_array().unwrap();
    let names: Vec<_> = windows.iter().map(|window| &window["window"]).collect();
    assert_eq!(names, ["payment", "day", "lifetime"]);
    assert_eq!(windows[2]["used"], cny(60_000));
    let wish = json!({"to": {"account": bob.account}, "money": cny(40_001)});
    let preview = alice.post("/v1/transfers/preview", &wish).await.is(200);
    assert_eq!(preview["limits"]["left_today"], cny(40_000));
    assert_eq!(preview["rejection"], "limit_exceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn own_limits_are_lowered_at_once_and_raised_with_a_proof() {
    let house = House::new();
    let (mut alice, bob) = (house.alice().await, house.bob().await);
    alice.top_up(10_000).await;
    let body = json!({"currency": "CNY", "per_payment": 500, "per_day": 800});
    alice.post("/v1/limits", &body).await.is(200);
    let refused = alice.pay("k1", &alice.payment(&bob, 501)).await;
    let problem = refused.refused(422, "limit_exceeded");
    assert_eq!(problem["how_to_raise"], "raise_own_limit");
    alice.pay("k2", &alice.payment(&bob, 500)).await.is(201);
    let refused = alice.pay("k3", &alice.payment(&bob, 301)).await;
    assert_eq!(
        refused.refused(422, "limit_exceeded")["limit_name"],
        "per_day"
    );
    let higher = json!({"currency": "CNY", "per_payment": 501});
    let problem = alice.post("/v1/limits", &higher).await;
    let problem = problem.refused(403, "step_up_required");
    assert_eq!(
        (&problem["purpose"], &problem["resource"]),
        (&json!("raise_limit"), &json!("CNY"))
    );
    alice.step_up("raise_limit", "CNY").await;
    let raised = alice.post("/v1/limits", &higher).await.is(200);
    let windows = raised["currencies"][0]["windows"].as_array().unwrap();
    assert_eq!(windows[0]["own_max"], cny(501));
    assert_eq!(windows[1]["own_max"], cny(800), "as it was");
}
