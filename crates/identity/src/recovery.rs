//! Getting back into an account: a code to a contact, for people with a second factor one proof
//! more, then a new password or a restricted session.
//!
//! `code_sent → (more_proof_needed →) proven → completed`, within half an hour, in the client that
//! began it. Until a code has arrived, the answers are the same whether or not the contact belongs
//! to somebody. Whoever has neither contact nor factor asks for a review.

pub mod proof;
pub mod review;
mod store;

pub(crate) use review::STATEMENTS as REVIEW_STATEMENTS;
pub(crate) use store::STATEMENTS;
use vocab::{RecoveryId, Timestamp, UserId};

pub use proof::RecoveryMethod;

use crate::{
    CountedAttempt, Cx, Error, Identifier, LifeRefusal, Locale, Notice, OpenedSession, Rejection,
    Secret,
    allowance::{self, Allowance, Allowed},
    binding::{self, Binding},
    code::{self, CodePurpose, Flow, MatchedCode},
    contact::{Contact, ContactKind},
    guard, hold,
    messages::LifeMessage,
    notice, outbox,
    password::{self, OwnData, Password, PasswordHashed, change},
    session::{self, Device},
    user,
};

/// Tells the ticket of a recovery from other secrets.
const PREFIX: &str = "trc_";

/// How far a recovery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryState {
    CodeSent,
    MoreProofNeeded,
    Proven,
    Completed,
    InReview,
}

impl RecoveryState {
    const ALL: [Self; 5] = [
        Self::CodeSent,
        Self::MoreProofNeeded,
        Self::Proven,
        Self::Completed,
        Self::InReview,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CodeSent => "code_sent",
            Self::MoreProofNeeded => "more_proof_needed",
            Self::Proven => "proven",
            Self::Completed => "completed",
            Self::InReview => "in_review",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A recovery that was begun, with the ticket that only this client gets.
#[derive(Clone, Debug)]
pub struct Begun {
    pub id: RecoveryId,
    pub state: RecoveryState,
    pub ticket: Secret,
    pub resend_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A recovery and the ticket that its client shows.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    pub id: RecoveryId,
    pub ticket: Binding,
}

/// How far it is, and what proves more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub state: RecoveryState,
    /// Empty unless more proof is needed.
    pub methods: Vec<RecoveryMethod>,
}

/// Begins a recovery and sends a code, if the identifier belongs to somebody.
///
/// # Errors
/// [`Rejection::TriesTooMany`], [`Rejection::CodesTooMany`], for known and unknown alike.
pub fn start(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    identifier: &Identifier,
    locale: Locale,
) -> Result<Begun, Error> {
    let contact = identifier.0.as_ref();
    let user = match contact {
        Some(contact) => take_start(tx, cx, contact)?,
        None => None,
    };
    let id = RecoveryId::new(cx.now, cx.entropy);
    let ticket = binding::draw(cx, PREFIX);
    let recovery = store::StoredRecovery {
        id,
        ticket: *Binding::read(ticket.expose()).hash(),
        user,
        contact: contact.cloned(),
        locale,
        state: RecoveryState::CodeSent,
        proofs: Vec::new(),
        basis: basis_of(tx, user)?,
        is_reviewed: false,
        expires_at: cx.now.plus_seconds(cx.policy.life.recovery_seconds),
    };
    store::insert(tx, cx, &recovery)?;
    send_code(tx, cx, &recovery)?;
    Ok(Begun {
        id,
        state: recovery.state,
        ticket,
        resend_at: cx.now.plus_seconds(cx.policy.code_resend_seconds),
        expires_at: recovery.expires_at,
    })
}

/// Counts a start for this contact and says whose it is.
fn take_start(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    contact: &Contact,
) -> Result<Option<UserId>, Error> {
    let (index, life) = (contact.index(cx.keys), &cx.policy.life);
    let windows = [
        (Allowed::RecoveriesAnHour, life.recoveries_per_hour, 3_600),
        (Allowed::RecoveriesADay, life.recoveries_per_day, 86_400),
    ];
    for (of, most, seconds) in windows {
        allowance::take(tx, cx, Allowance { of, most, seconds }, index.bytes())?;
    }
    code::take_send(tx, cx, &index)?;
    user::find_owner(tx, &index)
}

/// What a flow stands on: once the password or the epoch of the person is another, it is over.
fn basis_of(read: &mut impl db::Read, user: Option<UserId>) -> Result<store::Basis, Error> {
    match user {
        Some(user) => Ok(store::basis_of(read, user)?.unwrap_or_default()),
        None => Ok(store::Basis::default()),
    }
}

/// Sends another code; the one before is void, wrong tries stay counted.
///
/// # Errors
/// [`LifeRefusal::RecoveryNotFound`], [`LifeRefusal::RecoveryExpired`],
/// [`LifeRefusal::RecoveryStep`], [`Rejection::CodeExhausted`], [`Rejection::CodesTooMany`].
pub fn resend(tx: &mut db::Tx<'_>, cx: &Cx<'_>, held: Held) -> Result<Timestamp, Error> {
    let recovery = find_in(tx, cx, held, RecoveryState::CodeSent)?;
    if let Some(contact) = &recovery.contact {
        code::take_send(tx, cx, &contact.index(cx.keys))?;
    }
    send_code(tx, cx, &recovery)?;
    Ok(cx.now.plus_seconds(cx.policy.code_resend_seconds))
}

fn send_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    recovery: &store::StoredRecovery,
) -> Result<(), Error> {
    let subject = recovery.id.to_string();
    let is_known = recovery.user.is_some() || recovery.is_reviewed;
    let (Some(contact), true) = (&recovery.contact, is_known) else {
        return code::issue_decoy(tx, cx, flow(&subject));
    };
    let code = code::issue(tx, cx, flow(&subject))?;
    let minutes = cx.policy.code_seconds / 60;
    let message = LifeMessage::RecoveryCode { code, minutes }.into();
    let post = outbox::Post {
        user: recovery.user,
        to: contact,
        message: &message,
        locale: recovery.locale,
        expires_at: cx.now.plus_seconds(cx.policy.code_seconds),
        subject: None,
    };
    outbox::post(tx, cx, &post)
}

