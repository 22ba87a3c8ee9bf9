//! The second proof of a recovery: another method than the first, one that the person has.

use vocab::{Timestamp, UserId};

use super::{Held, Progress, RecoveryState, find_in, is_overtaken, store};
use crate::{
    CountedAttempt, Cx, Error, LifeRefusal, Method, Rejection,
    code::{self, CodePurpose, Flow, MatchedCode},
    contact::{Contact, ContactKind},
    factor::{self, Claim, CountedProof, MatchedProof},
    messages::LifeMessage,
    outbox, security_token, user,
};

/// What proves in a recovery. Two of them must differ, so a phone and an e-mail code are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryMethod {
    /// A code to the phone.
    Sms,
    /// A code to the e-mail address.
    Email,
    /// Six digits of an authenticator app.
    Totp,
    /// One of the ten codes that were saved.
    RecoveryCode,
    /// The Token.
    SecurityToken,
    /// A passkey, on a device that the person still has.
    Passkey,
}

impl RecoveryMethod {
    const ALL: [Self; 6] = [
        Self::Sms,
        Self::Email,
        Self::Totp,
        Self::RecoveryCode,
        Self::SecurityToken,
        Self::Passkey,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::SecurityToken => "security_token",
            Self::Passkey => "passkey",
        }
    }

    /// Reads [`RecoveryMethod::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }

    /// True for what the person holds, not for a code that travels to a contact.
    pub(super) const fn is_bound(self) -> bool {
        self.bound().is_some()
    }

    /// As what the person holds proves elsewhere.
    const fn bound(self) -> Option<Method> {
        match self {
            Self::Sms | Self::Email => None,
            Self::Totp => Some(Method::Totp),
            Self::RecoveryCode => Some(Method::RecoveryCode),
            Self::SecurityToken => Some(Method::SecurityToken),
            Self::Passkey => Some(Method::Passkey),
        }
    }

    /// As [`RecoveryMethod::bound`], the other way.
    pub const fn of(method: Method) -> Option<Self> {
        match method {
            Method::Totp => Some(Self::Totp),
            Method::RecoveryCode => Some(Self::RecoveryCode),
            Method::SecurityToken => Some(Self::SecurityToken),
            Method::Passkey => Some(Self::Passkey),
            _ => None,
        }
    }

    const fn contact_kind(self) -> Option<ContactKind> {
        match self {
            Self::Sms => Some(ContactKind::Phone),
            Self::Email => Some(ContactKind::Email),
            Self::Totp | Self::RecoveryCode | Self::SecurityToken | Self::Passkey => None,
        }
    }
}

/// True if one code alone does not let anybody back in.
pub(crate) fn has_second_factor(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<bool, Error> {
    let has_token = cx.policy.life.token_guards_recovery
        && security_token::find_active(read, cx, user)?.is_some();
    Ok(has_token || !factor::second_factors(read, cx, user)?.is_empty())
}

/// What proves beside what was proven.
pub(super) fn offered(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    proven: &[RecoveryMethod],
) -> Result<Vec<RecoveryMethod>, Error> {
    let person = user::find(read, cx, user)?;
    let is_fresh = |at: Timestamp| {
        at > person.created_at && at.plus_seconds(cx.policy.life.fresh_phone_seconds) > cx.now
    };
    let reaches = |kind: ContactKind| {
        let mut of_kind = person
            .contacts
            .iter()
            .filter(|contact| contact.kind == kind);
        of_kind.any(|contact| kind == ContactKind::Email || !is_fresh(contact.verified_at))
    };
    let mut bound = factor::second_factors(read, cx, user)?;
    if security_token::find_active(read, cx, user)?.is_some() {
        bound.push(Method::SecurityToken);
    }
    let has = |method: &RecoveryMethod| match (method.contact_kind(), method.bound()) {
        (Some(kind), _) => reaches(kind),
        (None, Some(method)) => bound.contains(&method),
        (None, None) => false,
    };
    let all = RecoveryMethod::ALL.into_iter();
    Ok(all
        .filter(|method| !proven.contains(method) && has(method))
        .collect())
}

/// A code on its way to a further contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenged {
    pub delivered_to: String,
    pub resend_at: Timestamp,
}

/// Sends a code to the person's designated contact of this kind.
///
/// # Errors
/// [`LifeRefusal::ProofNotOffered`], [`Rejection::CodesTooMany`], [`Rejection::CodeExhausted`],
/// and those of [`super::resend`].
pub fn challenge(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    method: RecoveryMethod,
) -> Result<Challenged, Error> {
    let (recovery, user) = find_waiting(tx, cx, held, method)?;
    let kind = method.contact_kind().ok_or(LifeRefusal::ProofNotOffered)?;
    let contact = contact_of(tx, cx, user, kind)?;
    code::take_send(tx, cx, &contact.index(cx.keys))?;
    let subject = subject_of(held, method);
    let code = code::issue(tx, cx, flow(&subject))?;
    let minutes = cx.policy.code_seconds / 60;
    let post = outbox::Post {
        subject: None,
        user: Some(user),
        to: &contact,
        message: &LifeMessage::RecoveryCode { code, minutes }.into(),
        locale: recovery.locale,
        expires_at: cx.now.plus_seconds(cx.policy.code_seconds),
    };
    outbox::post(tx, cx, &post)?;
    Ok(Challenged {
        delivered_to: contact.masked(),
        resend_at: cx.now.plus_seconds(cx.policy.code_resend_seconds),
    })
}

