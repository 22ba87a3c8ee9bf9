//! Ten codes on paper, for when everything else is lost: 80 random bits each, shown once, each good
//! once. Two characters select the row, the whole is hashed slowly.

mod store;

use std::collections::BTreeSet;

use argon2::{PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
pub(crate) use store::STATEMENTS;
use vocab::{Entropy, Timestamp, UserId, crockford_fold};
use zeroize::Zeroizing;

use crate::{
    Cx, Error, Method, Notice, Rejection, Secret,
    guard::{self, Bucket},
    keys::Purpose,
    notice,
    password::{self, hasher},
    person_key,
    policy::HashCost,
};

/// Codes of a set.
const CODES: usize = 10;
/// Characters of a code, 5 bits each (NIST: at least 64 bits).
const CHARACTERS: usize = 16;
const SELECTOR: usize = 2;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new set: what is shown once, and what is stored.
#[derive(Clone, Debug)]
pub struct NewCodes {
    /// `XXXX-XXXX-XXXX-XXXX`, ten of them.
    pub shown: Vec<Secret>,
    hashed: Vec<(String, Secret)>,
}

/// How many codes a person has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodesLeft {
    pub left: i64,
    pub created_at: Option<Timestamp>,
}

/// A guess, counted and committed, not yet compared.
#[derive(Clone, Debug)]
pub(crate) struct CountedRecoveryCode {
    rows: Vec<(String, Secret)>,
}

/// Draws and hashes a set: slow, outside of transactions.
pub fn draw(cost: HashCost, entropy: &dyn Entropy) -> NewCodes {
    let mut selectors = BTreeSet::new();
    let (mut shown, mut hashed) = (Vec::new(), Vec::new());
    while shown.len() < CODES {
        let random: Zeroizing<[u8; CHARACTERS]> = Zeroizing::new(entropy.bytes());
        let code: Zeroizing<String> = Zeroizing::new(
            random
                .iter()
                .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
                .collect(),
        );
        let selector = code[..SELECTOR].to_owned();
        if !selectors.insert(selector.clone()) {
            continue;
        }
        let salt: [u8; 16] = entropy.bytes();
        let phc = hasher(cost)
            .hash_password_with_salt(code.as_bytes(), &salt)
            .expect("a salt of 16 bytes and 16 characters are within Argon2's limits");
        hashed.push((selector, Secret::new(phc.to_string())));
        let groups: Vec<&str> = (0..CHARACTERS / 4)
            .map(|group| &code[group * 4..group * 4 + 4])
            .collect();
        shown.push(Secret::new(groups.join("-")));
    }
    NewCodes { shown, hashed }
}

impl CountedRecoveryCode {
    /// Gives the selector of the code that was right. As slow as one hash, whatever was typed.
    pub(crate) fn compare(&self, typed: &str) -> Option<String> {
        if typed.len() > 4 * CHARACTERS {
            return None;
        }
        let folded = Zeroizing::new(crockford_fold(typed)?);
        let selector = folded.get(..SELECTOR)?;
        let row = self.rows.iter().find(|(known, _)| known == selector);
        let (_, phc) = row.or(self.rows.first())?;
        let is_right = PasswordHash::new(phc.expose()).is_ok_and(|hash| {
            argon2::Argon2::default()
                .verify_password(folded.as_bytes(), &hash)
                .is_ok()
        });
        is_right.then(|| selector.to_owned())
    }
}

/// Gives a person a new set; the old one is void.
pub fn replace(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    codes: &NewCodes,
) -> Result<(), Error> {
    store::remove_all(tx, user)?;
    for (selector, phc) in &codes.hashed {
        let place = (Purpose::Factor, &context(user, selector)[..]);
        let sealed = person_key::seal(tx, cx, user, place, phc.expose().as_bytes())?;
        store::insert(tx, user, selector, sealed, cx.now)?;
    }
    guard::clear(tx, user, Bucket::RecoveryCode)?;
    notice::tell(tx, cx, user, &Notice::RecoveryCodesReplaced)
}

/// What to compare a guess with where there are no codes: nothing is right, and it takes as long.
pub(crate) fn decoy(cost: HashCost) -> CountedRecoveryCode {
    let phc = password::dummy(cost).0;
    CountedRecoveryCode {
        rows: vec![(String::new(), phc)],
    }
}

/// How many codes a person has left.
pub fn left(read: &mut impl db::Read, user: UserId) -> Result<CodesLeft, Error> {
    let (left, created_at) = store::left(read, user)?;
    Ok(CodesLeft { left, created_at })
}

/// Counts a guess before it is compared; only ever among the codes of this person.
pub(crate) fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<CountedRecoveryCode, Error> {
    let stored = store::unused(tx, user)?;
    if stored.is_empty() {
        let methods = Vec::new();
        return Err(Rejection::MethodNotAccepted { methods }.into());
    }
    guard::take(tx, cx, user, Bucket::RecoveryCode)?;
    let own = person_key::opener(tx, cx, user)?;
    let open = |(selector, sealed): (String, Vec<u8>)| {
        let plain = own.open(Purpose::Factor, &context(user, &selector), &sealed)?;
        let phc = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
        Ok((selector, Secret::new(phc.to_owned())))
    };
    let rows = stored.into_iter().map(open).collect::<Result<_, Error>>()?;
    Ok(CountedRecoveryCode { rows })
}

/// Uses a code up; its owner is told.
pub(crate) fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    selector: &str,
) -> Result<(), Error> {
    if !store::use_up(tx, user, selector, cx.now)? {
        let method = Method::RecoveryCode;
        return Err(Rejection::ProofWrong { method }.into());
    }
    guard::clear(tx, user, Bucket::RecoveryCode)?;
    let left = left(tx, user)?.left.to_string();
    notice::tell(tx, cx, user, &Notice::RecoveryCodeUsed { left })
}

/// What a verifier is bound to.
pub(crate) fn context(user: UserId, selector: &str) -> Vec<u8> {
    format!("recovery code {user} {selector}").into_bytes()
}
