//! A key for each person: what is theirs is sealed under it, and goes with it.
//!
//! The key is 256 random bits, sealed under the current root generation in `user_keys`. A person's
//! values are `2 | 0 | nonce | ciphertext`, bound to purpose, row and owner. Shredding the key
//! makes all of them unreadable at once, also in copies that nobody can reach.

mod migrations;
mod store;

pub(crate) use migrations::STEPS;
pub(crate) use store::STATEMENTS;
use vocab::{Entropy, UserId};
use zeroize::Zeroizing;

use crate::{
    Cx, Error, Keys, Rejection, Unsealable,
    keys::{DOMAIN_VERSION, PERSON_VERSION, Purpose, header, hmac, open_under, seal_under},
};

/// What a person's values are sealed under.
pub struct PersonKey {
    user: UserId,
    secret: Zeroizing<[u8; 32]>,
}

impl PersonKey {
    /// Encrypts `plain` for one purpose and one row of this person.
    pub fn seal(
        &self,
        purpose: Purpose,
        context: &[u8],
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let context = self.bound(context);
        let key = self.derived(purpose);
        let header = [PERSON_VERSION, 0];
        seal_under(&key, header, purpose, (&context, plain), entropy)
    }

    /// Opens what [`PersonKey::seal`] made for the same purpose, row and person.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        if header(sealed)? != [PERSON_VERSION, 0] {
            return Err(Unsealable);
        }
        open_under(
            &self.derived(purpose),
            purpose,
            &self.bound(context),
            sealed,
        )
    }

    fn derived(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let label = purpose.label().as_bytes();
        Zeroizing::new(hmac(&*self.secret, &[label, &[1]]))
    }

    fn bound(&self, context: &[u8]) -> Vec<u8> {
        [&self.user.raw().to_be_bytes(), context].concat()
    }
}

impl std::fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonKey([secret])")
    }
}

/// Opens many values of one person with one look-up.
#[derive(Debug)]
pub struct Opener<'a> {
    keys: &'a Keys,
    /// None before it was made, and once it was shredded.
    key: Option<PersonKey>,
}

impl Opener<'_> {
    /// Opens a value of this person, also one from before they had a key of their own.
    ///
    /// # Errors
    /// [`Unsealable`], for everything of theirs once their key was shredded.
    pub fn open(
        &self,
        purpose: Purpose,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        if header(sealed)?[0] == DOMAIN_VERSION {
            return self.keys.open(purpose, context, sealed);
        }
        self.key
            .as_ref()
            .ok_or(Unsealable)?
            .open(purpose, context, sealed)
    }

    /// False for what went with the person's key.
    pub(crate) fn can_open(&self, sealed: &[u8]) -> bool {
        self.key.is_some() || header(sealed).is_ok_and(|[version, _]| version == DOMAIN_VERSION)
    }
}

/// True once a person's key was shredded: nobody is left.
pub(crate) fn is_shredded(read: &mut impl db::Read, user: UserId) -> Result<bool, Error> {
    Ok(matches!(store::find(read, user)?, Some(None)))
}

/// What opens the values of a person.
pub fn opener<'a>(
    read: &mut impl db::Read,
    cx: &Cx<'a>,
    user: UserId,
) -> Result<Opener<'a>, Error> {
    let wrapped = store::find(read, user)?.flatten();
    let key = wrapped
        .map(|wrapped| unwrap(cx.keys, user, &wrapped))
        .transpose()?;
    Ok(Opener { keys: cx.keys, key })
}

/// Opens one value of a person.
///
/// # Errors
/// A fault, for a value that does not open here.
pub fn open(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    (purpose, context): (Purpose, &[u8]),
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    Ok(opener(read, cx, user)?.open(purpose, context, sealed)?)
}

/// The person's key, made if they have none yet.
///
/// # Errors
/// [`Rejection::UserNotFound`] once it was shredded: nothing new is kept about them.
pub fn find_or_make(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<PersonKey, Error> {
    let stored = match store::find(tx, user)? {
        Some(stored) => stored,
        None => {
            let secret = Zeroizing::new(cx.entropy.bytes::<32>());
            let wrapped = cx
                .keys
                .seal(Purpose::PersonKey, &context(user), &*secret, cx.entropy);
            store::insert(tx, user, wrapped, cx.now)?;
            // Of two who make it at once, one is kept.
            store::find(tx, user)?.flatten()
        }
    };
    let wrapped = stored.ok_or(Rejection::UserNotFound)?;
    unwrap(cx.keys, user, &wrapped)
}

/// Seals one value of a person.
///
/// # Errors
/// Those of [`find_or_make`].
pub fn seal(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (purpose, context): (Purpose, &[u8]),
    plain: &[u8],
) -> Result<Vec<u8>, Error> {
    Ok(find_or_make(tx, cx, user)?.seal(purpose, context, plain, cx.entropy))
}

/// Destroys a person's key: nothing that was sealed under it can be read again by anybody.
/// Shredding twice is no error.
pub fn shred(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    crate::reseal::move_person(tx, cx, user)?;
    Ok(store::shred(tx, user, cx.now)?)
}

fn unwrap(keys: &Keys, user: UserId, wrapped: &[u8]) -> Result<PersonKey, Error> {
    let plain = keys.open(Purpose::PersonKey, &context(user), wrapped)?;
    let secret = plain[..].try_into().map_err(|_| Unsealable)?;
    Ok(PersonKey {
        user,
        secret: Zeroizing::new(secret),
    })
}

fn context(user: UserId) -> [u8; 8] {
    user.raw().to_be_bytes()
}
