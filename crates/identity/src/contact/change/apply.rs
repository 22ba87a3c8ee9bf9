use vocab::{ContactId, UserId};

use super::{id_of, store};
use crate::{
    Contact, ContactIndex, ContactView, Cx, Error, LifeRefusal, Notice,
    audit::{self, Action, By},
    freeze,
    messages::LifeMessage,
    notice, outbox, user,
};

/// What an applied change touched, so that whoever keeps people in memory forgets them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub people: Vec<UserId>,
    pub contacts: Vec<ContactIndex>,
}

impl Applied {
    fn of(user: UserId, contacts: impl IntoIterator<Item = ContactIndex>) -> Self {
        Self {
            people: vec![user],
            contacts: contacts.into_iter().collect(),
        }
    }
}

/// Applies what has cooled off; at most `most` changes. Those of people who are frozen wait.
pub fn apply_due(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<Vec<Applied>, Error> {
    let mut all = Vec::new();
    for change in store::due(tx, cx, most)? {
        if freeze::frozen(tx, change.user)?.debit {
            let later = cx.now.plus_seconds(cx.policy.life.contact_cooling_seconds);
            store::delay(tx, &change, later)?;
        } else {
            all.extend(apply(tx, cx, &change)?);
        }
    }
    Ok(all)
}

/// The contact is the person's from now on. `None` if somebody else has proven it since this change
/// was begun, or holds it as their only one: then the change is over.
///
/// A number that was given to another person is theirs now: it is taken from whoever had it, who is
/// told by their other contacts.
pub(super) fn apply(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    change: &store::Change,
) -> Result<Option<Applied>, Error> {
    let index = change.contact.index(cx.keys);
    let mut applied = Applied::of(change.user, [index]);
    if let Some(holder) = user::find_owner(tx, &index)? {
        if holder == change.user || !may_detach(tx, cx, holder, change)? {
            store::lose(tx, change)?;
            return Ok(None);
        }
        store::delete_contact(tx, holder, &index)?;
        keep_designated(tx, cx, holder, change.contact.kind())?;
        let masked = change.contact.masked();
        let deed = (Action::ContactDetached, id_of(holder, &index).to_string());
        audit::note(tx, cx, By::SYSTEM, holder, (deed.0, &deed.1))?;
        outbox::post_everywhere(
            tx,
            cx,
            holder,
            &LifeMessage::ContactDetached { masked }.into(),
        )?;
        applied.people.push(holder);
    }
    let replaced = match &change.replaces {
        Some(old) => user::contacts_of(tx, cx, change.user)?
            .into_iter()
            .find(|view| view.index == *old),
        None => None,
    };
    if !store::apply(tx, cx, change, replaced.as_ref())? {
        return Ok(None);
    }
    if let Some(old) = &replaced {
        store::delete_contact(tx, change.user, &old.index)?;
        applied.contacts.push(old.index);
    }
    let stays_designated = replaced
        .as_ref()
        .is_some_and(|old| old.is_designated && old.kind == change.contact.kind());
    store::insert_contact(tx, cx, change, stays_designated)?;
    keep_designated(tx, cx, change.user, change.contact.kind())?;
    if let Some(old) = &replaced {
        keep_designated(tx, cx, change.user, old.kind)?;
    }
    let told = Notice::ContactApplied {
        masked: change.contact.masked(),
    };
    notice::tell_about(tx, cx, change.user, &told, &change.id.to_string())?;
    Ok(Some(applied))
}

/// A contact may be taken from its holder if it was proven by them before, and is not their last.
fn may_detach(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    holder: UserId,
    change: &store::Change,
) -> Result<bool, Error> {
    let theirs = user::contacts_of(tx, cx, holder)?;
    let index = change.contact.index(cx.keys);
    let is_older = theirs
        .iter()
        .any(|view| view.index == index && view.verified_at < change.created_at);
    Ok(is_older && theirs.len() > 1)
}

/// Security messages go somewhere as long as there is a contact of the kind.
fn keep_designated(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    kind: crate::ContactKind,
) -> Result<(), Error> {
    let all = user::contacts_of(tx, cx, user)?;
    let of_kind: Vec<&ContactView> = all.iter().filter(|view| view.kind == kind).collect();
    if let Some(first) = of_kind.first()
        && !of_kind.iter().any(|view| view.is_designated)
    {
        store::designate(tx, user, kind, &first.index)?;
    }
    Ok(())
}

/// Takes a verified contact away; it is kept aside, in case somebody says that it was not them.
pub(super) fn remove(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    found: &ContactView,
) -> Result<Applied, Error> {
    let told = Notice::ContactRemoved {
        masked: found.masked.clone(),
    };
    let object = id_of(user, &found.index).to_string();
    notice::tell_about(tx, cx, user, &told, &object)?;
    if !store::delete_unless_last(tx, user, &found.index)? {
        return Err(LifeRefusal::ContactLast.into());
    }
    store::keep_removed(tx, cx, user, found)?;
    keep_designated(tx, cx, user, found.kind)?;
    Ok(Applied::of(user, [found.index]))
}

/// "This was not me": takes a change back, wherever it stands, and restores what it replaced if
/// nobody else has proven that since.
///
/// # Errors
/// [`LifeRefusal::ContactNotFound`] if there is nothing to take back.
pub fn revert(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: ContactId,
) -> Result<Applied, Error> {
    let change = store::find(tx, cx, id, user)?.ok_or(LifeRefusal::ContactNotFound)?;
    let before = change.state;
    if !store::revert(tx, id, user)? {
        return Err(LifeRefusal::ContactNotFound.into());
    }
    let deed = (Action::ContactReverted, id.to_string());
    audit::note(tx, cx, By::person(user), user, (deed.0, &deed.1))?;
    let index = change.contact.index(cx.keys);
    let mut applied = Applied::of(user, [index]);
    match before {
        store::State::Applied => {
            if let Some((old, is_designated)) = store::replaced_by(tx, cx, id, user)? {
                let restored = restore(tx, cx, user, (&old, is_designated))?;
                applied.contacts.push(restored);
            }
            // Never the last: a contact that was only added goes if another is left.
            if id_of(user, &index) == id {
                store::delete_unless_last(tx, user, &index)?;
            }
        }
        store::State::Removed => {
            restore(tx, cx, user, (&change.contact, false))?;
        }
        _ => {}
    }
    keep_designated(tx, cx, user, change.contact.kind())?;
    Ok(applied)
}

fn restore(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (contact, is_designated): (&Contact, bool),
) -> Result<ContactIndex, Error> {
    let index = contact.index(cx.keys);
    store::restore_contact(tx, cx, user, (contact, is_designated))?;
    Ok(index)
}