/// Write 1 of verifying: counts the guess. Commit it, then [`CountedAttempt::compare`]; answer
/// [`Rejection::CodeWrong`] on a miss, [`settle`] on a match. In a flow that was overtaken by a
/// change of the password no code fits, as in one for an unknown contact.
///
/// # Errors
/// Those of [`resend`]; [`Rejection::CodeExpired`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
) -> Result<CountedAttempt, Error> {
    let recovery = find_in(tx, cx, held, RecoveryState::CodeSent)?;
    let subject = held.id.to_string();
    let counted = code::count_attempt(tx, cx, flow(&subject))?;
    if is_overtaken(tx, &recovery)? {
        return Ok(counted.spoiled(cx));
    }
    Ok(counted)
}

/// Write 2 of verifying: uses the code up. Whoever has no second factor is proven by it.
///
/// # Errors
/// Those of [`count_attempt`].
pub fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    matched: &MatchedCode,
) -> Result<Progress, Error> {
    let recovery = find_in(tx, cx, held, RecoveryState::CodeSent)?;
    let is_this = matched.subject() == held.id.to_string();
    if !is_this || !code::consume(tx, cx, matched)? {
        return Err(Rejection::CodeExpired.into());
    }
    let user = recovery.user.ok_or(LifeRefusal::RecoveryNotFound)?;
    let first = match recovery.contact.as_ref().map(Contact::kind) {
        Some(ContactKind::Email) => RecoveryMethod::Email,
        _ => RecoveryMethod::Sms,
    };
    let is_enough = recovery.is_reviewed || !proof::has_second_factor(tx, cx, user)?;
    let to = if is_enough {
        RecoveryState::Proven
    } else {
        RecoveryState::MoreProofNeeded
    };
    store::advance(tx, (held.id, RecoveryState::CodeSent, to), &[first])?;
    let methods = match to {
        RecoveryState::MoreProofNeeded => proof::offered(tx, cx, user, &[first])?,
        _ => Vec::new(),
    };
    Ok(Progress { state: to, methods })
}

/// What is needed to judge a new password, once everything is proven.
#[derive(Clone, Debug)]
pub struct Resetting {
    own: OwnData,
    known: Vec<PasswordHashed>,
}

/// Finds what a new password is judged by.
///
/// # Errors
/// Those of [`resend`], [`LifeRefusal::RecoveryClosed`].
pub fn begin_reset(tx: &mut db::Tx<'_>, cx: &Cx<'_>, held: Held) -> Result<Resetting, Error> {
    let (_, user) = find_proven(tx, cx, held)?;
    let mut known = change::previous(tx, cx, user)?;
    known.extend(password::find(tx, cx, user)?);
    let own = change::own_data_of(tx, cx, user)?;
    Ok(Resetting { own, known })
}

