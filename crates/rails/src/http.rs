//! The one HTTP client of the rails: short, without redirects, and only to where it may go.
//!
//! A name is resolved once, every address it gives is judged, and the connection goes to one of
//! those judged: between the look and the knock nothing can change. Addresses written into the URL
//! are judged the same way.

use std::{
    fmt,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use identity::{Secret, SendFault};
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect::Policy,
};
use tokio::runtime::Handle;

/// A gateway has this long to answer; the person waits for a code.
const ANSWER_TIME: Duration = Duration::from_secs(15);
/// And this long to accept a connection.
const CONNECT_TIME: Duration = Duration::from_secs(5);
const NOT_ALLOWED: &str = "the address is not allowed";
/// Bytes of an answer that are read; more is cut.
const ANSWER_MOST: usize = 16 * 1024;

/// Where requests may go; always over TLS, except to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To the internet.
    Public,
    /// Also into the operator's own network and to this machine.
    Private,
}

impl Reach {
    fn allows(self, address: IpAddr) -> bool {
        self == Self::Private || is_public(address)
    }

    fn allows_url(self, url: &Url) -> bool {
        let address = literal(url);
        let is_protected = match url.scheme() {
            "https" => true,
            "http" => address.is_some_and(|address| address.is_loopback()),
            _ => false,
        };
        is_protected && address.is_none_or(|address| self.allows(address))
    }
}

/// What a gateway answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// A request with a body that was signed as it stands.
#[derive(Debug)]
pub struct Post {
    pub url: Url,
    pub headers: HeaderMap,
    /// Name and secret (HTTP Basic, RFC 7617), where that is how a gateway knows its callers.
    pub basic: Option<(String, Secret)>,
    pub body: String,
}

/// Speaks HTTP from a thread that may wait.
#[derive(Clone)]
pub struct Http {
    client: Client,
    runtime: Handle,
    reach: Reach,
}

impl Http {
    /// Takes the workers that drive the connections; `post` must be called outside of them.
    ///
    /// # Errors
    /// A sentence, if this machine's certificates cannot be read.
    pub fn new(runtime: Handle, reach: Reach) -> Result<Self, String> {
        // Another part of the program may have chosen the same one before.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .dns_resolver(Arc::new(JudgedNames(reach)))
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .timeout(ANSWER_TIME)
            .user_agent("tael")
            .build()
            .map_err(|error| format!("the HTTP client cannot be made: {error}"))?;
        Ok(Self {
            client,
            runtime,
            reach,
        })
    }

    /// Sends a request and reads the beginning of the answer. Blocks.
    ///
    /// # Errors
    /// [`SendFault::Permanent`] for an address that is not allowed; [`SendFault::Temporary`] when
    /// there was no connection; [`SendFault::Unknown`] when the request may have arrived and no
    /// whole answer came back. None carries the URL or the body.
    pub fn post(&self, post: Post) -> Result<Answer, SendFault> {
        if !self.reach.allows_url(&post.url) {
            return Err(SendFault::Permanent(NOT_ALLOWED.into()));
        }
        let mut request = self
            .client
            .post(post.url)
            .headers(post.headers)
            .body(post.body);
        if let Some((name, secret)) = post.basic {
            request = request.basic_auth(name, Some(secret.expose()));
        }
        self.runtime.block_on(async {
            let mut response = request.send().await.map_err(|error| told(&error))?;
            let status = response.status().as_u16();
            let mut body = Vec::new();
            while body.len() < ANSWER_MOST {
                match response.chunk().await.map_err(|error| told(&error))? {
                    Some(chunk) => body.extend(chunk),
                    None => break,
                }
            }
            body.truncate(ANSWER_MOST);
            Ok(Answer {
                status,
                body: String::from_utf8_lossy(&body).into_owned(),
            })
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("reach", &self.reach).finish()
    }
}

/// The address in a URL that names no host.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

/// What is known without an answer; the error's own words hold the URL.
fn told(error: &reqwest::Error) -> SendFault {
    if is_refused_address(error) {
        SendFault::Permanent(NOT_ALLOWED.into())
    } else if error.is_builder() {
        SendFault::Permanent("the request cannot be made".into())
    } else if error.is_connect() {
        SendFault::Temporary("no connection".into())
    } else if error.is_timeout() {
        SendFault::Unknown("no answer in time".into())
    } else {
        SendFault::Unknown("the connection broke off".into())
    }
}

fn is_refused_address(error: &reqwest::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = source {
        if cause.is::<NotPublic>() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// A name leads to where nothing may be sent.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to an address that is not public")
    }
}

impl std::error::Error for NotPublic {}

/// Resolves names and gives only addresses that may be connected to.
struct JudgedNames(Reach);

impl Resolve for JudgedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || {
                (name.as_str(), 0)
                    .to_socket_addrs()
                    .map(Iterator::collect::<Vec<SocketAddr>>)
            })
            .await??;
            judge(found, reach)
        })
    }
}

