//! What a server for real people needs before it starts. Everything that is missing is said at
//! once, each with the setting that gives it.

use crate::{data_dir::Mode, failure::Failure, settings::Settings};

/// Refuses to start for real people without what protects them.
///
/// # Errors
/// A sentence that lists everything missing.
pub fn refuse_unready(settings: &Settings) -> Result<(), Failure> {
    if settings.mode == Mode::Sandbox {
        return Ok(());
    }
    let missing = missing(settings);
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::used_wrongly(format!(
        "a server for real people does not start yet; it needs\n{}\nStart with --sandbox to try \
         things out with play money.",
        missing.join("\n")
    )))
}

fn missing(settings: &Settings) -> Vec<&'static str> {
    let url = settings.public_url.as_deref();
    let is_encrypted = settings.network.tls.is_some();
    let is_proxied = !settings.network.trusted_proxies.is_empty();
    let mut missing = Vec::new();
    if url.is_none_or(|url| !url.starts_with("https://")) {
        missing.push(
            "- the address where people reach it, with TLS: --public-url https://wallet.example.org",
        );
    }
    if !is_encrypted && !is_proxied {
        missing.push(
            "- TLS: --tls-cert FILE and --tls-key FILE, or --trusted-proxy ADDRESS of the proxy \
             that speaks it",
        );
    }
    // Without codes and Tokens nobody could sign up.
    if settings.gateways.is_empty() {
        missing.push(
            "- a way to send messages: [smtp] or [[sms]] in tael.toml, see docs/operations.md",
        );
    }
    missing
}
