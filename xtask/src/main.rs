//! The workshop of the house, `cargo xtask VERB`: what holds the rules and what measures them.
//!
//! It reads the sources as text, tokens and syntax, and asks Cargo for the graph. It knows the
//! floors and the words of CONTRIBUTING.md, and nothing of what the rooms do.
//!
//! Read in this order: `floors`, `source`, `tidy` with its rules, `house`.

mod floors;
mod functions;
mod graph;
mod house;
mod sim;
mod source;
mod tidy;
mod tokens;

use std::{env, error::Error, path::PathBuf, process::ExitCode};

const USAGE: &str = "cargo xtask VERB

  tidy          the rules of the house: floors, names, words, sizes, documents; 1 on any finding
  house         measures: file and function percentiles, test share, rooms, packages, longest chain
  sim [ARGS]    the seeded simulator, for example `sim --seed 7`";

/// What a verb answers: whether everything was in order.
type Verdict = Result<bool, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let verdict = match arguments.split_first() {
        Some((verb, [])) if verb == "tidy" => tidy::run(&root()),
        Some((verb, [])) if verb == "house" => house::run(&root()),
        Some((verb, rest)) if verb == "sim" => sim::run(&root(), rest),
        _ => return usage(),
    };
    match verdict {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say_error(&error.to_string());
            ExitCode::from(1)
        }
    }
}

fn usage() -> ExitCode {
    say_error(USAGE);
    ExitCode::from(2)
}

#[expect(
    clippy::print_stderr,
    reason = "a command line program says here what went wrong"
)]
fn say_error(text: &str) {
    eprintln!("{text}");
}

/// The workspace, one floor above this crate.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}
