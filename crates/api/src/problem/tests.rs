use std::collections::BTreeSet;

use axum::http::header;
use payments::Rejection as Payment;
use serde_json::Value;

use super::*;

const ANSWERING: Answering = Answering {
    request: RequestId::from_raw(5),
    language: Language::En,
    is_write: true,
};

async fn written(problem: &Problem) -> (Response<()>, Value) {
    let (parts, body) = problem.render(ANSWERING).into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body at hand");
    let value = serde_json::from_slice(&bytes).expect("JSON");
    (Response::from_parts(parts, ()), value)
}

type Response<T> = axum::http::Response<T>;

#[tokio::test]
async fn every_code_is_written_whole() {
    for &code in Code::ALL {
        let (response, body) = written(&code.into()).await;
        assert_eq!(response.status(), code.status());
        assert_eq!(body["code"], code.name());
        assert_eq!(body["outcome"], code.effect().name());
        let waits = response.headers().contains_key(header::RETRY_AFTER);
        let must_wait = [429, 503].contains(&code.status().as_u16());
        assert_eq!(
            waits,
            must_wait || code == Code::RequestInProgress,
            "{code:?}"
        );
        assert!(!must_wait || code.is_retryable(), "{code:?}");
    }
}

/// The names in the journal and in the table are the same, and so are those of the identity room,
/// save where the table says less on purpose.
#[test]
fn the_rooms_and_the_table_use_the_same_names() {
    for law in ledger::Rejection::ALL {
        let payment = Payment::from(*law);
        assert_eq!(
            Problem::from(&payment).code().name(),
            payment.code(),
            "{law:?}"
        );
    }
    let ours: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
    let renamed = [
        "registration_not_found",
        "session_not_found",
        "step_up_not_found",
        "device_not_found",
        "passkey_not_found",
        "pin_needs_device",
        "notice_not_found",
        "security_token_not_found",
        "message_not_found",
        "access_token_not_found",
        "freeze_not_found",
        "freeze_request_not_found",
        "user_not_found",
        "recovery_not_found",
        "case_not_found",
        "contact_not_found",
        "confirmation_not_found",
        "export_not_found",
        "verification_not_found",
        "security_token_wrong",
        "security_token_missing",
    ];
    let lists = [identity::Rejection::CODES, identity::LifeRefusal::CODES];
    for code in lists.concat() {
        assert!(ours.contains(code) || renamed.contains(&code), "{code}");
    }
}

#[tokio::test]
async fn a_wait_is_told_in_seconds_and_as_a_moment() {
    let at = ANSWERING.request.time().plus_seconds(30);
    let problem = Problem::from(Code::CodesTooMany).with_retry_at(at);
    let (response, body) = written(&problem).await;
    assert_eq!(response.headers()[header::RETRY_AFTER], "31");
    assert_eq!(body["retry_at"], at.to_string());
}

#[tokio::test]
async fn a_repeat_speaks_as_the_first_did() {
    let first = Reply {
        request: 99,
        language: Language::Zh,
    };
    let problem =
        Problem::from(&Payment::InsufficientFunds).answered_first_by(first, Replay::Repeat);
    let (response, body) = written(&problem).await;
    assert_eq!(body["title"], Code::InsufficientFunds.title(Language::Zh));
    assert_eq!(body["request_id"], RequestId::from_raw(99).to_string());
    assert_eq!(response.headers()[REPLAYED], "true");
}
