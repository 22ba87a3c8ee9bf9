//! How a person's contacts change: the new one is proven, the old ones are told and may agree or
//! object, and it counts after a while.
//!
//! `pending → cooling → applied`, or `reverted` by whoever was told. Until it is applied a new
//! contact neither signs in nor recovers nor is paid.

mod apply;
mod store;

pub use apply::{Applied, apply_due, revert};
use sha2::{Digest, Sha256};
pub(crate) use store::STATEMENTS;
use vocab::{ContactId, Timestamp, UserId};

use super::{Contact, ContactIndex};
use crate::{
    CountedAttempt, Cx, Error, LifeRefusal, Notice, Rejection, Secret, Session,
    allowance::{self, Allowance, Allowed},
    audit::{self, Action, By},
    code::{self, CodePurpose, Flow, MatchedCode},
    contact::ContactKind,
    freeze, hold,
    keys::Tag,
    messages::LifeMessage,
    notice, outbox, pumping,
    step_up::{self, Purpose},
    user,
};

/// Where a contact stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactState {
    Verified,
    /// Waits for its code.
    Pending,
    /// Proven; counts from its moment on.
    Cooling,
}

impl ContactState {
    /// As shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Pending => "pending",
            Self::Cooling => "cooling",
        }
    }
}

/// A contact in the list that its owner sees.
#[derive(Clone, Debug)]
pub struct OwnContact {
    pub id: ContactId,
    pub kind: ContactKind,
    pub value: Secret,
    pub masked: String,
    /// Where security messages of this kind go.
    pub is_designated: bool,
    pub state: ContactState,
    pub verified_at: Option<Timestamp>,
    /// Cooling: from when on it counts.
    pub effective_at: Option<Timestamp>,
    /// Cooling: where a code went by which it counts at once.
    pub agreed_by: Option<String>,
}

/// A contact to be added.
#[derive(Clone, Debug)]
pub struct NewContact {
    pub contact: Contact,
    /// The contact that it takes the place of.
    pub replaces: Option<ContactId>,
}

/// A change that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunChange {
    pub id: ContactId,
    pub resend_at: Timestamp,
    pub expires_at: Timestamp,
}

/// True if a change has cooled off; lets an idle job stay a reader.
pub fn has_due(read: &mut impl db::Read, cx: &Cx<'_>) -> Result<bool, Error> {
    Ok(store::has_due(read, cx.now)?)
}

/// Forgets changes that can no longer be undone; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    let long_ago = -cx.policy.life.contact_changes_seconds;
    Ok(store::purge(tx, cx.now.plus_seconds(long_ago), most)?)
}

/// The id of a person's contact.
pub(crate) fn id_of(user: UserId, index: &ContactIndex) -> ContactId {
    let mut bits = [0; 16];
    let named = [&user.raw().to_be_bytes()[..], index.bytes()].concat();
    let tag: Tag = Sha256::digest(named).into();
    bits.copy_from_slice(&tag[..16]);
    ContactId::from_bits(u128::from_be_bytes(bits))
}

