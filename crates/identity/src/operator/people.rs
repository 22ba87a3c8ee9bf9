//! Looking for people: by an exact identifier, masked, one at a time; no lists, no wildcards. The
//! person sees in their own log that somebody looked, and for which case.

use vocab::UserId;

use super::{OperatorSession, store};
use crate::{
    Contact, ContactView, Cx, Error, Rejection, StaffRefusal,
    audit::{self, Action, Actor, Note},
    freeze::{self, Freeze},
    user, verification,
};

/// Contacts shown in clear to one operator in an hour (research/identity 1.20).
const UNMASKS_PER_HOUR: i64 = 20;
/// Least and greatest length of a case's name.
const CASE: std::ops::RangeInclusive<usize> = 4..=40;

/// A person as the back office sees them.
#[derive(Clone, Debug)]
pub struct PersonSeen {
    pub id: UserId,
    pub masked_name: String,
    pub state: &'static str,
    pub tier: i64,
    /// Show [`ContactView::masked`] only, unless it was unmasked.
    pub contacts: Vec<ContactView>,
    pub freezes: Vec<Freeze>,
}

/// The person with this id, phone number or e-mail address.
///
/// # Errors
/// [`Rejection::UserNotFound`], also for what is no identifier at all.
pub fn find_person(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    identifier: &str,
) -> Result<PersonSeen, Error> {
    let id = match identifier.parse::<UserId>() {
        Ok(id) => Some(id),
        Err(_) => match Contact::parse(identifier, cx.policy) {
            Ok(contact) => user::find_owner(tx, &contact.index(cx.keys))?,
            Err(_) => None,
        },
    };
    let id = id.ok_or(Rejection::UserNotFound)?;
    let person = seen(tx, cx, id)?;
    note_look(tx, cx, by, (id, Action::PersonViewed, ""))?;
    Ok(person)
}

/// The same with contacts in clear, for a case.
///
/// # Errors
/// [`StaffRefusal::CaseInvalid`], [`StaffRefusal::UnmasksTooMany`], [`Rejection::UserNotFound`].
pub fn unmask(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    (id, case): (UserId, &str),
) -> Result<PersonSeen, Error> {
    if !is_case(case) {
        return Err(StaffRefusal::CaseInvalid.into());
    }
    let since = cx.now.plus_seconds(-3_600);
    if !store::take_unmask(tx, by.operator.id, (cx.now, since), UNMASKS_PER_HOUR)? {
        let retry_at = cx.now.plus_seconds(3_600);
        return Err(StaffRefusal::UnmasksTooMany { retry_at }.into());
    }
    let person = seen(tx, cx, id)?;
    note_look(tx, cx, by, (id, Action::PersonUnmasked, case))?;
    Ok(person)
}

/// A case is named by an id: a letter, then letters, digits, `_`, `-` or `.`; the person will read
/// it, and no contact or text fits.
fn is_case(case: &str) -> bool {
    let is_allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.');
    CASE.contains(&case.len())
        && case.starts_with(|c: char| c.is_ascii_alphabetic())
        && case.bytes().all(is_allowed)
}

fn seen(read: &mut impl db::Read, cx: &Cx<'_>, id: UserId) -> Result<PersonSeen, Error> {
    let user = user::find(read, cx, id)?;
    Ok(PersonSeen {
        id,
        masked_name: user.name.masked(),
        state: user.state.code(),
        tier: verification::tier_of(read, id)?,
        contacts: user.contacts,
        freezes: freeze::list(read, cx, id)?,
    })
}

/// Writes down that an operator looked at something of a person's.
pub fn note_look(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    (subject, action, object): (UserId, Action, &str),
) -> Result<(), Error> {
    let note = Note {
        actor: Actor::Operator(by.operator.id),
        subject: Some(subject),
        action,
        object,
        session: None,
    };
    audit::record(tx, cx, &note)
}
