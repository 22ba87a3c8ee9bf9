use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use bytes::Bytes;

use crate::{
    App,
    edge::Incoming,
    json::{self, FromJson},
    problem::{Answering, Code, Problem},
};

/// The extractor for a JSON body, which the edge has collected.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: FromJson> FromRequestParts<App> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        if !is_json(&parts.headers) || parts.headers.contains_key(header::CONTENT_ENCODING) {
            return Err(Code::UnsupportedMediaType.into());
        }
        let incoming = parts.extensions.get::<Incoming>().ok_or(Code::Internal)?;
        json::parse(&incoming.body).map(Self)
    }
}

/// The extractor for a body that is a file, whatever it says it is.
#[derive(Debug)]
pub(crate) struct FileBody(pub(crate) Bytes);

impl FromRequestParts<App> for FileBody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let incoming = parts.extensions.get::<Incoming>().ok_or(Code::Internal)?;
        Ok(Self(incoming.body.clone()))
    }
}

/// `application/json`, with no other charset than UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return false;
    };
    let Ok(text) = only.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.all(|parameter| {
            let charset = parameter
                .get(..8)
                .is_some_and(|name| name.eq_ignore_ascii_case("charset="));
            !charset
                || parameter[8..]
                    .trim_matches('"')
                    .eq_ignore_ascii_case("utf-8")
        })
}

impl FromRequestParts<App> for Answering {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let incoming = parts.extensions.get::<Incoming>().ok_or(Code::Internal)?;
        Ok(incoming.answering)
    }
}

/// The caller's name for one intention: 1–255 visible ASCII characters, given once.
#[derive(Clone, Debug)]
pub(crate) struct IdempotencyKey(pub(crate) Box<str>);

impl FromRequestParts<App> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let mut all = parts.headers.get_all("idempotency-key").iter();
        let Some(key) = all.next() else {
            return Err(Code::IdempotencyKeyRequired.into());
        };
        let bytes = key.as_bytes();
        let is_good = (1..=255).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        match std::str::from_utf8(bytes) {
            Ok(text) if is_good && all.next().is_none() => Ok(Self(text.into())),
            _ => Err(Code::InvalidIdempotencyKey.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_json_in_utf_8_is_taken() {
        let cases = [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json;charset=gbk", false),
            ("application/jsonx", false),
            ("text/plain", false),
            ("", false),
        ];
        for (value, is_taken) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(is_json(&headers), is_taken, "{value:?}");
            headers.append(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            assert!(!is_json(&headers), "{value:?} and another");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
