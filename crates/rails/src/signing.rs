//! What the signatures of gateways are made of.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use vocab::Timestamp;

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

/// RFC 3986: everything but letters, digits and `-_.~` as `%XX`.
pub(crate) fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Whole seconds since 1970.
pub(crate) fn unix(now: Timestamp) -> i64 {
    now.micros().div_euclid(Timestamp::SECOND)
}

/// `2026-11-25`, in UTC.
pub(crate) fn date(seconds: i64) -> String {
    let (year, month, day) = Timestamp::EPOCH.plus_seconds(seconds).date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-11-25T12:00:00Z`.
pub(crate) fn date_time(seconds: i64) -> String {
    let text = Timestamp::EPOCH.plus_seconds(seconds).to_string();
    let whole = text
        .split_once('.')
        .map_or(text.as_str(), |(whole, _)| whole);
    format!("{whole}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_gateways_read_them() {
        assert_eq!(date_time(0), "1970-01-01T00:00:00Z");
        assert_eq!(date(1_551_113_065), "2019-02-25");
        assert_eq!(date_time(1_698_315_752), "2023-10-26T10:22:32Z");
        assert_eq!(
            unix(Timestamp::from_micros(1_698_315_752_999_999)),
            1_698_315_752
        );
    }

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(percent("a b*c~d/é"), "a%20b%2Ac~d%2F%C3%A9");
    }
}
