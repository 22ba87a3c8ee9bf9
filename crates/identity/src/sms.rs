//! A code by SMS as a second step. The telephone network is the one channel that NIST calls
//! restricted, so whoever turns it on accepts a notice; and it never proves a payment alone.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{Timestamp, UserId};

use crate::{
    Contact, ContactKind, CountedAttempt, Cx, Error, Notice, Rejection,
    code::{self, CodePurpose, Flow},
    guard::{self, Bucket},
    messages::Message,
    notice, outbox, user,
};

/// A code is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeSent {
    /// The masked number.
    pub delivered_to: String,
    /// From when on another may be asked for.
    pub resend_at: Timestamp,
}

/// Turns it on, to the designated phone.
///
/// # Errors
/// [`Rejection::DesignatedContactMissing`], [`Rejection::FactorAlreadySet`].
pub fn enable(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<String, Error> {
    let phone = phone_of(tx, cx, user)?.ok_or(Rejection::DesignatedContactMissing)?;
    if !store::insert(tx, user, cx.now)? {
        return Err(Rejection::FactorAlreadySet.into());
    }
    notice::tell(tx, cx, user, &Notice::SmsEnabled)?;
    Ok(phone.masked())
}

/// Turns it off.
///
/// # Errors
/// [`Rejection::FactorNotSet`].
pub fn disable(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    if !store::remove(tx, user)? {
        return Err(Rejection::FactorNotSet.into());
    }
    notice::tell(tx, cx, user, &Notice::SmsDisabled)
}

/// The masked number that codes go to, if they do.
pub fn enabled_to(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<String>, Error> {
    if !store::is_enabled(read, user)? {
        return Ok(None);
    }
    Ok(phone_of(read, cx, user)?.map(|phone| phone.masked()))
}

/// Whether the number has changed so lately that a code to it proves nothing but a sign-in's second
/// step: whoever took a number over would be the first to use it.
pub(crate) fn is_held(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<bool, Error> {
    let changed = store::last_change(read, user)?;
    let until = changed.map(|at| at.plus_seconds(cx.policy.sms_hold_seconds));
    Ok(until.is_some_and(|until| until > cx.now))
}

/// Sends a code for one flow; a code of another flow is nothing here.
///
/// # Errors
/// [`Rejection::MethodNotAccepted`], [`Rejection::CodesTooMany`], [`Rejection::CodeExhausted`].
pub fn send(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    purpose: CodePurpose,
    subject: &str,
) -> Result<CodeSent, Error> {
    let errand = Errand {
        flow: Flow { purpose, subject },
        about: None,
    };
    send_for(tx, cx, user, &errand)
}

/// What a code is sent for.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    pub flow: Flow<'a>,
    /// The payment, in words: who types the code in sees what it pays.
    pub about: Option<&'a str>,
}

/// Sends a code for one flow that says what it is about.
///
/// # Errors
/// As [`send`].
pub fn send_for(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    errand: &Errand<'_>,
) -> Result<CodeSent, Error> {
    let methods = Vec::new();
    let is_payment = errand.flow.purpose == CodePurpose::PaymentApproval;
    let is_held = is_payment && is_held(tx, cx, user)?;
    let phone = match store::is_enabled(tx, user)? && !is_held {
        true => phone_of(tx, cx, user)?,
        false => None,
    };
    let phone = phone.ok_or(Rejection::MethodNotAccepted { methods })?;
    code::take_send(tx, cx, &phone.index(cx.keys))?;
    let code = code::issue(tx, cx, errand.flow)?;
    let minutes = cx.policy.code_seconds / 60;
    let message = Message::FactorCode {
        purpose: errand.flow.purpose,
        about: errand.about.map(str::to_owned),
        code,
        minutes,
    };
    let post = outbox::Post {
        subject: None,
        user: Some(user),
        to: &phone,
        message: &message,
        locale: user::locale_of(tx, user)?,
        expires_at: cx.now.plus_seconds(cx.policy.code_seconds),
    };
    outbox::post(tx, cx, &post)?;
    Ok(CodeSent {
        delivered_to: phone.masked(),
        resend_at: cx.now.plus_seconds(cx.policy.code_resend_seconds),
    })
}

/// Counts a guess at the code of a flow, and at SMS codes of this person altogether.
pub(crate) fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    purpose: CodePurpose,
    subject: &str,
) -> Result<CountedAttempt, Error> {
    guard::take(tx, cx, user, Bucket::Sms)?;
    code::count_attempt(tx, cx, Flow { purpose, subject })
}

fn phone_of(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<Option<Contact>, Error> {
    user::designated_contact(read, cx, user, ContactKind::Phone)
}
