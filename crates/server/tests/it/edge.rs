use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use server::bench::client::{Connection, Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::world::{STOP_LIMIT, launch, scratch, terminate};

async fn cut_after(mut stream: TcpStream) -> Duration {
    let begun = Instant::now();
    let mut heard = Vec::new();
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut heard))
        .await
        .unwrap();
    assert!(!String::from_utf8_lossy(&heard).contains("200 OK"));
    begun.elapsed()
}

#[tokio::test]
async fn a_slow_head_is_cut_by_default_after_ten_seconds() {
    let place = scratch();
    let server = launch(place.path()).start().unwrap();
    let mut silent = TcpStream::connect(server.address()).await.unwrap();
    silent
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ")
        .await
        .unwrap();
    let took = cut_after(silent).await;
    assert!((9..=12).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn silent_clients_are_cut_after_the_time_that_is_set() {
    let place = scratch();
    let server = launch(place.path())
        .flag("--header-timeout", "1")
        .start()
        .unwrap();
    for start in [&b""[..], b"GET /healthz HT", b"PRI * HTTP/2.0\r\n\r\n"] {
        let mut silent = TcpStream::connect(server.address()).await.unwrap();
        silent.write_all(start).await.unwrap();
        let took = cut_after(silent).await;
        assert!(took < Duration::from_secs(4), "{start:?}: {took:?}");
    }
}

#[tokio::test]
async fn silent_clients_hold_their_places_only_for_a_while() {
    let place = scratch();
    let launch = launch(place.path())
        .flag("--header-timeout", "1")
        .flag("--max-connections", "8");
    let server = launch.start().unwrap();
    let mut silent = Vec::new();
    for _ in 0..32 {
        silent.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let asking = async {
        let mut to = Connection::open(server.address()).await.unwrap();
        to.send(&Request::get("/readyz")).await.unwrap().status
    };
    assert_eq!(timeout(Duration::from_secs(15), asking).await.unwrap(), 200);
}

#[tokio::test]
async fn running_out_of_files_is_survived() {
    let place = scratch();
    let mut server = launch(place.path()).start().unwrap();
    let pid = Pid::from_raw(server.id().try_into().unwrap());
    let mut known = Connection::open(server.address()).await.unwrap();
    assert_eq!(
        known.send(&Request::get("/readyz")).await.unwrap().status,
        200
    );
    let usual = getrlimit_of(pid);
    let scarce = Rlimit {
        current: Some(10),
        ..usual
    };
    prlimit(pid, Resource::Nofile, scarce).unwrap();
    let mut crowd = Vec::new();
    for _ in 0..20 {
        crowd.push(Connection::open(server.address()).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        known.send(&Request::get("/readyz")).await.unwrap().status,
        200
    );
    prlimit(pid, Resource::Nofile, usual).unwrap();
    for waiting in &mut crowd {
        let asking = Request::get("/readyz");
        let asking = waiting.send(&asking);
        let answer = timeout(Duration::from_secs(5), asking)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(answer.status, 200);
    }
    terminate(&server);
    assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
    let complaints = server
        .output()
        .matches("no connection can be accepted")
        .count();
    assert!((1..50).contains(&complaints), "{complaints}");
}

fn getrlimit_of(pid: Option<Pid>) -> Rlimit {
    let unchanged = getrlimit(Resource::Nofile);
    let usual = prlimit(pid, Resource::Nofile, unchanged).unwrap();
    prlimit(pid, Resource::Nofile, usual).unwrap();
    usual
}
