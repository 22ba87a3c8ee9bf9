//! Passkeys: keys that live in a person's devices. What they say is verified at the edge, where the
//! browser's format is known; here lie the keys, and the challenges that are answered once.
//!
//! A challenge belongs to one flow and is used up before its answer is looked at, so neither an old
//! nor another flow's answer counts.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{PasskeyId, Timestamp, UserId};

use crate::{
    Cx, Error, Method, Notice, Rejection, Secret,
    audit::{self, Action, By},
    device::plain_name,
    keys::{Purpose, Tag},
    notice,
    person_key::{self, Opener},
};

/// Passkeys of one person.
const PASSKEYS_MOST: usize = 10;
/// Bytes of the handle by which a passkey names its owner.
pub const HANDLE_BYTES: usize = 16;

/// The flow that a challenge belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Ceremony<'a> {
    /// What is done: `set_up`, `sign_in`, or a [`crate::code::CodePurpose`].
    pub purpose: &'a str,
    /// The flow's own id.
    pub subject: &'a str,
    /// Whose keys may answer; of a sign-in without a name nobody's in particular.
    pub user: Option<UserId>,
}

/// A passkey, as shown to its owner, with what verifies it.
#[derive(Clone, Debug)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// It is kept in more than one device.
    pub is_synced: bool,
    /// The hash of the credential's id.
    pub credential: Tag,
    /// The public key and its counters, in the edge's own words.
    pub material: Secret,
}

/// A passkey that has just been made.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    pub name: String,
    pub credential: Tag,
    pub material: Secret,
    pub is_synced: bool,
}

/// An answer to a challenge that the edge has verified: by which key, and what is kept of it now.
#[derive(Clone, Debug)]
pub struct Asserted {
    pub credential: Tag,
    pub material: Secret,
    pub is_synced: bool,
}

/// A challenge, used up, and the keys that may answer it.
#[derive(Clone, Debug)]
pub struct Answering {
    pub state: Secret,
    pub keys: Vec<Passkey>,
    pub handle: [u8; HANDLE_BYTES],
}

