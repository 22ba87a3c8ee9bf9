//! Freezing without signing in, for whoever lost the phone: a code to every verified contact.
//!
//! The answers are the same whether or not the identifier is known.

use vocab::{FreezeRequestId, Timestamp, UserId};

use super::{Authority, Freeze, FreezeKind, NewFreeze, store};
use crate::{
    CountedAttempt, Cx, Error, Identifier, Rejection,
    code::{self, CodePurpose, Flow, MatchedCode},
    messages::Message,
    outbox, user,
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
    let new = NewFreeze {
        user,
        kind: FreezeKind::Debit,
        by: Authority::Own,
        reason: None,
    };
    super::place(tx, cx, new)
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
