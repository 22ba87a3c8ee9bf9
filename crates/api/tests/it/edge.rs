use axum::{body::Body, http::Request};
use bytes::Bytes;
use http_body_util::StreamBody;
use serde_json::json;

use crate::{actors::Ask, house::House};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_its_headers() {
    let house = House::new();
    let anon = house.anon();
    for path in [
        "/v1/me",
        "/healthz",
        "/nowhere",
        "/openapi.json",
        "/v1/ledger/head",
    ] {
        let ask = Ask::get(path).with("x-request-id", "req_mine");
        let answer = anon.send(ask).await;
        assert!(answer.header("x-request-id").starts_with("req_"));
        assert_ne!(
            answer.header("x-request-id"),
            "req_mine",
            "never taken over"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_a_problem() {
    let house = House::new();
    let anon = house.anon();
    anon.get("/").await.refused(404, "not_found");
    anon.get("/v1/nothing").await.refused(404, "not_found");
    let problem = anon
        .send(Ask::post("/v2/transfers", &json!({})))
        .await
        .refused(404, "not_found");
    assert_eq!(problem["outcome"], "not_applied");
    let answer = anon.send(Ask::delete("/v1/me")).await;
    assert_eq!(answer.header("allow"), "GET,HEAD");
    answer.refused(405, "method_not_allowed");
    let answer = anon.send(Ask::delete("/v1/transfers")).await;
    assert!(
        answer.header("allow").contains("POST"),
        "{}",
        answer.header("allow")
    );
    answer.refused(405, "method_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_speak_the_language_of_the_reader() {
    let house = House::new();
    let anon = house.anon();
    for (accept, language, title) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh", "请先登录"),
        ("de,en;q=0.5", "en", "Sign in first"),
    ] {
        let answer = anon
            .send(Ask::get("/v1/me").with("accept-language", accept))
            .await;
        assert_eq!(answer.header("content-language"), language);
        assert_eq!(answer.header("vary"), "Accept-Language");
        assert_eq!(answer.refused(401, "unauthenticated")["title"], title);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_json_is_read() {
    let house = House::new();
    let anon = house.anon();
    let body = json!({"identifier": "a", "password": "b"});
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=gbk",
    ] {
        let ask = Ask::post("/v1/sessions", &body)
            .without("content-type")
            .with("content-type", kind);
        anon.send(ask).await.refused(415, "unsupported_media_type");
    }
    let none = Ask::post("/v1/sessions", &body).without("content-type");
    anon.send(none).await.refused(415, "unsupported_media_type");
    let packed = Ask::post("/v1/sessions", &body).with("content-encoding", "gzip");
    anon.send(packed)
        .await
        .refused(415, "unsupported_media_type");
    let named = json!({"a".repeat(9_000): 1});
    let problem = anon
        .post("/v1/sessions", &named)
        .await
        .refused(400, "unknown_field");
    assert!(
        problem.to_string().len() < 2_000,
        "a caller's own words are cut"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_are_refused() {
    let house = House::new();
    let alice = house.alice().await;
    let deep = "[".repeat(60_000);
    let nul = br#"{"identifier": "\u0000", "password": "x"}"#.to_vec();
    let cases: [(Vec<u8>, u16, &str); 7] = [
        (b"".to_vec(), 400, "malformed_json"),
        (
            b"{\"identifier\": \"\xff\"}".to_vec(),
            400,
            "malformed_json",
        ),
        (b"{\"a\":1}x".to_vec(), 400, "malformed_json"),
        (deep.into_bytes(), 400, "malformed_json"),
        (nul, 400, "invalid_field"),
        (
            br#"{"identifier":"a","identifier":"a","password":"x"}"#.to_vec(),
            400,
            "duplicate_field",
        ),
        (vec![b' '; 10 * 1024 * 1024], 413, "body_too_large"),
    ];
    for (body, status, code) in cases {
        alice
            .send(Ask::raw("/v1/sessions", body))
            .await
            .refused(status, code);
    }
    // 100,000 levels do not fit into a body; a body that does not say its size is cut as well.
    let deepest = "[".repeat(100_000);
    alice
        .send(Ask::raw("/v1/transfers", deepest))
        .await
        .refused(413, "body_too_large");
    let chunks = (0..200).map(|_| Ok::<_, std::io::Error>(hyper_frame(1024)));
    let body = Body::new(StreamBody::new(Chunks(chunks)));
    let request = Request::post("/v1/sessions").header("content-type", "application/json");
    house
        .send(request.body(body).unwrap())
        .await
        .refused(413, "body_too_large");
}

fn hyper_frame(size: usize) -> http_body::Frame<Bytes> {
    http_body::Frame::data(Bytes::from(vec![b' '; size]))
}

/// An iterator as a stream that never waits.
struct Chunks<I>(I);

impl<I: Iterator + Unpin> futures_core::Stream for Chunks<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let house = House::new();
    let request = Request::post("/v1/sessions").header("content-type", "application/json");
    let body = Body::new(StreamBody::new(Never));
    house
        .send(request.body(body).unwrap())
        .await
        .refused(408, "body_timeout");
}

/// A body that never arrives.
struct Never;

impl futures_core::Stream for Never {
    type Item = Result<http_body::Frame<Bytes>, std::io::Error>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Pending
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_how_the_server_is() {
    let house = House::new();
    let alice = house.alice().await;
    alice.top_up(5).await;
    let anon = house.anon();
    assert_eq!(anon.get("/healthz").await.is(200)["state"], "live");
    assert_eq!(anon.get("/readyz").await.is(200)["state"], "ready");
    let metrics = anon.get("/metrics").await;
    assert!(
        metrics
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    for name in [
        "tael_http_requests_total{route=\"top-ups\",class=\"2xx\"} 1",
        "tael_http_seconds_bucket",
        "tael_http_shed_total 0",
        "tael_db_writable 1",
        "tael_db_queue_depth 0",
        "tael_db_batch_size_bucket",
        "tael_db_commit_seconds_sum",
        "tael_db_shed_total 0",
        "tael_books_tail_records",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(text.ends_with("# EOF\n"));
    house.db.shut_down().unwrap();
    anon.get("/readyz").await.refused(503, "unavailable");
    anon.get("/healthz").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_docs_come_from_this_server_alone() {
    let house = House::new();
    let anon = house.anon();
    let page = anon.get("/docs/").await;
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self'")
    );
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(page.status == 200 && !html.contains("https://"), "{html}");
    assert_eq!(anon.get("/docs/swagger-ui-bundle.js").await.status, 200);
    assert_eq!(anon.get("/docs").await.header("location"), "/docs/");
    anon.get("/docs/nothing").await.refused(404, "not_found");
}
