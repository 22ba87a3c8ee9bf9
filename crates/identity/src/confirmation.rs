//! Confirmation by a second device: one shows a QR code, another, where somebody is signed in,
//! scans it, sees what is asked and says yes or no.
//!
//! `created → scanned → approved → redeemed`, or `rejected`. The nonce in the QR code only finds
//! the confirmation; what is behind it is picked up with a secret that never leaves the first
//! device. So neither a photograph of the code nor the device that scans it gets the session.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{ConfirmationId, Timestamp};

use crate::{
    Cx, Error, LifeRefusal, Method, OpenedSession, Rejection, Secret, Session,
    audit::{self, Action, By},
    binding::{self, Binding},
    code::CodePurpose,
    device,
    factor::{self, Claim, CountedProof, MatchedProof},
    freeze,
    session::{self, Device},
    step_up::{self, Granted},
};

/// Tells nonces, pickup secrets and claims from other secrets.
const NONCE: &str = "tqn_";
const PICKUP: &str = "tqp_";
const CLAIM: &str = "tqc_";

/// What proves the approver.
const APPROVING: [Method; 3] = [Method::Pin, Method::SecurityToken, Method::Passkey];

/// What is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationPurpose {
    SignIn,
    /// Somebody who has no account completes a registration on the second device.
    Registration,
    StepUp,
}

impl ConfirmationPurpose {
    const ALL: [Self; 3] = [Self::SignIn, Self::Registration, Self::StepUp];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Registration => "registration",
            Self::StepUp => "step_up",
        }
    }

    /// Reads [`ConfirmationPurpose::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// How far a confirmation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationState {
    Created,
    Scanned,
    Approved,
    Rejected,
    Redeemed,
    Expired,
}

