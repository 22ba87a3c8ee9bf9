//! Two servers on one database.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use server::bench::{
    client::{Connection, Request},
    process::{Launch, Process},
};
use tempfile::TempDir;

use crate::world::{Answered, FUNDS, STOP_LIMIT, World, launch, scratch, tael, text};

/// What one server changed holds on the other after this at the latest.
const HOLDS_WITHIN: Duration = Duration::from_secs(1);

/// Two servers, each with a data directory of its own that has the same keys.
struct Pair {
    url: String,
    first: TempDir,
    _second: TempDir,
    here: World,
    other: Process,
    there: Connection,
}

impl Pair {
    async fn start() -> Self {
        let url = testkit::engine::new_database();
        let (first, second) = (scratch(), scratch());
        let on = |data: &Path| -> Launch { launch(data).flag("--database", &url) };
        let here = World::start(&on(first.path())).await;
        std::fs::copy(first.path().join("mode"), second.path().join("mode")).unwrap();
        let copied = std::process::Command::new("cp")
            .args(["-a", text(&first.path().join("keys")), text(second.path())])
            .status();
        assert!(copied.unwrap().success());
        let other = on(second.path()).start().unwrap();
        let there = Connection::open(other.address()).await.unwrap();
        Self {
            url,
            first,
            _second: second,
            here,
            other,
            there,
        }
    }

    /// Asks the other server until it answers with this status; fails when that takes too long.
    async fn until(&mut self, request: &Request, status: u16) {
        let begun = Instant::now();
        loop {
            let answer = Answered::of(&self.there.send(request).await.unwrap());
            if answer.status == status {
                return;
            }
            assert!(
                begun.elapsed() < HOLDS_WITHIN,
                "still {} {}",
                answer.status,
                answer.code()
            );
            tokio::task::yield_now().await;
        }
    }

    fn check(&self) {
        let data = text(self.first.path());
        let checked = tael(&["check", "--data", data, "--database", &self.url]);
        assert!(checked.status.success(), "{checked:?}");
    }

    fn stop(self) {
        self.check();
        assert!(self.here.server.stop(STOP_LIMIT).unwrap().success());
        assert!(self.other.stop(STOP_LIMIT).unwrap().success());
    }
}

#[tokio::test]
async fn one_intention_has_one_effect_wherever_it_is_asked_for() {
    let mut pair = Pair::start().await;
    let paid = pair.here.pay("one", 5).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let again = pair.here.alice.payment(&pair.here.wish("one", 5));
    let again = Answered::of(&pair.there.send(&again).await.unwrap());
    assert!(again.is_replayed, "{again:?}");
    assert_eq!(again.body, paid.body);
    for number in 0..40 {
        let key = format!("both-{number}");
        let request = pair.here.alice.payment(&pair.here.wish(&key, 1));
        let (one, two) = tokio::join!(pair.here.to.send(&request), pair.there.send(&request));
        let (one, two) = (Answered::of(&one.unwrap()), Answered::of(&two.unwrap()));
        assert_eq!((one.status, two.status), (201, 201), "{one:?} {two:?}");
        assert_eq!(one.body, two.body);
        assert!(one.is_replayed != two.is_replayed);
    }
    assert_eq!(pair.here.posted().await, (FUNDS - 45, FUNDS + 45));
    pair.stop();
}

#[tokio::test]
async fn what_is_ended_on_one_server_is_ended_on_the_other_within_a_second() {
    let mut pair = Pair::start().await;
    let wish = pair.here.wish("warm", 1);
    let warm = pair.here.alice.payment(&wish);
    assert_eq!(pair.there.send(&warm).await.unwrap().status, 201);

    let session = pair.here.alice.session.clone();
    let tokens = Request::get("/v1/security-tokens").bearer(&session);
    let tokens = Answered::of(&pair.here.to.send(&tokens).await.unwrap()).json();
    let id = tokens["data"][0]["id"].as_str().unwrap().to_owned();
    let cancel = Request::new("DELETE", &format!("/v1/security-tokens/{id}")).bearer(&session);
    let canceled = pair.here.to.send(&cancel).await.unwrap().status;
    assert!((200..300).contains(&canceled), "{canceled}");
    let refused = pair.here.alice.payment(&pair.here.wish("refused", 1));
    let refused = Answered::of(&pair.here.to.send(&refused).await.unwrap());
    let begun = Instant::now();
    let mut round = 0;
    loop {
        round += 1;
        let next = pair.here.wish(&format!("late-{round}"), 1);
        let next = pair.here.alice.payment(&next);
        let answer = Answered::of(&pair.there.send(&next).await.unwrap());
        if answer.status == refused.status {
            assert_eq!(answer.code(), refused.code());
            break;
        }
        assert!(begun.elapsed() < HOLDS_WITHIN, "the Token still pays");
    }

    let me = Request::get("/v1/me").bearer(&session);
    assert_eq!(pair.there.send(&me).await.unwrap().status, 200);
    let end = Request::new("DELETE", "/v1/sessions/current").bearer(&session);
    let ended = pair.here.to.send(&end).await.unwrap().status;
    assert!((200..300).contains(&ended), "{ended}");
    pair.until(&me, 401).await;
    pair.stop();
}

