//! A server that speaks TLS itself, met by a real client with a certificate made for the occasion.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use server::bench::process::Process;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::world::{STOP_LIMIT, err, launch, scratch, tael, text};

const LIMIT: Duration = Duration::from_secs(30);

/// A certificate for `localhost` and its key, written where a server finds them.
struct Papers {
    chain: PathBuf,
    key: PathBuf,
}

impl Papers {
    fn at(place: &Path) -> Self {
        Self {
            chain: place.join("cert.pem"),
            key: place.join("key.pem"),
        }
    }

    fn write(&self) -> CertificateDer<'static> {
        let made = generate_simple_self_signed(vec!["localhost".to_owned()]);
        let CertifiedKey { cert, signing_key } = made.unwrap();
        fs::write(&self.key, KeyPair::serialize_pem(&signing_key)).unwrap();
        fs::set_permissions(&self.key, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&self.chain, cert.pem()).unwrap();
        cert.der().clone()
    }
}

async fn greet(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

const ASK: &[u8] = b"GET /v1/me HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

async fn hear(mut stream: impl tokio::io::AsyncRead + Unpin) -> String {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

fn encrypted(place: &Path, papers: &Papers) -> Process {
    launch(&place.join("data"))
        .flag("--tls-cert", text(&papers.chain))
        .flag("--tls-key", text(&papers.key))
        .flag("--header-timeout", "2")
        .start()
        .unwrap()
}

#[tokio::test]
async fn a_client_that_trusts_the_certificate_is_served_and_no_other() {
    let place = scratch();
    let papers = Papers::at(place.path());
    let first = papers.write();
    let server = encrypted(place.path(), &papers);
    let mut stream = greet(server.address(), &first, b"http/1.1").await.unwrap();
    stream.write_all(ASK).await.unwrap();
    let heard = hear(stream).await;
    assert!(heard.starts_with("HTTP/1.1 401"), "{heard}");
    assert!(
        heard.contains("strict-transport-security: max-age="),
        "{heard}"
    );
    let stream = greet(server.address(), &first, b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let foreign = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let refused = greet(server.address(), foreign.cert.der(), b"http/1.1").await;
    assert!(refused.is_err());
    // Plain HTTP is not understood, and silence is not waited for.
    let mut plain = TcpStream::connect(server.address()).await.unwrap();
    plain.write_all(ASK).await.unwrap();
    assert!(!hear(plain).await.contains("HTTP/1.1"));
    let begun = Instant::now();
    let silent = TcpStream::connect(server.address()).await.unwrap();
    hear(silent).await;
    assert!(
        begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
    assert!(server.stop(STOP_LIMIT).unwrap().success());
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_stop_and_a_broken_one_is_not() {
    let place = scratch();
    let papers = Papers::at(place.path());
    let first = papers.write();
    let server = encrypted(place.path(), &papers);
    let hang_up = || {
        let pid = Pid::from_raw(server.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::HUP).unwrap();
    };
    fs::write(&papers.chain, "nonsense").unwrap();
    hang_up();
    greet(server.address(), &first, b"http/1.1").await.unwrap();
    let second = papers.write();
    hang_up();
    let begun = Instant::now();
    while greet(server.address(), &second, b"http/1.1").await.is_err() {
        assert!(
            begun.elapsed() < LIMIT,
            "the renewed certificate is not used"
        );
    }
    assert!(greet(server.address(), &first, b"http/1.1").await.is_err());
    assert!(server.stop(STOP_LIMIT).unwrap().success());
}

#[tokio::test]
async fn plain_http_beside_it_leads_to_the_public_address_alone() {
    let place = scratch();
    let papers = Papers::at(place.path());
    papers.write();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let launch = launch(&place.path().join("data"))
        .flag("--tls-cert", text(&papers.chain))
        .flag("--tls-key", text(&papers.key))
        .flag("--public-url", "https://wallet.example")
        .flag("--redirect-listen", &free.to_string());
    let server = launch.start().unwrap();
    for (path, status, location) in [
        ("/", "308", "location: https://wallet.example/\r\n"),
        ("/v1/me", "403", "TLS"),
    ] {
        let mut plain = TcpStream::connect(free).await.unwrap();
        let ask = format!("GET {path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        plain.write_all(ask.as_bytes()).await.unwrap();
        let heard = hear(plain).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{heard}");
        assert!(heard.contains(location), "{heard}");
    }
    assert!(server.stop(STOP_LIMIT).unwrap().success());
}

#[test]
fn papers_that_cannot_be_used_are_named() {
    let place = scratch();
    let papers = Papers::at(place.path());
    papers.write();
    let (chain, key) = (text(&papers.chain), text(&papers.key));
    let data = place.path().join("data");
    let said = |chain: &str, key: &str, more: &[&str]| {
        let args = ["serve", "--sandbox", "--data", text(&data)];
        let papers = ["--tls-cert", chain, "--tls-key", key];
        let output = tael(&[&args[..], &papers[..], more].concat());
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        err(&output)
    };
    assert!(said("/nowhere/cert.pem", key, &[]).contains("--tls-cert /nowhere/cert.pem"));
    assert!(said(key, key, &[]).contains("holds no certificate"));
    assert!(said(chain, chain, &[]).contains("--tls-key"));
    let redirect = [
        "--redirect-listen",
        "127.0.0.1:0",
        "--public-url",
        "http://a",
    ];
    assert!(said(chain, key, &redirect).contains("an https --public-url"));
    fs::set_permissions(&papers.key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(said(chain, key, &[]).contains(&format!("chmod 600 {key}")));
    assert!(!data.exists(), "nothing was made");
}
