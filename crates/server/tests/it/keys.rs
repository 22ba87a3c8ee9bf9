//! Root keys as an operator changes them.

use std::{fs, path::Path, process::Output};

use server::bench::{client::Connection, person::Person};

use crate::world::{FUNDS, STOP_LIMIT, World, err, launch, out, scratch, tael, text};

fn keys(verb: &str, data: &Path) -> Output {
    tael(&["keys", verb, "--data", text(data)])
}

fn listed(data: &Path) -> String {
    let output = keys("list", data);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    out(&output)
}

/// Pays and signs people up the whole time; not one call may fail.
#[tokio::test]
async fn keys_rotate_beside_a_busy_server_without_an_error() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    let mut carol = Connection::open(world.server.address()).await.unwrap();
    let directory = data.clone();
    let rotating = tokio::task::spawn_blocking(move || keys("rotate", &directory));
    let mut paid = 0_i64;
    while !rotating.is_finished() || paid < 10 {
        let answer = world.pay(&format!("while-rotating-{paid}"), 1).await;
        assert_eq!(answer.status, 201, "{}", answer.code());
        let contact = server::bench::person::Contact::Email(format!("carol{paid}@example.com"));
        Person::join(&mut carol, contact, "carol").await.unwrap();
        paid += 1;
    }
    let output = rotating.await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        out(&output).contains("everything is sealed under root 2"),
        "{}",
        out(&output)
    );
    let (alice, bob) = world.posted().await;
    assert_eq!((alice, bob), (FUNDS - paid, FUNDS + paid));
    let said = listed(&data);
    assert!(
        said.contains("root 1 (root.key): 0 values, can be retired"),
        "{said}"
    );

    // The old root is gone, the server starts again without it, and everybody is still known.
    let gone = tael(&["keys", "retire", "--data", text(&data), "--generation", "1"]);
    assert_eq!(gone.status.code(), Some(0), "{}", err(&gone));
    assert!(!data.join("keys/root.key").exists());
    let mut world = world.restart(&launch(&data)).await;
    assert_eq!(world.posted().await, (alice, bob));
    assert_eq!(world.pay("after", 1).await.status, 201);
    assert!(launch(&data).check().unwrap().1);
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
}

/// The steps that operators are shown, against the real program.
#[tokio::test]
async fn the_example_gives_a_busy_house_a_new_root() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/new-root-key.sh"
    );
    let base = format!("http://{}", world.server.address());
    let directory = data.clone();
    let shown = tokio::task::spawn_blocking(move || {
        std::process::Command::new("bash")
            .arg(script)
            .env("TAEL", env!("CARGO_BIN_EXE_tael"))
            .env("DATA", directory)
            .env("BASE", base)
            .output()
            .unwrap()
    });
    let shown = shown.await.unwrap();
    assert!(shown.status.success(), "{}", err(&shown));
    assert!(out(&shown).contains("root 1 is gone"), "{}", out(&shown));
    assert_eq!(world.pay("after", 1).await.status, 201);
    assert!(!data.join("keys/root.key").exists());
}

#[tokio::test]
async fn a_rotation_without_a_server_does_the_work_itself() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    world.pay("tea", 1).await;
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let early = tael(&["keys", "retire", "--data", text(&data), "--generation", "1"]);
    assert_eq!(early.status.code(), Some(2), "the only root cannot go");
    let output = keys("rotate", &data);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let said = listed(&data);
    assert!(said.contains("root 2 (root-2.key)"), "{said}");
    let all = identity::reseal::COLUMNS.len();
    assert!(said.contains(&format!("{all} of {all} columns")), "{said}");
    // Nothing of the old root is in the file any more: without it the store still checks clean.
    fs::remove_file(data.join("keys/root.key")).unwrap();
    assert!(launch(&data).check().unwrap().1);
}

#[test]
fn a_server_does_not_start_on_a_key_that_can_be_guessed() {
    let place = scratch();
    let data = place.path().join("data");
    assert!(
        launch(&data)
            .start()
            .unwrap()
            .stop(STOP_LIMIT)
            .unwrap()
            .success()
    );
    fs::write(data.join("keys/root.key"), [0; 32]).unwrap();
    let output = tael(&["serve", "--sandbox", "--data", text(&data)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("can be guessed"), "{}", err(&output));
}
