//! `tael` with a fault that `TAEL_MUTANT` chooses: for harnesses that must notice it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
