//! One way to prove oneself, whatever for: signing in by a second step, a step-up, a recovery, the
//! approval of a payment. Every flow counts, compares and settles here, so none forgets a limit.
//!
//! write 1 [`count`] → pure and slow [`CountedProof::compare`] → write 2 [`settle`], or [`miss`]
//! after a wrong one. The guess is counted and committed before it is compared.

use vocab::{SecurityTokenId, Timestamp, UserId};

use crate::{
    ActiveToken, CountedAttempt, Cx, Error, Keys, Method, Password, Rejection, Secret, Session,
    code::{self, CodePurpose, MatchedCode},
    guard::{self, Bucket},
    passkey::{self, Answering, Asserted, Ceremony},
    password::{self, PasswordHashed},
    pin::{self, CountedPin},
    recovery_code::{self, CountedRecoveryCode},
    security_token::{self, WrongTry},
    sms,
    totp::{self, CountedTotp, MatchedTotp},
};

/// A proof as it was typed or signed.
#[derive(Clone, Debug)]
pub enum Proof {
    Password(Password),
    Totp(Secret),
    SmsCode(Secret),
    RecoveryCode(Secret),
    Pin(Secret),
    SecurityToken(Secret),
    /// What the edge has verified; none if the answer was wrong.
    Passkey(Option<Asserted>),
}

impl Proof {
    /// How it proves.
    pub const fn method(&self) -> Method {
        match self {
            Self::Password(_) => Method::Password,
            Self::Totp(_) => Method::Totp,
            Self::SmsCode(_) => Method::Sms,
            Self::RecoveryCode(_) => Method::RecoveryCode,
            Self::Pin(_) => Method::Pin,
            Self::SecurityToken(_) => Method::SecurityToken,
            Self::Passkey(_) => Method::Passkey,
        }
    }
}

/// Who is to prove themselves, and for what: codes of one flow are nothing in another.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub user: UserId,
    pub purpose: CodePurpose,
    /// The flow's own id.
    pub subject: &'a str,
    /// Where they are signed in, if they are: the PIN needs a device of theirs.
    pub session: Option<&'a Session>,
}

/// A guess at a proof, counted and committed, not yet compared.
#[must_use = "a counted proof is compared, or it was counted for nothing"]
#[derive(Clone, Debug)]
pub struct CountedProof {
    user: UserId,
    now: Timestamp,
    against: Against,
}

#[derive(Clone, Debug)]
enum Against {
    Password(PasswordHashed),
    Totp(CountedTotp),
    Sms(CountedAttempt),
    RecoveryCode(CountedRecoveryCode),
    Pin(CountedPin),
    SecurityTokens(ActiveToken),
    Passkey(Answering),
}

/// A proof that was right; what may be used once still has to be used up.
#[must_use = "a matched proof has no effect until it is settled"]
#[derive(Clone, Debug)]
pub struct MatchedProof {
    user: UserId,
    by: Matched,
}

#[derive(Clone, Debug)]
enum Matched {
    Password,
    Totp(MatchedTotp),
    Sms(MatchedCode),
    RecoveryCode(String),
    Pin,
    SecurityToken(SecurityTokenId),
    Passkey(Asserted),
}

impl MatchedProof {
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// How it was proven.
    pub const fn method(&self) -> Method {
        match self.by {
            Matched::Password => Method::Password,
            Matched::Totp(_) => Method::Totp,
            Matched::Sms(_) => Method::Sms,
            Matched::RecoveryCode(_) => Method::RecoveryCode,
            Matched::Pin => Method::Pin,
            Matched::SecurityToken(_) => Method::SecurityToken,
            Matched::Passkey(_) => Method::Passkey,
        }
    }
}

impl CountedProof {
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// The method that was asked for.
    pub const fn method(&self) -> Method {
        match self.against {
            Against::Password(_) => Method::Password,
            Against::Totp(_) => Method::Totp,
            Against::Sms(_) => Method::Sms,
            Against::RecoveryCode(_) => Method::RecoveryCode,
            Against::Pin(_) => Method::Pin,
            Against::SecurityTokens(_) => Method::SecurityToken,
            Against::Passkey(_) => Method::Passkey,
        }
    }

    /// The challenge that a passkey answers, for the edge to verify the answer.
    pub const fn passkey(&self) -> Option<&Answering> {
        match &self.against {
            Against::Passkey(answering) => Some(answering),
            _ => None,
        }
    }

    /// True if comparing costs a slow hash and needs a thread of its own.
    pub const fn is_slow(&self) -> bool {
        matches!(
            self.against,
            Against::Password(_) | Against::RecoveryCode(_) | Against::Pin(_)
        )
    }

    /// Compares. As slow as the method's hash, on purpose; a proof by another method is wrong.
    pub fn compare(&self, proof: &Proof, keys: &Keys) -> Option<MatchedProof> {
        let by = match (&self.against, proof) {
            (Against::Password(hashed), Proof::Password(typed)) => password::verify(typed, hashed)
                .0
                .then_some(Matched::Password),
            (Against::Totp(counted), Proof::Totp(typed)) => {
                counted.compare(typed.expose()).map(Matched::Totp)
            }
            (Against::Sms(counted), Proof::SmsCode(typed)) => {
                counted.compare(typed.expose(), keys).map(Matched::Sms)
            }
            (Against::RecoveryCode(counted), Proof::RecoveryCode(typed)) => {
                counted.compare(typed.expose()).map(Matched::RecoveryCode)
            }
            (Against::Pin(counted), Proof::Pin(typed)) => counted
                .matches(self.user, typed.expose(), keys)
                .then_some(Matched::Pin),
            (Against::SecurityTokens(active), Proof::SecurityToken(typed)) => active
                .find_match(typed.expose(), keys, self.now)
                .map(Matched::SecurityToken),
            (Against::Passkey(answering), Proof::Passkey(Some(asserted))) => answering
                .keys
                .iter()
                .any(|key| key.credential == asserted.credential)
                .then(|| Matched::Passkey(asserted.clone())),
            _ => None,
        };
        by.map(|by| MatchedProof {
            user: self.user,
            by,
        })
    }
}

