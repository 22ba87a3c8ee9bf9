//! `cargo xtask sim --seed N` tells one world step by step; `--seeds N` lives through the first N.

use std::process::ExitCode;

use testkit::world::live;

const USAGE: &str = "usage: sim --seed N | --seeds N";

#[expect(
    clippy::print_stdout,
    reason = "a command line program says here what happened"
)]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = arguments.get(1).and_then(|text| text.parse::<u64>().ok());
    let (seeds, is_told) = match (arguments.first().map(String::as_str), number) {
        (Some("--seed"), Some(seed)) => (seed..=seed, true),
        (Some("--seeds"), Some(count)) if count > 0 => (1..=count, false),
        _ => {
            println!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    for seed in seeds {
        let mut tell = |step: &str| {
            if is_told {
                println!("{step}");
            }
        };
        match live(seed, &mut tell) {
            Ok(story) => println!("seed {seed}: {story:?}"),
            Err(wrong) => {
                println!("{wrong}");
                return ExitCode::from(1);
            }
        }
    }
    ExitCode::SUCCESS
}
