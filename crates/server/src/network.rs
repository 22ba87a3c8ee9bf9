//! What the operator says about the network before the server: proxies, TLS, further listeners.

use std::{net::SocketAddr, path::PathBuf};

use api::{ForwardedBy, Network as Range};

use crate::{cli::NetworkArgs, failure::Failure};

/// Connections of one address (own: six per browser, forty browsers behind one address).
const PER_ADDRESS: u32 = 256;

/// The settings about the network, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    pub trusted_proxies: Vec<Range>,
    pub forwarded_by: ForwardedBy,
    /// Connections of one address at a time.
    pub per_address: u32,
    /// Certificate chain and key, if the server speaks TLS itself.
    pub tls: Option<TlsFiles>,
    /// Where plain HTTP is sent to the public address.
    pub redirect_listen: Option<SocketAddr>,
    /// Where operators find theirs, if they were given an address.
    pub operators_listen: Option<SocketAddr>,
}

/// Two PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub chain: PathBuf,
    pub key: PathBuf,
}

impl Network {
    /// Joins what the flags say with what the file says.
    pub fn join(args: &NetworkArgs, file: &NetworkArgs) -> Result<Self, Failure> {
        let proxies = if args.trusted_proxy.is_empty() {
            &file.trusted_proxy
        } else {
            &args.trusted_proxy
        };
        let header = args.forwarded_header.as_ref();
        let header = header.or(file.forwarded_header.as_ref());
        let per_address = args.max_connections_per_address;
        let per_address = per_address.or(file.max_connections_per_address);
        if per_address == Some(0) {
            return Err(Failure::used_wrongly(
                "--max-connections-per-address must be at least 1",
            ));
        }
        let tls = tls(
            args.tls_cert.as_ref().or(file.tls_cert.as_ref()),
            args.tls_key.as_ref().or(file.tls_key.as_ref()),
        )?;
        let operators_listen = args.operators_listen.or(file.operators_listen);
        if tls.is_none() && operators_listen.is_some_and(|at| !at.ip().is_loopback()) {
            return Err(Failure::used_wrongly(
                "--operators-listen must be an address of this machine alone, such as \
                 127.0.0.1:8081, unless --tls-cert is given",
            ));
        }
        Ok(Self {
            trusted_proxies: proxies
                .iter()
                .map(|text| range(text))
                .collect::<Result<_, _>>()?,
            forwarded_by: forwarded_by(header.map(String::as_str))?,
            per_address: per_address.unwrap_or(PER_ADDRESS),
            tls,
            redirect_listen: args.redirect_listen.or(file.redirect_listen),
            operators_listen,
        })
    }
}

fn range(text: &str) -> Result<Range, Failure> {
    text.trim().parse().map_err(|_| {
        Failure::used_wrongly(format!(
            "--trusted-proxy takes an address or a range such as 10.0.0.0/8, not `{text}`"
        ))
    })
}

fn forwarded_by(header: Option<&str>) -> Result<ForwardedBy, Failure> {
    match header.map(str::to_ascii_lowercase).as_deref() {
        None | Some("x-forwarded-for") => Ok(ForwardedBy::XForwardedFor),
        Some("forwarded") => Ok(ForwardedBy::Forwarded),
        Some(_) => Err(Failure::used_wrongly(
            "--forwarded-header must be x-forwarded-for or forwarded",
        )),
    }
}

fn tls(chain: Option<&PathBuf>, key: Option<&PathBuf>) -> Result<Option<TlsFiles>, Failure> {
    match (chain, key) {
        (None, None) => Ok(None),
        (Some(chain), Some(key)) => Ok(Some(TlsFiles {
            chain: chain.clone(),
            key: key.clone(),
        })),
        (Some(_), None) => Err(Failure::used_wrongly(
            "--tls-cert needs --tls-key beside it",
        )),
        (None, Some(_)) => Err(Failure::used_wrongly(
            "--tls-key needs --tls-cert beside it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(args: &NetworkArgs) -> String {
        let joined = Network::join(args, &NetworkArgs::default());
        joined.unwrap_err().to_string()
    }

    #[test]
    fn flags_come_before_the_file() {
        let file = NetworkArgs {
            trusted_proxy: vec!["10.0.0.0/8".to_owned()],
            forwarded_header: Some("Forwarded".to_owned()),
            ..NetworkArgs::default()
        };
        let args = NetworkArgs {
            trusted_proxy: vec!["192.0.2.1".to_owned(), "2001:db8::/32".to_owned()],
            ..NetworkArgs::default()
        };
        let joined = Network::join(&args, &file).unwrap();
        let ranges: Vec<_> = joined
            .trusted_proxies
            .iter()
            .map(Range::to_string)
            .collect();
        assert_eq!(ranges, ["192.0.2.1/32", "2001:db8::/32"]);
        assert_eq!(joined.forwarded_by, ForwardedBy::Forwarded);
        assert_eq!(joined.per_address, PER_ADDRESS);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let none = NetworkArgs::default;
        for (args, said) in [
            (
                NetworkArgs {
                    trusted_proxy: vec!["10.0.0.0/33".to_owned()],
                    ..none()
                },
                "not `10.0.0.0/33`",
            ),
            (
                NetworkArgs {
                    forwarded_header: Some("x-real-ip".to_owned()),
                    ..none()
                },
                "must be x-forwarded-for or forwarded",
            ),
            (
                NetworkArgs {
                    tls_cert: Some("cert.pem".into()),
                    ..none()
                },
                "needs --tls-key",
            ),
            (
                NetworkArgs {
                    tls_key: Some("key.pem".into()),
                    ..none()
                },
                "needs --tls-cert",
            ),
            (
                NetworkArgs {
                    operators_listen: Some("0.0.0.0:8081".parse().unwrap()),
                    ..none()
                },
                "this machine alone",
            ),
            (
                NetworkArgs {
                    max_connections_per_address: Some(0),
                    ..none()
                },
                "at least 1",
            ),
        ] {
            assert!(refused(&args).contains(said), "{}", refused(&args));
        }
    }
}
