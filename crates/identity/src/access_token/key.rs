//! The secret of an access token, as programs present it:
//! `tat_live_` or `tat_test_`, 12 characters that name it, `_`, 43 that are the secret, and 6 that
//! check the rest (CRC-32), all of `[0-9A-Za-z]`. The pattern
//! `tat_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}` is for scanners of leaked secrets.

use std::fmt;

use vocab::Entropy;
use zeroize::Zeroizing;

use crate::{
    Cx, Policy, Secret,
    keys::{Keys, MacPurpose, Tag},
};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LIVE: &str = "tat_live_";
const TEST: &str = "tat_test_";
const NAME: usize = 12;
/// 62⁴³ is a little more than 2²⁵⁶.
const SECRET: usize = 43;
const CHECK: usize = 6;

/// A key as a program presented it; its checksum is right.
#[derive(Clone)]
pub struct AccessKey {
    id: String,
    secret: Zeroizing<String>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKey({})", self.id)
    }
}

impl AccessKey {
    /// Whether a text means to be an access token's key at all.
    pub fn is_meant(presented: &str) -> bool {
        presented.starts_with("tat_")
    }

    /// Reads a key of exactly this form, for a server of this kind; what is mistyped or cut is
    /// refused by its checksum, without a look-up.
    pub fn read(presented: &str, policy: &Policy) -> Option<Self> {
        let rest = presented.strip_prefix(prefix(policy))?;
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (id, body) = rest.split_once('_')?;
        let is_shaped = id.len() == NAME && body.len() == SECRET + CHECK;
        if !is_shaped || !is_plain(id) || !is_plain(body) {
            return None;
        }
        let (covered, check) = presented.split_at(presented.len() - CHECK);
        (checksum(covered) == check).then(|| Self {
            id: id.to_owned(),
            secret: Zeroizing::new(body[..SECRET].to_owned()),
        })
    }

    /// The public half, by which it is looked up; also good as a key of a cache.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn mac(&self, keys: &Keys) -> Tag {
        key_mac(keys, &self.id, &self.secret)
    }
}

/// A key just made.
pub(super) struct NewKey {
    pub(super) key_id: String,
    pub(super) mac: Tag,
    pub(super) text: Secret,
}

impl NewKey {
    pub(super) fn draw(cx: &Cx<'_>) -> Self {
        let key_id = draw(cx.entropy, NAME).as_str().to_owned();
        let secret = draw(cx.entropy, SECRET);
        let mac = key_mac(cx.keys, &key_id, &secret);
        let mut text = format!("{}{key_id}_{}", prefix(cx.policy), secret.as_str());
        let check = checksum(&text);
        text.push_str(&check);
        Self {
            key_id,
            mac,
            text: Secret::new(text),
        }
    }
}

const fn prefix(policy: &Policy) -> &'static str {
    if policy.sandbox { TEST } else { LIVE }
}

fn key_mac(keys: &Keys, id: &str, secret: &str) -> Tag {
    keys.mac(MacPurpose::AccessToken, &[id.as_bytes(), secret.as_bytes()])
}

fn draw(entropy: &dyn Entropy, length: usize) -> Zeroizing<String> {
    let character = |_| {
        let place = usize::try_from(entropy.below(62)).unwrap_or(0);
        char::from(ALPHABET[place])
    };
    Zeroizing::new((0..length).map(character).collect())
}

/// CRC-32 (ISO-HDLC) in base 62, six digits.
fn checksum(text: &str) -> String {
    let mut left = crc32fast::hash(text.as_bytes()) as usize;
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[left % 62];
        left /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32_in_base_62() {
        // 0xCBF43926 is the check value of CRC-32/ISO-HDLC.
        assert_eq!(checksum("123456789"), "3jZRME");
    }
}
