//! Six digits of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, which every app
//! understands. A code counts in its step and the one after, once: the step that matched is kept,
//! and only a later one is taken.

mod store;

pub(crate) use store::STATEMENTS;
use totp_rs::{Algorithm, Builder, Totp};
use vocab::{Timestamp, UserId};
use zeroize::Zeroizing;

use crate::{
    Cx, Error, Method, Notice, Rejection, Secret,
    guard::{self, Bucket},
    keys::Purpose,
    notice, person_key, user,
};

/// Bytes of the shared secret (RFC 4226 R6: 160 bits recommended).
pub(crate) const SECRET_BYTES: usize = 20;
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
const ISSUER: &str = "Tael";

/// Where a person's authenticator app stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotpState {
    None,
    /// Shown, not yet proven.
    Pending,
    Active,
}

impl TotpState {
    /// As shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Active => "active",
        }
    }
}

/// What the app has to be told, shown once.
#[derive(Clone, Debug)]
pub struct TotpSetup {
    /// Base32.
    pub secret: Secret,
    /// `otpauth://totp/…`, for a QR code.
    pub uri: Secret,
    /// Until when to activate it.
    pub expires_at: Timestamp,
}

/// A guess, counted and committed, not yet compared.
#[derive(Clone, Debug)]
pub struct CountedTotp {
    user: UserId,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    now: Timestamp,
}

/// A code that was right; its step still has to be used up.
#[must_use = "a matched code has no effect until it is settled"]
#[derive(Clone, Copy, Debug)]
pub struct MatchedTotp {
    user: UserId,
    step: i64,
}

impl CountedTotp {
    /// Compares with the code of this step and of the one before.
    pub fn compare(&self, typed: &str) -> Option<MatchedTotp> {
        let step = matched_step(&self.secret, typed, self.now)?;
        Some(MatchedTotp {
            user: self.user,
            step,
        })
    }
}

/// The step whose code this is: the one of this moment, or the one before.
pub(crate) fn matched_step(
    secret: &[u8; SECRET_BYTES],
    typed: &str,
    now: Timestamp,
) -> Option<i64> {
    let digits: Zeroizing<String> =
        Zeroizing::new(typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect());
    let is_code = digits.len() == usize::from(DIGITS);
    if !is_code || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let totp = generator(secret, "")?;
    let seconds = u64::try_from(now.micros() / 1_000_000).ok()?;
    let matched = [seconds, seconds.checked_sub(STEP_SECONDS)?]
        .into_iter()
        .find_map(|at| totp.check(&digits, at))?;
    i64::try_from(matched).ok()
}

/// `otpauth://totp/…`, for a QR code.
pub(crate) fn address(secret: &[u8; SECRET_BYTES], account: &str) -> Option<Secret> {
    let uri = generator(secret, account)?.to_url().ok()?;
    Some(Secret::new(uri))
}