#[tokio::test]
async fn what_is_frozen_on_one_server_pays_nothing_on_the_other() {
    let mut pair = Pair::start().await;
    let warm = pair.here.alice.payment(&pair.here.wish("warm", 1));
    assert_eq!(pair.there.send(&warm).await.unwrap().status, 201);
    let body = serde_json::json!({"kind": "debit", "reason": "lost my phone"});
    let freeze = Request::post("/v1/freezes", &body).bearer(&pair.here.alice.session);
    assert_eq!(pair.here.to.send(&freeze).await.unwrap().status, 201);
    // The answer is the moment: not within a second, at once.
    for number in 0..20 {
        let late = pair.here.wish(&format!("late-{number}"), 1);
        let late = pair.here.alice.payment(&late);
        let answer = Answered::of(&pair.there.send(&late).await.unwrap());
        assert_eq!(
            (answer.status, answer.code()),
            (423, "account_frozen".to_owned())
        );
    }
    assert_eq!(pair.here.posted().await, (FUNDS - 1, FUNDS + 1));
    pair.stop();
}

#[tokio::test]
async fn a_stream_tells_what_another_server_committed() {
    let mut pair = Pair::start().await;
    let mut stream = tokio::net::TcpStream::connect(pair.other.address())
        .await
        .unwrap();
    let ask = Request::get("/v1/stream").bearer(&pair.here.bob.session);
    tokio::io::AsyncWriteExt::write_all(&mut stream, &ask.render())
        .await
        .unwrap();
    let mut heard = Vec::new();
    hear(&mut stream, &mut heard, "event: balance").await;
    heard.clear();
    assert_eq!(pair.here.pay("told", 7).await.status, 201);
    hear(&mut stream, &mut heard, "event: transaction").await;
    drop(stream);
    pair.stop();
}

/// Reads until this was said.
async fn hear(stream: &mut tokio::net::TcpStream, heard: &mut Vec<u8>, wanted: &str) {
    let reading = async {
        while !String::from_utf8_lossy(heard).contains(wanted) {
            let read = tokio::io::AsyncReadExt::read_buf(stream, heard).await;
            assert!(read.unwrap() > 0, "the stream ended");
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(10), reading).await;
    assert!(heard.is_ok(), "{wanted} was never said");
}

#[tokio::test]
async fn a_house_moves_into_a_database_and_back() {
    let data = scratch();
    let mut world = World::start(&launch(data.path())).await;
    for number in 0..20 {
        assert_eq!(world.pay(&format!("k{number}"), 3).await.status, 201);
    }
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let url = testkit::engine::new_database();
    let (from, there) = (text(data.path()), url.as_str());
    let moved = tael(&["migrate", "--from", from, "--to", there]);
    assert!(moved.status.success(), "{moved:?}");
    // Once more is nothing more.
    let again = tael(&["migrate", "--from", from, "--to", there]);
    assert!(again.status.success(), "{again:?}");

    let on_database = launch(data.path()).flag("--database", there);
    let server = on_database.start().unwrap();
    let mut to = Connection::open(server.address()).await.unwrap();
    assert_eq!(world.alice.posted(&mut to).await.unwrap(), FUNDS - 60);
    let repeat = world.alice.payment(&world_wish(&world.bob.account));
    let repeat = Answered::of(&to.send(&repeat).await.unwrap());
    assert!(repeat.is_replayed, "{repeat:?}");
    drop(to);
    assert!(server.stop(STOP_LIMIT).unwrap().success());

    for file in ["store.db", "store.db-wal", "store.db-shm"] {
        let _gone = std::fs::remove_file(data.path().join(file));
    }
    let back = tael(&["migrate", "--from", there, "--to", from]);
    assert!(back.status.success(), "{back:?}");
    let server = launch(data.path()).start().unwrap();
    let mut to = Connection::open(server.address()).await.unwrap();
    assert_eq!(world.alice.posted(&mut to).await.unwrap(), FUNDS - 60);
    assert!(server.stop(STOP_LIMIT).unwrap().success());
}

fn world_wish(account: &str) -> server::bench::person::Wish {
    server::bench::person::Wish {
        key: "k7".to_owned(),
        to: serde_json::json!({ "account": account }),
        amount: 3,
    }
}

#[test]
fn a_database_is_tried_out() {
    let url = testkit::engine::new_database();
    let tried = tael(&["verify-db", &url, "--seconds", "2"]);
    assert!(tried.status.success(), "{tried:?}");
    assert!(crate::world::out(&tried).contains("verdict"), "{tried:?}");
}

#[tokio::test]
async fn a_server_with_other_keys_is_refused() {
    let url = testkit::engine::new_database();
    let (first, second) = (scratch(), scratch());
    let server = launch(first.path())
        .flag("--database", &url)
        .start()
        .unwrap();
    let data = text(second.path());
    let refused = tael(&["serve", "--sandbox", "--data", data, "--database", &url]);
    let said = crate::world::err(&refused);
    assert!(
        !refused.status.success() && said.contains("copy the directory keys/"),
        "{said}"
    );
    assert!(server.stop(STOP_LIMIT).unwrap().success());
}
