//! People: a name, a language, contacts, and the epoch that ends everything they hold at once.

mod store;

use std::fmt;

pub(crate) use store::STATEMENTS;
use vocab::{Timestamp, UserId, mask_name};

use crate::{
    Contact, ContactIndex, ContactKind, ContactView, Cx, Error, Locale, Rejection, Secret,
    audit::{self, Action, Actor, Note},
    keys::Purpose,
    person_key::{self, Opener},
    text,
};

/// Longest name, in characters.
const NAME_LONGEST: usize = 64;
/// Tries to find a free id in one microsecond; each has 2,048.
const ID_TRIES: i64 = 64;

/// A person's name in normal form. Prints masked in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name: 1 to 64 characters, composed (NFC), nothing hidden, no spaces around.
    ///
    /// # Errors
    /// [`Rejection::NameInvalid`].
    pub fn parse(typed: &str) -> Result<Self, Rejection> {
        if typed.len() > NAME_LONGEST * 16 || text::has_hidden(typed) {
            return Err(Rejection::NameInvalid);
        }
        let composed = text::composed(typed.trim()).into_owned();
        let length = composed.chars().count();
        if !(1..=NAME_LONGEST).contains(&length) {
            return Err(Rejection::NameInvalid);
        }
        Ok(Self(composed))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How others see it: `*三`, `A*** S***`.
    pub fn masked(&self) -> String {
        mask_name(&self.0)
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", self.masked())
    }
}

/// Whether a person may use what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    Active,
    /// Gone for good.
    Closed,
}

impl UserState {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Closed => "closed",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Active, Self::Closed]
            .into_iter()
            .find(|state| state.code() == code)
    }
}

/// A person, as shown to that person.
#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub name: PersonName,
    pub locale: Locale,
    pub state: UserState,
    pub created_at: Timestamp,
    /// Raised to end every session and everything else of this person at once.
    pub epoch: i64,
    /// Verified contacts, oldest first.
    pub contacts: Vec<ContactView>,
}

/// Who would get the money, as shown to whoever pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payee {
    pub user: UserId,
    pub masked_name: String,
}

/// The terms somebody agreed to.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) version: String,
    pub(crate) accepted_at: Timestamp,
}

/// A person to be made.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    pub(crate) name: &'a PersonName,
    pub(crate) locale: Locale,
    pub(crate) contact: &'a Contact,
    pub(crate) consent: Consent,
}

/// The person with this id, contacts included.
///
/// # Errors
/// [`Rejection::UserNotFound`].
pub fn find(read: &mut impl db::Read, cx: &Cx<'_>, id: UserId) -> Result<User, Error> {
    let stored = store::find(read, id)?.ok_or(Rejection::UserNotFound)?;
    let state = UserState::from_code(&stored.state)
        .ok_or_else(|| db::Fault::corrupt("a user is in an unknown state"))?;
    let own = person_key::opener(read, cx, id)?;
    Ok(User {
        id,
        name: open_name(&own, id, &stored.name)?,
        locale: stored.locale,
        state,
        created_at: stored.created_at,
        epoch: stored.epoch,
        contacts: contacts_of(read, cx, id)?,
    })
}

/// The person with this id as a payee, if there is one.
pub fn find_payee(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: UserId,
) -> Result<Option<Payee>, Error> {
    let is_here = |stored: &store::StoredUser| stored.state == UserState::Active.code();
    let Some(stored) = store::find(read, id)?.filter(is_here) else {
        return Ok(None);
    };
    let own = person_key::opener(read, cx, id)?;
    let masked_name = open_name(&own, id, &stored.name)?.masked();
    Ok(Some(Payee {
        user: id,
        masked_name,
    }))
}

/// The person whom this contact belongs to, as a payee, if there is one.
pub fn find_by_contact(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    contact: &Contact,
) -> Result<Option<Payee>, Error> {
    match store::find_owner(read, &contact.index(cx.keys))? {
        Some(id) => find_payee(read, cx, id),
        None => Ok(None),
    }
}

/// Whom a contact belongs to.
pub fn find_owner(read: &mut impl db::Read, index: &ContactIndex) -> Result<Option<UserId>, Error> {
    Ok(store::find_owner(read, index)?)
}

/// The verified contacts of a person, oldest first.
pub fn contacts_of(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: UserId,
) -> Result<Vec<ContactView>, Error> {
    let own = person_key::opener(read, cx, id)?;
    let stored = store::contacts_of(read, id)?;
    stored
        .into_iter()
        .map(|stored| {
            let contact = Contact::open_of(stored.kind, &stored.index, &stored.sealed, &own)?;
            Ok(ContactView {
                index: stored.index,
                kind: stored.kind,
                masked: contact.masked(),
                value: Secret::new(contact.value().to_owned()),
                is_designated: stored.is_designated,
                verified_at: stored.verified_at,
            })
        })
        .collect()
}