/// Where a person's authenticator app stands, and since when it is active.
pub fn state(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<(TotpState, Option<Timestamp>), Error> {
    let Some(stored) = store::find(read, user)? else {
        return Ok((TotpState::None, None));
    };
    Ok(match stored.activated_at {
        Some(at) => (TotpState::Active, Some(at)),
        None if stored.expires_at > cx.now => (TotpState::Pending, None),
        None => (TotpState::None, None),
    })
}

/// Begins with a new secret; one that was shown before and never proven is void.
///
/// # Errors
/// [`Rejection::FactorAlreadySet`].
pub fn begin(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<TotpSetup, Error> {
    let secret: Zeroizing<[u8; SECRET_BYTES]> = Zeroizing::new(cx.entropy.bytes());
    let expires_at = cx.now.plus_seconds(cx.policy.factor_setup_seconds);
    let place = (Purpose::Factor, &context(user)[..]);
    let sealed = person_key::seal(tx, cx, user, place, secret.as_slice())?;
    if !store::begin(tx, user, sealed, cx.now, expires_at)? {
        return Err(Rejection::FactorAlreadySet.into());
    }
    let contacts = user::reachable_at(tx, cx, user)?;
    let account = contacts.first().map_or_else(String::new, |to| to.masked());
    let broken = || db::Fault::internal("an authenticator app cannot be described");
    let uri = address(&secret, &account).ok_or_else(broken)?;
    let shown = totp_rs::Secret::from(*secret).to_base32();
    Ok(TotpSetup {
        secret: Secret::new(shown),
        uri,
        expires_at,
    })
}

/// Counts a guess at the code of an active app.
pub(crate) fn count(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<CountedTotp, Error> {
    let methods = Vec::new();
    let stored = store::find(tx, user)?.filter(|stored| stored.activated_at.is_some());
    let stored = stored.ok_or(Rejection::MethodNotAccepted { methods })?;
    counted(tx, cx, user, &stored.secret)
}

/// Write 1 of activating: counts the guess. Commit it before comparing.
///
/// # Errors
/// [`Rejection::FactorNotPending`], [`Rejection::TriesTooMany`].
pub fn count_activation(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<CountedTotp, Error> {
    let is_pending =
        |stored: &store::StoredTotp| stored.activated_at.is_none() && stored.expires_at > cx.now;
    let stored = store::find(tx, user)?.filter(is_pending);
    let stored = stored.ok_or(Rejection::FactorNotPending)?;
    counted(tx, cx, user, &stored.secret)
}

/// Write 2 of activating: signing in asks for it from now on. The code that proved it is used up.
///
/// # Errors
/// [`Rejection::FactorNotPending`] if somebody else was faster.
pub fn activate(tx: &mut db::Tx<'_>, cx: &Cx<'_>, matched: MatchedTotp) -> Result<(), Error> {
    if !store::activate(tx, matched.user, matched.step, cx.now)? {
        return Err(Rejection::FactorNotPending.into());
    }
    guard::clear(tx, matched.user, Bucket::Totp)?;
    notice::tell(tx, cx, matched.user, &Notice::TotpActivated)
}

/// Uses a step up.
pub(crate) fn settle(tx: &mut db::Tx<'_>, matched: MatchedTotp) -> Result<(), Error> {
    if !store::use_step(tx, matched.user, matched.step)? {
        let method = Method::Totp;
        return Err(Rejection::ProofWrong { method }.into());
    }
    guard::clear(tx, matched.user, Bucket::Totp)
}

/// Removes the app.
///
/// # Errors
/// [`Rejection::FactorNotSet`].
pub fn remove(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    if !store::remove(tx, user)? {
        return Err(Rejection::FactorNotSet.into());
    }
    notice::tell(tx, cx, user, &Notice::TotpRemoved)
}

fn counted(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    sealed: &[u8],
) -> Result<CountedTotp, Error> {
    guard::take(tx, cx, user, Bucket::Totp)?;
    let place = (Purpose::Factor, &context(user)[..]);
    let plain = person_key::open(tx, cx, user, place, sealed)?;
    let secret: [u8; SECRET_BYTES] = plain.as_slice().try_into().map_err(|_| crate::Unsealable)?;
    Ok(CountedTotp {
        user,
        secret: Zeroizing::new(secret),
        now: cx.now,
    })
}

fn generator(secret: &[u8; SECRET_BYTES], account: &str) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(0)
        .with_step_duration(STEP_SECONDS)
        .with_secret(*secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()
        .ok()
}

/// What the secret is bound to.
pub(crate) fn context(user: UserId) -> Vec<u8> {
    format!("totp {user}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, its eight digits cut to six.
    #[test]
    fn the_vectors_of_the_rfc_match_in_their_step_and_the_next() {
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in vectors {
            let at = |seconds: i64| CountedTotp {
                user: UserId::from_raw(1),
                secret: Zeroizing::new(*b"12345678901234567890"),
                now: Timestamp::from_micros(seconds * 1_000_000),
            };
            let matched = at(seconds).compare(code).expect("in its step");
            assert_eq!(matched.step, seconds / 30);
            let next = at(seconds + 30).compare(code).expect("in the step after");
            assert_eq!(next.step, seconds / 30);
            assert!(at(seconds + 60).compare(code).is_none(), "two steps later");
            assert!(at(seconds - 30).compare(code).is_none(), "a step too early");
        }
    }
}
