//! The benchmarks, in small: they measure, they audit what they did, and they say what scripts
//! read.

use std::{
    path::Path,
    process::{Command, Output},
};

use testkit::{scratch, tael};

fn bench(place: &Path, arguments: &[&str]) -> Output {
    Command::new(tael())
        .arg("bench")
        .args(arguments)
        .current_dir(place)
        .output()
        .unwrap()
}

#[track_caller]
fn expect_lines(output: &Output, lines: &[&str]) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    for line in lines {
        assert!(said.contains(line), "no {line:?} in\n{said}");
    }
}

#[test]
fn a_bulk_run_measures_and_checks() {
    let place = scratch("bench");
    for (data, ids, hot) in [("time", "time", "0"), ("random", "random", "100")] {
        let size = ["--accounts", "300", "--transfers", "5000", "--batch", "500"];
        let mut arguments = vec!["ledger", "--data", data, "--ids", ids, "--hot", hot];
        arguments.extend(size);
        let output = bench(place.path(), &arguments);
        expect_lines(
            &output,
            &[
                " transfers/s",
                "batches of 500: p50",
                " bytes on disk per transfer",
                " bytes written to disk per transfer",
                " MiB of memory",
                "checked 5",
                ": 0 differences",
            ],
        );
    }
    let again = bench(place.path(), &["ledger", "--data", "time"]);
    assert_eq!(again.status.code(), Some(2), "a used directory is refused");
}

#[test]
fn payments_over_http_are_measured_and_audited() {
    let place = scratch("bench");
    for extra in [["--hot", "0"], ["--rate", "200"], ["--hot", "100"]] {
        let mut arguments = vec![
            "http",
            "--connections",
            "4",
            "--duration",
            "1",
            "--people",
            "4",
        ];
        arguments.extend(extra);
        let output = bench(place.path(), &arguments);
        expect_lines(
            &output,
            &[
                " payments/s",
                " payments: p50",
                "0 shed, 0 without answer",
                " bytes written to disk per payment",
                " MiB of server memory",
                "money is conserved over 4 wallets",
                "records are complete",
            ],
        );
    }
    let left = std::fs::read_dir(place.path()).unwrap().count();
    assert_eq!(left, 0, "its server's data is removed");
}