impl Resetting {
    /// Judges the password by every rule, the last ones included, and hashes it.
    ///
    /// # Errors
    /// [`Rejection::PasswordTooWeak`].
    pub fn choose(self, chosen: Password, cx: &Cx<'_>) -> Result<PasswordHashed, Rejection> {
        let accepted = change::accept_unused(chosen, &self.own, self.known.iter(), cx.policy)?;
        Ok(password::hash(&accepted, cx.policy.hash_cost, cx.entropy))
    }
}

/// How a recovery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovered {
    pub user: UserId,
    /// No money goes out before.
    pub hold_until: Timestamp,
}

/// First exit: the password is another, everything the person was signed in with is over, and
/// nobody is signed in by it.
///
/// # Errors
/// Those of [`begin_reset`].
pub fn reset(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    hashed: &PasswordHashed,
) -> Result<Recovered, Error> {
    let (recovery, user) = find_proven(tx, cx, held)?;
    let recovered = finish(tx, cx, &recovery, user)?;
    change::replace(tx, cx, user, hashed)?;
    Ok(recovered)
}

/// Second exit: everything the person was signed in with is over but one session, just opened,
/// that may look and mend.
///
/// # Errors
/// Those of [`begin_reset`].
pub fn sign_in(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    device: &Device,
) -> Result<(Recovered, OpenedSession), Error> {
    let (recovery, user) = find_proven(tx, cx, held)?;
    let recovered = finish(tx, cx, &recovery, user)?;
    let opened = session::open_restricted(tx, cx, user, device)?;
    Ok((recovered, opened))
}

fn finish(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    recovery: &store::StoredRecovery,
    user: UserId,
) -> Result<Recovered, Error> {
    let step = (recovery.id, RecoveryState::Proven, RecoveryState::Completed);
    if !store::advance(tx, step, &recovery.proofs)? {
        return Err(LifeRefusal::RecoveryClosed.into());
    }
    user::raise_epoch(tx, user)?;
    guard::clear_passwords(tx, user)?;
    let is_by_codes_alone = !recovery.proofs.iter().any(|proof| proof.is_bound());
    let is_weak = is_by_codes_alone && proof::has_second_factor(tx, cx, user)?;
    let life = &cx.policy.life;
    let seconds = if is_weak || recovery.is_reviewed {
        life.recovery_long_hold_seconds
    } else {
        life.recovery_hold_seconds
    };
    let hold_until = hold::place(tx, cx, user, seconds)?;
    notice::tell(tx, cx, user, &Notice::Recovered)?;
    Ok(Recovered { user, hold_until })
}

/// Forgets recoveries that ended more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn find_proven(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
) -> Result<(store::StoredRecovery, UserId), Error> {
    let recovery = find_in(tx, cx, held, RecoveryState::Proven)?;
    if is_overtaken(tx, &recovery)? {
        return Err(LifeRefusal::RecoveryClosed.into());
    }
    let user = recovery.user.ok_or(LifeRefusal::RecoveryNotFound)?;
    Ok((recovery, user))
}

/// The recovery, if its client shows its ticket and it is in this state.
fn find_in(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    state: RecoveryState,
) -> Result<store::StoredRecovery, Error> {
    let recovery = find_live(tx, cx, held)?;
    match recovery.state {
        found if found == state => Ok(recovery),
        RecoveryState::Completed => Err(LifeRefusal::RecoveryClosed.into()),
        _ => Err(LifeRefusal::RecoveryStep.into()),
    }
}

fn find_live(tx: &mut db::Tx<'_>, cx: &Cx<'_>, held: Held) -> Result<store::StoredRecovery, Error> {
    let found = store::find(tx, cx, held.id)?.ok_or(LifeRefusal::RecoveryNotFound)?;
    if !held.ticket.is(&found.ticket) {
        return Err(LifeRefusal::RecoveryNotFound.into());
    }
    if found.expires_at <= cx.now {
        return Err(LifeRefusal::RecoveryExpired.into());
    }
    Ok(found)
}

fn is_overtaken(tx: &mut db::Tx<'_>, recovery: &store::StoredRecovery) -> Result<bool, Error> {
    Ok(basis_of(tx, recovery.user)? != recovery.basis)
}

const fn flow(subject: &str) -> Flow<'_> {
    Flow {
        purpose: CodePurpose::Recovery,
        subject,
    }
}
