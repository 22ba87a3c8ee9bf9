//! The wallet's pages: built files, sent as they are.
//!
//! | path | caching | |
//! |---|---|---|
//! | `/assets/*` | a year, immutable | hashed names |
//! | another file | asked for again each time, by its tag | `sw.js` must not be kept |
//! | any other that wants a page | as `index.html` | the wallet has routes of its own |
//!
//! Files are looked up by their whole name, so a path that climbs or is escaped finds nothing.

mod negotiate;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use negotiate::Coding;
use sha2::{Digest as _, Sha256};

use crate::hex::Hex;

/// What pages may load and do: their own files, no inline script; WebAssembly for the scanner.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; \
     manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'",
);
/// What of the device pages may ask for.
const DEVICE: HeaderValue = HeaderValue::from_static(
    "camera=(self), clipboard-write=(self), publickey-credentials-create=(self), \
     publickey-credentials-get=(self), geolocation=(), microphone=(), payment=(), usb=()",
);
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Paths of the API: there a page is never an answer.
const TAKEN: [&str; 8] = [
    "v1",
    "sandbox",
    "ops",
    "docs",
    "openapi.json",
    "healthz",
    "readyz",
    "metrics",
];
const INDEX: &str = "index.html";
/// What a program that was built without pages shows in their place.
const UNBUILT: &str = include_str!("pages/unbuilt.html");

/// One built file in one coding.
#[derive(Clone, Debug)]
struct File {
    bytes: Bytes,
    tag: HeaderValue,
}

/// The built files by name and coding.
#[derive(Clone, Debug, Default)]
pub struct Pages(Arc<BTreeMap<String, BTreeMap<Coding, File>>>);

impl Pages {
    /// From files with their paths below the folder of the build; `.br` and `.gz` beside a file are
    /// that file, compressed. Names that begin with a dot are the build's own business.
    pub fn new(files: &[(&str, &'static [u8])]) -> Self {
        let mut pages: BTreeMap<String, BTreeMap<Coding, File>> = BTreeMap::new();
        let is_shown = |path: &str| !path.split('/').any(|part| part.starts_with('.'));
        for &(path, bytes) in files.iter().filter(|(path, _)| is_shown(path)) {
            let (name, coding) = Coding::of(path);
            let file = File {
                bytes: Bytes::from_static(bytes),
                tag: tag(bytes),
            };
            pages
                .entry(name.to_owned())
                .or_default()
                .insert(coding, file);
        }
        // A compressed file whose plain one is missing would be nothing to some readers.
        pages.retain(|_, codings| codings.contains_key(&Coding::Plain));
        Self(Arc::new(pages))
    }

    /// What a request is answered with, if it asks for a page.
    pub(crate) fn answer(&self, request: &Request) -> Option<Response> {
        let path = request.uri().path().strip_prefix('/')?;
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || is_taken(path) {
            return None;
        }
        let wants_page = path.is_empty() || negotiate::wants_page(request.headers());
        let name = match path {
            "" => INDEX,
            name if self.0.contains_key(name) => name,
            asset if asset.starts_with("assets/") => return None,
            _ if wants_page => INDEX,
            _ => return None,
        };
        let Some(codings) = self.0.get(name) else {
            return (name == INDEX && wants_page).then(|| unbuilt(request.method()));
        };
        let has = |coding| codings.contains_key(&coding);
        let coding = negotiate::coding(request.headers(), has);
        Some(send(request, name, coding, codings.get(&coding)?))
    }
}

fn is_taken(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    TAKEN.contains(&first)
}

/// A strong validator: the same only for the same bytes.
fn tag(bytes: &[u8]) -> HeaderValue {
    let digest = Hex(Sha256::digest(bytes).into());
    HeaderValue::try_from(format!("\"{digest}\"")).expect("hex digits in quotes")
}

fn send(request: &Request, name: &str, coding: Coding, file: &File) -> Response {
    let mut response = Response::new(Body::empty());
    let is_known = negotiate::knows(request.headers(), &file.tag);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if request.method() == Method::GET {
        *response.body_mut() = Body::from(file.bytes.clone());
    }
    let headers = response.headers_mut();
    if !is_known {
        headers.insert(header::CONTENT_TYPE, kind(name));
        headers.insert(header::CONTENT_LENGTH, file.bytes.len().into());
        if let Some(word) = coding.word() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(word));
        }
    }
    let is_hashed = name.starts_with("assets/");
    headers.insert(
        header::CACHE_CONTROL,
        if is_hashed { FOR_EVER } else { ASK_AGAIN },
    );
    headers.insert(header::ETAG, file.tag.clone());
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    guard(headers);
    response
}

fn guard(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(PERMISSIONS, DEVICE);
}

fn unbuilt(method: &Method) -> Response {
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => Body::from(UNBUILT),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind(INDEX));
    guard(headers);
    response
}

fn kind(name: &str) -> HeaderValue {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    HeaderValue::from_static(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    })
}
