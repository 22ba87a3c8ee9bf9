//! Proof of work before a stranger has a message sent: ALTCHA's challenge (version 1), which many
//! clients can solve. The server hides a number in a SHA-256; whoever asks finds it by trying.
//!
//! Nothing is kept about a challenge until it is solved: it is signed together with the door it is
//! for, the network it was given to and the moment it ends, and the salt ends with a mark, so that
//! none of these can be moved (CVE-2025-68113). A solved one is kept until it is over, so that it
//! opens one door once.

mod store;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
pub(crate) use store::STATEMENTS;
use vocab::Timestamp;

use crate::{
    Cx, Error, Rejection,
    keys::{MacPurpose, Tag, is_same},
};

/// Random bytes of a salt (ALTCHA: at least 10).
const SALT_BYTES: usize = 12;
/// Longer texts are no salt of ours.
const SALT_LONGEST: usize = 128;

/// What a proof is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which request, such as `registrations`.
    pub door: &'static str,
    /// From where: an address without its last part.
    pub network: String,
}

/// What is asked of a stranger: the number below `most` with `SHA-256(salt ‖ number) = target`.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Ends with `?expires=<seconds since 1970>&`.
    pub salt: String,
    /// Lower-case hexadecimal digits.
    pub target: String,
    /// The number is at most this.
    pub most: u64,
    /// Bits of `most`.
    pub difficulty: u8,
    pub signature: String,
    pub expires_at: Timestamp,
}

/// The number, with what was given.
#[derive(Clone, Debug)]
pub struct Solution {
    pub salt: String,
    pub target: String,
    pub number: u64,
    pub signature: String,
}

/// A new challenge, if the policy asks for any.
pub fn challenge(cx: &Cx<'_>, place: &Place) -> Option<Challenge> {
    let difficulty = cx.policy.pumping.work_bits?;
    let most = (1_u64 << difficulty.min(32)) - 1;
    let expires_at = cx.now.plus_seconds(cx.policy.pumping.work_seconds);
    let seconds = expires_at.micros().div_euclid(Timestamp::SECOND);
    let random = hex(&cx.entropy.bytes::<SALT_BYTES>());
    let salt = format!("{random}?expires={seconds}&");
    let number = cx.entropy.below(most + 1);
    let target = hex(&hash(&salt, number));
    Some(Challenge {
        signature: hex(&sign(cx, place, &salt, &target)),
        salt,
        target,
        most,
        difficulty,
        expires_at,
    })
}

/// Takes a solution as good for this place, once; in the transaction of what it is asked for.
///
/// # Errors
/// [`Rejection::WorkRequired`]: none, a wrong one, one that is over, was given elsewhere or used.
pub fn spend(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    place: &Place,
    shown: Option<&Solution>,
) -> Result<(), Error> {
    if cx.policy.pumping.work_bits.is_none() {
        return Ok(());
    }
    let expires_at = shown.and_then(|solution| judge(cx, place, solution));
    let (Some(solution), Some(expires_at)) = (shown, expires_at) else {
        return Err(Rejection::WorkRequired.into());
    };
    let spent = crate::keys::digest(&solution.salt);
    if !store::spend(tx, &spent, expires_at)? {
        return Err(Rejection::WorkRequired.into());
    }
    Ok(())
}

/// When it ends, if it is right and lives.
fn judge(cx: &Cx<'_>, place: &Place, solution: &Solution) -> Option<Timestamp> {
    if solution.salt.len() > SALT_LONGEST {
        return None;
    }
    let signed = sign(cx, place, &solution.salt, &solution.target);
    if !is_same(&signed, &unhex(&solution.signature)?) {
        return None;
    }
    let seconds = solution.salt.strip_suffix('&')?.split_once("?expires=")?.1;
    let expires_at = Timestamp::EPOCH.plus_seconds(seconds.parse().ok()?);
    let found = hash(&solution.salt, solution.number);
    (cx.now < expires_at && hex(&found) == solution.target).then_some(expires_at)
}

/// Forgets what is over; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now, most)?)
}

fn sign(cx: &Cx<'_>, place: &Place, salt: &str, target: &str) -> Tag {
    let parts = [
        place.door.as_bytes(),
        place.network.as_bytes(),
        salt.as_bytes(),
        target.as_bytes(),
    ];
    cx.keys.mac(MacPurpose::Work, &parts)
}

fn hash(salt: &str, number: u64) -> Tag {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update(number.to_string().as_bytes());
    hash.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<Tag> {
    let mut tag = Tag::default();
    if text.len() != 2 * tag.len() || !text.is_ascii() {
        return None;
    }
    for (place, byte) in tag.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(tag)
}
