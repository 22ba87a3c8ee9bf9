//! Freezes: flags that stop a person's money. They stack, and each is lifted by its own authority.
//!
//! This room keeps the flags; the accounts follow in the books. Between the two lies a moment, so
//! every change leaves a mark that is taken away only once the accounts have followed: whoever
//! changes a flag answers after that, and a job finishes what a crash has left.

pub mod request;
mod store;

use db::{Fault, Read, Tx};
use vocab::{FreezeId, Timestamp, UserId};

pub(crate) use store::STATEMENTS;

use crate::{
    Cx, Error, Rejection, Secret, access_token,
    audit::{Actor, By},
    keys::Purpose,
    notice::{self, Notice},
    person_key,
};

/// Longest reason, in characters.
const REASON_LONGEST: usize = 200;

/// What a freeze stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreezeKind {
    /// Nothing leaves.
    Debit,
    /// Nothing arrives.
    Credit,
    All,
}

impl FreezeKind {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
            Self::All => "all",
        }
    }

    /// Reads [`FreezeKind::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Debit, Self::Credit, Self::All]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// Who froze, and so who lifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The person, also by a link in a notice or without signing in.
    Own,
    /// A rule of the house.
    Rule,
    Operator,
    /// By law; nobody but the law lifts it.
    Legal,
}

impl Authority {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Rule => "rule",
            Self::Operator => "operator",
            Self::Legal => "legal",
        }
    }

    /// Reads [`Authority::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Own, Self::Rule, Self::Operator, Self::Legal]
            .into_iter()
            .find(|authority| authority.code() == code)
    }
}

/// A flag to be set.
#[derive(Clone, Debug)]
pub struct NewFreeze {
    pub user: UserId,
    pub kind: FreezeKind,
    pub by: Authority,
    /// For whoever reads it later; sealed. Cut to 200 characters.
    pub reason: Option<String>,
}

/// A flag.
#[derive(Clone, Debug)]
pub struct Freeze {
    pub id: FreezeId,
    pub user: UserId,
    pub kind: FreezeKind,
    pub by: Authority,
    pub reason: Option<Secret>,
    pub created_at: Timestamp,
    pub lifted_at: Option<Timestamp>,
}

/// What all live flags of a person together stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    pub debit: bool,
    pub credit: bool,
}

/// The newest change of a person's flags; their accounts have followed once it is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub user: UserId,
    revision: i64,
}

/// Sets a flag; the same one of the same authority again is the one there is. The caller lets the
/// accounts follow before answering.
pub fn place(tx: &mut Tx<'_>, cx: &Cx<'_>, new: NewFreeze) -> Result<Freeze, Error> {
    store::mark(tx, new.user)?;
    let live = list(tx, cx, new.user)?.into_iter();
    let same = |freeze: &Freeze| {
        freeze.lifted_at.is_none() && (freeze.kind, freeze.by) == (new.kind, new.by)
    };
    if let Some(freeze) = live.into_iter().find(same) {
        return Ok(freeze);
    }
    let id = FreezeId::new(cx.now, cx.entropy);
    let reason: Option<String> = new
        .reason
        .map(|reason| reason.chars().take(REASON_LONGEST).collect());
    let freeze = Freeze {
        id,
        user: new.user,
        kind: new.kind,
        by: new.by,
        reason: reason.map(Secret::new),
        created_at: cx.now,
        lifted_at: None,
    };
    let sealed = match &freeze.reason {
        Some(reason) => Some(seal_reason(tx, cx, &freeze, reason)?),
        None => None,
    };
    store::insert(tx, &freeze, sealed)?;
    if new.kind != FreezeKind::Credit {
        access_token::suspend_all(tx, new.user)?;
    }
    let by = (by_of(new.by, new.user), new.user);
    notice::tell_as(tx, cx, by, &Notice::AccountFrozen, &id.to_string())?;
    Ok(freeze)
}

