use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use server::bench::client::Connection;

use crate::world::{Answered, FUNDS, World, err, launch, out, scratch, tael, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_restores_with_every_key() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    let old = world.pay("old", 1_234).await;
    let refused = world.pay("yacht", FUNDS * 10).await;
    assert_eq!((old.status, refused.status), (201, 422));

    let stop = Arc::new(AtomicBool::new(false));
    let mut to = Connection::open(world.server.address()).await.unwrap();
    let (alice, done, account) = (world.alice.clone(), stop.clone(), world.bob.account.clone());
    let load = tokio::spawn(async move {
        let mut paid = 0;
        while !done.load(Ordering::Relaxed) {
            let wish = server::bench::person::Wish {
                key: format!("load-{paid}"),
                to: serde_json::json!({"account": account}),
                amount: 1,
            };
            let status = to.send(&alice.payment(&wish)).await.unwrap().status;
            assert_eq!(status, 201);
            paid += 1;
        }
        paid
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let copy = place.path().join("copy");
    let backup = run(&["backup", "--data", text(&data), "--to", text(&copy)]).await;
    stop.store(true, Ordering::Relaxed);
    assert!(load.await.unwrap() > 0);
    assert!(backup.status.success(), "{}", err(&backup));
    assert!(
        out(&backup).contains("keep it as secret as the data"),
        "{}",
        out(&backup)
    );
    for file in ["keys/root.key", "keys/ledger.ed25519", "store.db", "mode"] {
        let mode = fs::metadata(copy.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }

    let restored = place.path().join("restored");
    let restore = run(&["restore", "--from", text(&copy), "--data", text(&restored)]).await;
    assert!(
        restore.status.success(),
        "{}{}",
        out(&restore),
        err(&restore)
    );
    assert!(
        out(&restore).contains(": 0 differences"),
        "{}",
        out(&restore)
    );

    let server = launch(&restored).start().unwrap();
    world.to = Connection::open(server.address()).await.unwrap();
    for (key, amount, first) in [("old", 1_234, old), ("yacht", FUNDS * 10, refused)] {
        assert_eq!(
            world.pay(key, amount).await,
            Answered {
                is_replayed: true,
                ..first
            }
        );
    }
    let conflict = world.pay("old", 4_321).await;
    assert_eq!(
        (conflict.status, conflict.code().as_str()),
        (409, "idempotency_key_reused")
    );
}

async fn run(args: &[&str]) -> std::process::Output {
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let running = move || tael(&args.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(running).await.unwrap()
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let place = scratch();
    let data = place.path().join("data");
    drop(launch(&data).start().unwrap());
    let full = place.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("thesis"), "x").unwrap();
    let copy = place.path().join("copy");
    assert!(
        tael(&["backup", "--data", text(&data), "--to", text(&copy)])
            .status
            .success()
    );
    for args in [
        ["backup", "--data", text(&data), "--to", text(&full)],
        ["restore", "--from", text(&copy), "--data", text(&full)],
        ["restore", "--from", text(&copy), "--data", text(&data)],
    ] {
        let output = tael(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            err(&output).contains("is not empty and is not overwritten"),
            "{}",
            err(&output)
        );
    }
    assert_eq!(fs::read_dir(&full).unwrap().count(), 1);
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored() {
    let place = scratch();
    let data = place.path().join("data");
    drop(launch(&data).start().unwrap());
    let copy = place.path().join("copy");
    assert!(
        tael(&["backup", "--data", text(&data), "--to", text(&copy)])
            .status
            .success()
    );
    let store = fs::read(copy.join("store.db")).unwrap();
    fs::write(copy.join("store.db"), &store[..store.len() / 2]).unwrap();
    let to = place.path().join("to");
    let output = tael(&["restore", "--from", text(&copy), "--data", text(&to)]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    fs::remove_file(copy.join("keys/root.key")).unwrap();
    let output = tael(&["restore", "--from", text(&copy), "--data", text(&to)]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(
        err(&output).contains("root.key is missing"),
        "{}",
        err(&output)
    );
}