/// The contacts of a person: verified ones, oldest first, then those on their way.
pub fn list(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<Vec<OwnContact>, Error> {
    let verified = user::contacts_of(read, cx, user)?.into_iter();
    let mut contacts: Vec<OwnContact> = verified
        .map(|view| OwnContact {
            id: id_of(user, &view.index),
            kind: view.kind,
            value: view.value,
            masked: view.masked,
            is_designated: view.is_designated,
            state: ContactState::Verified,
            verified_at: Some(view.verified_at),
            effective_at: None,
            agreed_by: None,
        })
        .collect();
    let agreeing = |change: &store::Change| {
        let asked = change.replaces.as_ref().and_then(|index| {
            let id = id_of(user, index);
            contacts.iter().find(|contact| contact.id == id)
        });
        let asked = asked.or(contacts.first());
        asked.map(|contact| contact.masked.clone())
    };
    let changes = store::open_changes(read, cx, user)?;
    let coming: Vec<OwnContact> = changes
        .into_iter()
        .filter(|change| change.is_cooling() || change.expires_at > cx.now)
        .map(|change| OwnContact {
            id: change.id,
            kind: change.contact.kind(),
            value: Secret::new(change.contact.value().to_owned()),
            masked: change.contact.masked(),
            is_designated: false,
            state: if change.is_cooling() {
                ContactState::Cooling
            } else {
                ContactState::Pending
            },
            verified_at: change.verified_at,
            effective_at: change.effective_at,
            agreed_by: agreeing(&change).filter(|_| change.is_cooling()),
        })
        .collect();
    contacts.extend(coming);
    Ok(contacts)
}

/// Begins to add a contact: a code goes to it, whoever it belongs to now.
///
/// # Errors
/// [`Rejection::StepUpRequired`], [`Rejection::Frozen`], [`Rejection::ContactAlreadyVerified`] if
/// it is theirs, [`LifeRefusal::ContactNotFound`] for a wrong `replaces`,
/// [`Rejection::CodesTooMany`], [`Rejection::CodeExhausted`].
pub fn begin(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    new: &NewContact,
) -> Result<BegunChange, Error> {
    may_change(tx, cx, session)?;
    let user = session.user;
    let index = new.contact.index(cx.keys);
    if user::find_owner(tx, &index)? == Some(user) {
        return Err(Rejection::ContactAlreadyVerified.into());
    }
    let replaces = match new.replaces {
        Some(id) => Some(find_verified(tx, cx, user, id)?.index),
        None => None,
    };
    code::take_send(tx, cx, &index)?;
    pumping::take(tx, cx, &new.contact)?;
    let id = id_of(user, &index);
    let change = store::Change {
        id,
        user,
        contact: new.contact.clone(),
        replaces,
        state: store::State::Pending,
        created_at: cx.now,
        expires_at: cx.now.plus_seconds(cx.policy.life.contact_change_seconds),
        verified_at: None,
        effective_at: None,
    };
    store::begin(tx, cx, &change)?;
    let deed = (Action::ContactBegun, id.to_string());
    audit::note(tx, cx, By::session(session), user, (deed.0, &deed.1))?;
    send_code(tx, cx, &change)?;
    Ok(BegunChange {
        id,
        resend_at: cx.now.plus_seconds(cx.policy.code_resend_seconds),
        expires_at: change.expires_at,
    })
}

/// Contacts change behind a fresh proof, and neither while somebody has frozen the account nor
/// soon after it was recovered: whoever got in could make themselves at home.
fn may_change(tx: &mut db::Tx<'_>, cx: &Cx<'_>, session: &Session) -> Result<(), Error> {
    step_up::require(tx, cx, session, Purpose::ChangeContact, "")?;
    if let Some(until) = hold::outgoing_hold(tx, cx, session.user)? {
        return Err(LifeRefusal::OutgoingHold { until }.into());
    }
    freeze::refuse_if_frozen(tx, session.user)
}

/// Sends another code; the one before is void. Until the contact is proven it goes there, then to
/// the old one that may agree.
///
/// # Errors
/// [`LifeRefusal::ContactNotFound`], [`Rejection::CodesTooMany`], [`Rejection::CodeExhausted`].
pub fn resend(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: ContactId,
) -> Result<BegunChange, Error> {
    let change = store::find(tx, cx, id, user)?.ok_or(LifeRefusal::ContactNotFound)?;
    if change.is_cooling() {
        ask_to_agree(tx, cx, &change)?;
    } else {
        let change = find_pending(tx, cx, user, id)?;
        code::take_send(tx, cx, &change.contact.index(cx.keys))?;
        pumping::take(tx, cx, &change.contact)?;
        send_code(tx, cx, &change)?;
    }
    Ok(BegunChange {
        id,
        resend_at: cx.now.plus_seconds(cx.policy.code_resend_seconds),
        expires_at: change.effective_at.unwrap_or(change.expires_at),
    })
}

/// Sends the old contact a code by which the new one counts at once.
fn ask_to_agree(tx: &mut db::Tx<'_>, cx: &Cx<'_>, change: &store::Change) -> Result<(), Error> {
    let Some(old) = agreeing_contact(tx, cx, change)? else {
        return Ok(());
    };
    code::take_send(tx, cx, &old.index(cx.keys))?;
    let subject = subject_of(change);
    let code = code::issue(tx, cx, flow(CodePurpose::ContactAgreement, &subject))?;
    let minutes = cx.policy.code_seconds / 60;
    let message = LifeMessage::ContactAgreement { code, minutes };
    post(tx, cx, change.user, (&old, message))
}

fn send_code(tx: &mut db::Tx<'_>, cx: &Cx<'_>, change: &store::Change) -> Result<(), Error> {
    let subject = subject_of(change);
    let code = code::issue(tx, cx, flow(CodePurpose::NewContact, &subject))?;
    let minutes = cx.policy.code_seconds / 60;
    let message = LifeMessage::ContactCode { code, minutes };
    post(tx, cx, change.user, (&change.contact, message))
}

fn post(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (to, message): (&Contact, LifeMessage),
) -> Result<(), Error> {
    let post = outbox::Post {
        user: Some(user),
        to,
        message: &message.into(),
        locale: user::locale_of(tx, user)?,
        expires_at: cx.now.plus_seconds(cx.policy.code_seconds),
        subject: None,
    };
    outbox::post(tx, cx, &post)
}

/// Which code of a change is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The new contact's: it proves it.
    Prove,
    /// The old contact's: the new one counts at once.
    Agree,
}

