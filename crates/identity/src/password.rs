//! Passwords: which are good enough, and their Argon2id verifiers.
//!
//! Judging and hashing are slow, on purpose or by nature: they are pure functions that the caller
//! runs on a pool of its own between two database calls.

pub mod change;
mod frequent;
mod store;

use std::collections::BTreeSet;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use sha1::{Digest, Sha1};
pub(crate) use store::STATEMENTS;
use vocab::{Entropy, Timestamp, UserId};
use zeroize::Zeroizing;

use crate::{
    Contact, ContactKind, Cx, Error, Policy, Rejection, Secret, guard,
    keys::Purpose,
    person_key,
    policy::{HashCost, PasswordRules},
    text,
};

/// The product's own name, which no password may contain.
const BRAND: &str = "tael";
/// Shorter pieces of a person's own data are found in too many innocent words.
const OWN_PIECE_SHORTEST: usize = 3;
/// The last digits of a phone number that people use as a code.
const PHONE_ENDINGS: [usize; 2] = [8, 6];

/// A rule that a password can fail; the client shows the same list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PasswordRule {
    /// At least 10 characters.
    Length,
    /// At most 128 characters and 512 bytes.
    TooLong,
    /// A letter, unless it is a passphrase of 20 characters or more.
    Letter,
    /// A digit, unless it is a passphrase.
    Digit,
    /// A symbol, unless it is a passphrase.
    Symbol,
    /// None of the ones that everybody tries first.
    Common,
    /// Nothing of the person's name, phone number, e-mail address or the product's name.
    Personal,
    /// Hard to guess as a whole (zxcvbn).
    Guessable,
    /// Not in the operator's list of leaked passwords.
    Leaked,
    /// None of the person's last ones.
    Reused,
}

impl PasswordRule {
    /// Every rule, in the order in which failures are listed.
    pub const ALL: &'static [Self] = &[
        Self::Length,
        Self::TooLong,
        Self::Letter,
        Self::Digit,
        Self::Symbol,
        Self::Common,
        Self::Personal,
        Self::Guessable,
        Self::Leaked,
        Self::Reused,
    ];

    /// The code that programs see.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::TooLong => "too_long",
            Self::Letter => "letter",
            Self::Digit => "digit",
            Self::Symbol => "symbol",
            Self::Common => "common",
            Self::Personal => "personal",
            Self::Guessable => "guessable",
            Self::Leaked => "leaked",
            Self::Reused => "reused",
        }
    }

    /// True if a password can fail this rule here.
    fn is_in_force(self, policy: &Policy) -> bool {
        match self {
            Self::Letter | Self::Digit | Self::Symbol => {
                policy.life.password_rules == PasswordRules::Mission
            }
            Self::Leaked => policy.life.leaked.is_some(),
            _ => true,
        }
    }

    /// The number in this rule, if it has one.
    fn value(self, policy: &Policy) -> Option<usize> {
        match self {
            Self::Length => Some(shortest(policy)),
            Self::TooLong => Some(policy.password_longest),
            Self::Letter | Self::Digit | Self::Symbol => Some(policy.passphrase_length),
            Self::Guessable => Some(usize::from(policy.password_strength)),
            Self::Reused => Some(policy.life.password_history),
            Self::Common | Self::Personal | Self::Leaked => None,
        }
    }
}

/// The rules in force, each with its number: the least or the greatest length, the length from
/// which on a passphrase needs no classes, the least score, how many old ones are remembered.
pub fn rules(policy: &Policy) -> Vec<(PasswordRule, Option<usize>)> {
    let in_force = PasswordRule::ALL
        .iter()
        .filter(|rule| rule.is_in_force(policy));
    in_force.map(|&rule| (rule, rule.value(policy))).collect()
}

const fn shortest(policy: &Policy) -> usize {
    match policy.life.password_rules {
        PasswordRules::Mission => policy.password_length,
        PasswordRules::Nist => policy.life.password_length_nist,
    }
}

/// A password as it was typed, in Unicode's composed form; never trimmed or cut.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    /// Takes what was typed, if it is short enough to be looked at.
    ///
    /// # Errors
    /// [`Rejection::PasswordTooWeak`] with [`PasswordRule::TooLong`]. When signing in, the edge
    /// answers [`Rejection::AuthFailed`] instead.
    pub fn read(typed: &str, policy: &Policy) -> Result<Self, Rejection> {
        let is_short_enough = typed.len() <= policy.password_bytes
            && typed.chars().count() <= policy.password_longest;
        if !is_short_enough {
            return Err(Rejection::PasswordTooWeak {
                failed: vec![PasswordRule::TooLong],
            });
        }
        Ok(Self(Secret::new(text::composed(typed).into_owned())))
    }

    fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// What a person's password must not contain.
#[derive(Clone, Debug, Default)]
pub struct OwnData {
    pieces: BTreeSet<String>,
}

