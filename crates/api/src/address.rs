//! From where a request comes and for which host it is meant, as far as that can be believed.
//!
//! What a client says about itself in a header counts only if the connection comes from a proxy
//! that was named, and then only back to the first address that no such proxy has.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderMap, Uri, header, uri::Authority},
};
pub use identity::access_token::Network;

use crate::floor::Floors;

/// Places in line that are looked at in a forwarding header.
const HOPS_MOST: usize = 32;

/// The header in which the proxies before the server say for whom they ask. One, since a client
/// could write the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedBy {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The hosts for which the server answers.
#[derive(Clone, Debug)]
pub enum Hosts {
    /// This machine by name, any address, and the public host if there is one: to try things out. A
    /// page of somebody else cannot become one of these by changing its own name's address.
    Local(Option<PublicHost>),
    /// The public host alone.
    Public(PublicHost),
}

impl Default for Hosts {
    fn default() -> Self {
        Self::Local(None)
    }
}

/// The host of the address under which people reach the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHost {
    name: String,
    port: u16,
    usual: u16,
}

impl PublicHost {
    /// From `https://wallet.example`, with a port or without.
    pub fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let usual = if uri.scheme_str()? == "http" { 80 } else { 443 };
        let authority = uri.authority()?;
        Some(Self {
            name: name_of(authority),
            port: authority.port_u16().unwrap_or(usual),
            usual,
        })
    }

    fn is(&self, asked: &Authority) -> bool {
        name_of(asked) == self.name && asked.port_u16().unwrap_or(self.usual) == self.port
    }
}

fn name_of(authority: &Authority) -> String {
    let name = authority.host().trim_end_matches('.');
    name.to_ascii_lowercase()
}

impl Hosts {
    /// Whether a request is meant for this server: every host that it names must be ours.
    pub(crate) fn are_meant(&self, request: &Request) -> bool {
        let in_line = request.uri().authority().cloned().map(Some);
        let headers = request.headers().get_all(header::HOST).iter();
        let in_headers = headers.map(|host| host.to_str().ok()?.parse::<Authority>().ok());
        let mut asked = in_line.into_iter().chain(in_headers).peekable();
        if asked.peek().is_none() {
            return matches!(self, Self::Local(_));
        }
        asked.all(|host| host.is_some_and(|host| self.has(&host)))
    }

    fn has(&self, asked: &Authority) -> bool {
        // Whoever names a user in front of a host means to be misread.
        if asked.as_str().contains('@') {
            return false;
        }
        match self {
            Self::Public(public) => public.is(asked),
            Self::Local(public) => {
                let name = name_of(asked);
                let is_address = name
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .parse::<IpAddr>()
                    .is_ok();
                let is_here = name == "localhost" || name.ends_with(".localhost");
                is_address || is_here || public.as_ref().is_some_and(|public| public.is(asked))
            }
        }
    }
}

/// What stands before the server, and what is asked of whoever comes.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    /// Proxies whose word about their clients is taken; none, if nothing is said.
    pub trusted_proxies: Vec<Network>,
    pub forwarded_by: ForwardedBy,
    pub hosts: Hosts,
    /// How often one address may knock without being known; absent, as often as it likes.
    pub floors: Option<Floors>,
}

impl Edges {
    /// Who asks; unknown only where there is no connection.
    pub(crate) fn client(&self, request: &Request) -> Option<ClientAddress> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(self.client_behind(peer.ip(), request.headers()))
    }

    fn client_behind(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let is_trusted = |at: IpAddr| self.trusted_proxies.iter().any(|net| net.contains(at));
        let mut client = peer.to_canonical();
        if is_trusted(client) {
            for hop in hops(self.forwarded_by, headers).take(HOPS_MOST) {
                // What cannot be read was written by nobody who is trusted.
                let Some(hop) = hop else { break };
                client = hop;
                if !is_trusted(client) {
                    break;
                }
            }
        }
        ClientAddress(client)
    }
}

/// Who is asking, as far as that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// The addresses of a forwarding header, the nearest first.
fn hops(by: ForwardedBy, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let name = match by {
        ForwardedBy::XForwardedFor => "x-forwarded-for",
        ForwardedBy::Forwarded => "forwarded",
    };
    let lines = headers.get_all(name).iter().rev();
    let hops = lines.flat_map(|line| line.to_str().unwrap_or("unreadable").rsplit(','));
    hops.map(move |hop| match by {
        ForwardedBy::XForwardedFor => address(hop),
        ForwardedBy::Forwarded => address(hop.split(';').find_map(for_whom)?),
    })
}