impl ConfirmationState {
    const ALL: [Self; 6] = [
        Self::Created,
        Self::Scanned,
        Self::Approved,
        Self::Rejected,
        Self::Redeemed,
        Self::Expired,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Scanned => "scanned",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A confirmation to be asked for.
#[derive(Clone, Debug)]
pub struct NewConfirmation {
    pub purpose: ConfirmationPurpose,
    /// The step-up that it should grant, and the session that asked for it.
    pub step_up: Option<(String, Session)>,
    /// The first device.
    pub device: Device,
}

/// A confirmation just asked for, with its two secrets.
#[derive(Clone, Debug)]
pub struct Created {
    pub id: ConfirmationId,
    /// Goes into the QR code.
    pub nonce: Secret,
    /// Stays on the first device.
    pub pickup: Secret,
    /// Until when the nonce is good; ask for the next one then.
    pub refresh_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What the second device shows before anybody says yes.
#[derive(Clone, Debug)]
pub struct Scanned {
    pub id: ConfirmationId,
    pub purpose: ConfirmationPurpose,
    /// What the step-up is for, if it is one.
    pub action: Option<String>,
    /// The first device.
    pub device: Device,
    pub requested_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a claim on a registration's code gives to a device without a session.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: ConfirmationId,
    /// To be shown once there is an account.
    pub claim: Secret,
    pub expires_at: Timestamp,
}

/// Asks for a confirmation.
pub fn create(tx: &mut db::Tx<'_>, cx: &Cx<'_>, new: &NewConfirmation) -> Result<Created, Error> {
    let life = &cx.policy.life;
    let seconds = match new.purpose {
        ConfirmationPurpose::Registration => life.confirmation_registration_seconds,
        _ => life.confirmation_seconds,
    };
    let created = Created {
        id: ConfirmationId::new(cx.now, cx.entropy),
        nonce: binding::draw(cx, NONCE),
        pickup: binding::draw(cx, PICKUP),
        refresh_at: cx.now.plus_seconds(life.confirmation_nonce_seconds),
        expires_at: cx.now.plus_seconds(seconds),
    };
    store::insert(tx, cx, &created, new)?;
    Ok(created)
}

/// Another nonce for the QR code; the one before finds nothing any more.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`], also once it was scanned.
pub fn refresh(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: ConfirmationId,
    pickup: Binding,
) -> Result<Created, Error> {
    let stored = find_picked(tx, cx, id, pickup)?;
    let nonce = binding::draw(cx, NONCE);
    let until = cx
        .now
        .plus_seconds(cx.policy.life.confirmation_nonce_seconds);
    let refresh_at = until.min(stored.expires_at);
    let hash = *Binding::read(nonce.expose()).hash();
    if stored.expires_at <= cx.now || !store::refresh(tx, id, &hash, refresh_at)? {
        return Err(LifeRefusal::ConfirmationNotFound.into());
    }
    Ok(Created {
        id,
        nonce,
        pickup: Secret::new(String::new()),
        refresh_at,
        expires_at: stored.expires_at,
    })
}

/// Claims a confirmation by its nonce, for a signed-in person: the first who scans has it.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`]: unknown, too late, or scanned by another;
/// [`Rejection::Frozen`].
pub fn scan(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    nonce: Binding,
) -> Result<Scanned, Error> {
    may_approve(tx, session)?;
    let scanner = store::Scanner {
        user: Some(session.user),
        session: Some(session.id),
        claim: None,
    };
    let id = store::claim(tx, nonce.hash(), &scanner, cx.now)?
        .ok_or(LifeRefusal::ConfirmationNotFound)?;
    let stored = store::find(tx, id)?.ok_or(LifeRefusal::ConfirmationNotFound)?;
    let action = match (stored.purpose, &stored.step_up) {
        (ConfirmationPurpose::SignIn, _) => Some(None),
        (ConfirmationPurpose::StepUp, Some(step_up)) => {
            action_elsewhere(tx, cx, session, step_up)?.map(Some)
        }
        _ => None,
    };
    let Some(action) = action.filter(|_| !stored.is_for_others(session)) else {
        // Rolled back: whoever it is meant for may still scan it.
        return Err(LifeRefusal::ConfirmationNotFound.into());
    };
    Ok(Scanned {
        id,
        purpose: stored.purpose,
        action,
        device: store::open_device(cx, &stored)?,
        requested_at: stored.created_at,
        expires_at: stored.expires_at,
    })
}

/// What a step-up is for, where this session may say yes to it: it is another one than asked, on a
/// device that has not only just come.
fn action_elsewhere(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    step_up: &str,
) -> Result<Option<String>, Error> {
    let Ok(id) = step_up.parse() else {
        return Ok(None);
    };
    if !device::is_trusted(tx, cx, session)? {
        return Ok(None);
    }
    let purpose = step_up::purpose_elsewhere(tx, session, id)?;
    Ok(purpose.map(|purpose| purpose.code().to_owned()))
}

/// Claims the confirmation of a registration on a device where nobody is signed in yet.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`].
pub fn claim(tx: &mut db::Tx<'_>, cx: &Cx<'_>, nonce: Binding) -> Result<Claimed, Error> {
    let claim = binding::draw(cx, CLAIM);
    let scanner = store::Scanner {
        user: None,
        session: None,
        claim: Some(*Binding::read(claim.expose()).hash()),
    };
    let id = store::claim(tx, nonce.hash(), &scanner, cx.now)?
        .ok_or(LifeRefusal::ConfirmationNotFound)?;
    let stored = store::find(tx, id)?.ok_or(LifeRefusal::ConfirmationNotFound)?;
    if stored.purpose != ConfirmationPurpose::Registration {
        return Err(LifeRefusal::ConfirmationNotFound.into());
    }
    Ok(Claimed {
        id,
        claim,
        expires_at: stored.expires_at,
    })
}

/// The registration on the second device is done: the first one may know.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`].
pub fn fulfil(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ConfirmationId,
    claim: Binding,
) -> Result<(), Error> {
    let stored = store::find(tx, id)?.ok_or(LifeRefusal::ConfirmationNotFound)?;
    let is_claimed = stored.claim.is_some_and(|hash| claim.is(&hash));
    if !is_claimed || stored.expires_at <= cx.now {
        return Err(LifeRefusal::ConfirmationNotFound.into());
    }
    settle_approval(tx, cx, session, id)
}

/// Finds out whether this session may approve this confirmation, before its proof is counted.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`], [`LifeRefusal::ConfirmationClosed`].
pub fn find_scanned(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    session: &Session,
    id: ConfirmationId,
) -> Result<ConfirmationPurpose, Error> {
    let stored = store::find(read, id)?.ok_or(LifeRefusal::ConfirmationNotFound)?;
    if stored.scanned_by != Some(session.user) || stored.scanned_in != Some(session.id) {
        return Err(LifeRefusal::ConfirmationNotFound.into());
    }
    if stored.expires_at <= cx.now || stored.state != ConfirmationState::Scanned {
        return Err(LifeRefusal::ConfirmationClosed.into());
    }
    Ok(stored.purpose)
}

/// Write 1 of saying yes: counts the guess at the approver's proof, which must be something that
/// only they hold or know here: a password is not enough.
///
/// # Errors
/// Those of [`find_scanned`] and [`factor::count`].
pub fn count_proof(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ConfirmationId,
    method: Method,
) -> Result<CountedProof, Error> {
    find_scanned(tx, cx, session, id)?;
    if !APPROVING.contains(&method) {
        let methods = APPROVING.to_vec();
        return Err(Rejection::MethodNotAccepted { methods }.into());
    }
    let subject = id.to_string();
    let claim = Claim {
        user: session.user,
        purpose: CodePurpose::Confirmation,
        subject: &subject,
        session: Some(session),
    };
    factor::count(tx, cx, &claim, method)
}

/// Write 2 of saying yes, after the approver's proof was right. Of parallel calls one is first.
///
/// # Errors
/// Those of [`find_scanned`] and [`factor::settle`].
pub fn approve(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ConfirmationId,
    matched: &MatchedProof,
) -> Result<(), Error> {
    find_scanned(tx, cx, session, id)?;
    if matched.user() != session.user {
        return Err(LifeRefusal::ConfirmationNotFound.into());
    }
    factor::settle(tx, cx, matched)?;
    settle_approval(tx, cx, session, id)
}

fn settle_approval(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ConfirmationId,
) -> Result<(), Error> {
    may_approve(tx, session)?;
    let redeem_until = cx
        .now
        .plus_seconds(cx.policy.life.confirmation_redeem_seconds);
    let by = (session.user, session.epoch);
    if !store::approve(tx, id, by, redeem_until)? {
        return Err(LifeRefusal::ConfirmationClosed.into());
    }
    let deed = (Action::ConfirmationApproved, id.to_string());
    let by = By::session(session);
    audit::note(tx, cx, by, session.user, (deed.0, &deed.1))
}

/// Says no.
///
/// # Errors
/// Those of [`find_scanned`].
pub fn reject(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ConfirmationId,
) -> Result<(), Error> {
    find_scanned(tx, cx, session, id)?;
    if !store::reject(tx, id)? {
        return Err(LifeRefusal::ConfirmationClosed.into());
    }
    let deed = (Action::ConfirmationRejected, id.to_string());
    let by = By::session(session);
    audit::note(tx, cx, by, session.user, (deed.0, &deed.1))
}

/// How far it is, for the first device.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`], also for a wrong pickup secret.
pub fn state(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: ConfirmationId,
    pickup: Binding,
) -> Result<ConfirmationState, Error> {
    Ok(find_picked(read, cx, id, pickup)?.state_at(cx.now))
}

/// What the first device gets.
#[derive(Clone, Debug)]
pub enum Redeemed {
    SignedIn(OpenedSession),
    /// The registration was completed on the other device.
    Registered,
    /// Granted by this person's other device.
    StepUp(Granted),
}

/// Picks up what was approved: once, within half a minute, and only as long as the approver is
/// who they were: a freeze, a closing or a change of their epoch in between takes it away.
///
/// # Errors
/// [`LifeRefusal::ConfirmationNotFound`], [`LifeRefusal::ConfirmationNotApproved`],
/// [`LifeRefusal::ConfirmationClosed`].
pub fn redeem(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: ConfirmationId,
    pickup: Binding,
) -> Result<Redeemed, Error> {
    let stored = find_picked(tx, cx, id, pickup)?;
    match stored.state_at(cx.now) {
        ConfirmationState::Approved => {}
        ConfirmationState::Created | ConfirmationState::Scanned => {
            return Err(LifeRefusal::ConfirmationNotApproved.into());
        }
        _ => return Err(LifeRefusal::ConfirmationClosed.into()),
    }
    let user = stored.approved_by.ok_or(LifeRefusal::ConfirmationClosed)?;
    let is_same = store::epoch_of(tx, user)? == stored.approved_epoch;
    if !is_same || !store::redeem(tx, id, cx.now)? {
        return Err(LifeRefusal::ConfirmationClosed.into());
    }
    match stored.purpose {
        ConfirmationPurpose::Registration => Ok(Redeemed::Registered),
        ConfirmationPurpose::StepUp => {
            let step_up = stored.step_up.and_then(|id| id.parse().ok());
            let step_up = step_up.ok_or(LifeRefusal::ConfirmationClosed)?;
            Ok(Redeemed::StepUp(step_up::grant_by_device(
                tx, cx, user, step_up,
            )?))
        }
        ConfirmationPurpose::SignIn => {
            freeze::refuse_if_frozen(tx, user)?;
            let device = store::open_device_of(tx, cx, id)?;
            let opened = session::open_confirmed(tx, cx, user, &device)?;
            Ok(Redeemed::SignedIn(opened))
        }
    }
}

/// Forgets confirmations that ended more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

/// Whoever is frozen, or came in by a recovery, confirms nothing.
fn may_approve(tx: &mut db::Tx<'_>, session: &Session) -> Result<(), Error> {
    if session.is_restricted {
        return Err(LifeRefusal::ConfirmationNotFound.into());
    }
    freeze::refuse_if_frozen(tx, session.user)
}

fn find_picked(
    read: &mut impl db::Read,
    _: &Cx<'_>,
    id: ConfirmationId,
    pickup: Binding,
) -> Result<store::Stored, Error> {
    let stored = store::find(read, id)?.filter(|stored| pickup.is(&stored.pickup));
    Ok(stored.ok_or(LifeRefusal::ConfirmationNotFound)?)
}