/// Write 1 of typing a code: counts the guess. Commit it, then [`CountedAttempt::compare`]; answer
/// [`Rejection::CodeWrong`] on a miss, [`prove`] or [`agree`] on a match.
///
/// # Errors
/// [`LifeRefusal::ContactNotFound`], [`Rejection::CodeExpired`], [`Rejection::CodeExhausted`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, ContactId),
    step: Step,
) -> Result<CountedAttempt, Error> {
    let (change, purpose) = match step {
        Step::Prove => (find_pending(tx, cx, user, id)?, CodePurpose::NewContact),
        Step::Agree => (
            find_cooling(tx, cx, user, id)?,
            CodePurpose::ContactAgreement,
        ),
    };
    let subject = subject_of(&change);
    code::count_attempt(tx, cx, flow(purpose, &subject))
}

/// Write 2 of proving: the new contact cools off, the old ones are told, and one of them gets a
/// code to agree with. Gives the moment from which it counts.
///
/// # Errors
/// Those of [`count_attempt`]; [`Rejection::TriesTooMany`].
pub fn prove(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, ContactId),
    matched: &MatchedCode,
) -> Result<Timestamp, Error> {
    let change = find_pending(tx, cx, user, id)?;
    consume(tx, cx, &change, matched)?;
    pumping::used(tx, cx, &change.contact)?;
    let life = &cx.policy.life;
    let allowance = Allowance {
        of: Allowed::ContactChanges,
        most: life.contact_changes,
        seconds: life.contact_changes_seconds,
    };
    allowance::take(tx, cx, allowance, &user.raw().to_be_bytes())?;
    let effective_at = cx.now.plus_seconds(life.contact_cooling_seconds);
    if !store::cool(tx, id, user, cx.now, effective_at)? {
        return Err(LifeRefusal::ContactNotFound.into());
    }
    let told = Notice::ContactAdded {
        masked: change.contact.masked(),
    };
    notice::tell_about(tx, cx, user, &told, &id.to_string())?;
    match ask_to_agree(tx, cx, &change) {
        // Too soon after another message there: it can be asked for later, or the change waits.
        Ok(()) | Err(Error::Rejected(_)) => {}
        Err(fault) => return Err(fault),
    }
    Ok(effective_at)
}

