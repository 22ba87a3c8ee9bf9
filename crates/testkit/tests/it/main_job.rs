//! The script in `examples/` against the real program.

use std::{net::TcpListener, process::Command, time::Duration};

use testkit::{
    process::{Launch, Process},
    root, scratch, tael,
};

/// A script of `examples/`, to be run against a server.
fn example(name: &str, server: &Process) -> Command {
    let mut script = Command::new(root().join(format!("examples/{name}.sh")));
    script.env("BASE", format!("http://{}", server.address()));
    script
}

/// What a script says that comes to its end.
fn told(script: &mut Command) -> String {
    let output = script
        .output()
        .expect("bash, curl, jq and openssl are installed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    said
}

#[test]
fn the_example_of_authority_runs() {
    let place = scratch("authority");
    let server = Launch::new(tael(), place.path().join("data"))
        .start()
        .unwrap();
    let said = told(&mut example("authority", &server));
    assert!(said.contains("cap_exceeded"), "{said}");
    assert!(said.contains("approval_void"), "{said}");
    assert!(said.contains("account_frozen"), "{said}");
}

#[test]
fn the_example_of_a_life_runs() {
    let place = scratch("life");
    let server = Launch::new(tael(), place.path().join("data"))
        .start()
        .unwrap();
    let said = told(&mut example("account-life", &server));
    assert!(said.contains("recovery_hold"), "{said}");
}

#[test]
fn the_example_walks_through_the_main_job() {
    let place = scratch("example");
    let server = Launch::new(tael(), place.path().join("data"))
        .start()
        .unwrap();
    let mut script = example("main-job", &server);
    script.env("TAEL", tael()).env("OUT", place.path());
    let said = told(&mut script);
    assert!(said.contains("\"state\": \"completed\""), "{said}");

    let receipt = place.path().join("receipt.json");
    let genuine = std::fs::read_to_string(&receipt).unwrap();
    assert!(genuine.contains("1234"), "{genuine}");
    std::fs::write(&receipt, genuine.replacen("1234", "1235", 1)).unwrap();
    let forged = Command::new(tael())
        .arg("verify-receipt")
        .arg(&receipt)
        .output()
        .unwrap();
    assert_eq!(forged.status.code(), Some(1), "{forged:?}");
}

#[test]
fn the_example_keeps_an_account_safe() {
    let place = scratch("example-safe");
    let server = Launch::new(tael(), place.path().join("data"))
        .start()
        .unwrap();
    let said = told(&mut example("second-step", &server));
    assert!(said.contains("no money leaves"), "{said}");
}

#[test]
fn the_example_of_the_back_office_runs() {
    let place = scratch("operators");
    let data = place.path().join("data");
    let once = Launch::new(tael(), &data).start().unwrap();
    assert!(once.stop(Duration::from_secs(12)).unwrap().success());
    let token = Command::new(tael())
        .args(["operator", "bootstrap", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(token.status.success(), "{token:?}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let ops = free.local_addr().unwrap().to_string();
    drop(free);
    let server = Launch::new(tael(), &data)
        .flag("--operators-listen", &ops)
        .start()
        .unwrap();
    let mut script = example("operators", &server);
    script
        .env("OPS", format!("http://{ops}"))
        .env("BOOTSTRAP", String::from_utf8_lossy(&token.stdout).trim());
    let said = told(&mut script);
    assert!(said.contains("own_request"), "{said}");
    assert!(said.contains("\"approved\""), "{said}");
    assert_eq!(said.matches("unauthenticated").count(), 2, "{said}");
    assert!(said.contains("operator frozen_by_operator"), "{said}");
}
