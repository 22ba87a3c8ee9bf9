use std::io::Cursor;

use identity::{Cx, Keys, Policy, verification};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

use crate::{
    actors::{Actor, Answer, Ask},
    house::House,
    nature::SeededEntropy,
};

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::new_rgb8(32, 20)
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

fn wish(level: i64) -> Value {
    json!({
        "level": level,
        "legal_name": "张三",
        "document": {"type": "cn_id", "number": "11010519491231002x"},
        "birth_date": "1949-12-31",
    })
}

async fn begin(actor: &Actor, level: i64) -> String {
    let begun = actor.post("/v1/verifications", &wish(level)).await.is(201);
    assert_eq!(begun["state"], "draft");
    begun["id"].as_str().unwrap().to_owned()
}

async fn hand_in(actor: &Actor, id: &str, side: &str, bytes: Vec<u8>) -> Answer {
    let path = format!("/v1/verifications/{id}/files?side={side}");
    actor
        .send(Ask::raw(&path, bytes).without("content-type"))
        .await
}

async fn submit(actor: &Actor, id: &str) -> Answer {
    let path = format!("/v1/verifications/{id}/submit");
    actor.send(Ask::raw(&path, "")).await
}

/// What a reviewer says, as the operators' door says it.
async fn decide(
    house: &House,
    id: &str,
    decision: verification::Decision,
    by: &'static str,
) -> Result<verification::VerificationState, String> {
    let (id, now) = (id.parse().unwrap(), vocab::Clock::now(&*house.clock));
    let decided = house.db.write(move |tx| -> Result<_, identity::Error> {
        let (keys, policy) = (Keys::derive(1, &[7; 32]), Policy::sandbox());
        let cx = Cx {
            now,
            entropy: &SeededEntropy::new(3),
            keys: &keys,
            policy: &policy,
        };
        verification::decide(tx, &cx, id, (decision, by))
    });
    decided.await.map_err(|error| match error {
        identity::Error::Rejected(no) => no.code().to_owned(),
        identity::Error::Failed(fault) => fault.to_string(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_handed_in_and_decided_by_people() {
    let house = House::new();
    let alice = house.alice().await;
    assert_eq!(alice.get("/v1/verifications").await.is(200)["tier"], 0);
    let id = begin(&alice, 2).await;
    submit(&alice, &id).await.refused(409, "files_missing");
    let kept = hand_in(&alice, &id, "front", picture(ImageFormat::Png))
        .await
        .is(201);
    assert_eq!(kept["sha256"].as_str().unwrap().len(), 64);
    hand_in(&alice, &id, "back", picture(ImageFormat::Jpeg))
        .await
        .is(201);
    assert_eq!(submit(&alice, &id).await.is(202)["state"], "in_review");
    submit(&alice, &id).await.refused(409, "verification_step");
    let late = hand_in(&alice, &id, "front", picture(ImageFormat::Png)).await;
    late.refused(409, "verification_step");
    decide(&house, &id, verification::Decision::Approve, "op_a")
        .await
        .unwrap();
    let view = alice.get("/v1/verifications").await.is(200);
    assert_eq!(
        (&view["tier"], &view["rows"][0]["state"]),
        (&json!(2), &json!("approved"))
    );
    let again = alice.post("/v1/verifications", &wish(1)).await;
    assert_eq!(again.refused(409, "tier_not_above")["param"], "/level");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_highest_tier_takes_two_people() {
    let house = House::new();
    let alice = house.alice().await;
    let id = begin(&alice, 3).await;
    for side in ["front", "back", "selfie"] {
        hand_in(&alice, &id, side, picture(ImageFormat::Png))
            .await
            .is(201);
    }
    submit(&alice, &id).await.is(202);
    let yes = verification::Decision::Approve;
    let first = decide(&house, &id, yes, "op_a").await.unwrap();
    assert_eq!(first.code(), "in_review");
    assert_eq!(alice.get("/v1/verifications").await.is(200)["tier"], 0);
    assert_eq!(
        decide(&house, &id, yes, "op_a").await,
        Err("second_reviewer".to_owned())
    );
    assert_eq!(
        decide(&house, &id, yes, "op_b").await.unwrap().code(),
        "approved"
    );
    assert_eq!(alice.get("/v1/verifications").await.is(200)["tier"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_days_and_files_are_looked_at() {
    let house = House::new();
    let alice = house.alice().await;
    let mut wrong = wish(1);
    wrong["document"]["number"] = json!("110105194912310021");
    let refused = alice.post("/v1/verifications", &wrong).await;
    assert_eq!(
        refused.refused(422, "document_number_invalid")["param"],
        "/document/number"
    );
    let mut wrong = wish(1);
    wrong["birth_date"] = json!("1949-12-30");
    alice
        .post("/v1/verifications", &wrong)
        .await
        .refused(422, "birth_date_invalid");
    let mut wrong = wish(1);
    wrong["tier"] = json!(3);
    alice
        .post("/v1/verifications", &wrong)
        .await
        .refused(400, "unknown_field");
    let id = begin(&alice, 1).await;
    let svg = hand_in(&alice, &id, "front", b"<svg onload='x'/>".to_vec()).await;
    svg.refused(415, "file_not_allowed");
    let cut = picture(ImageFormat::Png)[..40].to_vec();
    hand_in(&alice, &id, "front", cut)
        .await
        .refused(422, "picture_broken");
    let mut flood = picture(ImageFormat::Png);
    flood.resize(5 * 1024 * 1024 + 1, 0);
    hand_in(&alice, &id, "front", flood)
        .await
        .refused(413, "body_too_large");
    let pixels = {
        let mut bytes = Vec::new();
        DynamicImage::new_luma8(5_001, 5_000)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        bytes
    };
    hand_in(&alice, &id, "front", pixels)
        .await
        .refused(413, "file_too_large");
    let nowhere = hand_in(&alice, &id, "inside", picture(ImageFormat::Png)).await;
    nowhere.refused(400, "invalid_parameter");
    hand_in(&alice, &id, "front", b"%PDF-1.7 anything".to_vec())
        .await
        .is(201);
}

/// One document belongs to one account, and only its owner's verification is theirs to touch.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_serves_one_account() {
    let house = House::new();
    let (alice, bob) = (house.alice().await, house.bob().await);
    let (hers, his) = (begin(&alice, 1).await, begin(&bob, 1).await);
    let foreign = hand_in(&bob, &hers, "front", picture(ImageFormat::Png)).await;
    foreign.refused(404, "not_found");
    submit(&bob, &hers).await.refused(404, "not_found");
    for (actor, id) in [(&alice, &hers), (&bob, &his)] {
        hand_in(actor, id, "front", picture(ImageFormat::Png))
            .await
            .is(201);
    }
    submit(&alice, &hers).await.is(202);
    submit(&bob, &his).await.refused(409, "identity_taken");
    bob.post("/v1/verifications", &wish(1))
        .await
        .refused(409, "identity_taken");
    // A no frees the document.
    decide(&house, &hers, verification::Decision::Reject, "op_a")
        .await
        .unwrap();
    submit(&bob, &his).await.is(202);
}
