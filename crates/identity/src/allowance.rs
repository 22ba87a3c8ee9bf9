//! How often something may be tried or asked for: a count per kind and subject within a window that
//! begins with the first. It is taken before the thing is done, in one guarded statement.

mod store;

pub(crate) use store::STATEMENTS;

use crate::{Cx, Error, Rejection};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Present passwords typed to change the password; by person.
    PasswordTries,
    /// Recoveries begun; by contact.
    RecoveriesAnHour,
    RecoveriesADay,
    /// Contacts proven; by person.
    ContactChanges,
    /// Copies of one's data; by person.
    Exports,
    /// Documents handed in; by person.
    Verifications,
}

impl Allowed {
    const fn code(self) -> &'static str {
        match self {
            Self::PasswordTries => "password_tries",
            Self::RecoveriesAnHour => "recoveries_an_hour",
            Self::RecoveriesADay => "recoveries_a_day",
            Self::ContactChanges => "contact_changes",
            Self::Exports => "exports",
            Self::Verifications => "verifications",
        }
    }
}

/// So many within so many seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) of: Allowed,
    pub(crate) most: i64,
    pub(crate) seconds: i64,
}

/// Takes one.
///
/// # Errors
/// [`Rejection::TriesTooMany`] once they are used up, with the moment from which there are more.
pub(crate) fn take(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    allowance: Allowance,
    subject: &[u8],
) -> Result<(), Error> {
    if store::take(tx, cx.now, allowance, subject)? {
        return Ok(());
    }
    let retry_at = store::renews_at(tx, allowance.of, subject)?.unwrap_or(cx.now);
    Err(Rejection::TriesTooMany { retry_at }.into())
}

/// Gives all of them back: what was tried has succeeded.
pub(crate) fn renew(tx: &mut db::Tx<'_>, of: Allowed, subject: &[u8]) -> Result<(), Error> {
    Ok(store::renew(tx, of, subject)?)
}

/// Forgets windows that are over; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now, most)?)
}
