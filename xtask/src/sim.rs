//! `cargo xtask sim`: the seeded simulator of `testkit`, built with optimisation.

use std::{path::Path, process::Command};

use crate::Verdict;

/// Runs the simulator with the arguments as they are; true if it found nothing wrong.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Verdict {
    let status = Command::new(env!("CARGO"))
        .args([
            "run",
            "--release",
            "--locked",
            "--package",
            "testkit",
            "--bin",
            "sim",
            "--",
        ])
        .args(arguments)
        .current_dir(root)
        .status()?;
    Ok(status.success())
}
