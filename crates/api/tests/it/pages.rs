use std::sync::Arc;

use axum::http::Method;
use serde_json::json;

use crate::{
    actors::{Actor, Answer, Ask},
    house::{House, Plan},
};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// A house with a small build.
fn house() -> Arc<House> {
    let files: &[(&str, &'static [u8])] = &[
        ("index.html", b"<!doctype html>"),
        ("index.html.br", b"br page"),
        ("index.html.gz", b"gz page"),
        ("sw.js", b"worker"),
        ("assets/app-1a2b.js", b"app"),
        ("assets/app-1a2b.js.gz", b"gz app"),
        ("assets/lone-3c4d.css.br", b"nothing beside it"),
        (".vite/manifest.json", b"{}"),
    ];
    House::planned(Plan {
        site: Some(api::Pages::new(files)),
        ..Plan::default()
    })
}

async fn visit(anon: &Actor, path: &str) -> Answer {
    anon.send(Ask::get(path).with("accept", HTML)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wallet_opens_at_the_root_and_on_its_own_routes() {
    let anon = house().anon();
    for path in [
        "/",
        "/records/trf_1",
        "/me/token",
        "/not-me",
        "/v2",
        "/a%2e%2e/%2e%2e/etc",
    ] {
        let page = visit(&anon, path).await;
        assert_eq!(
            (page.status, &page.body[..]),
            (200, &b"<!doctype html>"[..]),
            "{path}"
        );
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert_eq!(page.header("vary"), "Accept-Encoding");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("camera=(self)"));
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline"), "{policy}");
    }
    let plain = anon.get("/").await;
    assert_eq!(plain.status, 200, "the root is a page to everybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_never_answers_for_the_api() {
    let anon = house().anon();
    for path in [
        "/v1",
        "/v1/nothing",
        "/sandbox/x",
        "/ops",
        "/ops/v1/x",
        "/docs/nothing",
    ] {
        visit(&anon, path).await.refused(404, "not_found");
    }
    visit(&anon, "/v1/me").await.refused(401, "unauthenticated");
    assert_eq!(visit(&anon, "/healthz").await.is(200)["state"], "live");
    let contract = visit(&anon, "/openapi.json").await.is(200);
    assert_eq!(contract["info"]["title"], "Tael");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_reader_that_wants_a_page_is_given_one() {
    let anon = house().anon();
    for accept in ["*/*", "application/json", "text/html;q=0", ""] {
        let ask = Ask::get("/records").with("accept", accept);
        anon.send(ask).await.refused(404, "not_found");
    }
    anon.get("/records").await.refused(404, "not_found");
    let posted = Ask::post("/", &json!({})).with("accept", HTML);
    let problem = anon.send(posted).await.refused(404, "not_found");
    assert_eq!(problem["outcome"], "not_applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_looked_up_whole() {
    let anon = house().anon();
    for path in [
        "/assets/none-0000.js",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/lone-3c4d.css",
        "/.vite/manifest.json",
        "/index.html.br",
        "//etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%00",
    ] {
        anon.get(path).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hashed_files_are_kept_for_ever_and_others_asked_for_again() {
    let anon = house().anon();
    let app = anon.get("/assets/app-1a2b.js").await;
    assert_eq!(app.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(
        app.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let worker = anon.get("/sw.js").await;
    assert_eq!(worker.header("cache-control"), "no-cache");
    let tag = worker.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 20, "{tag}");
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        let again = anon
            .send(Ask::get("/sw.js").with("if-none-match", &known))
            .await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), tag);
    }
    let stale = anon
        .send(Ask::get("/sw.js").with("if-none-match", "\"other\""))
        .await;
    assert_eq!((stale.status, &stale.body[..]), (200, &b"worker"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_as_its_reader_can_take_it() {
    let anon = house().anon();
    let cases = [
        ("/", "gzip, deflate, br", "br", "br page"),
        ("/", "gzip;q=1, br;q=0", "gzip", "gz page"),
        ("/", "br;q=0.0", "", "<!doctype html>"),
        ("/", "", "", "<!doctype html>"),
        ("/assets/app-1a2b.js", "BR, GZIP", "gzip", "gz app"),
        ("/sw.js", "gzip, br", "", "worker"),
    ];
    let mut tags = Vec::new();
    for (path, accepted, coding, body) in cases {
        let answer = anon
            .send(Ask::get(path).with("accept-encoding", accepted))
            .await;
        assert_eq!(
            answer.header("content-encoding"),
            coding,
            "{path} {accepted}"
        );
        assert_eq!(
            String::from_utf8_lossy(&answer.body),
            body,
            "{path} {accepted}"
        );
        tags.push(answer.header("etag").to_owned());
    }
    assert_eq!(tags[2], tags[3]);
    assert_ne!(tags[0], tags[1], "other bytes, another tag");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_tells_what_get_would_send() {
    let anon = house().anon();
    let ask = Ask::new(Method::HEAD, "/assets/app-1a2b.js");
    let answer = anon.send(ask).await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-length"), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_pages_says_how_to_get_them() {
    let bare = House::planned(Plan {
        site: Some(api::Pages::default()),
        ..Plan::default()
    });
    let anon = bare.anon();
    let page = visit(&anon, "/").await;
    assert_eq!(page.status, 404);
    assert!(String::from_utf8_lossy(&page.body).contains("npm run build"));
    anon.get("/records").await.refused(404, "not_found");
}
