//! The tests' own PostgreSQL.

use std::process::{Command, Stdio};

use testkit::postgres::{Durability, Postgres};

#[test]
fn databases_are_apart_and_belong_to_a_role_without_privileges() {
    let server = Postgres::shared();
    let (one, two) = (
        server.create_database().unwrap(),
        server.create_database().unwrap(),
    );
    assert_ne!(one.name, two.name);
    let psql = |url: &str, sql: &str| {
        let output = Command::new(server.programs().join("psql"))
            .args(["-X", "-q", "-t", "-A", "-d", url, "-c", sql])
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    assert!(psql(&one.url(), "CREATE TABLE kept (id BIGINT)").0);
    assert!(
        !psql(&two.url(), "SELECT id FROM kept").0,
        "two databases are one"
    );
    let (is_done, is_superuser) = psql(
        &one.url(),
        "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
    );
    assert!(is_done);
    assert_eq!(is_superuser, "f");
}

#[test]
fn a_server_is_gone_with_its_directory_when_dropped() {
    let server = Postgres::start(Durability::Disk).unwrap();
    assert_eq!(
        server.ask("postgres", "SHOW fsync").unwrap().trim(),
        "on",
        "figures wait for the disk"
    );
    let place = server.socket().to_owned();
    let ready = server.programs().join("pg_isready");
    let port = server.port().to_string();
    let is_up = || {
        Command::new(&ready)
            .args(["-h", "127.0.0.1", "-p", &port])
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    };
    assert!(is_up());
    drop(server);
    assert!(!is_up(), "the server outlived its owner");
    assert!(!place.exists(), "{} was left behind", place.display());
}
