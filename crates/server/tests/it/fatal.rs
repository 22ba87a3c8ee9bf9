use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use server::{bench::client::Connection, stop::STORE_FAILED};

use crate::world::{FUNDS, STOP_LIMIT, World, launch, scratch};

/// Lets every further sync of a running process fail; `None` where that cannot be done.
fn fail_syncs(pid: u32) -> Option<Child> {
    let mut tracer = Command::new("strace")
        .args(["-f", "-e", "trace=fdatasync,fsync"])
        .args([
            "-e",
            "inject=fdatasync,fsync:error=EIO",
            "-p",
            &pid.to_string(),
        ])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut said = BufReader::new(tracer.stderr.take()?);
    let mut line = String::new();
    said.read_line(&mut line).ok()?;
    let is_attached = line.contains("attached");
    assert!(
        is_attached || !rustix::process::geteuid().is_root(),
        "root may trace: {line}"
    );
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    is_attached.then_some(tracer)
}

#[tokio::test]
async fn a_failed_sync_is_unknown_and_ends_the_server_until_the_key_tells() {
    let place = scratch();
    let launch = launch(place.path());
    let mut world = World::start(&launch).await;
    // That the Token is in use is noted with the first payment, in the background.
    for key in ["first", "second"] {
        assert_eq!(world.pay(key, 100).await.status, 201);
    }
    let Some(mut tracer) = fail_syncs(world.server.id()) else {
        return;
    };
    let doubtful = world.pay("doubtful", 500).await;
    assert_eq!(
        (doubtful.status, doubtful.code().as_str()),
        (503, "outcome_unknown")
    );
    assert_eq!(doubtful.json()["outcome"], "unknown");
    let ended = world.server.wait(STOP_LIMIT).unwrap().unwrap();
    assert_eq!(
        ended.code(),
        Some(STORE_FAILED),
        "{}",
        world.server.output()
    );
    let said = world.server.output();
    assert_eq!(
        said.matches("only a new start can tell").count(),
        1,
        "{said}"
    );
    tracer.wait().unwrap();

    world.server = launch.start().unwrap();
    world.to = Connection::open(world.server.address()).await.unwrap();
    let resolved = world.pay("doubtful", 500).await;
    assert_eq!(resolved.status, 201, "{}", resolved.json());
    assert_eq!(world.posted().await, (FUNDS - 700, FUNDS + 700));
    let (said, is_clean) = launch.check().unwrap();
    assert!(is_clean, "{said}");
}
