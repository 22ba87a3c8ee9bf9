//! Waits after wrong guesses, one counter per person and thing that is guessed.
//!
//! A guess at something that is compared in memory is counted as a failure first, in a commit of
//! its own, and forgiven when it was right: neither parallel guesses nor a rollback give one for
//! free. The counters lie in the store, so neither a restart nor a flood of other names loses them.

mod store;

pub(crate) use store::{Guard, STATEMENTS};
use vocab::{Timestamp, UserId};

use crate::{Cx, Error, Policy, Rejection};

/// A hundred years, in seconds.
const FOR_EVER: i64 = 100 * 365 * 86_400;

/// What is guessed at; each has a counter of its own, so that one cannot be blocked by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// Passwords at the door, from clients that have not been seen before.
    UnknownDevice,
    /// Passwords at the door, from a device of the person.
    KnownDevice,
    /// Passwords of a signed-in person.
    Password,
    /// Codes of an authenticator app.
    Totp,
    /// Codes by SMS, of all flows together.
    Sms,
    RecoveryCode,
}

impl Bucket {
    const fn code(self) -> &'static str {
        match self {
            Self::UnknownDevice => "unknown",
            Self::KnownDevice => "known",
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// The counter of a person, locked until the transaction ends.
pub(crate) fn find(tx: &mut db::Tx<'_>, user: UserId, bucket: Bucket) -> Result<Guard, Error> {
    Ok(store::find(tx, user, bucket.code())?)
}

/// Counts one failure more and says from when on the next guess is heard.
pub(crate) fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    bucket: Bucket,
) -> Result<Guard, Error> {
    let before = store::lock(tx, user, bucket.code())?;
    let failures = before.failures + 1;
    let wait = wait_after(failures, cx.policy);
    let blocked_until = cx.now.plus_seconds(wait);
    let after = Guard {
        failures,
        blocked_until,
    };
    store::set(tx, user, bucket.code(), after)?;
    Ok(after)
}

/// Takes one guess, to be forgiven with [`clear`] if it is right. Commit before comparing.
///
/// # Errors
/// [`Rejection::TriesTooMany`] during a wait.
pub(crate) fn take(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    bucket: Bucket,
) -> Result<(), Error> {
    let before = store::lock(tx, user, bucket.code())?;
    if before.blocked_until > cx.now {
        let retry_at = before.blocked_until;
        return Err(Rejection::TriesTooMany { retry_at }.into());
    }
    count(tx, cx, user, bucket).map(|_| ())
}

/// Forgets failures after a success.
pub(crate) fn clear(tx: &mut db::Tx<'_>, user: UserId, bucket: Bucket) -> Result<(), Error> {
    Ok(store::clear(tx, user, bucket.code())?)
}

/// Ends the waits after wrong passwords: there is another password now.
pub(crate) fn clear_passwords(tx: &mut db::Tx<'_>, user: UserId) -> Result<(), Error> {
    for bucket in [Bucket::UnknownDevice, Bucket::KnownDevice, Bucket::Password] {
        clear(tx, user, bucket)?;
    }
    Ok(())
}

/// Seconds to wait after so many failures in a row: none, then 1, 2, 4, 8, 16 minutes, then
/// 30 minutes each, and with the hundredth for ever.
fn wait_after(failures: i64, policy: &Policy) -> i64 {
    if failures >= policy.sign_in_disable_failures {
        return FOR_EVER;
    }
    if failures >= policy.sign_in_long_failures {
        return policy.sign_in_long_wait_seconds;
    }
    let doublings = failures - policy.sign_in_free_failures;
    match u32::try_from(doublings) {
        Ok(doublings) => policy.sign_in_first_wait_seconds << doublings.min(16),
        Err(_) => 0,
    }
}

impl Guard {
    pub(crate) fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_until > now
    }
}
