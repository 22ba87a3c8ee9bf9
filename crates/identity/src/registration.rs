//! Becoming a person here: a contact is proven by a code, then name and password make an account.
//!
//! `contact_unverified → contact_verified → completed`, within an hour. Up to the last step the
//! answers are the same whether or not the contact belongs to somebody: a known contact gets no
//! code but, once a day, a notice.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{RegistrationId, Timestamp, UserId};

use crate::{
    Contact, CountedAttempt, Cx, Error, Locale, Method, OpenedSession, PersonName, Rejection,
    code::{self, CodePurpose, Flow, MatchedCode},
    device::{self, Arrival, Hearing},
    messages::Message,
    outbox,
    password::{self, OwnData, PasswordHashed},
    pumping,
    session::{self, Access, Opening},
    user::{self, Consent, NewUser},
};

/// How far a registration has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    ContactUnverified,
    ContactVerified,
    Completed,
}

impl RegistrationState {
    const ALL: [Self; 3] = [
        Self::ContactUnverified,
        Self::ContactVerified,
        Self::Completed,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ContactUnverified => "contact_unverified",
            Self::ContactVerified => "contact_verified",
            Self::Completed => "completed",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Somebody wants an account.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    pub contact: Contact,
    pub locale: Locale,
    pub accept_terms: bool,
}

/// A registration, as shown to whoever started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    pub id: RegistrationId,
    pub state: RegistrationState,
    /// From when on another code may be asked for.
    pub resend_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Whoever has proven the contact and now gives name and password.
#[derive(Clone, Debug)]
pub struct Applicant {
    contact: Contact,
}

impl Applicant {
    /// What their password must not contain.
    pub fn own_data(&self, name: Option<&PersonName>) -> OwnData {
        let name = name.map_or("", PersonName::as_str);
        OwnData::of(name, std::slice::from_ref(&self.contact))
    }
}

/// The last step's input. The hash was made by [`password::hash`] from an accepted password.
#[derive(Clone, Debug)]
pub struct Completion {
    pub id: RegistrationId,
    pub name: PersonName,
    pub password: PasswordHashed,
    pub arrival: Arrival,
}

/// The new person, signed in.
#[derive(Clone, Debug)]
pub struct Completed {
    pub user: UserId,
    pub session: OpenedSession,
}

/// Starts a registration and sends a code.
///
/// # Errors
/// [`Rejection::TermsNotAccepted`], [`Rejection::CodesTooMany`], [`Rejection::CountryNotServed`],
/// [`Rejection::SendsPaused`].
pub fn start(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: &NewRegistration,
) -> Result<Registration, Error> {
    if !new.accept_terms {
        return Err(Rejection::TermsNotAccepted.into());
    }
    let id = RegistrationId::new(cx.now, cx.entropy);
    let registration = store::StoredRegistration {
        id,
        contact: new.contact.clone(),
        locale: new.locale,
        state: RegistrationState::ContactUnverified,
        consent: Consent {
            version: cx.policy.terms_version.to_owned(),
            accepted_at: cx.now,
        },
        expires_at: cx.now.plus_seconds(cx.policy.registration_seconds),
    };
    store::insert(tx, cx, &registration)?;
    send_code(tx, cx, &registration)?;
    Ok(shown(cx, &registration))
}

/// Sends another code; the one before is void, wrong tries stay counted.
///
/// # Errors
/// [`Rejection::RegistrationNotFound`], [`Rejection::RegistrationExpired`],
/// [`Rejection::ContactAlreadyVerified`], [`Rejection::RegistrationClosed`],
/// [`Rejection::CodeExhausted`], [`Rejection::CodesTooMany`].
pub fn resend(tx: &mut db::Tx<'_>, cx: &Cx<'_>, id: RegistrationId) -> Result<Registration, Error> {
    let registration = find_unverified(tx, cx, id)?;
    send_code(tx, cx, &registration)?;
    Ok(shown(cx, &registration))
}

/// Write 1 of verifying: counts the guess. Commit it, then [`CountedAttempt::compare`] outside of
/// any transaction; answer [`Rejection::CodeWrong`] on a miss, [`settle`] on a match.
///
/// # Errors
/// [`Rejection::RegistrationNotFound`], [`Rejection::RegistrationExpired`],
/// [`Rejection::ContactAlreadyVerified`], [`Rejection::RegistrationClosed`],
/// [`Rejection::CodeExpired`], [`Rejection::CodeExhausted`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: RegistrationId,
) -> Result<CountedAttempt, Error> {
    find_unverified(tx, cx, id)?;
    let subject = id.to_string();
    code::count_attempt(tx, cx, flow(&subject))
}

/// Write 2 of verifying: uses the code up and marks the contact as verified. Of parallel right
/// guesses one arrives here first; the others hear [`Rejection::ContactAlreadyVerified`].
///
/// # Errors
/// Those of [`count_attempt`].
pub fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    matched: &MatchedCode,
) -> Result<RegistrationState, Error> {
    let id: RegistrationId = matched
        .subject()
        .parse()
        .map_err(|_| Rejection::RegistrationNotFound)?;
    let registration = find_unverified(tx, cx, id)?;
    if !code::consume(tx, cx, matched)? {
        return Err(Rejection::CodeExpired.into());
    }
    pumping::used(tx, cx, &registration.contact)?;
    store::advance(
        tx,
        id,
        RegistrationState::ContactUnverified,
        RegistrationState::ContactVerified,
    )?;
    Ok(RegistrationState::ContactVerified)
}

