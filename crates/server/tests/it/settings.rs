use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    time::{Duration, Instant},
};

use crate::world::{STOP_LIMIT, err, launch, out, scratch, tael, text};

/// Used wrongly.
const WRONG: Option<i32> = Some(2);

#[test]
fn what_cannot_work_is_said_in_one_line() {
    let place = scratch();
    let data = place.path().join("data");
    let bad_file = place.path().join("bad.toml");
    fs::write(&bad_file, "sandbox = true\nlisten_on = \"x\"\n").unwrap();
    let cases: &[(&[&str], &str)] = &[
        (
            &["--listen", "nowhere"],
            "invalid value 'nowhere' for '--listen",
        ),
        (
            &["--listen", "192.0.2.1:80"],
            "this machine has no such address",
        ),
        (
            &["--database", "mysql://db/tael"],
            "takes a postgres:// address",
        ),
        (&["--default-currency", "XXX"], "must be an ISO 4217 code"),
        (&["--header-timeout", "0"], "must be 1 to 120 seconds"),
        (
            &["--max-connections", "4000000000"],
            "raise it with `ulimit -n`",
        ),
        (&["--public-url", "wallet"], "must be a scheme and a host"),
        (&["--trusted-proxy", "10.0.0.0/33"], "not `10.0.0.0/33`"),
        (&["--tls-cert", "cert.pem"], "needs --tls-key"),
        (&["--log", "a=b=c"], "is not a filter"),
        (
            &["--config", text(&bad_file)],
            "bad.toml, line 2: unknown field `listen_on`",
        ),
        (&["--config", "/nowhere/tael.toml"], "cannot be read"),
        (
            &["--sandbox=perhaps"],
            "invalid value 'perhaps' for '--sandbox",
        ),
    ];
    for (flags, expected) in cases {
        let mut args = vec!["serve", "--data", text(&data)];
        if !flags.iter().any(|flag| flag.starts_with("--sandbox")) {
            args.push("--sandbox");
        }
        args.extend(*flags);
        let output = tael(&args);
        let said = err(&output);
        assert_eq!(output.status.code(), WRONG, "{flags:?}: {said}");
        assert!(said.contains(expected), "{flags:?}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains("Failure {"),
            "{said}"
        );
        assert_eq!(out(&output), "", "{flags:?}");
    }
}

#[test]
fn a_server_for_real_people_says_all_that_is_missing_and_touches_nothing() {
    let place = scratch();
    let data = place.path().join("data");
    let url = "--public-url https://wallet.example.org";
    let (tls, rail) = ("--tls-cert FILE", "a way to send messages");
    let cases: &[(&[&str], &[&str], &[&str])] = &[
        (&[], &[url, tls, rail], &[]),
        (
            &["--public-url", "http://wallet.example"],
            &[url, tls, rail],
            &[],
        ),
        (
            &["--public-url", "https://wallet.example"],
            &[tls, rail],
            &[url],
        ),
        (
            &[
                "--public-url",
                "https://wallet.example",
                "--trusted-proxy",
                "10.0.0.0/8,192.0.2.1",
            ],
            &[rail],
            &[url, tls],
        ),
    ];
    for (flags, missing, given) in cases {
        let mut args = vec!["serve", "--data", text(&data)];
        args.extend(*flags);
        let output = tael(&args);
        let said = err(&output);
        assert_eq!(output.status.code(), WRONG, "{flags:?}: {said}");
        for wanted in *missing {
            assert!(said.contains(wanted), "{flags:?} {wanted}: {said}");
        }
        for unwanted in *given {
            assert!(!said.contains(unwanted), "{flags:?} {unwanted}: {said}");
        }
        assert!(!data.exists());
    }
    let output = tael(&["serve", "--demo", "--data", text(&data)]);
    assert!(err(&output).contains("needs --sandbox"), "{}", err(&output));
}

#[test]
fn a_directory_stays_in_the_mode_it_was_made_in() {
    let place = scratch();
    let sandbox = place.path().join("sandbox");
    assert!(
        launch(&sandbox)
            .start()
            .unwrap()
            .stop(STOP_LIMIT)
            .unwrap()
            .success()
    );
    let output = tael(&["serve", "--data", text(&sandbox)]);
    assert_eq!(output.status.code(), WRONG);
    assert!(
        err(&output).contains("was made in sandbox mode"),
        "{}",
        err(&output)
    );
    let real = place.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::write(real.join("mode"), "production").unwrap();
    let output = tael(&["serve", "--sandbox", "--data", text(&real)]);
    assert_eq!(output.status.code(), WRONG);
    assert!(
        err(&output).contains("was made in production mode"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_second_server_on_a_directory_leaves_at_once() {
    let place = scratch();
    let _first = launch(place.path()).start().unwrap();
    let begun = Instant::now();
    let output = tael(&[
        "serve",
        "--sandbox",
        "--listen",
        "127.0.0.1:0",
        "--data",
        text(place.path()),
    ]);
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(
        err(&output).contains("only one server may use a data directory"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = scratch();
    let output = tael(&[
        "serve",
        "--sandbox",
        "--listen",
        &address,
        "--data",
        text(place.path()),
    ]);
    assert_eq!(output.status.code(), WRONG);
    let expected = format!("cannot listen on {address}: another program listens there");
    assert!(err(&output).contains(&expected), "{}", err(&output));
}

#[test]
fn keys_that_others_can_read_stop_the_start() {
    let place = scratch();
    assert!(
        launch(place.path())
            .start()
            .unwrap()
            .stop(STOP_LIMIT)
            .unwrap()
            .success()
    );
    let key = place.path().join("keys/root.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let output = tael(&["serve", "--sandbox", "--data", text(place.path())]);
    assert_eq!(output.status.code(), WRONG);
    assert!(
        err(&output).contains(&format!("chmod 600 {}", text(&key))),
        "{}",
        err(&output)
    );
}

#[test]
fn flags_come_before_variables_and_those_before_the_file() {
    let place = scratch();
    let file = place.path().join("tael.toml");
    fs::write(
        &file,
        "default_currency = \"ZZZ\"\nlisten = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    // Each source is wrong in its own way, so that the message tells which one was read.
    let said = |variable: Option<&str>, flag: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tael"));
        command.args(["serve", "--sandbox", "--config", text(&file)]);
        command.args(["--data", text(&place.path().join("data"))]);
        command.envs(variable.map(|value| ("TAEL_DEFAULT_CURRENCY", value)));
        command.args(flag.map(|value| format!("--default-currency={value}")));
        err(&command.output().unwrap())
    };
    assert!(said(None, None).contains("not `ZZZ`"));
    assert!(said(Some("YYY"), None).contains("not `YYY`"));
    assert!(said(Some("YYY"), Some("XXX")).contains("not `XXX`"));
}

#[test]
fn help_is_there_for_everything() {
    let commands: &[&[&str]] = &[
        &[],
        &["serve"],
        &["check"],
        &["backup"],
        &["restore"],
        &["verify-receipt"],
        &["operator"],
        &["operator", "bootstrap"],
        &["bench"],
        &["bench", "ledger"],
        &["bench", "http"],
    ];
    for command in commands {
        let output = tael(&[*command, &["--help"]].concat());
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert!(out(&output).contains("Usage: tael"), "{command:?}");
    }
    let backup = out(&tael(&["backup", "--help"]));
    assert!(backup.contains("as secret as the data"), "{backup}");
    assert_eq!(tael(&[]).status.code(), WRONG);
    assert_eq!(tael(&["dance"]).status.code(), WRONG);
    assert_eq!(
        out(&tael(&["--version"])),
        format!("tael {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn commands_need_a_data_directory() {
    for command in ["check", "backup"] {
        let mut args = vec![command, "--data", "/nowhere/tael-data"];
        if command == "backup" {
            args.extend(["--to", "/nowhere/backup"]);
        }
        let output = tael(&args);
        assert_eq!(output.status.code(), WRONG, "{}", err(&output));
        assert!(
            err(&output).contains("there is no data directory"),
            "{}",
            err(&output)
        );
    }
}
