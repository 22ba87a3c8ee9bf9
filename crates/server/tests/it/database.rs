//! One server and the database that somebody gave it: how the line to it is secured, which of its
//! hosts is asked, and what a move survives.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use server::bench::client::Connection;
use testkit::postgres::{Durability, Postgres};

use crate::world::{FUNDS, STOP_LIMIT, World, err, launch, out, scratch, tael, text};

/// Between two looks at whether a move has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// An authority that nobody has heard of, and what it vouches for.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self {
            certificate,
            issuer,
        }
    }

    /// Certificate and key of a host.
    fn vouch_for(&self, host: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn write(&self, place: &Path, name: &str) -> PathBuf {
        let path = place.join(name);
        std::fs::write(&path, &self.certificate).unwrap();
        path
    }
}

/// Whether `tael` accepts the database, with these authorities trusted; and what it said.
fn accepts(url: &str, trusted: &Path) -> (bool, String) {
    let tried = Command::new(env!("CARGO_BIN_EXE_tael"))
        .args(["verify-db", url, "--seconds", "1"])
        .env("SSL_CERT_FILE", trusted)
        .output()
        .unwrap();
    (tried.status.success(), out(&tried) + &err(&tried))
}

#[test]
fn the_database_proves_who_it_is() {
    let server = Postgres::start(Durability::Process).unwrap();
    let database = server.create_database().unwrap();
    let (ours, others, place) = (Authority::new(), Authority::new(), scratch());
    let (certificate, key) = ours.vouch_for("localhost");
    server.encrypt(&certificate, &key).unwrap();
    let (trusted, strange) = (
        ours.write(place.path(), "ours.pem"),
        others.write(place.path(), "others.pem"),
    );
    let at = |host: &str, mode: &str| {
        let (port, name) = (server.port(), &database.name);
        format!("postgres://tael@{host}:{port}/{name}?sslmode={mode}")
    };
    for mode in ["require", "verify-full"] {
        let (is_accepted, said) = accepts(&at("localhost", mode), &trusted);
        assert!(is_accepted, "{mode}: {said}");
        let (is_accepted, said) = accepts(&at("localhost", mode), &strange);
        assert!(!is_accepted && said.contains("certificate"), "{said}");
        // The same server under a name that nobody vouched for.
        let (is_accepted, said) = accepts(&at("127.0.0.1", mode), &trusted);
        assert!(!is_accepted && said.contains("certificate"), "{said}");
    }
    let (is_accepted, said) = accepts(&at("localhost", "disable"), &trusted);
    assert!(!is_accepted, "nobody may come in unencrypted: {said}");
}

#[test]
fn every_level_of_isolation_keeps_the_books() {
    let url = testkit::engine::new_database();
    for level in ["read-committed", "repeatable-read", "serializable"] {
        let tried = tael(&["verify-db", &url, "--seconds", "2", "--isolation", level]);
        assert!(tried.status.success(), "{level}: {tried:?}");
    }
    let refused = tael(&["verify-db", &url, "--isolation", "chaos"]);
    let said = err(&refused);
    assert!(said.contains("is none of read-committed"), "{said}");
}

/// A host that only reads, such as the standby of a cluster, is passed over.
#[tokio::test]
async fn of_several_hosts_the_one_that_takes_writes_is_used() {
    let (reads, writes) = (
        Postgres::start(Durability::Process).unwrap(),
        Postgres::start(Durability::Process).unwrap(),
    );
    let name = reads.create_database().unwrap().name;
    assert_eq!(writes.create_database().unwrap().name, name);
    reads
        .ask(
            "postgres",
            "ALTER ROLE tael SET default_transaction_read_only = on",
        )
        .unwrap();
    let hosts = format!("127.0.0.1:{},127.0.0.1:{}", reads.port(), writes.port());
    let url = format!("postgres://tael@{hosts}/{name}?target_session_attrs=read-write");
    let place = scratch();
    let mut world = World::start(&launch(place.path()).flag("--database", &url)).await;
    assert_eq!(world.pay("one", 5).await.status, 201);
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    assert_eq!(reads.ask(&name, tables).unwrap().trim(), "0");
    assert_ne!(writes.ask(&name, tables).unwrap().trim(), "0");

    // With nobody who takes writes nothing is served.
    let alone = format!("postgres://tael@127.0.0.1:{}/{name}", reads.port());
    let data = text(place.path());
    let refused = tael(&["serve", "--sandbox", "--data", data, "--database", &alone]);
    assert!(!refused.status.success(), "{refused:?}");
}

