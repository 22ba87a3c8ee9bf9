//! Who is calling: a live session, by bearer header or by cookie. A handler that takes a [`Caller`]
//! cannot be reached without one.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts, uri::Uri},
};
use identity::{
    OpenedSession, Session, SessionToken, access_token::key::AccessKey, session, session::Device,
};
use vocab::{Timestamp, UserId};

use crate::{
    App, Cookies,
    address::ClientAddress,
    principal::refuse_program,
    problem::{Code, Problem},
    shield,
};

/// A signed-in person.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) session: Arc<Session>,
    /// To ask again later whether the session still lives.
    pub(crate) token: SessionToken,
    /// From where this request comes.
    pub(crate) from: Option<IpAddr>,
}

impl Caller {
    pub(crate) fn user(&self) -> UserId {
        self.session.user
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = match bearer(&parts.headers)? {
            Some(text) if AccessKey::is_meant(text) => {
                return Err(refuse_program(parts, app, text).await);
            }
            Some(token) => token,
            None => {
                let name = cookie_name(app.settings().cookies);
                let token = cookie(&parts.headers, name).ok_or(Code::Unauthenticated)?;
                if !parts.method.is_safe() {
                    check_origin(parts, app)?;
                }
                token
            }
        };
        let token = SessionToken::read(token).ok_or(Code::Unauthenticated)?;
        let session = app
            .look_up_session(token)
            .await?
            .ok_or(Code::Unauthenticated)?;
        app.note_use(token, &session);
        let client = parts.extensions.get::<ClientAddress>();
        Ok(Self {
            session,
            token,
            from: client.map(|client| client.0),
        })
    }
}

impl App {
    /// The live session of a token; from memory, if it was asked for before.
    pub(crate) async fn look_up_session(
        &self,
        token: SessionToken,
    ) -> Result<Option<Arc<Session>>, Problem> {
        let now = self.now();
        if let Some(known) = self.sessions().get(&token)
            && known.is_live(now, self.policy())
        {
            return Ok(Some(known));
        }
        let since = self.sessions().loading();
        let found = self
            .read(move |tx, cx| session::find(tx, cx, &token))
            .await?;
        let Some(found) = found.map(Arc::new) else {
            return Ok(None);
        };
        self.sessions().keep(since, token, Arc::clone(&found));
        Ok(Some(found))
    }

    /// Notes now and then, in the background, that a session is in use.
    fn note_use(&self, token: SessionToken, seen: &Session) {
        let now = self.now();
        if !seen.needs_touch(now, self.policy()) {
            return;
        }
        let since = self.sessions().loading();
        if self
            .sessions()
            .get(&token)
            .is_some_and(|known| known.last_seen_at == seen.last_seen_at)
        {
            let touched = Session {
                last_seen_at: now,
                ..seen.clone()
            };
            self.sessions().keep(since, token, Arc::new(touched));
            let (app, id) = (self.clone(), seen.id);
            tokio::spawn(async move {
                // Should it fail, the session ends a minute earlier than it might.
                let _ = app.write(move |tx, cx| session::touch(tx, cx, id)).await;
            });
        }
    }
}

pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = all.next() else {
        return Ok(None);
    };
    let text = first.to_str().map_err(|_| Code::Unauthenticated)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && all.next().is_none() => {
            Ok(Some(token.trim()))
        }
        _ => Err(Code::Unauthenticated.into()),
    }
}

const fn cookie_name(cookies: Cookies) -> &'static str {
    match cookies {
        Cookies::Secure => "__Host-tael",
        Cookies::Localhost => "tael",
    }
}

pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(key, value)| (key.trim(), value.trim()))
        .find_map(|(k, v)| (k == name).then_some(v))
}

/// A cookie is sent by the browser whoever asks for it, so the page that asks must be ours.
pub(crate) fn check_origin(parts: &Parts, app: &App) -> Result<(), Problem> {
    let refused = || Problem::from(Code::OriginNotAllowed);
    if !shield::is_own_page(&parts.headers) {
        return Err(refused());
    }
    let sent = parts
        .headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let sent = sent.ok_or_else(refused)?;
    let is_ours = match &app.settings().origin {
        Some(origin) => sent == origin.trim_end_matches('/'),
        None => {
            let host = parts
                .headers
                .get(header::HOST)
                .and_then(|host| host.to_str().ok());
            let host = host.or(parts.uri.authority().map(|authority| authority.as_str()));
            let origin = sent.parse::<Uri>().ok();
            host.is_some() && origin.as_ref().and_then(Uri::authority).map(|a| a.as_str()) == host
        }
    };
    if is_ours { Ok(()) } else { Err(refused()) }
}

/// The cookie that keeps a session in a browser.
pub(crate) fn session_cookie(app: &App, opened: &OpenedSession, now: Timestamp) -> HeaderValue {
    let seconds = opened.expires_at.seconds_since(now).max(0);
    write_cookie(app, opened.token.expose(), seconds)
}

/// The cookie that ends it.
pub(crate) fn ended_cookie(app: &App) -> HeaderValue {
    write_cookie(app, "", 0)
}

fn write_cookie(app: &App, value: &str, seconds: i64) -> HeaderValue {
    let cookies = app.settings().cookies;
    let secure = match cookies {
        Cookies::Secure => "; Secure",
        Cookies::Localhost => "",
    };
    let name = cookie_name(cookies);
    let text =
        format!("{name}={value}; Path=/; Max-Age={seconds}{secure}; HttpOnly; SameSite=Strict");
    let mut cookie = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
    cookie.set_sensitive(true);
    cookie
}

/// With what and from where somebody signs in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor(pub(crate) Device);

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        let client = parts.extensions.get::<ClientAddress>();
        let address = client
            .map(|client| client.0.to_string())
            .unwrap_or_default();
        Ok(Self(Device::new(agent.unwrap_or_default(), &address)))
    }
}

/// An address without its last part: /24 of IPv4, /64 of IPv6.
pub(crate) fn network_of(device: &Device) -> String {
    match device
        .address()
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.*")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::*")
        }
        Err(_) => String::new(),
    }
}