impl OwnData {
    /// The pieces of a name and of contacts that somebody who knows the person would try.
    pub fn of(name: &str, contacts: &[Contact]) -> Self {
        let mut pieces = BTreeSet::from([BRAND.to_owned()]);
        let words = name.split_whitespace().map(str::to_lowercase);
        pieces.extend(words.filter(|word| is_telling(word)));
        let whole = name.split_whitespace().collect::<String>().to_lowercase();
        pieces.extend(Some(whole).filter(|whole| is_telling(whole)));
        for contact in contacts {
            match contact.kind() {
                ContactKind::Phone => pieces.extend(phone_pieces(contact.national_digits())),
                ContactKind::Email => pieces.extend(email_pieces(contact.value())),
            }
        }
        Self { pieces }
    }

    /// With a birth date as people write it, so that it is found in a password too.
    #[must_use]
    pub fn and_birth_date(mut self, year: u16, month: u8, day: u8) -> Self {
        let (short, month_day) = (year % 100, format!("{month:02}{day:02}"));
        self.pieces.extend([
            format!("{year:04}{month_day}"),
            format!("{short:02}{month_day}"),
            format!("{month_day}{year:04}"),
            format!("{day:02}{month:02}{year:04}"),
        ]);
        self
    }
}

/// A password that passed the rules. Only such a one can be hashed for storing.
#[derive(Debug)]
pub struct AcceptedPassword(Password);

/// An Argon2id verifier, a PHC string. Only [`hash`] makes one.
#[derive(Clone, Debug)]
pub struct PasswordHashed(pub(crate) Secret);

/// Whether a password was the right one; only [`verify`] says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict(pub(crate) bool);

impl PasswordHashed {
    /// The algorithm and what it costs, `$argon2id$v=19$m=65536,t=3,p=1`; no part of the secret.
    pub fn parameters(&self) -> &str {
        let phc = self.0.expose();
        phc.match_indices('$')
            .nth(3)
            .map_or("", |(end, _)| &phc[..end])
    }
}

impl Verdict {
    pub const fn is_right(self) -> bool {
        self.0
    }
}

/// Judges a new password. Takes some milliseconds; not for the database's threads.
///
/// # Errors
/// [`Rejection::PasswordTooWeak`] with every rule that it fails.
pub fn accept(
    password: Password,
    own: &OwnData,
    policy: &Policy,
) -> Result<AcceptedPassword, Rejection> {
    let failed = failed_rules(&password, own, policy);
    if failed.is_empty() {
        return Ok(AcceptedPassword(password));
    }
    Err(Rejection::PasswordTooWeak { failed })
}

/// The rules that a password fails, in the order of [`PasswordRule::ALL`]; for a meter that says
/// while typing what the server will say.
pub fn failed_rules(password: &Password, own: &OwnData, policy: &Policy) -> Vec<PasswordRule> {
    check(password, own, policy).failed
}

/// What a meter shows while somebody types. That a password is one of the last ones is told only
/// when it is set, since looking costs a hash for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How hard it is to guess, by zxcvbn: 0 to 4.
    pub score: u8,
    pub failed: Vec<PasswordRule>,
    pub passed: Vec<PasswordRule>,
}

/// Judges a password by every rule but [`PasswordRule::Reused`].
pub fn check(password: &Password, own: &OwnData, policy: &Policy) -> Check {
    let typed = password.expose();
    let length = typed.chars().count();
    let needs_classes = length < policy.passphrase_length;
    let lower = Zeroizing::new(typed.to_lowercase());
    let score = strength(typed, own);
    let fails = |rule: &PasswordRule| match rule {
        PasswordRule::Length => length < shortest(policy),
        PasswordRule::TooLong => {
            length > policy.password_longest || typed.len() > policy.password_bytes
        }
        PasswordRule::Letter => needs_classes && !typed.contains(char::is_alphabetic),
        PasswordRule::Digit => needs_classes && !typed.contains(char::is_numeric),
        PasswordRule::Symbol => needs_classes && !typed.contains(is_symbol),
        PasswordRule::Common => is_common(&lower),
        PasswordRule::Personal => is_personal(&lower, own),
        PasswordRule::Guessable => score < policy.password_strength,
        PasswordRule::Leaked => is_leaked(password, policy),
        PasswordRule::Reused => false,
    };
    let judged = PasswordRule::ALL
        .iter()
        .copied()
        .filter(|rule| rule.is_in_force(policy) && *rule != PasswordRule::Reused);
    let (failed, passed) = judged.partition(fails);
    Check {
        score,
        failed,
        passed,
    }
}

/// True if the operator's list of leaked passwords holds this one.
pub fn is_leaked(password: &Password, policy: &Policy) -> bool {
    let Some(leaked) = policy.life.leaked else {
        return false;
    };
    leaked.holds(&Sha1::digest(password.expose().as_bytes()).into())
}

