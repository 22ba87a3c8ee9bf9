//! Secrets that bind a flow to the client that began it: a cookie in browsers, a header for
//! programs.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
};
use identity::{Binding, Secret};

use crate::{
    App, Cookies,
    caller::{check_origin, cookie},
    problem::{Code, Problem},
};

/// Which flow a secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Recovery,
    Pickup,
}

impl Flow {
    const fn cookie(self, cookies: Cookies) -> &'static str {
        match (self, cookies) {
            (Self::Recovery, Cookies::Secure) => "__Host-tael-recovery",
            (Self::Recovery, Cookies::Localhost) => "tael-recovery",
            (Self::Pickup, Cookies::Secure) => "__Host-tael-pickup",
            (Self::Pickup, Cookies::Localhost) => "tael-pickup",
        }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::Recovery => "tael-recovery",
            Self::Pickup => "tael-pickup",
        }
    }

    /// The cookie that gives the secret to a browser for so many seconds.
    pub(crate) fn give(self, app: &App, ticket: &Secret, seconds: i64) -> HeaderValue {
        let cookies = app.settings().cookies;
        let secure = match cookies {
            Cookies::Secure => "; Secure",
            Cookies::Localhost => "",
        };
        let (name, value) = (self.cookie(cookies), ticket.expose());
        let text =
            format!("{name}={value}; Path=/; Max-Age={seconds}{secure}; HttpOnly; SameSite=Strict");
        let mut cookie = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        cookie.set_sensitive(true);
        cookie
    }

    /// What the client shows; whoever shows nothing sees what does not exist.
    fn taken(self, parts: &Parts, app: &App) -> Result<Binding, Problem> {
        if let Some(shown) = parts.headers.get(self.header()) {
            let text = shown.to_str().map_err(|_| Code::NotFound)?;
            return Ok(Binding::read(text));
        }
        let name = self.cookie(app.settings().cookies);
        let shown = cookie(&parts.headers, name).ok_or(Code::NotFound)?;
        if !parts.method.is_safe() {
            check_origin(parts, app)?;
        }
        Ok(Binding::read(shown))
    }
}

/// The secret of a recovery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecoveryTicket(pub(crate) Binding);

impl FromRequestParts<App> for RecoveryTicket {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Flow::Recovery.taken(parts, app).map(Self)
    }
}

/// The secret with which a confirmation is picked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PickupTicket(pub(crate) Binding);

impl FromRequestParts<App> for PickupTicket {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Flow::Pickup.taken(parts, app).map(Self)
    }
}
