//! The headers of every answer, and which pages may ask for anything at all.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{
    Cookies,
    problem::{Answering, Code, Problem},
};

/// What pages may do with the device where they say nothing themselves.
const POWERS: HeaderValue = HeaderValue::from_static(
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), \
     publickey-credentials-create=(), publickey-credentials-get=()",
);
/// Two years, subdomains too (ASVS 3.4.1: at least one).
const ENCRYPTED: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Writes what every answer carries; what a page says itself about its content stays.
pub(crate) fn write_headers(headers: &mut HeaderMap, answering: Answering, cookies: Cookies) {
    if let Ok(id) = HeaderValue::try_from(answering.request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(OPENER, SAME_ORIGIN);
    headers.insert(RESOURCE, SAME_ORIGIN);
    // Where people come over TLS, they stay there.
    if cookies == Cookies::Secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, ENCRYPTED);
    }
    headers.entry(PERMISSIONS).or_insert(POWERS);
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// Refuses writes that a page of somebody else caused, whoever they are for. Browsers say
/// truthfully from where a request comes (Fetch Metadata); programs say nothing.
pub(crate) fn refuse_foreign_pages(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(SITE) {
        Some(site) if site != "same-origin" && site != "none" => Err(Code::OriginNotAllowed.into()),
        _ => Ok(()),
    }
}

/// Whether a browser says that one of our own pages asks; also true for what says nothing.
pub(crate) fn is_own_page(headers: &HeaderMap) -> bool {
    headers.get(SITE).is_none_or(|site| site == "same-origin")
}
