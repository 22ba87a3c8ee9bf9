use std::time::Instant;

use axum::routing::get;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::oneshot,
    task::JoinHandle,
};

use super::*;

struct Edge {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<usize>,
}

async fn edge(max_connections: u32) -> Edge {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let slow = || async {
        sleep(Duration::from_millis(300)).await;
        "late"
    };
    let from = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
    let router = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/slow", get(slow))
        .route("/from", get(from));
    let limits = Limits {
        header_timeout: Duration::from_millis(400),
        max_connections,
        per_address: max_connections,
        spared: Vec::new(),
        drain: Duration::from_secs(1),
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let entrance = Entrance {
        listener,
        tls: None,
    };
    let serving = tokio::spawn(serve(entrance, router, limits, stopped));
    Edge {
        address,
        stop,
        serving,
    }
}

async fn send(edge: &Edge, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(edge.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// Everything the server says until it closes.
async fn hear(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8(heard).unwrap()
}

const CLOSE: &str = "Host: a\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn a_client_that_does_not_finish_its_head_is_cut_off() {
    let edge = edge(8).await;
    for start in [
        "",
        "P",
        "PRI * HTTP/2.0\r\n",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: example\r\nX-A: b",
    ] {
        let begun = Instant::now();
        let heard = hear(send(&edge, start).await).await;
        let took = begun.elapsed();
        assert!(
            took >= Duration::from_millis(350),
            "{start:?} after {took:?}: {heard}"
        );
        assert!(took < Duration::from_secs(2), "{start:?} after {took:?}");
        assert!(!heard.contains("200 OK"), "{start:?}: {heard}");
    }
}

#[tokio::test]
async fn a_handler_learns_who_is_calling() {
    let edge = edge(8).await;
    let stream = send(&edge, &format!("GET /from HTTP/1.1\r\n{CLOSE}")).await;
    let me = stream.local_addr().unwrap().to_string();
    assert!(hear(stream).await.ends_with(&me));
}

#[tokio::test]
async fn heads_that_are_too_large_are_refused() {
    let edge = edge(8).await;
    let many = "X-A: b\r\n".repeat(MAX_HEADERS);
    let heard = hear(send(&edge, &format!("GET / HTTP/1.1\r\n{many}{CLOSE}")).await).await;
    assert!(heard.starts_with("HTTP/1.1 431"), "{heard}");
    let long = format!("GET / HTTP/1.1\r\nX-A: {}\r\n", "b".repeat(MAX_HEAD_BYTES));
    let heard = hear(send(&edge, &long).await).await;
    assert!(heard.starts_with("HTTP/1.1 431"), "{heard}");
}

#[tokio::test]
async fn a_connection_too_many_waits_for_a_free_place() {
    let edge = edge(1).await;
    let idle = send(&edge, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let begun = Instant::now();
    let heard = hear(send(&edge, &format!("GET / HTTP/1.1\r\n{CLOSE}")).await).await;
    assert!(heard.ends_with("here"), "{heard}");
    assert!(
        begun.elapsed() >= Duration::from_millis(350),
        "{:?}",
        begun.elapsed()
    );
    drop(idle);
}

#[tokio::test]
async fn a_stop_lets_requests_finish_and_closes_idle_connections() {
    let edge = edge(8).await;
    let idle = send(&edge, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let busy = send(&edge, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    sleep(Duration::from_millis(100)).await;
    edge.stop.send(()).unwrap();
    assert!(hear(busy).await.ends_with("late"));
    assert!(hear(idle).await.ends_with("here"));
    assert_eq!(edge.serving.await.unwrap(), 0);
    assert!(TcpStream::connect(edge.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let (ours, _theirs) = tokio::io::duplex(16);
    let mut watched = Watched::new(ours, Duration::from_secs(9), Duration::from_millis(100));
    let error = watched.write_all(&[0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}