/// The value of `for=`, if this is it.
fn for_whom(pair: &str) -> Option<&str> {
    let (key, value) = pair.split_once('=')?;
    key.trim().eq_ignore_ascii_case("for").then_some(value)
}

/// An address as proxies write it: perhaps quoted, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let with_port = || text.parse::<SocketAddr>().ok().map(|at| at.ip());
    let address = bare.unwrap_or(text).parse().ok().or_else(with_port)?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::HeaderValue};

    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        headers.insert("x-real-ip", HeaderValue::from_static("9.9.9.9"));
        headers.insert("forwarded", HeaderValue::from_static("for=9.9.9.9"));
        let edges = Edges {
            trusted_proxies: trusted.iter().map(|net| net.parse().unwrap()).collect(),
            ..Edges::default()
        };
        let client = edges.client_behind(peer.parse().unwrap(), &headers);
        client.0.to_string()
    }

    #[test]
    fn s_56_what_a_client_says_of_itself_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["9.9.9.9"], &[]), "192.0.2.1");
        let proxy = &["10.0.0.0/8"][..];
        assert_eq!(client("192.0.2.1", &["9.9.9.9"], proxy), "192.0.2.1");
        // The proxy appends; what stood before it was written by the client.
        for (peer, lines, expected) in [
            ("10.0.0.1", &["9.9.9.9, 192.0.2.7"][..], "192.0.2.7"),
            ("10.0.0.1", &["9.9.9.9", "192.0.2.7, 10.0.0.2"], "192.0.2.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["nonsense"], "10.0.0.1"),
            ("10.0.0.1", &["9.9.9.9, nonsense, 10.0.0.3"], "10.0.0.3"),
            ("10.0.0.1", &["192.0.2.7:4711"], "192.0.2.7"),
            ("::ffff:10.0.0.1", &["::ffff:192.0.2.7"], "192.0.2.7"),
        ] {
            assert_eq!(client(peer, lines, proxy), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_other_header_is_read_if_it_is_the_one() {
        let edges = Edges {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            forwarded_by: ForwardedBy::Forwarded,
            ..Edges::default()
        };
        for (line, expected) in [
            ("for=9.9.9.9, for=192.0.2.7;proto=https", "192.0.2.7"),
            ("For=\"[2001:db8::1]:4711\"", "2001:db8::1"),
            ("for=192.0.2.7, for=unknown", "10.0.0.1"),
            ("proto=https", "10.0.0.1"),
            ("for=192.0.2.7, by=10.0.0.3;for=10.0.0.2", "192.0.2.7"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static("9.9.9.9"));
            headers.insert("forwarded", HeaderValue::from_str(line).unwrap());
            let client = edges.client_behind("10.0.0.1".parse().unwrap(), &headers);
            assert_eq!(client.0.to_string(), expected, "{line}");
        }
    }

    fn asks(uri: &str, hosts: &[&str]) -> Request {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri.parse().unwrap();
        for host in hosts {
            let host = HeaderValue::from_str(host).unwrap();
            request.headers_mut().append(header::HOST, host);
        }
        request
    }

    #[test]
    fn a_public_server_answers_for_its_own_name_alone() {
        let public = PublicHost::of("https://wallet.example").unwrap();
        let hosts = Hosts::Public(public.clone());
        for good in ["wallet.example", "WALLET.example.", "wallet.example:443"] {
            assert!(hosts.are_meant(&asks("/", &[good])), "{good}");
        }
        assert!(hosts.are_meant(&asks("https://wallet.example/", &[])));
        for bad in [
            &["evil.example"][..],
            &["wallet.example:80"],
            &["wallet.example.evil.example"],
            &["x@wallet.example"],
            &["wallet.example", "evil.example"],
            &["localhost"],
            &["127.0.0.1"],
            &[""],
            &["a b"],
            &[],
        ] {
            assert!(!hosts.are_meant(&asks("/", bad)), "{bad:?}");
        }
        assert!(!hosts.are_meant(&asks("http://evil.example/", &["wallet.example"])));
        let local = Hosts::Local(Some(public));
        for good in ["wallet.example", "localhost:1", "[::1]:8080", "192.168.1.7"] {
            assert!(local.are_meant(&asks("/", &[good])), "{good}");
        }
        assert!(local.are_meant(&asks("/", &[])));
        assert!(!local.are_meant(&asks("/", &["evil.example"])));
        assert!(!local.are_meant(&asks("/", &["localhost.evil.example"])));
    }
}
