//! What strangers can have sent, and what they do for it first.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use identity::policy::Pumping;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    actors::Ask,
    house::{House, Plan},
};

const PHONE: &str = "+8613800000001";

fn with(pumping: Pumping) -> Plan {
    let mut plan = Plan::default();
    plan.policy.pumping = pumping;
    plan
}

/// As in production, with less to try.
fn working() -> Plan {
    with(Pumping {
        work_bits: Some(6),
        ..Pumping::sandbox()
    })
}

fn hash(salt: &str, number: u64) -> String {
    let hash = Sha256::digest(format!("{salt}{number}"));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Finds the number as any client would.
fn solve(challenge: &Value) -> Value {
    assert_eq!(challenge["algorithm"], "SHA-256");
    let salt = challenge["salt"].as_str().unwrap();
    let most = challenge["maxnumber"].as_u64().unwrap();
    let fits = |number: &u64| hash(salt, *number) == challenge["challenge"];
    json!({
        "algorithm": "SHA-256",
        "challenge": challenge["challenge"],
        "number": (0..=most).find(fits).unwrap(),
        "salt": salt,
        "signature": challenge["signature"],
    })
}

fn start(phone: &str, solution: Option<&Value>) -> Ask {
    let body = json!({"phone": phone, "accept_terms": true});
    post("/v1/registrations", &body, solution)
}

fn post(path: &str, body: &Value, solution: Option<&Value>) -> Ask {
    let ask = Ask::post(path, body);
    match solution {
        None => ask,
        Some(solution) => ask.with("tael-proof-of-work", &STANDARD.encode(solution.to_string())),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_works_before_a_message_is_sent() {
    let house = House::planned(working());
    let asked = house.send(start(PHONE, None).build()).await;
    let problem = asked.refused(403, "proof_of_work_required");
    let challenge = &problem["challenge"];
    assert_eq!(challenge["difficulty"], 6);
    assert_eq!(challenge["maxnumber"], 63);
    let solution = solve(challenge);
    house
        .send(start(PHONE, Some(&solution)).build())
        .await
        .is(202);
    let again = house
        .send(start("+8613800000002", Some(&solution)).build())
        .await;
    again.refused(403, "proof_of_work_required");
    house.message(PHONE, "code").await;
}

/// S-63: a solution is good for its door, its moment and its numbers alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_work_cannot_be_spliced_moved_or_kept() {
    let house = House::planned(working());
    let asked = house.send(start(PHONE, None).build()).await;
    let solution = solve(&asked.refused(403, "proof_of_work_required")["challenge"]);
    let refused = async |ask: Ask| {
        house
            .send(ask.build())
            .await
            .refused(403, "proof_of_work_required");
    };
    let identifier = json!({"identifier": PHONE});
    for door in ["/v1/recoveries", "/v1/freeze-requests"] {
        refused(post(door, &identifier, Some(&solution))).await;
    }
    let salt = solution["salt"].as_str().unwrap();
    let number = solution["number"].as_u64().unwrap();
    // The number's first digit is moved into the salt, and so on: the same hash, another meaning.
    let mut longer = solution.clone();
    longer["salt"] = json!(format!("{salt}{number}"));
    longer["number"] = json!(0);
    let mut later = solution.clone();
    later["salt"] = json!(salt.replace("expires=1", "expires=9"));
    later["challenge"] = json!(hash(later["salt"].as_str().unwrap(), number));
    let mut wrong = solution.clone();
    wrong["number"] = json!(number + 1);
    let mut unsigned = solution.clone();
    unsigned["signature"] = json!("0".repeat(64));
    for bent in [longer, later, wrong, unsigned, json!({}), json!("é")] {
        refused(start(PHONE, Some(&bent))).await;
    }
    house.clock.advance(121);
    refused(start(PHONE, Some(&solution))).await;
    let asked = house
        .send(post("/v1/freeze-requests", &identifier, None).build())
        .await;
    let fresh = solve(&asked.refused(403, "proof_of_work_required")["challenge"]);
    let ask = post("/v1/freeze-requests", &identifier, Some(&fresh));
    house.send(ask.build()).await.is(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_other_countries_get_no_codes() {
    let house = House::planned(with(Pumping {
        countries: vec!["CN".to_owned()],
        ..Pumping::sandbox()
    }));
    house.send(start(PHONE, None).build()).await.is(202);
    for abroad in ["+14155552671", "+442071838750", "+85221234567"] {
        let refused = house.send(start(abroad, None).build()).await;
        refused.refused(422, "country_not_served");
    }
    let by_mail = json!({"email": "alice@example.com", "accept_terms": true});
    house
        .send(post("/v1/registrations", &by_mail, None).build())
        .await
        .is(202);
}

/// S-44: a script that asks for a thousand numbers gets what the budget has, and no more.
#[tokio::test(flavor = "multi_thread")]
async fn pumping_ends_at_the_budget() {
    let house = House::planned(with(Pumping {
        prefix_per_hour: 3,
        per_hour: 5,
        per_day: 7,
        ..Pumping::sandbox()
    }));
    let sent = async |prefix: &str, most: u32| {
        let mut sent = 0;
        for n in 0..most {
            let answer = house
                .send(start(&format!("{prefix}{n:04}"), None).build())
                .await;
            match answer.status {
                202 => sent += 1,
                _ => {
                    let problem = answer.refused(429, "messages_paused");
                    assert!(problem["retry_at"].is_string());
                }
            }
        }
        sent
    };
    assert_eq!(sent("+861380000", 20).await, 3, "one prefix");
    assert_eq!(sent("+861390000", 20).await, 2, "and all of them");
    house.clock.advance(3_600);
    assert_eq!(sent("+861370000", 20).await, 2, "and the day");
    let by_mail = json!({"email": "alice@example.com", "accept_terms": true});
    house
        .send(post("/v1/registrations", &by_mail, None).build())
        .await
        .is(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_whose_codes_nobody_uses_is_paused() {
    let house = House::planned(with(Pumping {
        judged_sends: 4,
        used_percent: 50,
        ..Pumping::sandbox()
    }));
    let begin = async |phone: String| house.send(start(&phone, None).build()).await;
    for n in 0..2 {
        let phone = format!("+861380000000{n}");
        let id = begin(phone.clone()).await.is(202)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let code = house.message(&phone, "code").await;
        let path = format!("/v1/registrations/{id}/verify");
        house
            .send(post(&path, &json!({"code": code}), None).build())
            .await
            .is(200);
    }
    for n in 2..4 {
        begin(format!("+861380000000{n}")).await.is(202);
    }
    // Two of four were used: just enough for one more, which nobody uses.
    begin("+8613800000009".to_owned()).await.is(202);
    let paused = begin("+8613800000008".to_owned()).await;
    paused.refused(429, "messages_paused");
    begin("+8613900000008".to_owned()).await.is(202);
    house.clock.advance(86_400);
    begin("+8613800000008".to_owned()).await.is(202);
}