/// Something that a person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentView {
    pub document: String,
    pub version: String,
    pub accepted_at: Timestamp,
}

/// What a person agreed to, oldest first.
pub fn consents_of(read: &mut impl db::Read, id: UserId) -> Result<Vec<ConsentView>, Error> {
    Ok(store::consents_of(read, id)?)
}

/// Ends every session of a person, and whatever else compares the epoch.
///
/// # Errors
/// [`Rejection::UserNotFound`].
pub fn raise_epoch(tx: &mut db::Tx<'_>, id: UserId) -> Result<(), Error> {
    if store::raise_epoch(tx, id)? {
        Ok(())
    } else {
        Err(Rejection::UserNotFound.into())
    }
}

/// The contact of a kind to which security messages go, if the person has one.
pub(crate) fn designated_contact(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: UserId,
    kind: ContactKind,
) -> Result<Option<Contact>, Error> {
    let own = person_key::opener(read, cx, id)?;
    let stored = store::contacts_of(read, id)?;
    let found = stored
        .into_iter()
        .find(|stored| stored.kind == kind && stored.is_designated);
    found
        .map(|stored| {
            Ok(Contact::open_of(
                stored.kind,
                &stored.index,
                &stored.sealed,
                &own,
            )?)
        })
        .transpose()
}

/// Every verified contact of a person, to be told.
pub(crate) fn reachable_at(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: UserId,
) -> Result<Vec<Contact>, Error> {
    let own = person_key::opener(read, cx, id)?;
    let stored = store::contacts_of(read, id)?;
    stored
        .into_iter()
        .map(|stored| {
            Ok(Contact::open_of(
                stored.kind,
                &stored.index,
                &stored.sealed,
                &own,
            )?)
        })
        .collect()
}

/// The epoch that whatever this person opens now belongs to.
///
/// # Errors
/// [`Rejection::UserNotFound`].
pub(crate) fn epoch_of(read: &mut impl db::Read, id: UserId) -> Result<i64, Error> {
    let stored = store::find(read, id)?.ok_or(Rejection::UserNotFound)?;
    Ok(stored.epoch)
}

/// The language in which a person is told things.
pub(crate) fn locale_of(read: &mut impl db::Read, id: UserId) -> Result<Locale, Error> {
    Ok(store::find(read, id)?
        .ok_or(Rejection::UserNotFound)?
        .locale)
}

/// Takes the one notice a day that a contact gets about attempts to register with it.
pub(crate) fn take_attempt_notice(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    index: &ContactIndex,
) -> Result<bool, Error> {
    let before = cx.now.plus_seconds(-cx.policy.registration_notice_seconds);
    Ok(store::take_attempt_notice(tx, index, cx.now, before)?)
}

/// Makes a person with one verified contact, designated for security messages, and records what
/// they agreed to.
///
/// # Errors
/// [`Rejection::RegistrationClosed`] if the contact belongs to somebody by now.
pub(crate) fn create(tx: &mut db::Tx<'_>, cx: &Cx<'_>, new: &NewUser<'_>) -> Result<UserId, Error> {
    let id = insert_under_free_id(tx, cx, new)?;
    let index = new.contact.index(cx.keys);
    let sealed = new.contact.seal_of(tx, cx, id)?;
    let contact = store::StoredContact {
        kind: new.contact.kind(),
        index,
        sealed,
        is_designated: true,
        verified_at: cx.now,
    };
    if !store::insert_contact(tx, id, &contact)? {
        return Err(Rejection::RegistrationClosed.into());
    }
    store::insert_consent(tx, id, &new.consent)?;
    audit::record(
        tx,
        cx,
        &Note {
            actor: Actor::User(id),
            subject: Some(id),
            action: Action::AccountOpened,
            object: "",
            session: None,
        },
    )?;
    Ok(id)
}

fn insert_under_free_id(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: &NewUser<'_>,
) -> Result<UserId, Error> {
    for later in 0..ID_TRIES {
        let moment = Timestamp::from_micros(cx.now.micros() + later);
        let id = UserId::new(moment, cx.entropy);
        let name = new.name.as_str().as_bytes();
        let name = person_key::seal(tx, cx, id, (Purpose::Name, &context(id)), name)?;
        if store::insert(tx, id, name, new.locale, cx.now)? {
            return Ok(id);
        }
    }
    Err(db::Fault::internal("no free user id in 64 tries").into())
}

fn open_name(own: &Opener<'_>, id: UserId, sealed: &[u8]) -> Result<PersonName, Error> {
    let plain = own.open(Purpose::Name, &context(id), sealed)?;
    let name = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    Ok(PersonName(name.to_owned()))
}

fn context(id: UserId) -> [u8; 8] {
    id.raw().to_be_bytes()
}
