use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use server::bench::client::{Connection, Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::world::{Answered, FUNDS, STOP_LIMIT, World, launch, scratch, terminate};

/// Pays one unit after the other until the connection ends; the keys that were acknowledged.
async fn pay_until_cut(
    mut to: Connection,
    requests: impl Iterator<Item = (String, Request)>,
) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for (key, request) in requests {
        match to.send(&request).await {
            Ok(answer) if answer.status == 201 => acknowledged.push(key),
            Ok(answer) => assert_eq!(answer.status, 503, "{:?}", answer.json()),
            Err(_) => break,
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_is_quick_and_loses_nothing() {
    let place = scratch();
    let launch = launch(place.path());
    let World {
        mut server,
        alice,
        bob,
        ..
    } = World::start(&launch).await;
    let mut paying = JoinSet::new();
    for lane in 0..16 {
        let to = Connection::open(server.address()).await.unwrap();
        let (alice, account) = (alice.clone(), bob.account.clone());
        let requests = (0..).map(move |number| {
            let key = format!("load-{lane}-{number}");
            let to = serde_json::json!({"account": account});
            let wish = server::bench::person::Wish {
                key: key.clone(),
                to,
                amount: 1,
            };
            (key, alice.payment(&wish))
        });
        paying.spawn(pay_until_cut(to, requests));
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    let begun = Instant::now();
    terminate(&server);
    let ended = server.wait(STOP_LIMIT).unwrap();
    let took = begun.elapsed();
    assert!(
        ended.is_some_and(|status| status.success()),
        "{ended:?}: {}",
        server.output()
    );
    assert!(took < Duration::from_secs(10), "{took:?}");
    let acknowledged: Vec<String> = paying.join_all().await.concat();
    assert!(acknowledged.len() > 16, "{}", acknowledged.len());

    let (said, is_clean) = launch.check().unwrap();
    assert!(is_clean, "{said}");
    let server = launch.start().unwrap();
    let mut to = Connection::open(server.address()).await.unwrap();
    for key in &acknowledged {
        let wish = server::bench::person::Wish {
            key: key.clone(),
            to: serde_json::json!({"account": bob.account}),
            amount: 1,
        };
        let again = Answered::of(&to.send(&alice.payment(&wish)).await.unwrap());
        assert!(
            again.status == 201 && again.is_replayed,
            "{key}: {}",
            again.json()
        );
    }
    let posted = alice.posted(&mut to).await.unwrap();
    let moved = bob.posted(&mut to).await.unwrap() - FUNDS;
    assert_eq!(posted, FUNDS - moved);
    assert!(usize::try_from(moved).unwrap() >= acknowledged.len());
}

#[tokio::test]
async fn a_stream_does_not_hold_up_a_stop() {
    let place = scratch();
    let world = World::start(&launch(place.path())).await;
    let World {
        mut server, alice, ..
    } = world;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let ask = Request::get("/v1/stream").bearer(&alice.session).render();
    stream.write_all(&ask).await.unwrap();
    assert!(stream.read_u8().await.is_ok());
    let begun = Instant::now();
    terminate(&server);
    let ended = server.wait(STOP_LIMIT).unwrap();
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let place = scratch();
    let mut server = launch(place.path()).start().unwrap();
    // A request that never ends keeps the drain busy.
    let begun_body = "POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                      content-length: 100\r\n\r\n{";
    let mut slow = TcpStream::connect(server.address()).await.unwrap();
    slow.write_all(begun_body.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    terminate(&server);
    assert_eq!(server.wait(Duration::from_millis(700)).unwrap(), None);
    let begun = Instant::now();
    let pid = Pid::from_raw(server.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = server.wait(STOP_LIMIT).unwrap().unwrap();
    assert_eq!(ended.code(), Some(1));
    assert!(
        begun.elapsed() < Duration::from_millis(500),
        "{:?}",
        begun.elapsed()
    );
}

/// Whoever started the server may be gone: then its log goes nowhere, and it still stops.
#[test]
fn a_stop_needs_nobody_who_reads_the_log() {
    let place = scratch();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tael"))
        .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
        .arg(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut ready).unwrap();
    assert!(ready.contains("ready"), "{ready}");
    drop((said, child.stderr.take()));
    let pid = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let (sender, ended) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait()));
    let status = ended.recv_timeout(STOP_LIMIT);
    let _ = kill_process(pid, Signal::KILL);
    assert!(status.expect("it stops").unwrap().success());
}
