//! A password's later life: changed by its owner, remembered, reminded of, hashed anew.

use vocab::{Timestamp, UserId};

use super::{
    AcceptedPassword, OwnData, Password, PasswordHashed, PasswordRule, Verdict, check, open, seal,
    store, verify,
};
use crate::{
    Cx, Error, LifeRefusal, Notice, Policy, Rejection, Session,
    allowance::{self, Allowance, Allowed},
    audit::{self, Action, By},
    messages::LifeMessage,
    notice, outbox,
    policy::Rotation,
    recovery, session,
    step_up::{self, Purpose},
    user,
};

/// How old a person's password is and what is asked of them for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordStanding {
    pub changed_at: Timestamp,
    /// When a change is due; none if the policy knows no age.
    pub change_due_at: Option<Timestamp>,
    /// A change is due and the reminder was not put off.
    pub is_reminded: bool,
    /// No money goes out until it is changed.
    pub must_change: bool,
}

/// A change under way: the try is counted, the present password not yet proven.
#[derive(Clone, Debug)]
pub struct Change {
    user: UserId,
    current: PasswordHashed,
    older: Vec<PasswordHashed>,
    own: OwnData,
}

/// A change whose present password was right.
#[derive(Clone, Debug)]
pub struct ConfirmedChange(Change);

/// A verifier to be stored in place of the one that was proven.
#[derive(Clone, Debug)]
pub struct NewPassword {
    pub(crate) user: UserId,
    current: PasswordHashed,
    hashed: PasswordHashed,
}

/// What a person's password must not contain, as far as it is known.
pub fn own_data_of(read: &mut impl db::Read, cx: &Cx<'_>, id: UserId) -> Result<OwnData, Error> {
    let person = user::find(read, cx, id)?;
    let contacts = user::reachable_at(read, cx, id)?;
    Ok(OwnData::of(person.name.as_str(), &contacts))
}

