use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::{EnvFilter, fmt};

use crate::failure::Failure;

/// Sends the log to standard error: text for a person at a terminal, JSON lines for a collector.
/// What may be logged is decided where it is logged; there is no secret to filter out here.
pub(crate) fn start(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::used_wrongly(format!(
            "--log `{filter}` is not a filter such as info: {error}"
        ))
    })?;
    // A log that cannot be written is no reason to stop working: complaining about it on the same
    // standard error, as is usual, would panic in whoever logged.
    let log = fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .log_internal_errors(false);
    let started = if stderr().is_terminal() {
        log.compact().try_init()
    } else {
        log.json().flatten_event(true).try_init()
    };
    started.map_err(|error| Failure::found_wrong(format!("the log cannot be started: {error}")))
}