/// Whoever may complete this registration, to judge their password before it is hashed.
///
/// # Errors
/// [`Rejection::RegistrationNotFound`], [`Rejection::RegistrationExpired`],
/// [`Rejection::ContactNotVerified`], [`Rejection::RegistrationClosed`].
pub fn find_applicant(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: RegistrationId,
) -> Result<Applicant, Error> {
    Ok(Applicant {
        contact: find_verified(read, cx, id)?.contact,
    })
}

/// The last step: makes the person with their contact and password, records the consent, signs
/// them in. Happens once; of parallel calls, also of other registrations with the same contact,
/// all but one hear [`Rejection::RegistrationClosed`].
///
/// # Errors
/// Those of [`find_applicant`].
pub fn complete(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    completion: &Completion,
) -> Result<Completed, Error> {
    let registration = find_verified(tx, cx, completion.id)?;
    let from = RegistrationState::ContactVerified;
    if !store::advance(tx, completion.id, from, RegistrationState::Completed)? {
        return Err(Rejection::RegistrationClosed.into());
    }
    let new = NewUser {
        name: &completion.name,
        locale: registration.locale,
        contact: &registration.contact,
        consent: registration.consent,
    };
    let user = user::create(tx, cx, &new)?;
    password::set(tx, cx, user, &completion.password)?;
    outbox::post_to_inbox(tx, cx, user, &Message::Welcome)?;
    let arrival = &completion.arrival;
    let admitted = device::admit(tx, cx, user, arrival, Hearing::First)?;
    let opening = Opening {
        user,
        device: &arrival.device,
        known: Some(admitted.id),
        methods: &[Method::Password],
        access: Access::Full,
    };
    let opened = session::open_for(tx, cx, &opening)?;
    let session = opened.on_device(admitted.secret);
    Ok(Completed { user, session })
}

/// Forgets registrations that ended more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn send_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    registration: &store::StoredRegistration,
) -> Result<(), Error> {
    let contact = &registration.contact;
    let index = contact.index(cx.keys);
    code::take_send(tx, cx, &index)?;
    pumping::take(tx, cx, contact)?;
    let subject = registration.id.to_string();
    let Some(owner) = user::find_owner(tx, &index)? else {
        let code = code::issue(tx, cx, flow(&subject))?;
        let minutes = cx.policy.code_seconds / 60;
        let message = Message::RegistrationCode { code, minutes };
        let expires_at = cx.now.plus_seconds(cx.policy.code_seconds);
        return outbox::post(
            tx,
            cx,
            &outbox::Post {
                user: None,
                to: contact,
                message: &message,
                locale: registration.locale,
                expires_at,
                subject: None,
            },
        );
    };
    code::issue_decoy(tx, cx, flow(&subject))?;
    if user::take_attempt_notice(tx, cx, &index)? {
        let locale = user::locale_of(tx, owner)?;
        let expires_at = cx.now.plus_seconds(cx.policy.registration_notice_seconds);
        outbox::post(
            tx,
            cx,
            &outbox::Post {
                user: Some(owner),
                to: contact,
                message: &Message::RegistrationAttempt,
                locale,
                expires_at,
                subject: None,
            },
        )?;
    }
    Ok(())
}

fn find_unverified(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: RegistrationId,
) -> Result<store::StoredRegistration, Error> {
    let registration = find_open(tx, cx, id)?;
    match registration.state {
        RegistrationState::ContactUnverified => Ok(registration),
        RegistrationState::ContactVerified => Err(Rejection::ContactAlreadyVerified.into()),
        RegistrationState::Completed => Err(Rejection::RegistrationClosed.into()),
    }
}

fn find_verified(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: RegistrationId,
) -> Result<store::StoredRegistration, Error> {
    let registration = find_open(read, cx, id)?;
    match registration.state {
        RegistrationState::ContactVerified => Ok(registration),
        RegistrationState::ContactUnverified => Err(Rejection::ContactNotVerified.into()),
        RegistrationState::Completed => Err(Rejection::RegistrationClosed.into()),
    }
}

fn find_open(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: RegistrationId,
) -> Result<store::StoredRegistration, Error> {
    let registration = store::find(read, cx, id)?.ok_or(Rejection::RegistrationNotFound)?;
    if registration.expires_at <= cx.now {
        return Err(Rejection::RegistrationExpired.into());
    }
    Ok(registration)
}

fn shown(cx: &Cx<'_>, registration: &store::StoredRegistration) -> Registration {
    Registration {
        id: registration.id,
        state: registration.state,
        resend_at: cx.now.plus_seconds(cx.policy.code_resend_seconds),
        expires_at: registration.expires_at,
    }
}

const fn flow(subject: &str) -> Flow<'_> {
    Flow {
        purpose: CodePurpose::Registration,
        subject,
    }
}