/// Takes a flag away. The caller lets the accounts follow.
///
/// # Errors
/// [`Rejection::FreezeNotFound`], also for somebody else's or one that was lifted;
/// [`Rejection::FreezeNotYours`] if another authority set it.
pub fn lift(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, FreezeId),
    by: Authority,
) -> Result<Freeze, Error> {
    store::mark(tx, user)?;
    let freeze = store::find(tx, user, id)?
        .map(|stored| shown(tx, cx, stored))
        .transpose()?
        .ok_or(Rejection::FreezeNotFound)?;
    if freeze.by != by {
        return Err(Rejection::FreezeNotYours.into());
    }
    if !store::lift(tx, id, cx.now)? {
        return Err(Rejection::FreezeNotFound.into());
    }
    let lifted_by = (by_of(by, user), user);
    notice::tell_as(tx, cx, lifted_by, &Notice::FreezeLifted, &id.to_string())?;
    Ok(Freeze {
        lifted_at: Some(cx.now),
        ..freeze
    })
}

/// Who set this flag of this person, if there is one.
pub(crate) fn authority_of(
    read: &mut impl Read,
    user: UserId,
    id: FreezeId,
) -> Result<Option<Authority>, Fault> {
    Ok(store::find(read, user, id)?.map(|stored| stored.freeze.by))
}

/// The flags of a person, newest first, lifted ones too.
pub fn list(read: &mut impl Read, cx: &Cx<'_>, user: UserId) -> Result<Vec<Freeze>, Error> {
    store::list(read, user)?
        .into_iter()
        .map(|stored| shown(read, cx, stored))
        .collect()
}

/// What a person's flags stop now.
pub fn frozen(read: &mut impl Read, user: UserId) -> Result<Frozen, Fault> {
    let kinds = store::live_kinds(read, user)?;
    let stops = |kind| kinds.contains(&kind) || kinds.contains(&FreezeKind::All);
    Ok(Frozen {
        debit: stops(FreezeKind::Debit),
        credit: stops(FreezeKind::Credit),
    })
}

/// Refuses what a person may not do while their money is frozen.
///
/// # Errors
/// [`Rejection::Frozen`].
pub fn refuse_if_frozen(read: &mut impl Read, user: UserId) -> Result<(), Error> {
    if frozen(read, user)?.debit {
        return Err(Rejection::Frozen.into());
    }
    Ok(())
}

/// The newest change of a person's flags and what they stop with it; later changes wait until the
/// transaction ends.
pub fn begin_to_follow(tx: &mut Tx<'_>, user: UserId) -> Result<(Mark, Frozen), Fault> {
    let revision = store::lock_mark(tx, user)?;
    Ok((Mark { user, revision }, frozen(tx, user)?))
}

/// The accounts have followed this change.
pub fn settle(tx: &mut Tx<'_>, mark: Mark) -> Result<(), Fault> {
    store::settle(tx, mark.user, mark.revision)
}

/// People whose accounts have not followed yet, at most `most`.
pub fn unsettled(read: &mut impl Read, most: i64) -> Result<Vec<UserId>, Fault> {
    store::unsettled(read, most)
}

fn by_of(authority: Authority, user: UserId) -> By {
    match authority {
        Authority::Own => By::person(user),
        Authority::Rule => By::SYSTEM,
        Authority::Operator | Authority::Legal => By::actor(Actor::BackOffice),
    }
}

/// What a person says goes with them; what operators, rules and the law say is the house's.
fn seal_reason(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    freeze: &Freeze,
    reason: &Secret,
) -> Result<Vec<u8>, Error> {
    let context = freeze.id.to_string();
    let place = (Purpose::Freeze, context.as_bytes());
    let plain = reason.expose().as_bytes();
    match freeze.by {
        Authority::Own => person_key::seal(tx, cx, freeze.user, place, plain),
        _ => Ok(cx.keys.seal(place.0, place.1, plain, cx.entropy)),
    }
}

fn shown(read: &mut impl Read, cx: &Cx<'_>, stored: store::Stored) -> Result<Freeze, Error> {
    let store::Stored { mut freeze, sealed } = stored;
    let own = person_key::opener(read, cx, freeze.user)?;
    // Once a person's key is gone, what they said is too.
    let sealed = sealed.filter(|sealed| own.can_open(sealed));
    if let Some(sealed) = sealed {
        let context = freeze.id.to_string();
        let plain = own.open(Purpose::Freeze, context.as_bytes(), &sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
        freeze.reason = Some(Secret::new(text.to_owned()));
    }
    Ok(freeze)
}