/// Write 1: counts a guess and finds what to compare it with. Commit it before comparing.
///
/// # Errors
/// [`Rejection::TriesTooMany`] during a wait, [`Rejection::MethodNotAccepted`] if the person has no
/// such thing, and those of the method itself.
pub fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    claim: &Claim<'_>,
    method: Method,
) -> Result<CountedProof, Error> {
    let user = claim.user;
    let missing = || Rejection::MethodNotAccepted {
        methods: Vec::new(),
    };
    let against = match method {
        Method::Password => {
            let hashed = password::find(tx, cx, user)?.ok_or_else(missing)?;
            guard::take(tx, cx, user, Bucket::Password)?;
            Against::Password(hashed)
        }
        Method::Totp => Against::Totp(totp::count(tx, cx, user)?),
        Method::Sms => {
            let counted = sms::count(tx, cx, user, claim.purpose, claim.subject)?;
            Against::Sms(counted)
        }
        Method::RecoveryCode => Against::RecoveryCode(recovery_code::count(tx, cx, user)?),
        Method::Pin => {
            let is_payment = claim.purpose == CodePurpose::PaymentApproval;
            if let Some(retry_at) = pin::held_until(tx, cx, user)?.filter(|_| is_payment) {
                return Err(Rejection::PinLocked { retry_at }.into());
            }
            Against::Pin(pin::count(tx, cx, user, claim.session)?)
        }
        Method::SecurityToken => {
            Against::SecurityTokens(security_token::count_guess(tx, cx, user)?)
        }
        Method::Passkey => {
            let ceremony = Ceremony {
                purpose: claim.purpose.code(),
                subject: claim.subject,
                user: Some(user),
            };
            Against::Passkey(passkey::count(tx, cx, user, &ceremony)?)
        }
        Method::Device => return Err(missing().into()),
    };
    Ok(CountedProof {
        user,
        now: cx.now,
        against,
    })
}

/// Write 2 after a right proof: uses up what serves once and forgives what was counted.
///
/// # Errors
/// [`Rejection::ProofWrong`] or [`Rejection::CodeExpired`] if it was used up or changed meanwhile.
pub fn settle(tx: &mut db::Tx<'_>, cx: &Cx<'_>, matched: &MatchedProof) -> Result<(), Error> {
    let user = matched.user;
    match &matched.by {
        Matched::Password => guard::clear(tx, user, Bucket::Password),
        Matched::Totp(step) => totp::settle(tx, *step),
        Matched::Sms(code) => {
            if !code::consume(tx, cx, code)? {
                return Err(Rejection::CodeExpired.into());
            }
            guard::clear(tx, user, Bucket::Sms)
        }
        Matched::RecoveryCode(selector) => recovery_code::settle(tx, cx, user, selector),
        Matched::Pin => pin::forgive(tx, user),
        Matched::Passkey(asserted) => passkey::note_use(tx, cx, user, asserted),
        Matched::SecurityToken(id) => {
            if !security_token::is_still_active(tx, user, *id)? {
                let method = Method::SecurityToken;
                return Err(Rejection::ProofWrong { method }.into());
            }
            security_token::note_use(tx, cx, *id)?;
            security_token::forgive_all(tx, user)
        }
    }
}

/// Write 2 after a wrong proof: what follows from too many of them. Gives the refusal.
pub fn miss(tx: &mut db::Tx<'_>, cx: &Cx<'_>, counted: &CountedProof) -> Result<Rejection, Error> {
    let wrong = Rejection::ProofWrong {
        method: counted.method(),
    };
    match &counted.against {
        Against::Pin(_) => pin::miss(tx, cx, counted.user),
        Against::SecurityTokens(_) => {
            match security_token::block_exhausted(tx, cx, counted.user)? {
                WrongTry::Blocked => Ok(Rejection::SecurityTokenBlocked),
                WrongTry::Counted { .. } => Ok(wrong),
            }
        }
        _ => Ok(wrong),
    }
}

/// What a person can prove a payment with, as far as it is set up and not blocked.
pub fn for_payments(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<Method>, Error> {
    let mut methods = second_factors(read, cx, user)?;
    methods.retain(|method| *method != Method::RecoveryCode);
    if sms::is_held(read, cx, user)? {
        methods.retain(|method| *method != Method::Sms);
    }
    if security_token::find_active(read, cx, user)?.is_some() {
        methods.push(Method::SecurityToken);
    }
    let pin = pin::state(read, cx, user)?;
    if pin.is_set && !pin.is_void && pin::held_until(read, cx, user)?.is_none() {
        methods.push(Method::Pin);
    }
    Ok(methods)
}

/// The second factors that a person has set up, strongest first; with one of them, signing in has
/// two steps.
pub fn second_factors(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<Method>, Error> {
    let mut methods = Vec::new();
    if passkey::has_any(read, user)? {
        methods.push(Method::Passkey);
    }
    if totp::state(read, cx, user)?.0 == totp::TotpState::Active {
        methods.push(Method::Totp);
    }
    if sms::enabled_to(read, cx, user)?.is_some() {
        methods.push(Method::Sms);
    }
    if !methods.is_empty() && recovery_code::left(read, user)?.left > 0 {
        methods.push(Method::RecoveryCode);
    }
    Ok(methods)
}
