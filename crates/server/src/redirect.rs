//! Plain HTTP beside TLS: pages are sent to the public address, which the settings name and never
//! the request; calls of the API are refused, so that a program that sends secrets in the clear is
//! noticed (ASVS 4.1.2).

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing,
};

/// Answers every request with the way to `public_url`, which has no slash at its end.
pub(crate) fn router(public_url: &str) -> Router {
    let to: std::sync::Arc<str> = public_url.into();
    Router::new().fallback_service(routing::any(move |request: Request| {
        let answer = answer(&to, &request);
        async move { answer }
    }))
}

fn answer(to: &str, request: &Request) -> Response {
    let path = request.uri().path();
    let is_page =
        request.method().is_safe() && !path.starts_with("/v1/") && !path.starts_with("//");
    let location = HeaderValue::try_from(format!("{to}{path}"));
    match location {
        Ok(location) if is_page => (
            StatusCode::PERMANENT_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
        _ => (
            StatusCode::FORBIDDEN,
            format!("this is {to}; nothing is served without TLS\n"),
        )
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn asked(method: &str, path: &str) -> (u16, String) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", "evil.example");
        let answer = answer(
            "https://wallet.example",
            &request.body(Body::empty()).unwrap(),
        );
        let location = answer.headers().get("location");
        let location = location.map_or("", |to| to.to_str().unwrap());
        (answer.status().as_u16(), location.to_owned())
    }

    #[test]
    fn pages_move_to_tls_and_calls_do_not() {
        let moved = |path: &str| (308, format!("https://wallet.example{path}"));
        assert_eq!(asked("GET", "/"), moved("/"));
        assert_eq!(asked("GET", "/send"), moved("/send"));
        for (method, path) in [
            ("GET", "/v1/me"),
            ("POST", "/v1/sessions"),
            ("POST", "/"),
            ("GET", "//evil.example/"),
        ] {
            assert_eq!(asked(method, path), (403, String::new()), "{method} {path}");
        }
    }
}
