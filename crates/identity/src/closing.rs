//! Leaving: everything in the way at once, a week to change one's mind, then the person's data is
//! gone and only what the law keeps stays.
//!
//! Money is not known here: whoever asks says what is in the way in the books. While the week runs,
//! nobody can pay the person, and any time they may cancel.

mod shred;
mod store;

pub(crate) use shred::STATEMENTS as SHRED_STATEMENTS;
pub(crate) use store::STATEMENTS;
use vocab::{Timestamp, UserId};

use crate::{
    Cx, Error, LifeRefusal, Notice, Session,
    audit::{self, Action, By},
    messages::LifeMessage,
    notice, outbox,
    step_up::{self, Purpose},
    text, user,
};

/// What a person types to confirm, in their language.
pub const PHRASES: [&str; 2] = ["注销账户", "close my account"];
/// Longest reason that is kept, in characters.
const REASON_LONGEST: usize = 500;

/// A closing under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    pub user: UserId,
    pub requested_at: Timestamp,
    /// Until then it can be canceled.
    pub closes_at: Timestamp,
}

/// Somebody wants to leave.
#[derive(Clone, Debug)]
pub struct NewClosing {
    /// One of [`PHRASES`], as it was typed.
    pub phrase: String,
    pub reason: Option<String>,
}

/// The closing of a person, if one is under way.
pub fn find(read: &mut impl db::Read, user: UserId) -> Result<Option<Closing>, Error> {
    Ok(store::find(read, user)?)
}

/// Begins the week. The caller has seen that nothing is in the way.
///
/// # Errors
/// [`crate::Rejection::StepUpRequired`], [`LifeRefusal::ClosingPhraseWrong`],
/// [`LifeRefusal::ClosingUnderWay`].
pub fn begin(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    new: &NewClosing,
) -> Result<Closing, Error> {
    step_up::require(tx, cx, session, Purpose::CloseAccount, "")?;
    let typed = text::composed(new.phrase.trim()).to_lowercase();
    if !PHRASES.contains(&typed.as_str()) {
        return Err(LifeRefusal::ClosingPhraseWrong.into());
    }
    let closing = Closing {
        user: session.user,
        requested_at: cx.now,
        closes_at: cx.now.plus_seconds(cx.policy.life.closing_seconds),
    };
    let reason = new.reason.as_deref().map(|reason| {
        reason
            .chars()
            .filter(|&c| !text::is_hidden(c))
            .take(REASON_LONGEST)
            .collect::<String>()
    });
    if !store::insert(tx, cx, &closing, reason.as_deref())? {
        return Err(LifeRefusal::ClosingUnderWay.into());
    }
    let date = closing.closes_at.to_string();
    let date = date.get(..10).unwrap_or_default().to_owned();
    let by = (By::session(session), session.user);
    notice::tell_as(tx, cx, by, &Notice::ClosingBegun { date }, "")?;
    Ok(closing)
}

/// The person stays.
///
/// # Errors
/// [`LifeRefusal::ClosingNotUnderWay`].
pub fn cancel(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    if !store::delete(tx, user)? {
        return Err(LifeRefusal::ClosingNotUnderWay.into());
    }
    let deed = (Action::ClosingCanceled, "");
    audit::note(tx, cx, By::person(user), user, deed)?;
    outbox::post_everywhere(tx, cx, user, &LifeMessage::ClosingCanceled.into())
}

/// Closings whose week is over; at most `most`.
pub fn due(read: &mut impl db::Read, cx: &Cx<'_>, most: i64) -> Result<Vec<Closing>, Error> {
    Ok(store::due(read, cx.now, most)?)
}

/// Ends an account whose week is over. The caller has seen once more that nothing is in the way,
/// and closed the person's accounts in the books. The last message goes out first; then sessions
/// and everything that compares the epoch are over, contacts are free for others, and what was
/// known about the person is deleted. What stays: the id, the moments, what was agreed to.
///
/// `false` if it was canceled meanwhile.
pub fn complete(tx: &mut db::Tx<'_>, cx: &Cx<'_>, closing: &Closing) -> Result<bool, Error> {
    if closing.closes_at > cx.now || !store::complete(tx, closing, cx.now)? {
        return Ok(false);
    }
    let locale = user::locale_of(tx, closing.user)?;
    let message = LifeMessage::Closed.into();
    for contact in &user::reachable_at(tx, cx, closing.user)? {
        // Nobody's message any more, so that it survives what follows.
        let post = outbox::Post {
            user: None,
            to: contact,
            message: &message,
            locale,
            expires_at: cx.now.plus_seconds(86_400),
            subject: None,
        };
        outbox::post(tx, cx, &post)?;
    }
    shred::shred(tx, cx, closing.user)?;
    let deed = (Action::AccountClosed, "");
    audit::note(tx, cx, By::SYSTEM, closing.user, deed)?;
    Ok(true)
}

/// The look-up keys of a person's contacts, for whoever keeps them in memory.
pub fn contact_indexes(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<crate::ContactIndex>, Error> {
    let contacts = user::reachable_at(read, cx, user)?;
    Ok(contacts
        .iter()
        .map(|contact| contact.index(cx.keys))
        .collect())
}
