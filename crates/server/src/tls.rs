//! TLS with certificate files of the operator, read again when they change: whoever renews them
//! need not stop the server.

use std::{
    fmt, fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};
use tokio_rustls::TlsAcceptor;

use crate::{
    failure::{During as _, Failure},
    network::TlsFiles,
    stop::Stop,
};

/// How often the files are looked at; a renewal has days.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate that can be replaced while connections use it.
#[derive(Clone)]
pub struct Certificate(Arc<Held>);

struct Held {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    now: RwLock<(Arc<CertifiedKey>, Option<Changed>)>,
}

/// When the two files were written.
type Changed = (SystemTime, SystemTime);

impl Certificate {
    /// Reads the files; what is wrong with them is said by name.
    pub fn open(files: &TlsFiles) -> Result<Self, Failure> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let changed = changed(files);
        let read = read(files, &provider)?;
        Ok(Self(Arc::new(Held {
            files: files.clone(),
            provider,
            now: RwLock::new((Arc::new(read), changed)),
        })))
    }

    /// What accepts connections with it: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    pub fn acceptor(&self) -> Result<TlsAcceptor, Failure> {
        let config = ServerConfig::builder_with_provider(self.0.provider.clone());
        let config = config.with_safe_default_protocol_versions();
        let mut config = config
            .during("choosing the versions of TLS")?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again if they were written since. A renewal that is not whole yet, or wrong,
    /// leaves the certificate there is.
    pub fn renew(&self) {
        let held = &self.0;
        let changed = changed(&held.files);
        if changed.is_none() || changed == self.current().1 {
            return;
        }
        match read(&held.files, &held.provider) {
            Ok(read) => {
                let mut now = held.now.write().unwrap_or_else(PoisonError::into_inner);
                *now = (Arc::new(read), changed);
                tracing::info!("the certificate was renewed");
            }
            Err(failure) => tracing::warn!(%failure, "the certificate was not renewed"),
        }
    }

    fn current(&self) -> (Arc<CertifiedKey>, Option<Changed>) {
        let now = self.0.now.read().unwrap_or_else(PoisonError::into_inner);
        now.clone()
    }

    /// Follows the files until the server stops; SIGHUP looks at once.
    pub fn follow(self, stop: Stop) -> Result<(), Failure> {
        let mut hang_up = signal(SignalKind::hangup()).during("listening to SIGHUP")?;
        tokio::spawn(async move {
            let mut ticks = interval(LOOK_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut ended = std::pin::pin!(stop.wait());
            loop {
                tokio::select! {
                    () = &mut ended => return,
                    _ = ticks.tick() => {}
                    _ = hang_up.recv() => {}
                }
                let looking = self.clone();
                // A file system may be slow; the workers must not wait for it.
                let _ = tokio::task::spawn_blocking(move || looking.renew()).await;
            }
        });
        Ok(())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().0)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.0.files).finish()
    }
}

fn changed(files: &TlsFiles) -> Option<Changed> {
    let written = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    Some((written(&files.chain)?, written(&files.key)?))
}

fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, Failure> {
    let wrong = |flag: &str, path: &Path, error: &dyn fmt::Display| {
        Failure::used_wrongly(format!("{flag} {}: {error}", path.display()))
    };
    refuse_if_shown(&files.key)?;
    let chain = CertificateDer::pem_file_iter(&files.chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong("--tls-cert", &files.chain, &error))?;
    if chain.is_empty() {
        return Err(wrong("--tls-cert", &files.chain, &"holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| wrong("--tls-key", &files.key, &error))?;
    CertifiedKey::from_der(chain, key, provider)
        .map_err(|error| wrong("--tls-key", &files.key, &error))
}

/// A key that others on this machine can read is no secret.
fn refuse_if_shown(key: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(data) = fs::metadata(key) else {
        return Ok(());
    };
    if data.permissions().mode() & 0o077 != 0 {
        return Err(Failure::used_wrongly(format!(
            "--tls-key can be read by others: chmod 600 {}",
            key.display()
        )));
    }
    Ok(())
}
