//! Freezing without signing in, for whoever lost the phone: a code to every verified contact.
//!
//! The answers are the same whether or not the identifier is known.

use vocab::{FreezeRequestId, Timestamp, UserId};

use super::{Authority, Freeze, FreezeKind, NewFreeze, store};
use crate::{
    CountedAttempt, Cx, Error, Identifier, Rejection,
    code::{self, CodePurpose, Flow, MatchedCode},
    messages::Message,
    outbox,
    recovery_code::{self, CountedRecoveryCode},
    user,
};

/// A wish to freeze that waits for its proof.
#[derive(Clone, Copy, Debug)]
pub struct FreezeRequest {
    pub id: FreezeRequestId,
    pub expires_at: Timestamp,
}

/// Sends a code to every verified contact of whoever has this identifier.
///
/// # Errors
/// [`Rejection::CodesTooMany`], for somebody as for nobody.
pub fn start(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    identifier: &Identifier,
) -> Result<FreezeRequest, Error> {
    let id = FreezeRequestId::new(cx.now, cx.entropy);
    let expires_at = cx.now.plus_seconds(cx.policy.code_seconds);
    let index = identifier.0.as_ref().map(|contact| contact.index(cx.keys));
    let user = match &index {
        Some(index) => {
            code::take_send(tx, cx, index)?;
            user::find_owner(tx, index)?
        }
        None => None,
    };
    store::insert_request(tx, id, user, expires_at)?;
    let subject = id.to_string();
    match user {
        Some(user) => send(tx, cx, user, flow(&subject))?,
        None => code::issue_decoy(tx, cx, flow(&subject))?,
    }
    Ok(FreezeRequest { id, expires_at })
}

fn send(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId, flow: Flow<'_>) -> Result<(), Error> {
    let message = Message::FreezeCode {
        code: code::issue(tx, cx, flow)?,
        minutes: cx.policy.code_seconds / 60,
    };
    let locale = user::locale_of(tx, user)?;
    for contact in &user::reachable_at(tx, cx, user)? {
        let post = outbox::Post {
            user: Some(user),
            to: contact,
            message: &message,
            locale,
            expires_at: cx.now.plus_seconds(cx.policy.code_seconds),
            subject: None,
        };
        outbox::post(tx, cx, &post)?;
    }
    Ok(())
}

/// Write 1 of confirming: counts the guess. Commit it, then [`CountedAttempt::compare`]; answer
/// [`Rejection::CodeWrong`] on a miss, [`confirm`] on a match.
///
/// # Errors
/// [`Rejection::FreezeRequestNotFound`], [`Rejection::CodeExpired`], [`Rejection::CodeExhausted`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: FreezeRequestId,
) -> Result<CountedAttempt, Error> {
    store::find_request(tx, id)?.ok_or(Rejection::FreezeRequestNotFound)?;
    let subject = id.to_string();
    code::count_attempt(tx, cx, flow(&subject))
}

/// Write 1 of confirming with a recovery code: counts the guess here and at the person's codes.
/// Whoever is not known, or has no codes left, is compared with nothing, as slowly.
///
/// # Errors
/// Those of [`count_attempt`].
pub fn count_recovery_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: FreezeRequestId,
) -> Result<CountedFreeze, Error> {
    let _counted = count_attempt(tx, cx, id)?;
    let (user, _) = store::find_request(tx, id)?.ok_or(Rejection::FreezeRequestNotFound)?;
    let counted = user.map(|user| recovery_code::count(tx, cx, user));
    let codes = match counted {
        Some(Ok(codes)) => codes,
        Some(Err(Error::Failed(fault))) => return Err(fault.into()),
        // No codes, none left to guess at, nobody: it looks the same.
        Some(Err(Error::Rejected(_))) | None => recovery_code::decoy(cx.policy.short_secret_cost),
    };
    Ok(CountedFreeze { id, codes })
}

/// A guess at a recovery code, counted and committed, not yet compared.
#[must_use = "a counted guess is compared, or it was counted for nothing"]
#[derive(Clone, Debug)]
pub struct CountedFreeze {
    id: FreezeRequestId,
    codes: CountedRecoveryCode,
}

/// A recovery code that was right and is not used up yet.
#[must_use = "a matched code has no effect until it freezes"]
#[derive(Clone, Debug)]
pub struct MatchedFreeze {
    id: FreezeRequestId,
    selector: String,
}

impl CountedFreeze {
    /// Compares; slow on purpose.
    pub fn compare(&self, typed: &str) -> Option<MatchedFreeze> {
        let selector = self.codes.compare(typed)?;
        Some(MatchedFreeze {
            id: self.id,
            selector,
        })
    }
}

/// Write 2 of confirming with a recovery code: uses it up and freezes what leaves.
///
/// # Errors
/// Those of [`count_recovery_code`], [`Rejection::ProofWrong`] if it was used up meanwhile.
pub fn confirm_by_recovery_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    matched: &MatchedFreeze,
) -> Result<Freeze, Error> {
    let found = store::find_request(tx, matched.id)?;
    let (user, until) = found.ok_or(Rejection::FreezeRequestNotFound)?;
    let user = user.ok_or(Rejection::FreezeRequestNotFound)?;
    if until <= cx.now {
        return Err(Rejection::CodeExpired.into());
    }
    recovery_code::settle(tx, cx, user, &matched.selector)?;
    freeze_debits(tx, cx, user)
}

fn freeze_debits(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<Freeze, Error> {
    let new = NewFreeze {
        user,
        kind: FreezeKind::Debit,
        by: Authority::Own,
        reason: None,
    };
    super::place(tx, cx, new)
}

/// Write 2 of confirming: uses the code up and freezes what leaves. The caller lets the accounts
/// follow.
///
/// # Errors
/// Those of [`count_attempt`].
pub fn confirm(tx: &mut db::Tx<'_>, cx: &Cx<'_>, matched: &MatchedCode) -> Result<Freeze, Error> {
    let id: FreezeRequestId = matched
        .subject()
        .parse()
        .map_err(|_| Rejection::FreezeRequestNotFound)?;
    let (user, _) = store::find_request(tx, id)?.ok_or(Rejection::FreezeRequestNotFound)?;
    if !code::consume(tx, cx, matched)? {
        return Err(Rejection::CodeExpired.into());
    }
    let user = user.ok_or(Rejection::FreezeRequestNotFound)?;
    freeze_debits(tx, cx, user)
}

/// Forgets requests that were over more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge_requests(
        tx,
        cx.now.plus_seconds(-86_400),
        most,
    )?)
}

const fn flow(subject: &str) -> Flow<'_> {
    Flow {
        purpose: CodePurpose::Freeze,
        subject,
    }
}
