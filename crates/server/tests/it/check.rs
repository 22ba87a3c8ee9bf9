use std::{fs, path::Path};

use crate::world::{FUNDS, STOP_LIMIT, World, launch, out, scratch, tael, text};

/// Copies a data directory that nobody uses.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
    let permissions = fs::metadata(from).unwrap().permissions();
    fs::set_permissions(to, permissions).unwrap();
}

/// Where `needle` stands.
fn places(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(needle.len()).enumerate();
    windows
        .filter(|(_, window)| *window == needle)
        .map(|(place, _)| place)
        .collect()
}

#[tokio::test]
async fn a_clean_store_has_no_differences_beside_a_live_server_too() {
    let place = scratch();
    let launch = launch(place.path());
    let mut world = World::start(&launch).await;
    world.pay("tea", 1_234).await;
    world.pay("yacht", FUNDS * 10).await;
    let (said, is_clean) = launch.check().unwrap();
    assert!(is_clean, "{said}");
    let line = said.lines().last().unwrap();
    assert!(
        line.starts_with("checked ") && line.ends_with(" blocks: 0 differences"),
        "{said}"
    );
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    assert!(launch.check().unwrap().1);
}

#[tokio::test]
async fn a_changed_byte_is_found_and_named() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    // A balance and a key whose bytes are easy to find in the file.
    let balance = 0x0765_4321_i64;
    world
        .alice
        .top_up(&mut world.to, "find-me-in-the-journal", balance - FUNDS)
        .await
        .unwrap();
    assert_eq!(world.posted().await.0, balance);
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let store = fs::read(data.join("store.db")).unwrap();
    let key_places = places(&store, b"find-me-in-the-journal");
    let balance_places = places(&store, &[0x07, 0x65, 0x43, 0x21]);
    assert!(!key_places.is_empty() && !balance_places.is_empty());
    for (number, place_in_file) in key_places.into_iter().chain(balance_places).enumerate() {
        let tampered = place.path().join(format!("tampered-{number}"));
        copy(&data, &tampered);
        let mut changed = store.clone();
        changed[place_in_file + 3] ^= 0x01;
        fs::write(tampered.join("store.db"), changed).unwrap();
        let output = tael(&["check", "--data", text(&tampered)]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "byte {place_in_file}: {}",
            out(&output)
        );
        let named = out(&output).lines().count();
        assert!(named > 1, "byte {place_in_file}: {}", out(&output));
    }
}

#[tokio::test]
async fn books_signed_by_another_key_are_not_ours() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    world.pay("tea", 1_234).await;
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let key = data.join("keys/ledger.ed25519");
    let other: Vec<u8> = (0..32_u8)
        .map(|n| n.wrapping_mul(n).wrapping_add(7 * n))
        .collect();
    fs::write(&key, other).unwrap();
    let output = tael(&["check", "--data", text(&data)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).contains("block 1"), "{}", out(&output));
}

#[tokio::test]
async fn a_changed_audit_log_is_found_and_named() {
    let place = scratch();
    let data = place.path().join("data");
    let mut world = World::start(&launch(&data)).await;
    world.pay("tea", 1_234).await;
    assert!(world.server.stop(STOP_LIMIT).unwrap().success());
    let mut store = fs::read(data.join("store.db")).unwrap();
    // The action stands between the actor and the object; another of the same length replaces it.
    let told = places(&store, b"session_openedses_");
    assert!(!told.is_empty());
    store[told[0]..told[0] + 14].copy_from_slice(b"account_opened");
    fs::write(data.join("store.db"), store).unwrap();
    let output = tael(&["check", "--data", text(&data)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).contains("was changed, or what stands before it"),
        "{}",
        out(&output)
    );
}
