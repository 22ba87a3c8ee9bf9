//! What a reader of pages accepts and already has.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// How the bytes of a file are packed; the best comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Plain,
}

impl Coding {
    /// The name of the file that `path` is, and how it is packed.
    pub(super) fn of(path: &str) -> (&str, Self) {
        if let Some(name) = path.strip_suffix(".br") {
            return (name, Self::Brotli);
        }
        match path.strip_suffix(".gz") {
            Some(name) => (name, Self::Gzip),
            None => (path, Self::Plain),
        }
    }

    pub(super) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }
}

/// The members of a list header, over all its lines, without those of weight zero.
fn accepted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(|member| {
        let (word, parameters) = member.split_once(';').unwrap_or((member, ""));
        let weight = parameters
            .split(';')
            .find_map(|one| one.trim().strip_prefix("q="));
        let is_refused = weight.is_some_and(|q| q.trim().chars().all(|c| c == '0' || c == '.'));
        (!is_refused).then(|| word.trim())
    })
}

/// The best coding that a reader accepts and that is there.
pub(super) fn coding(headers: &HeaderMap, has: impl Fn(Coding) -> bool) -> Coding {
    let is_accepted = |coding: &Coding| {
        coding.word().is_some_and(|word| {
            accepted(headers, header::ACCEPT_ENCODING).any(|one| one.eq_ignore_ascii_case(word))
        })
    };
    [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .find(|coding| has(*coding) && is_accepted(coding))
        .unwrap_or(Coding::Plain)
}

/// A browser that goes somewhere names HTML; a script or a program that asks for data does not.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    accepted(headers, header::ACCEPT).any(|one| one.eq_ignore_ascii_case("text/html"))
}

/// Whether a reader already has what this tag names.
pub(super) fn knows(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    accepted(headers, header::IF_NONE_MATCH)
        .map(|one| one.strip_prefix("W/").unwrap_or(one))
        .any(|one| one == "*" || one.as_bytes() == tag.as_bytes())
}