/// The handle by which a person's passkeys name them: random, and nothing else anywhere.
pub fn handle(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<[u8; HANDLE_BYTES], Error> {
    store::insert_handle(tx, user, cx.entropy.bytes())?;
    Ok(store::find_handle(tx, user)?.ok_or(Rejection::UserNotFound)?)
}

/// Whose handle it is.
pub fn find_owner(
    read: &mut impl db::Read,
    handle: &[u8; HANDLE_BYTES],
) -> Result<Option<UserId>, Error> {
    Ok(store::find_owner(read, handle)?)
}

/// The passkeys of a person, oldest first.
pub fn list(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<Vec<Passkey>, Error> {
    let own = person_key::opener(read, cx, user)?;
    let stored = store::list(read, user)?;
    stored
        .into_iter()
        .map(|stored| open(&own, stored))
        .collect()
}

/// True if a person has a passkey.
pub(crate) fn has_any(read: &mut impl db::Read, user: UserId) -> Result<bool, Error> {
    Ok(!store::list(read, user)?.is_empty())
}

/// Keeps a challenge; an earlier one of the same flow is void.
pub fn challenge(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    ceremony: &Ceremony<'_>,
    state: &str,
) -> Result<Timestamp, Error> {
    let context = challenge_context(ceremony.purpose, ceremony.subject);
    let sealed = cx
        .keys
        .seal(Purpose::Factor, &context, state.as_bytes(), cx.entropy);
    let expires_at = cx.now.plus_seconds(cx.policy.passkey_seconds);
    store::keep_challenge(tx, ceremony, sealed, expires_at)?;
    Ok(expires_at)
}

/// Uses a challenge up. Commit before looking at the answer.
///
/// # Errors
/// [`Rejection::ProofWrong`] if there is none, or it was used.
pub fn take(tx: &mut db::Tx<'_>, cx: &Cx<'_>, ceremony: &Ceremony<'_>) -> Result<Secret, Error> {
    let wrong = || Rejection::ProofWrong {
        method: Method::Passkey,
    };
    let stored = store::find_challenge(tx, ceremony, cx.now)?.ok_or_else(wrong)?;
    if stored.user != ceremony.user || !store::use_challenge(tx, ceremony, cx.now)? {
        return Err(wrong().into());
    }
    let context = challenge_context(ceremony.purpose, ceremony.subject);
    let plain = cx.keys.open(Purpose::Factor, &context, &stored.state)?;
    let state = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    Ok(Secret::new(state.to_owned()))
}

/// As [`take`], with the keys of the person that may answer.
pub(crate) fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    ceremony: &Ceremony<'_>,
) -> Result<Answering, Error> {
    let state = take(tx, cx, ceremony)?;
    Ok(Answering {
        state,
        keys: list(tx, cx, user)?,
        handle: handle(tx, cx, user)?,
    })
}

/// Adds a passkey; its owner is told.
///
/// # Errors
/// [`Rejection::FactorAlreadySet`] if somebody has this key, or the person has ten.
pub fn add(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    new: &NewPasskey,
) -> Result<Passkey, Error> {
    let passkey = Passkey {
        id: PasskeyId::new(cx.now, cx.entropy),
        name: plain_name(&new.name)?,
        created_at: cx.now,
        last_used_at: None,
        is_synced: new.is_synced,
        credential: new.credential,
        material: new.material.clone(),
    };
    let is_full = store::list(tx, user)?.len() >= PASSKEYS_MOST;
    let material = (&passkey.credential, &passkey.material);
    let material = seal_material(tx, cx, user, material)?;
    let name = seal_name(tx, cx, user, (passkey.id, &passkey.name))?;
    if is_full || !store::insert(tx, user, &passkey, name, material)? {
        return Err(Rejection::FactorAlreadySet.into());
    }
    let name = passkey.name.clone();
    let object = passkey.id.to_string();
    notice::tell_about(tx, cx, user, &Notice::PasskeyAdded { name }, &object)?;
    Ok(passkey)
}

/// Gives a passkey another name.
///
/// # Errors
/// [`Rejection::PasskeyNotFound`], [`Rejection::NameInvalid`].
pub fn rename(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: PasskeyId,
    name: &str,
) -> Result<(), Error> {
    let name = seal_name(tx, cx, user, (id, &plain_name(name)?))?;
    if !store::rename(tx, user, id, name)? {
        return Err(Rejection::PasskeyNotFound.into());
    }
    let deed = (Action::PasskeyRenamed, id.to_string());
    audit::note(tx, cx, By::person(user), user, (deed.0, &deed.1))
}

/// Removes a passkey; its owner is told.
///
/// # Errors
/// [`Rejection::PasskeyNotFound`].
pub fn remove(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId, id: PasskeyId) -> Result<(), Error> {
    if !store::remove(tx, user, id)? {
        return Err(Rejection::PasskeyNotFound.into());
    }
    notice::tell_about(tx, cx, user, &Notice::PasskeyRemoved, &id.to_string())
}

/// True if a person has this passkey.
pub fn is_theirs(read: &mut impl db::Read, user: UserId, id: PasskeyId) -> Result<bool, Error> {
    Ok(store::list(read, user)?
        .iter()
        .any(|stored| stored.id == id))
}

/// Notes a use, with the counters as they are now.
///
/// # Errors
/// [`Rejection::ProofWrong`] if the key was removed meanwhile.
pub fn note_use(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    asserted: &Asserted,
) -> Result<(), Error> {
    let material = (&asserted.credential, &asserted.material);
    let material = seal_material(tx, cx, user, material)?;
    if store::note_use(tx, user, asserted, material, cx.now)? {
        return Ok(());
    }
    Err(Rejection::ProofWrong {
        method: Method::Passkey,
    }
    .into())
}

/// Forgets challenges that were over more than a day ago; about `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn open(own: &Opener<'_>, stored: store::StoredPasskey) -> Result<Passkey, Error> {
    let text = |context: &[u8], sealed: &[u8]| {
        let plain = own.open(Purpose::Factor, context, sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
        Ok::<_, crate::Unsealable>(text.to_owned())
    };
    let context = material_context(&stored.credential);
    Ok(Passkey {
        material: Secret::new(text(&context, &stored.material)?),
        name: text(&name_context(stored.id), &stored.name)?,
        id: stored.id,
        created_at: stored.created_at,
        last_used_at: stored.last_used_at,
        is_synced: stored.is_synced,
        credential: stored.credential,
    })
}

fn seal_material(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (credential, material): (&Tag, &Secret),
) -> Result<Vec<u8>, Error> {
    let place = (Purpose::Factor, &material_context(credential)[..]);
    person_key::seal(tx, cx, user, place, material.expose().as_bytes())
}

fn seal_name(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (id, name): (PasskeyId, &str),
) -> Result<Vec<u8>, Error> {
    let place = (Purpose::Factor, &name_context(id)[..]);
    person_key::seal(tx, cx, user, place, name.as_bytes())
}

/// What a key's material is bound to.
pub(crate) fn material_context(credential: &[u8]) -> Vec<u8> {
    [b"material", credential].concat()
}

/// What a challenge is bound to.
pub(crate) fn challenge_context(purpose: &str, subject: &str) -> Vec<u8> {
    format!("challenge {purpose} {subject}").into_bytes()
}

fn name_context(id: PasskeyId) -> Vec<u8> {
    format!("{id} name").into_bytes()
}
