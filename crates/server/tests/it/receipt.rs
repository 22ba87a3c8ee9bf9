use std::fs;

use serde_json::Value;
use server::bench::client::Request;

use crate::world::{World, err, launch, out, scratch, tael, text};

/// A payment's receipt as its payer gets it.
async fn receipt(world: &mut World) -> String {
    for number in 0..6 {
        world.pay(&format!("before-{number}"), 10).await;
    }
    let paid = world.pay("tea", 1_234).await.json();
    let path = format!("/v1/transfers/{}/receipt", paid["id"].as_str().unwrap());
    let request = Request::get(&path).bearer(&world.alice.session);
    let answer = world.to.send(&request).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    String::from_utf8(answer.body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_receipt_proves_its_payment_and_nothing_else_does() {
    let place = scratch();
    let mut world = World::start(&launch(&place.path().join("data"))).await;
    let receipt = receipt(&mut world).await;
    let file = place.path().join("receipt.json");
    fs::write(&file, &receipt).unwrap();
    let output = tael(&["verify-receipt", text(&file)]);
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    for expected in [
        "12.34 CNY",
        &world.alice.account,
        &world.bob.account,
        "signed by key",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let json: Value = serde_json::from_str(&receipt).unwrap();
    fs::write(
        &file,
        receipt.replace(",\"", ",\n  \"").replace("\":", "\": "),
    )
    .unwrap();
    assert!(
        tael(&["verify-receipt", text(&file)]).status.success(),
        "white space does not matter"
    );

    let key = json["head"]["public_key"].as_str().unwrap();
    assert!(
        tael(&["verify-receipt", text(&file), "--key", key])
            .status
            .success()
    );
    let other = ledger::proof::Signer::from_seed(&[7; 32])
        .public_key()
        .to_bytes();
    let other: String = other.iter().map(|byte| format!("{byte:02x}")).collect();
    let output = tael(&["verify-receipt", text(&file), "--key", &other]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("signed by another key"),
        "{}",
        err(&output)
    );
}

#[tokio::test]
async fn one_changed_byte_proves_nothing() {
    let place = scratch();
    let mut world = World::start(&launch(&place.path().join("data"))).await;
    let receipt = receipt(&mut world).await;
    assert!(server::receipt::judge(&receipt, None).is_ok());
    assert!(
        !receipt.contains([' ', '\n']),
        "the server adds no white space"
    );
    let mut tried = 0;
    for place in 0..receipt.len() {
        for byte in [
            receipt.as_bytes()[place] ^ 0x01,
            receipt.as_bytes()[place] ^ 0x20,
            b'0',
            b' ',
        ] {
            let mut changed = receipt.clone().into_bytes();
            if changed[place] == byte {
                continue;
            }
            changed[place] = byte;
            let Ok(text) = String::from_utf8(changed) else {
                continue;
            };
            assert!(
                server::receipt::judge(&text, None).is_err(),
                "byte {place}: {text}"
            );
            tried += 1;
        }
    }
    assert!(tried > 3 * receipt.len(), "{tried}");
    let file = place.path().join("receipt.json");
    for (place_in_file, _) in receipt.char_indices().step_by(97) {
        let mut changed = receipt.clone().into_bytes();
        changed[place_in_file] ^= 0x01;
        fs::write(&file, &changed).unwrap();
        let output = tael(&["verify-receipt", text(&file)]);
        assert_eq!(output.status.code(), Some(1), "byte {place_in_file}");
        assert!(err(&output).contains("receipt.json: "), "{}", err(&output));
    }
}

#[tokio::test]
async fn what_is_added_is_refused() {
    let place = scratch();
    let mut world = World::start(&launch(&place.path().join("data"))).await;
    let receipt = receipt(&mut world).await;
    let added = receipt.replacen('{', "{\"note\":\"paid twice\",", 1);
    let twice = receipt.replacen("\"code\":", "\"code\":1,\"code\":", 1);
    let deep = receipt.replacen("\"salt\":", "\"extra\":1,\"salt\":", 1);
    for text in [
        added,
        twice,
        deep,
        receipt[..receipt.len() - 1].to_owned(),
        String::new(),
    ] {
        assert!(server::receipt::judge(&text, None).is_err(), "{text}");
    }
}
