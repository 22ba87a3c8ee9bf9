use axum::http::{HeaderMap, header};
use payments::Language;

/// The language of the answer: of the languages we have, the one that `Accept-Language` weighs
/// most; English if it names none of them.
pub(crate) fn accepted(headers: &HeaderMap) -> Language {
    let Some(accept) = headers.get(header::ACCEPT_LANGUAGE) else {
        return Language::En;
    };
    let Ok(accept) = accept.to_str() else {
        return Language::En;
    };
    let mut best = (Language::En, 0);
    for range in accept.split(',').take(32) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = parts.next().map_or(1000, thousandths);
        let primary = tag.split('-').next().unwrap_or_default();
        let language = match () {
            () if primary.eq_ignore_ascii_case("zh") => Language::Zh,
            () if primary.eq_ignore_ascii_case("en") => Language::En,
            () => continue,
        };
        if weight > best.1 {
            best = (language, weight);
        }
    }
    best.0
}

/// A quality value (`q=0.8`) in thousandths; what cannot be read weighs nothing.
fn thousandths(parameter: &str) -> u32 {
    let Some(value) = parameter.trim().strip_prefix("q=") else {
        return 0;
    };
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let padded = format!("{fraction:0<3}");
    match (
        whole,
        padded
            .get(..3)
            .and_then(|digits| digits.parse::<u32>().ok()),
    ) {
        ("1", Some(_)) => 1000,
        ("0", Some(thousandths)) => thousandths,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_heaviest_known_language_is_spoken() {
        let cases = [
            ("", Language::En),
            ("zh", Language::Zh),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en-GB,zh;q=0.9", Language::En),
            ("en;q=0.5, ZH-Hant;q=0.55", Language::Zh),
            ("fr,de;q=0.9,zh;q=0.1", Language::Zh),
            ("fr", Language::En),
            ("zh;q=0", Language::En),
            ("zh;q=nonsense", Language::En),
            ("*", Language::En),
        ];
        for (header, language) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(header));
            assert_eq!(accepted(&headers), language, "{header:?}");
        }
    }
}