/// Makes the verifier of a password. Takes as long and as much memory as the policy's cost says.
pub fn hash(password: &AcceptedPassword, cost: HashCost, entropy: &dyn Entropy) -> PasswordHashed {
    let salt: [u8; 16] = entropy.bytes();
    let hashed = hasher(cost)
        .hash_password_with_salt(password.0.expose().as_bytes(), &salt)
        .expect("a salt of 16 bytes and a capped password are within Argon2's limits");
    PasswordHashed(Secret::new(hashed.to_string()))
}

/// Compares a password with a verifier. Takes as long as that verifier's own cost says.
pub fn verify(password: &Password, hashed: &PasswordHashed) -> Verdict {
    let checked = PasswordHash::new(hashed.0.expose()).map(|hash| {
        Argon2::default()
            .verify_password(password.expose().as_bytes(), &hash)
            .is_ok()
    });
    Verdict(checked.unwrap_or(false))
}

/// Stores the verifier of a person's password, sealed. Waits after wrong ones are over with it.
pub(crate) fn set(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PasswordHashed,
) -> Result<(), Error> {
    let sealed = seal(tx, cx, user, hashed)?;
    store::set(tx, user, sealed, cx.now)?;
    guard::clear_passwords(tx, user)
}

fn seal(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PasswordHashed,
) -> Result<Vec<u8>, Error> {
    let (context, phc) = (user.raw().to_be_bytes(), hashed.0.expose().as_bytes());
    person_key::seal(tx, cx, user, (Purpose::Password, &context), phc)
}

fn open(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    sealed: &[u8],
) -> Result<PasswordHashed, Error> {
    let context = user.raw().to_be_bytes();
    let plain = person_key::open(read, cx, user, (Purpose::Password, &context), sealed)?;
    let phc = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    Ok(PasswordHashed(Secret::new(phc.to_owned())))
}

/// The verifier of a person's password, if they have one.
pub(crate) fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<PasswordHashed>, Error> {
    match store::find(read, user)? {
        Some(stored) => open(read, cx, user, &stored.sealed).map(Some),
        None => Ok(None),
    }
}

/// When a person's password was last set.
pub fn changed_at(read: &mut impl db::Read, user: UserId) -> Result<Option<Timestamp>, Error> {
    Ok(store::changed_at(read, user)?)
}

/// A verifier that no password fits and that costs what a real one costs, so that an unknown
/// person takes as long as a known one.
pub(crate) fn dummy(cost: HashCost) -> PasswordHashed {
    let HashCost {
        memory_kib,
        passes,
        lanes,
    } = cost;
    let zero = "A".repeat(43);
    let salt = "AAAAAAAAAAAAAAAAAAAAAA";
    PasswordHashed(Secret::new(format!(
        "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${zero}"
    )))
}

pub(crate) fn hasher(cost: HashCost) -> Argon2<'static> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .expect("the policy's cost is within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn is_symbol(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace()
}

fn is_common(lower: &str) -> bool {
    let core = lower.trim_matches(is_symbol);
    let plain = Zeroizing::new(unleet(lower));
    [lower, core, plain.trim_matches(is_symbol)]
        .iter()
        .any(|form| frequent::PASSWORDS.binary_search(form).is_ok())
}

fn is_personal(lower: &str, own: &OwnData) -> bool {
    let plain = Zeroizing::new(unleet(lower));
    own.pieces.iter().any(|piece| {
        let reversed: String = piece.chars().rev().collect();
        [lower, &plain]
            .iter()
            .any(|form| form.contains(piece) || form.contains(&reversed))
    })
}

fn strength(typed: &str, own: &OwnData) -> u8 {
    let inputs: Vec<&str> = own.pieces.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(typed, &inputs).score().into()
}

/// Undoes the usual replacements of letters by digits and signs.
fn unleet(lower: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    lower.chars().map(letter).collect()
}

/// Long enough not to be found by chance: three letters, or two characters of Chinese.
fn is_telling(piece: &str) -> bool {
    let length = piece.chars().count();
    length >= OWN_PIECE_SHORTEST || (length == 2 && !piece.is_ascii())
}

fn phone_pieces(national: &str) -> Vec<String> {
    let endings = PHONE_ENDINGS.iter().filter_map(|&count| {
        national
            .len()
            .checked_sub(count)
            .and_then(|start| national.get(start..))
    });
    endings.chain([national]).map(str::to_owned).collect()
}

fn email_pieces(address: &str) -> Vec<String> {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let words = local
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_owned);
    let telling: Vec<String> = words.filter(|word| is_telling(word)).collect();
    telling
        .into_iter()
        .chain(Some(local.clone()).filter(|whole| is_telling(whole)))
        .collect()
}
