//! What an owner does with a Token after it is there: naming, blocking, unblocking, looking back.

use vocab::{DeviceId, SecurityTokenId, SessionId, Timestamp, UserId};

use super::{SecurityToken, SecurityTokenState, events, state_at, store};
use crate::{
    Cx, Error, Notice, Rejection, Session,
    audit::{self, Action, By},
    device,
    keys::Purpose,
    notice,
    person_key::{self, Opener},
    step_up::{self, Purpose as StepUpPurpose},
};

/// What happened to a Token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenEvent {
    Requested,
    Activated,
    Renamed,
    Blocked,
    /// After too many wrong tries.
    BlockedByTries,
    Unblocked,
    /// Another one took its place.
    Replaced,
    Canceled,
}

impl TokenEvent {
    const ALL: [Self; 8] = [
        Self::Requested,
        Self::Activated,
        Self::Renamed,
        Self::Blocked,
        Self::BlockedByTries,
        Self::Unblocked,
        Self::Replaced,
        Self::Canceled,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Activated => "activated",
            Self::Renamed => "renamed",
            Self::Blocked => "blocked",
            Self::BlockedByTries => "blocked_by_tries",
            Self::Unblocked => "unblocked",
            Self::Replaced => "replaced",
            Self::Canceled => "canceled",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.code() == code)
    }
}

/// One line of a Token's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHistory {
    pub event: TokenEvent,
    pub at: Timestamp,
    /// Where it was done, if somebody did it.
    pub session: Option<SessionId>,
    pub device: Option<DeviceId>,
}

/// Gives a Token a name of its owner's choice.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`], [`Rejection::NameInvalid`].
pub fn rename(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: SecurityTokenId,
    name: &str,
) -> Result<SecurityToken, Error> {
    let name = seal_name(tx, cx, (session.user, id), &device::plain_name(name)?)?;
    if !store::rename(tx, session.user, id, name)? {
        return Err(Rejection::SecurityTokenNotFound.into());
    }
    events::note(tx, cx, id, TokenEvent::Renamed, by(session))?;
    let deed = (Action::SecurityTokenRenamed, id.to_string());
    let owner = By::session(session);
    audit::note(tx, cx, owner, session.user, (deed.0, &deed.1))?;
    super::find(tx, cx, session.user, id)
}

/// Blocks an active Token: for when it may have been seen. Needs no proof.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`], [`Rejection::SecurityTokenNotActive`].
pub fn block(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: SecurityTokenId,
) -> Result<SecurityToken, Error> {
    let stored = store::find(tx, session.user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    let is_active = state_at(cx, &stored) == SecurityTokenState::Active;
    if !is_active || !store::block(tx, id, cx.now)? {
        return Err(Rejection::SecurityTokenNotActive.into());
    }
    events::note(tx, cx, id, TokenEvent::Blocked, by(session))?;
    let owner = (By::session(session), session.user);
    let told = &Notice::SecurityTokenBlockedByOwner;
    notice::tell_as(tx, cx, owner, told, &id.to_string())?;
    super::find(tx, cx, session.user, id)
}

/// Makes a blocked Token work again, after a step-up that no Token can prove.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`], [`Rejection::SecurityTokenNotBlocked`], also for one that
/// was never activated or whose year is over; [`Rejection::StepUpRequired`].
pub fn unblock(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: SecurityTokenId,
) -> Result<SecurityToken, Error> {
    let stored = store::find(tx, session.user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    let resource = id.to_string();
    step_up::require(
        tx,
        cx,
        session,
        StepUpPurpose::UnblockSecurityToken,
        &resource,
    )?;
    let was_active = stored.activated_at.is_some() && stored.expires_at > cx.now;
    if !was_active || !store::unblock(tx, id)? {
        return Err(Rejection::SecurityTokenNotBlocked.into());
    }
    events::note(tx, cx, id, TokenEvent::Unblocked, by(session))?;
    let owner = (By::session(session), session.user);
    let told = &Notice::SecurityTokenUnblocked;
    notice::tell_as(tx, cx, owner, told, &id.to_string())?;
    super::find(tx, cx, session.user, id)
}

/// What happened to a Token, newest first.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`].
pub fn history(
    read: &mut impl db::Read,
    user: UserId,
    id: SecurityTokenId,
) -> Result<Vec<TokenHistory>, Error> {
    store::find(read, user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    Ok(events::list(read, id)?)
}

/// Notes, to the minute, that a Token authorised something.
pub fn note_use(tx: &mut db::Tx<'_>, cx: &Cx<'_>, id: SecurityTokenId) -> Result<(), Error> {
    let before = cx.now.plus_seconds(-cx.policy.session_touch_seconds);
    Ok(store::note_use(tx, id, cx.now, before)?)
}

pub(super) fn seal_name(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, SecurityTokenId),
    name: &str,
) -> Result<Vec<u8>, Error> {
    let place = (Purpose::Device, &name_context(id)[..]);
    person_key::seal(tx, cx, user, place, name.as_bytes())
}

pub(super) fn open_name(
    own: &Opener<'_>,
    id: SecurityTokenId,
    sealed: Option<&[u8]>,
) -> Result<Option<String>, Error> {
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let plain = own.open(Purpose::Device, &name_context(id), sealed)?;
    let text = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    Ok(Some(text.to_owned()))
}

fn by(session: &Session) -> Option<(SessionId, Option<DeviceId>)> {
    Some((session.id, session.device))
}

fn name_context(id: SecurityTokenId) -> Vec<u8> {
    format!("{id} name").into_bytes()
}
