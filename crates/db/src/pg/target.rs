//! Where the server is and how it is talked to.

use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::options::{Isolation, Server};
use crate::{Fault, OpenError};

/// A dead peer is noticed this long after something was sent to it.
const UNANSWERED: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(2);

/// What the server enforces: a statement, a wait for a lock and an idle transaction end by
/// themselves, so that nothing of a lost program stays locked.
const SESSION: &str = "-c statement_timeout=10s -c lock_timeout=3s \
     -c idle_in_transaction_session_timeout=10s -c client_min_messages=warning";

/// A server, ready to be connected to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(super) config: Config,
    pub(super) server: Server,
    /// How long an answer is waited for: longer than the server lets any statement run.
    pub(super) patience: Duration,
    /// With `sslmode=require` everything is encrypted, and the server proves who it is.
    pub(super) tls: Option<MakeRustlsConnect>,
}

const PATIENCE: Duration = Duration::from_secs(15);
const LONG_PATIENCE: Duration = Duration::from_secs(3600);

impl Target {
    pub(crate) fn read(server: &Server) -> Result<Target, OpenError> {
        // What the parser says might repeat the password. Its `require` does not say whether the
        // server must prove who it is; here it must, which other programs call by these names.
        let url = ["verify-full", "verify-ca"]
            .iter()
            .fold(server.url.clone(), |url, name| {
                url.replace(&format!("sslmode={name}"), "sslmode=require")
            });
        let mut config: Config = url
            .parse()
            .map_err(|_| Fault::internal("the database's address is not a postgres:// URL"))?;
        let options = match config.get_options() {
            Some(given) => format!("{SESSION} {given}"),
            None => SESSION.to_owned(),
        };
        config.options(options);
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("tael");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNANSWERED);
        }
        config.keepalives_idle(UNANSWERED);
        config.keepalives_interval(Duration::from_secs(2));
        config.keepalives_retries(3);
        let tls = match config.get_ssl_mode() {
            SslMode::Require => Some(MakeRustlsConnect::new(trusting_the_system()?)),
            _ => None,
        };
        Ok(Target {
            tls,
            config,
            server: server.clone(),
            patience: PATIENCE,
        })
    }

    /// The same for work that takes its time: a check, a move.
    pub(crate) fn for_long_work(mut self) -> Target {
        let given = self.config.get_options().unwrap_or_default();
        let options =
            format!("{given} -c statement_timeout=0 -c idle_in_transaction_session_timeout=0");
        self.config.options(options);
        self.patience = LONG_PATIENCE;
        self
    }

    /// How a transaction that writes begins.
    pub(super) fn begin(&self) -> &'static str {
        match self.server.isolation {
            Isolation::ReadCommitted => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Isolation::RepeatableRead => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            Isolation::Serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        }
    }
}

/// Certificates that the operating system trusts, or those of the file that `SSL_CERT_FILE` names.
fn trusting_the_system() -> Result<ClientConfig, Fault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::internal(error.to_string()))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}
