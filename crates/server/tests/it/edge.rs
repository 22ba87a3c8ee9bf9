use std::time::{Duration, Instant};

use server::bench::client::{Connection, Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::world::{launch, scratch};

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
    // 512 files are kept for the store, 20 are for connections; a limit of 40 lets accept fail.
    let place = scratch();
    let wrapper = ["bash", "-c", "ulimit -n 600; exec \"$0\" \"$@\""];
    let launch = launch(place.path())
        .wrapped(wrapper.map(str::to_owned))
        .flag("--header-timeout", "2");
    let server = launch.start().unwrap();
    let mut crowd = Vec::new();
    for _ in 0..700 {
        if let Ok(Ok(stream)) = timeout(
            Duration::from_millis(200),
            TcpStream::connect(server.address()),
        )
        .await
        {
            crowd.push(stream);
        }
    }
    drop(crowd);
    let asking = async {
        let mut to = Connection::open(server.address()).await.unwrap();
        to.send(&Request::get("/readyz")).await.unwrap().status
    };
    assert_eq!(timeout(Duration::from_secs(15), asking).await.unwrap(), 200);
}
