//! Who comes to the door: the browser, the address, and the device they say they are on.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
};
use identity::{
    Secret,
    device::{Arrival, DeviceToken},
};

use crate::{
    App, Cookies,
    caller::{Visitor, cookie},
    problem::Problem,
};

/// Somebody at the door.
#[derive(Clone, Debug)]
pub(crate) struct Arriving(pub(crate) Arrival);

impl FromRequestParts<App> for Arriving {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Visitor(device) = Visitor::from_request_parts(parts, app).await?;
        let by_header = parts.headers.get("tael-device");
        let by_header = by_header.and_then(|value| value.to_str().ok());
        let presented = by_header.or_else(|| cookie(&parts.headers, cookie_name(app)));
        Ok(Self(Arrival {
            device,
            presented: presented.and_then(DeviceToken::read),
        }))
    }
}

/// The cookie by which a browser is known later; it signs nobody in and outlives a sign-out.
pub(crate) fn device_cookie(app: &App, secret: &Secret) -> HeaderValue {
    let secure = match app.settings().cookies {
        Cookies::Secure => "; Secure",
        Cookies::Localhost => "",
    };
    let (name, seconds) = (cookie_name(app), app.policy().device_seconds);
    let value = secret.expose();
    let text =
        format!("{name}={value}; Path=/; Max-Age={seconds}{secure}; HttpOnly; SameSite=Strict");
    let mut cookie = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
    cookie.set_sensitive(true);
    cookie
}

/// Adds the device's cookie to an answer, if the device has just become known.
pub(crate) fn remember_device(
    app: &App,
    secret: Option<&Secret>,
    response: &mut axum::response::Response,
) {
    if let Some(secret) = secret {
        let cookie = device_cookie(app, secret);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn cookie_name(app: &App) -> &'static str {
    match app.settings().cookies {
        Cookies::Secure => "__Host-tael-device",
        Cookies::Localhost => "tael-device",
    }
}
