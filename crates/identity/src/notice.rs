//! Telling a person what was changed, everywhere they can be reached, with a way to say "this was
//! not me" that needs no sign-in.
//!
//! Each notice carries a link with 256 random bits, of which only the hash lies here. Following it
//! once, within three days, ends every session of the person and freezes their outgoing money.

mod kinds;
mod store;

use std::fmt::Write;

pub use kinds::Notice;
pub(crate) use store::STATEMENTS;
use vocab::UserId;

use crate::{
    Cx, Error, Rejection, Secret,
    audit::{self, Action, By},
    freeze::{self, Authority, Freeze, FreezeKind, NewFreeze},
    keys::digest,
    messages::Message,
    outbox, user,
};

/// Tells a link's secret from others.
const PREFIX: &str = "tnm_";
/// Random bytes of a link.
const LINK_BYTES: usize = 32;

/// What following a link did.
#[derive(Clone, Debug)]
pub struct Repudiated {
    pub user: UserId,
    /// The freeze that stands since then.
    pub freeze: Freeze,
    /// The notice's code, [`Notice::code`].
    pub kind: String,
    /// What the notice was about, as it was given to [`tell_about`].
    pub object: String,
}

/// Tells a person by every verified contact and in the app.
pub fn tell(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId, notice: &Notice) -> Result<(), Error> {
    tell_about(tx, cx, user, notice, "")
}

/// As [`tell`]; `object` names what was changed, for whoever undoes it.
pub fn tell_about(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    notice: &Notice,
    object: &str,
) -> Result<(), Error> {
    tell_as(tx, cx, (usual_by(notice, user), user), notice, object)
}

/// As [`tell_about`], for what somebody in particular did.
pub(crate) fn tell_as(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (by, user): (By, UserId),
    notice: &Notice,
    object: &str,
) -> Result<(), Error> {
    let action = Action::from_code(notice.code())
        .ok_or_else(|| db::Fault::internal("a notice has no action in the audit log"))?;
    audit::note(tx, cx, by, user, (action, object))?;
    let secret = new_secret(cx);
    let stored = store::StoredNotice {
        user,
        kind: notice.code().to_owned(),
        object: object.to_owned(),
    };
    let expires_at = cx.now.plus_seconds(cx.policy.notice_seconds);
    store::insert(tx, &digest(secret.expose()), &stored, cx.now, expires_at)?;
    let public_url = cx.policy.public_url.trim_end_matches('/');
    let link = Secret::new(format!("{public_url}/not-me#{}", secret.expose()));
    let message = Message::Notice {
        notice: notice.clone(),
        link,
    };
    outbox::post_everywhere(tx, cx, user, &message)
}

/// As [`tell`], unless they were told the same within a day.
pub(crate) fn tell_once_a_day(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    notice: &Notice,
) -> Result<(), Error> {
    let since = cx.now.plus_seconds(-86_400);
    if store::told_since(tx, user, notice.code(), since)? {
        return Ok(());
    }
    tell(tx, cx, user, notice)
}

/// "This was not me": ends every session of the person and whatever else compares the epoch, and
/// freezes their outgoing money; the caller lets the accounts follow. Of parallel calls one arrives
/// first.
///
/// # Errors
/// [`Rejection::NoticeNotFound`], [`Rejection::NoticeExpired`].
pub fn repudiate(tx: &mut db::Tx<'_>, cx: &Cx<'_>, secret: &str) -> Result<Repudiated, Error> {
    let hash = digest(secret);
    let stored = store::find(tx, &hash)?.ok_or(Rejection::NoticeNotFound)?;
    if !store::repudiate(tx, &hash, cx.now)? {
        return Err(Rejection::NoticeExpired.into());
    }
    user::raise_epoch(tx, stored.user)?;
    let denied = (Action::NoticeRepudiated, stored.kind.as_str());
    audit::note(tx, cx, By::NOBODY, stored.user, denied)?;
    let new = NewFreeze {
        user: stored.user,
        kind: FreezeKind::Debit,
        by: Authority::Own,
        reason: None,
    };
    Ok(Repudiated {
        user: stored.user,
        freeze: freeze::place(tx, cx, new)?,
        kind: stored.kind,
        object: stored.object,
    })
}

/// Forgets links that were over more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

/// Who brings about what a person is told of, where nothing else is said.
fn usual_by(notice: &Notice, user: UserId) -> By {
    match notice {
        Notice::SecurityTokenBlocked
        | Notice::SignInBlocked
        | Notice::SecondStepFailed
        | Notice::PinLocked
        | Notice::PinVoid
        | Notice::ReviewAsked => By::NOBODY,
        Notice::ExportReady | Notice::ContactApplied { .. } => By::SYSTEM,
        _ => By::person(user),
    }
}

fn new_secret(cx: &Cx<'_>) -> Secret {
    let random: [u8; LINK_BYTES] = cx.entropy.bytes();
    let mut text = String::with_capacity(PREFIX.len() + 2 * LINK_BYTES);
    text.push_str(PREFIX);
    for byte in random {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Secret::new(text)
}
