//! A copy of a person's data: asked for, put together by a job, fetched once.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{ExportId, Timestamp, UserId};
use zeroize::Zeroizing;

use crate::{
    Cx, Error, LifeRefusal, Notice, Session,
    allowance::{self, Allowance, Allowed},
    audit::{self, Action, By},
    keys::Purpose,
    notice, person_key, step_up,
};

/// How far an export has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportState {
    Preparing,
    Ready,
    /// Fetched, or not fetched in time.
    Gone,
}

impl ExportState {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Gone => "gone",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Preparing, Self::Ready, Self::Gone]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// An export, as shown to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Export {
    pub id: ExportId,
    pub user: UserId,
    pub state: ExportState,
    pub created_at: Timestamp,
    /// Ready: until when it can be fetched.
    pub expires_at: Timestamp,
}

/// Asks for a copy.
///
/// # Errors
/// [`crate::Rejection::TriesTooMany`].
pub fn request(tx: &mut db::Tx<'_>, cx: &Cx<'_>, session: &Session) -> Result<Export, Error> {
    step_up::require(tx, cx, session, step_up::Purpose::ExportData, "")?;
    let allowance = Allowance {
        of: Allowed::Exports,
        most: cx.policy.life.exports_per_day,
        seconds: 86_400,
    };
    allowance::take(tx, cx, allowance, &session.user.raw().to_be_bytes())?;
    let export = Export {
        id: ExportId::new(cx.now, cx.entropy),
        user: session.user,
        state: ExportState::Preparing,
        created_at: cx.now,
        expires_at: cx.now.plus_seconds(cx.policy.life.export_seconds),
    };
    store::insert(tx, &export)?;
    let deed = (Action::ExportRequested, export.id.to_string());
    let by = By::session(session);
    audit::note(tx, cx, by, session.user, (deed.0, &deed.1))?;
    Ok(export)
}

/// One export of a person.
///
/// # Errors
/// [`LifeRefusal::ExportNotFound`].
pub fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: ExportId,
) -> Result<Export, Error> {
    let export = store::find(read, user, id)?.ok_or(LifeRefusal::ExportNotFound)?;
    let state = match export.state {
        ExportState::Ready if export.expires_at <= cx.now => ExportState::Gone,
        state => state,
    };
    Ok(Export { state, ..export })
}

/// Exports that wait to be put together; at most `most`.
pub fn waiting(read: &mut impl db::Read, most: i64) -> Result<Vec<Export>, Error> {
    Ok(store::waiting(read, most)?)
}

/// Puts the finished copy down, sealed, and tells its owner.
pub fn finish(tx: &mut db::Tx<'_>, cx: &Cx<'_>, export: &Export, body: &[u8]) -> Result<(), Error> {
    let context = export.id.to_string();
    let place = (Purpose::Export, context.as_bytes());
    let sealed = person_key::seal(tx, cx, export.user, place, body)?;
    let expires_at = cx.now.plus_seconds(cx.policy.life.export_seconds);
    if store::finish(tx, export.id, sealed, expires_at)? {
        notice::tell(tx, cx, export.user, &Notice::ExportReady)?;
    }
    Ok(())
}

/// Gives the copy out, once; it is deleted here.
///
/// # Errors
/// [`LifeRefusal::ExportNotFound`], [`LifeRefusal::ExportNotReady`], [`LifeRefusal::ExportGone`].
pub fn fetch(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: ExportId,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    match find(tx, cx, user, id)?.state {
        ExportState::Ready => {}
        ExportState::Preparing => return Err(LifeRefusal::ExportNotReady.into()),
        ExportState::Gone => return Err(LifeRefusal::ExportGone.into()),
    }
    let sealed = store::body(tx, id)?.ok_or(LifeRefusal::ExportGone)?;
    if !store::take(tx, id)? {
        return Err(LifeRefusal::ExportGone.into());
    }
    let context = id.to_string();
    let deed = (Action::ExportFetched, context.as_str());
    audit::note(tx, cx, By::person(user), user, deed)?;
    let place = (Purpose::Export, context.as_bytes());
    person_key::open(tx, cx, user, place, &sealed)
}

/// Deletes copies that nobody fetched in time; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now, most)?)
}
