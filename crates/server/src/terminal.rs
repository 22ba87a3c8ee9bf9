use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// Prints a line to standard output at once. A reader that has gone away is no reason to stop.
pub fn say(line: &str) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints why the program ends to standard error.
pub fn complain(failure: &Failure) {
    let _ = writeln!(stderr().lock(), "tael: {failure}");
}

/// A bar for long work on a terminal; nothing where nobody watches. Rates and times are its own.
pub fn progress(doing: &'static str, unit: &'static str) -> ProgressBar {
    let target = if stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    };
    let template = format!("{doing} [{{bar:30}}] {{human_pos}}/{{human_len}} {unit} {{eta}}");
    let style = ProgressStyle::with_template(&template).expect("the template is a constant");
    ProgressBar::with_draw_target(Some(0), target).with_style(style.progress_chars("=> "))
}