fn judge(
    found: Vec<SocketAddr>,
    reach: Reach,
) -> Result<Addrs, Box<dyn std::error::Error + Send + Sync>> {
    let allowed: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| reach.allows(address.ip()))
        .collect();
    if allowed.is_empty() {
        return Err(Box::new(NotPublic));
    }
    Ok(Box::new(allowed.into_iter()))
}

/// Whether an address is somebody's on the internet (IANA's special-purpose registries, RFC 6890
/// and its successors): not this machine, not a private or link-local network, not a cloud's
/// metadata, not multicast, and none of these inside an IPv6 address.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_unspecified()
                || v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a, b, c) == (192, 0, 0)
                || (a, b, c) == (192, 88, 99)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let s = v6.segments();
            // Only 2000::/3 is given out, and a part of it is special or carries an IPv4 address.
            (s[0] & 0xe000) == 0x2000
                && s[0] != 0x2002
                && !(s[0] == 0x2001 && (s[1] < 0x0200 || s[1] == 0x0db8))
                && !(s[0] == 0x3fff && s[1] < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for public in ["1.1.1.1", "223.5.5.5", "100.63.0.1", "2400:3200::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for inside in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.1.2.3",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
    }

    #[test]
    fn addresses_in_a_url_are_seen_in_every_spelling() {
        for (url, address) in [
            ("https://127.1/", "127.0.0.1"),
            ("https://0x7f.1/", "127.0.0.1"),
            ("https://2130706433/", "127.0.0.1"),
            ("https://0177.0.0.1/", "127.0.0.1"),
            ("HTTPS://127.0.0.1:5432/", "127.0.0.1"),
            ("https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
            ("https://①②⑦.0.0.1/", "127.0.0.1"),
            ("https://169.254.169.254/latest", "169.254.169.254"),
            ("https://0/", "0.0.0.0"),
        ] {
            let found = literal(&Url::parse(url).unwrap());
            assert_eq!(found, Some(address.parse().unwrap()), "{url}");
            assert!(!Reach::Public.allows(found.unwrap()), "{url}");
        }
    }

    #[test]
    fn without_tls_only_this_machine_is_reached() {
        let allows = |reach: Reach, url: &str| reach.allows_url(&Url::parse(url).unwrap());
        assert!(allows(Reach::Private, "http://127.0.0.1:9/"));
        assert!(allows(Reach::Private, "http://[::1]:9/"));
        assert!(allows(Reach::Private, "https://10.0.0.1/"));
        assert!(allows(Reach::Public, "https://gateway.example/"));
        for refused in [
            "http://10.0.0.1/",
            "http://gateway.example/",
            "http://localhost/",
        ] {
            assert!(!allows(Reach::Private, refused), "{refused}");
        }
        for refused in ["http://127.0.0.1/", "https://10.0.0.1/", "ftp://1.1.1.1/"] {
            assert!(!allows(Reach::Public, refused), "{refused}");
        }
    }

    #[test]
    fn of_a_name_with_two_faces_only_the_public_one_is_left() {
        let inside: SocketAddr = "10.0.0.1:0".parse().unwrap();
        let outside: SocketAddr = "1.1.1.1:0".parse().unwrap();
        let left: Vec<_> = judge(vec![inside, outside], Reach::Public)
            .unwrap()
            .collect();
        assert_eq!(left, [outside]);
        assert!(judge(vec![inside], Reach::Public).is_err());
        assert!(judge(vec![inside], Reach::Private).is_ok());
    }
}