/// Write 2 of agreeing: the new contact counts at once. `None` if somebody else has proven it
/// since, or has no other: then the change is over, which stays committed; answer
/// [`LifeRefusal::ContactTaken`].
///
/// # Errors
/// Those of [`count_attempt`].
pub fn agree(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, ContactId),
    matched: &MatchedCode,
) -> Result<Option<Applied>, Error> {
    let change = find_cooling(tx, cx, user, id)?;
    consume(tx, cx, &change, matched)?;
    apply::apply(tx, cx, &change)
}

/// The contact that is asked to agree: the one that goes, or else the oldest.
fn agreeing_contact(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    change: &store::Change,
) -> Result<Option<Contact>, Error> {
    let all = user::reachable_at(tx, cx, change.user)?;
    let replaced = |contact: &&Contact| Some(contact.index(cx.keys)) == change.replaces;
    Ok(all.iter().find(replaced).or(all.first()).cloned())
}

fn consume(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    change: &store::Change,
    matched: &MatchedCode,
) -> Result<(), Error> {
    if matched.subject() == subject_of(change) && code::consume(tx, cx, matched)? {
        return Ok(());
    }
    Err(Rejection::CodeExpired.into())
}

/// Makes a contact the one that security messages of its kind go to.
///
/// # Errors
/// [`Rejection::StepUpRequired`]; [`LifeRefusal::ContactNotFound`], also for one that still cools
/// off.
pub fn designate(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ContactId,
) -> Result<OwnContact, Error> {
    may_change(tx, cx, session)?;
    let user = session.user;
    let found = find_verified(tx, cx, user, id)?;
    store::designate(tx, user, found.kind, &found.index)?;
    let told = Notice::ContactDesignated {
        masked: found.masked.clone(),
    };
    let by = (By::session(session), user);
    notice::tell_as(tx, cx, by, &told, &id.to_string())?;
    find_own(tx, cx, user, id)
}

/// Takes a contact away, or calls one off that is on its way.
///
/// # Errors
/// [`Rejection::StepUpRequired`], [`LifeRefusal::ContactNotFound`], [`LifeRefusal::ContactLast`]:
/// nobody is left without one.
pub fn remove(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: ContactId,
) -> Result<Applied, Error> {
    may_change(tx, cx, session)?;
    let user = session.user;
    if store::call_off(tx, id, user)? {
        let deed = (Action::ContactCalledOff, id.to_string());
        audit::note(tx, cx, By::session(session), user, (deed.0, &deed.1))?;
        return Ok(Applied::default());
    }
    let found = find_verified(tx, cx, user, id)?;
    apply::remove(tx, cx, user, &found)
}

/// A contact of a person.
///
/// # Errors
/// [`LifeRefusal::ContactNotFound`].
pub fn find_own(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: ContactId,
) -> Result<OwnContact, Error> {
    let mut all = list(read, cx, user)?.into_iter();
    Ok(all
        .find(|contact| contact.id == id)
        .ok_or(LifeRefusal::ContactNotFound)?)
}

fn find_verified(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: ContactId,
) -> Result<crate::ContactView, Error> {
    let mut all = user::contacts_of(read, cx, user)?.into_iter();
    Ok(all
        .find(|view| id_of(user, &view.index) == id)
        .ok_or(LifeRefusal::ContactNotFound)?)
}

fn find_pending(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: ContactId,
) -> Result<store::Change, Error> {
    let found = store::find(tx, cx, id, user)?;
    let pending =
        found.filter(|change| change.state == store::State::Pending && change.expires_at > cx.now);
    Ok(pending.ok_or(LifeRefusal::ContactNotFound)?)
}

fn find_cooling(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: ContactId,
) -> Result<store::Change, Error> {
    let found = store::find(tx, cx, id, user)?;
    Ok(found
        .filter(store::Change::is_cooling)
        .ok_or(LifeRefusal::ContactNotFound)?)
}

/// A code belongs to this begin of this change, not to an earlier one of the same contact.
fn subject_of(change: &store::Change) -> String {
    format!("{}:{}", change.id, change.created_at.micros())
}

const fn flow(purpose: CodePurpose, subject: &str) -> Flow<'_> {
    Flow { purpose, subject }
}
