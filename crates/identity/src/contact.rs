//! Phone numbers and e-mail addresses: read, compared, masked, sealed, looked up blindly.

pub mod change;

use std::{fmt, panic, str::FromStr};

use vocab::{Entropy, UserId, mask_email, mask_phone};

use crate::{
    Cx, Error, Keys, Policy, Rejection, Secret,
    keys::{MacPurpose, Purpose, Tag, Unsealable},
    person_key::{self, Opener},
    text,
};

/// Longer texts are not looked at: a phone number in its longest spelling is far shorter.
const PHONE_TEXT_LONGEST: usize = 32;
/// RFC 5321 4.5.3.1: a path is at most 256 octets with its angle brackets.
const EMAIL_LONGEST: usize = 254;
/// RFC 5321 4.5.3.1: the local part is at most 64 octets.
const EMAIL_LOCAL_LONGEST: usize = 64;

/// The two kinds of address where a person can be reached outside of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKind {
    Phone,
    Email,
}

impl ContactKind {
    /// As stored and as shown in the API: `phone`, `email`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }

    /// Reads [`ContactKind::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Phone, Self::Email]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// An address in normal form. Prints masked in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    kind: ContactKind,
    shown: String,
    comparable: String,
}

/// The look-up key of a contact: an HMAC of its comparable form, useless without the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContactIndex(Tag);

impl ContactIndex {
    /// For storing.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) const fn from_stored(bytes: Tag) -> Self {
        Self(bytes)
    }
}

impl Contact {
    /// Reads a phone number in any common spelling; without a country code it is one of the home
    /// country. Kept as E.164. Mainland China: mobile numbers only, `1[3-9]` and nine digits.
    ///
    /// # Errors
    /// [`Rejection::PhoneInvalid`]. Whether somebody answers there is proven by the code we send.
    pub fn parse_phone(typed: &str, policy: &Policy) -> Result<Self, Rejection> {
        let typed = typed.trim();
        if typed.len() > PHONE_TEXT_LONGEST || text::has_hidden(typed) {
            return Err(Rejection::PhoneInvalid);
        }
        let e164 = e164(typed, policy.home_country).ok_or(Rejection::PhoneInvalid)?;
        Ok(Self {
            kind: ContactKind::Phone,
            comparable: e164.clone(),
            shown: e164,
        })
    }

    /// Reads an e-mail address. The spelling is kept for sending; for comparing, the domain is in
    /// its ASCII form and the local part without case.
    ///
    /// # Errors
    /// [`Rejection::EmailInvalid`]: not an address, quoted, an IP literal, or hidden characters.
    pub fn parse_email(typed: &str) -> Result<Self, Rejection> {
        let composed = text::composed(typed.trim()).into_owned();
        if composed.len() > EMAIL_LONGEST || text::has_hidden(&composed) {
            return Err(Rejection::EmailInvalid);
        }
        let address = lettre::Address::from_str(&composed).map_err(|_| Rejection::EmailInvalid)?;
        let local = address.user();
        let domain =
            idna::domain_to_ascii_strict(address.domain()).map_err(|_| Rejection::EmailInvalid)?;
        let is_plain = !local.contains('"') && !local.contains(char::is_whitespace);
        if !is_plain || local.len() > EMAIL_LOCAL_LONGEST || !domain.contains('.') {
            return Err(Rejection::EmailInvalid);
        }
        let comparable = format!("{}@{domain}", local.to_lowercase());
        Ok(Self {
            kind: ContactKind::Email,
            shown: format!("{local}@{domain}"),
            comparable,
        })
    }

    /// Reads whichever of the two the text looks like.
    ///
    /// # Errors
    /// [`Rejection::EmailInvalid`] for a text with `@`, otherwise [`Rejection::PhoneInvalid`].
    pub fn parse(typed: &str, policy: &Policy) -> Result<Self, Rejection> {
        if typed.contains('@') {
            Self::parse_email(typed)
        } else {
            Self::parse_phone(typed, policy)
        }
    }

    pub const fn kind(&self) -> ContactKind {
        self.kind
    }

    /// The address to send to: E.164, or the e-mail address as it was given.
    pub fn value(&self) -> &str {
        &self.shown
    }