#[tokio::test]
async fn the_demo_plays_on_a_database_once() {
    let (place, url) = (scratch(), testkit::engine::new_database());
    let start = || {
        launch(place.path())
            .flag("--demo=true", "--header-timeout=20")
            .flag("--database", &url)
            .start()
            .unwrap()
    };
    let mut told = Vec::new();
    for _ in 0..2 {
        let server = start();
        let database = url.rsplit_once('/').unwrap().1;
        let count = Postgres::shared().ask(database, "SELECT max(last_record) FROM blocks");
        crate::world::terminate(&server);
        let mut server = server;
        assert!(server.wait(STOP_LIMIT).unwrap().unwrap().success());
        told.push((count.unwrap(), server.output()));
    }
    assert!(told[0].1.contains("Plum-Orbit7#Gravel"), "{told:?}");
    assert!(told[1].1.contains("Plum-Orbit7#Gravel"), "{told:?}");
    assert_eq!(told[0].0, told[1].0, "the month was played twice");
    let data = text(place.path());
    let checked = tael(&["check", "--data", data, "--database", &url]);
    assert!(checked.status.success(), "{checked:?}");
}

/// A line to a server that stands still for ever once so many bytes have passed, and says so.
struct Line {
    port: u16,
    stood_still: Receiver<()>,
}

impl Line {
    fn to(server: u16, most: i64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (told, stood_still) = channel();
        let left = Arc::new(AtomicI64::new(most));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(upstream) = TcpStream::connect(("127.0.0.1", server)) else {
                    return;
                };
                for (from, to) in [(&client, &upstream), (&upstream, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (left, told) = (Arc::clone(&left), told.clone());
                    thread::spawn(move || pass_on(from, to, &left, &told));
                }
            }
        });
        Self { port, stood_still }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, left: &AtomicI64, told: &Sender<()>) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let passed = i64::try_from(count).unwrap();
        if left.fetch_sub(passed, SeqCst) <= passed {
            let _heard = told.send(());
            continue;
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _gone = to.shutdown(Shutdown::Both);
}

/// Kills moves ever later on their way, until one arrives; how many were killed.
fn move_in_spite_of_kills(from: &str, to: &str, port: u16) -> u32 {
    let (mut most, mut killed) = (40_000, 0);
    loop {
        let line = Line::to(port, most);
        let on_the_line =
            |side: &str| side.replace(&format!(":{port}/"), &format!(":{}/", line.port));
        let mut moving = Command::new(env!("CARGO_BIN_EXE_tael"))
            .args([
                "migrate",
                "--from",
                &on_the_line(from),
                "--to",
                &on_the_line(to),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        loop {
            if line.stood_still.recv_timeout(LOOK_AGAIN).is_ok() {
                moving.kill().unwrap();
                moving.wait().unwrap();
                killed += 1;
                break;
            }
            if let Some(status) = moving.try_wait().unwrap() {
                assert!(status.success(), "after {killed} kills: {status}");
                return killed;
            }
        }
        most += most / 2;
    }
}

#[tokio::test]
async fn a_move_that_is_killed_goes_on_where_it_was() {
    let data = scratch();
    let mut world = World::start(&launch(data.path())).await;
    for number in 0..30 {
        assert_eq!(world.pay(&format!("k{number}"), 2).await.status, 201);
    }
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let server = Postgres::shared();
    let database = server.create_database().unwrap();
    let (from, url) = (text(data.path()), database.url());
    assert!(move_in_spite_of_kills(from, &url, server.port()) > 2);
    let moved = server.ask(&database.name, "SELECT count(*) FROM users");
    assert_eq!(moved.unwrap().trim(), "2");

    // And back, into a directory that has nothing but the keys.
    for file in ["store.db", "store.db-wal", "store.db-shm"] {
        let _gone = std::fs::remove_file(data.path().join(file));
    }
    assert!(move_in_spite_of_kills(&url, from, server.port()) > 2);
    let back = launch(data.path()).start().unwrap();
    let mut to = Connection::open(back.address()).await.unwrap();
    assert_eq!(world.alice.posted(&mut to).await.unwrap(), FUNDS - 60);
    assert!(back.stop(STOP_LIMIT).unwrap().success());
}