/// How a person's password stands; `None` if they have none.
pub fn standing(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<PasswordStanding>, Error> {
    let Some(stored) = store::find(read, user)? else {
        return Ok(None);
    };
    let age = cx.policy.life.password_age_seconds;
    let change_due_at = age.map(|seconds| stored.changed_at.plus_seconds(seconds));
    let is_due = change_due_at.is_some_and(|at| at <= cx.now);
    let is_compromised = stored.compromised_at.is_some();
    let is_silent = stored.snoozed_until.is_some_and(|until| until > cx.now);
    let is_forced = is_due && cx.policy.life.password_rotation == Rotation::Force;
    Ok(Some(PasswordStanding {
        changed_at: stored.changed_at,
        change_due_at,
        is_reminded: is_compromised || (is_due && !is_silent),
        must_change: is_compromised || is_forced,
    }))
}

/// From when on no money goes out until the password is changed; `None` if it never comes to that.
pub(crate) fn forced_at(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<Timestamp>, Error> {
    let Some(stored) = store::find(read, user)? else {
        return Ok(None);
    };
    let life = &cx.policy.life;
    let by_age = match (life.password_rotation, life.password_age_seconds) {
        (Rotation::Force, Some(seconds)) => Some(stored.changed_at.plus_seconds(seconds)),
        _ => None,
    };
    Ok(stored.compromised_at.into_iter().chain(by_age).min())
}

/// Puts the reminder off. One that is forced stays.
pub fn snooze(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<Timestamp, Error> {
    let until = cx.now.plus_seconds(cx.policy.life.password_snooze_seconds);
    store::snooze(tx, user, until)?;
    Ok(until)
}

/// Write 1 of changing: counts the try, before the present password is looked at.
///
/// # Errors
/// [`Rejection::TriesTooMany`], [`Rejection::UserNotFound`].
pub fn begin(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<Change, Error> {
    let allowance = Allowance {
        of: Allowed::PasswordTries,
        most: cx.policy.life.password_tries,
        seconds: cx.policy.life.password_tries_seconds,
    };
    allowance::take(tx, cx, allowance, &user.raw().to_be_bytes())?;
    let stored = store::find(tx, user)?.ok_or(Rejection::UserNotFound)?;
    let older = previous(tx, cx, user)?;
    Ok(Change {
        user,
        current: open(tx, cx, user, &stored.sealed)?,
        older,
        own: own_data_of(tx, cx, user)?,
    })
}

impl Change {
    /// Compares the present password. Takes as long as its verifier's cost says.
    ///
    /// # Errors
    /// [`LifeRefusal::PasswordWrong`].
    pub fn confirm(self, typed: &Password) -> Result<ConfirmedChange, Rejection> {
        if verify(typed, &self.current).is_right() {
            return Ok(ConfirmedChange(self));
        }
        Err(LifeRefusal::PasswordWrong.into())
    }
}

impl ConfirmedChange {
    /// Judges the new password by every rule, the last ones included, and hashes it.
    ///
    /// # Errors
    /// [`Rejection::PasswordTooWeak`].
    pub fn choose(self, chosen: Password, cx: &Cx<'_>) -> Result<NewPassword, Rejection> {
        let Change {
            user,
            current,
            older,
            own,
        } = self.0;
        let known = std::iter::once(&current).chain(&older);
        let accepted = accept_unused(chosen, &own, known, cx.policy)?;
        let hashed = super::hash(&accepted, cx.policy.hash_cost, cx.entropy);
        Ok(NewPassword {
            user,
            current,
            hashed,
        })
    }
}

/// Accepts a password that passes every rule and is none of the `known` ones. Takes a hash for each
/// of those, if the other rules let it come so far.
pub(crate) fn accept_unused<'a>(
    chosen: Password,
    own: &OwnData,
    mut known: impl Iterator<Item = &'a PasswordHashed>,
    policy: &Policy,
) -> Result<AcceptedPassword, Rejection> {
    let mut failed = check(&chosen, own, policy).failed;
    if failed.is_empty() && known.any(|old| verify(&chosen, old).is_right()) {
        failed.push(PasswordRule::Reused);
    }
    if failed.is_empty() {
        return Ok(AcceptedPassword(chosen));
    }
    Err(Rejection::PasswordTooWeak { failed })
}

/// Write 2 of changing: the new password holds, every other session of the person ends, and they
/// are told everywhere.
///
/// # Errors
/// [`LifeRefusal::PasswordWrong`] if it was changed meanwhile; [`Rejection::StepUpRequired`] from
/// whoever has a second factor.
pub fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    new: &NewPassword,
) -> Result<(), Error> {
    if recovery::proof::has_second_factor(tx, cx, new.user)? {
        step_up::require(tx, cx, session, Purpose::ChangePassword, "")?;
    }
    let stored = store::find_locked(tx, new.user)?.ok_or(Rejection::UserNotFound)?;
    let current = open(tx, cx, new.user, &stored.sealed)?;
    if current.0.expose() != new.current.0.expose() {
        return Err(LifeRefusal::PasswordWrong.into());
    }
    replace(tx, cx, new.user, &new.hashed)?;
    allowance::renew(tx, Allowed::PasswordTries, &new.user.raw().to_be_bytes())?;
    session::end_others(tx, cx, new.user, session.id)?;
    let by = (By::session(session), new.user);
    notice::tell_as(tx, cx, by, &Notice::PasswordChanged, "")
}

/// Stores a verifier and remembers the one before.
pub(crate) fn replace(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PasswordHashed,
) -> Result<(), Error> {
    if let Some(before) = store::find_locked(tx, user)? {
        let most = i64::try_from(cx.policy.life.password_history).unwrap_or(i64::MAX) - 1;
        store::remember(tx, user, (&before.sealed, cx.now), most)?;
    }
    super::set(tx, cx, user, hashed)
}

/// The person's earlier verifiers, newest first, without the present one.
pub(crate) fn previous(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<PasswordHashed>, Error> {
    store::history(read, user)?
        .iter()
        .map(|sealed| open(read, cx, user, sealed))
        .collect()
}

/// True if a verifier was made at another cost than today's.
pub fn is_outdated(hashed: &PasswordHashed, policy: &Policy) -> bool {
    hashed.parameters() != super::dummy(policy.hash_cost).parameters()
}

/// Hashes the password that a verifier was just proven with anew, at today's cost.
pub fn hash_again(typed: &Password, verdict: Verdict, cx: &Cx<'_>) -> Option<PasswordHashed> {
    let proven = verdict
        .is_right()
        .then(|| AcceptedPassword(typed.clone()))?;
    Some(super::hash(&proven, cx.policy.hash_cost, cx.entropy))
}

/// Stores the same password's new verifier in place of the old one; `false` if the password was
/// changed meanwhile. Its age stays.
pub fn refresh(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (old, new): (&PasswordHashed, &PasswordHashed),
) -> Result<bool, Error> {
    let Some(stored) = store::find(tx, user)? else {
        return Ok(false);
    };
    if open(tx, cx, user, &stored.sealed)?.0.expose() != old.0.expose() {
        return Ok(false);
    }
    let sealed = seal(tx, cx, user, new)?;
    Ok(store::replace_verifier(tx, user, &stored.sealed, sealed)?)
}

/// Notes that a person's password is known to others: it must be changed.
pub fn mark_compromised(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    if store::mark_compromised(tx, user, cx.now)? {
        let deed = (Action::PasswordCompromised, "");
        audit::note(tx, cx, By::SYSTEM, user, deed)?;
        outbox::post_everywhere(tx, cx, user, &LifeMessage::PasswordCompromised.into())?;
    }
    Ok(())
}