/// Whose passkeys are asked, and for which flow.
///
/// # Errors
/// Those of [`challenge`].
pub fn begin_passkey(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
) -> Result<(UserId, String), Error> {
    let (_, user) = find_waiting(tx, cx, held, RecoveryMethod::Passkey)?;
    Ok((user, subject_of(held, RecoveryMethod::Passkey)))
}

/// Write 1 of proving by a code: counts the guess. Commit it, then [`CountedAttempt::compare`];
/// answer [`Rejection::CodeWrong`] on a miss, [`settle_code`] on a match.
///
/// # Errors
/// Those of [`challenge`], [`Rejection::CodeExpired`].
pub fn count_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    method: RecoveryMethod,
) -> Result<CountedAttempt, Error> {
    find_waiting(tx, cx, held, method)?;
    let subject = subject_of(held, method);
    code::count_attempt(tx, cx, flow(&subject))
}

/// Write 2 of proving by a code: with it everything is proven.
///
/// # Errors
/// Those of [`count_code`]; [`LifeRefusal::RecoveryStep`] if another came first.
pub fn settle_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (held, method): (Held, RecoveryMethod),
    matched: &MatchedCode,
) -> Result<Progress, Error> {
    let (recovery, _) = find_waiting(tx, cx, held, method)?;
    let is_this = matched.subject() == subject_of(held, method);
    if !is_this || !code::consume(tx, cx, matched)? {
        return Err(Rejection::CodeExpired.into());
    }
    advance(tx, held, (recovery.proofs, method))
}

/// Write 1 of proving by what the person holds: counts the guess where its method counts them.
///
/// # Errors
/// Those of [`challenge`] and [`factor::count`].
pub fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    method: Method,
) -> Result<CountedProof, Error> {
    let offered = RecoveryMethod::of(method).ok_or(LifeRefusal::ProofNotOffered)?;
    let (_, user) = find_waiting(tx, cx, held, offered)?;
    let claim = Claim {
        user,
        purpose: CodePurpose::RecoveryProof,
        subject: &subject_of(held, offered),
        session: None,
    };
    factor::count(tx, cx, &claim, method)
}

/// Write 2 of proving by what the person holds: with it everything is proven.
///
/// # Errors
/// Those of [`count`] and [`factor::settle`].
pub fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    matched: &MatchedProof,
) -> Result<Progress, Error> {
    let method = RecoveryMethod::of(matched.method()).ok_or(LifeRefusal::ProofNotOffered)?;
    let (recovery, user) = find_waiting(tx, cx, held, method)?;
    if matched.user() != user {
        return Err(LifeRefusal::ProofNotOffered.into());
    }
    factor::settle(tx, cx, matched)?;
    advance(tx, held, (recovery.proofs, method))
}

fn advance(
    tx: &mut db::Tx<'_>,
    held: Held,
    (mut proofs, method): (Vec<RecoveryMethod>, RecoveryMethod),
) -> Result<Progress, Error> {
    proofs.push(method);
    let (from, to) = (RecoveryState::MoreProofNeeded, RecoveryState::Proven);
    if !store::advance(tx, (held.id, from, to), &proofs)? {
        return Err(LifeRefusal::RecoveryStep.into());
    }
    Ok(Progress {
        state: to,
        methods: Vec::new(),
    })
}

/// The flow, if it waits for just this proof.
fn find_waiting(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    held: Held,
    method: RecoveryMethod,
) -> Result<(store::StoredRecovery, UserId), Error> {
    let recovery = find_in(tx, cx, held, RecoveryState::MoreProofNeeded)?;
    if is_overtaken(tx, &recovery)? {
        return Err(LifeRefusal::RecoveryClosed.into());
    }
    let user = recovery.user.ok_or(LifeRefusal::RecoveryNotFound)?;
    if !offered(tx, cx, user, &recovery.proofs)?.contains(&method) {
        return Err(LifeRefusal::ProofNotOffered.into());
    }
    Ok((recovery, user))
}

fn contact_of(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    kind: ContactKind,
) -> Result<Contact, Error> {
    match user::designated_contact(tx, cx, user, kind)? {
        Some(contact) => Ok(contact),
        None => Err(LifeRefusal::ProofNotOffered.into()),
    }
}

fn subject_of(held: Held, method: RecoveryMethod) -> String {
    format!("{}:{}", held.id, method.code())
}

const fn flow(subject: &str) -> Flow<'_> {
    Flow {
        purpose: CodePurpose::RecoveryProof,
        subject,
    }
}