    /// Where a phone number belongs, ISO 3166; nothing for e-mail addresses and for numbers that
    /// are in no country's plan.
    pub fn country(&self) -> Option<&'static str> {
        if self.kind != ContactKind::Phone {
            return None;
        }
        let number = phonenumber::parse(None, &self.shown).ok()?;
        let country = number.country().id()?;
        phonenumber::metadata::DATABASE
            .by_id(country.as_ref())
            .map(phonenumber::Metadata::id)
    }

    /// `138****0001` or `a***@example.com`.
    pub fn masked(&self) -> String {
        match self.kind {
            ContactKind::Phone => mask_phone(&self.shown),
            ContactKind::Email => mask_email(&self.shown),
        }
    }

    /// The look-up key of this contact.
    pub fn index(&self, keys: &Keys) -> ContactIndex {
        let purpose = match self.kind {
            ContactKind::Phone => MacPurpose::PhoneIndex,
            ContactKind::Email => MacPurpose::EmailIndex,
        };
        ContactIndex(keys.mac(purpose, &[self.comparable.as_bytes()]))
    }

    /// Sealed as a person's own, for a row that is found by this contact's index.
    pub(crate) fn seal_of(
        &self,
        tx: &mut db::Tx<'_>,
        cx: &Cx<'_>,
        user: UserId,
    ) -> Result<Vec<u8>, Error> {
        let index = self.index(cx.keys);
        let place = (Purpose::Contact, &index.bytes()[..]);
        person_key::seal(tx, cx, user, place, self.shown.as_bytes())
    }

    /// Sealed as the house's, for a row that is found by this contact's index.
    pub(crate) fn seal(&self, keys: &Keys, entropy: &dyn Entropy) -> Vec<u8> {
        let index = self.index(keys);
        keys.seal(
            Purpose::Contact,
            index.bytes(),
            self.shown.as_bytes(),
            entropy,
        )
    }

    pub(crate) fn open(
        kind: ContactKind,
        index: &ContactIndex,
        sealed: &[u8],
        keys: &Keys,
    ) -> Result<Self, Unsealable> {
        Self::read_opened(kind, &keys.open(Purpose::Contact, index.bytes(), sealed)?)
    }

    /// Opens what is somebody's own.
    pub(crate) fn open_of(
        kind: ContactKind,
        index: &ContactIndex,
        sealed: &[u8],
        own: &Opener<'_>,
    ) -> Result<Self, Unsealable> {
        Self::read_opened(kind, &own.open(Purpose::Contact, index.bytes(), sealed)?)
    }

    fn read_opened(kind: ContactKind, plain: &[u8]) -> Result<Self, Unsealable> {
        let shown = String::from_utf8(plain.to_vec()).map_err(|_| Unsealable)?;
        let comparable = match kind {
            ContactKind::Phone => shown.clone(),
            ContactKind::Email => shown.to_lowercase(),
        };
        Ok(Self {
            kind,
            shown,
            comparable,
        })
    }

    /// The digits after the country code, for finding them in a password.
    pub(crate) fn national_digits(&self) -> &str {
        let digits = self.shown.trim_start_matches('+');
        digits
            .strip_prefix("86")
            .filter(|rest| rest.len() == 11)
            .unwrap_or(digits)
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({})", self.masked())
    }
}

/// What somebody typed to say who they are when signing in; never an error, since an unknown
/// person and an impossible address get the same answer.
#[derive(Clone, Debug)]
pub struct Identifier(pub(crate) Option<Contact>);

impl Identifier {
    pub fn read(typed: &str, policy: &Policy) -> Self {
        Self(Contact::parse(typed, policy).ok())
    }
}

/// A contact of a person, as shown to that person.
#[derive(Clone, Debug)]
pub struct ContactView {
    pub(crate) index: ContactIndex,
    pub kind: ContactKind,
    pub masked: String,
    pub value: Secret,
    /// Where security messages of this kind go.
    pub is_designated: bool,
    pub verified_at: vocab::Timestamp,
}

fn e164(typed: &str, home_country: &str) -> Option<String> {
    let home = phonenumber::country::Id::from_str(home_country).ok()?;
    // The parser has panicked on crafted input before (RUSTSEC-2024-0369); such input is no number.
    let number = panic::catch_unwind(|| phonenumber::parse(Some(home), typed))
        .ok()?
        .ok()?;
    if number.extension().is_some() {
        return None;
    }
    let text = number.format().mode(phonenumber::Mode::E164).to_string();
    let digits = text.strip_prefix('+')?;
    let is_digits = digits.bytes().all(|b| b.is_ascii_digit());
    // ITU-T E.164: at most 15 digits; the shortest numbers with a country code have 7.
    let is_possible = is_digits && (7..=15).contains(&digits.len());
    let is_mainland = number.country().code() == 86;
    (is_possible && (!is_mainland || is_mainland_mobile(&digits[2..]))).then_some(text)
}

fn is_mainland_mobile(national: &str) -> bool {
    national.len() == 11
        && national.starts_with('1')
        && matches!(national.as_bytes()[1], b'3'..=b'9')
}
