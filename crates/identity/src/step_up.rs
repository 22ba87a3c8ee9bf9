//! Step-ups: before a sensitive verb a session proves once more who is there.
//!
//! A grant is bound to the session, the purpose and the resource, lives five minutes, and comes
//! from one of the listed methods, proven after the step-up was asked for: an older proof, however
//! fresh, never counts. For what cannot be undone it serves once.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{StepUpId, Timestamp, UserId};

use crate::{
    Cx, Error, Method, OpenedSession, Rejection, Session,
    code::CodePurpose,
    device,
    factor::{self, Claim, CountedProof, MatchedProof},
    pin, security_token, session,
    sms::{self, CodeSent},
};

/// Longest name of a resource, in bytes.
const RESOURCE_LONGEST: usize = 128;

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $uses:ident;)*) => {
        /// What a step-up is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Purpose { $($(#[$doc])* $name),* }

        impl Purpose {
            /// Every purpose.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As stored and as shown in the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// How often one grant serves.
            pub const fn uses(self) -> Uses {
                match self { $(Self::$name => Uses::$uses),* }
            }
        }
    };
}

/// How often a grant serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uses {
    /// For what cannot be undone.
    Once,
    /// Until its minutes are over.
    Repeatedly,
}

purposes! {
    ChangePassword = "change_password", Repeatedly;
    ChangeContact = "change_contact", Repeatedly;
    SetUpFactor = "set_up_factor", Repeatedly;
    RemoveFactor = "remove_factor", Once;
    SetPin = "set_pin", Repeatedly;
    ResetPin = "reset_pin", Once;
    CreateAccessToken = "create_access_token", Once;
    RaiseLimit = "raise_limit", Once;
    ExportData = "export_data", Once;
    LiftFreeze = "lift_freeze", Once;
    CloseAccount = "close_account", Once;
    UnblockSecurityToken = "unblock_security_token", Once;
    ApproveDevice = "approve_device", Repeatedly;
}

impl Purpose {
    /// Reads [`Purpose::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|purpose| purpose.code() == code)
    }
}

/// How far a step-up has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUpState {
    Pending,
    Granted,
    /// Its one use is over.
    Used,
}

impl StepUpState {
    const ALL: [Self; 3] = [Self::Pending, Self::Granted, Self::Used];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Used => "used",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A step-up, as shown to who asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp {
    pub id: StepUpId,
    pub purpose: Purpose,
    pub resource: String,
    pub state: StepUpState,
    /// What proves, each by itself.
    pub methods: Vec<Method>,
    /// Pending: until when to prove. Granted: until when it serves.
    pub expires_at: Timestamp,
}

/// A grant, and the session's new secret: proving more renews it.
#[derive(Clone, Debug)]
pub struct Granted {
    pub step_up: StepUp,
    pub session: OpenedSession,
}

/// Asks for a step-up. `resource` names what exactly is to be touched; the verb must name the same.
///
/// # Errors
/// [`Rejection::StepUpNotFound`] if the resource cannot be one.
pub fn request(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    purpose: Purpose,
    resource: &str,
) -> Result<StepUp, Error> {
    let is_plain = resource.bytes().all(|byte| byte.is_ascii_graphic());
    if resource.len() > RESOURCE_LONGEST || !is_plain {
        return Err(Rejection::StepUpNotFound.into());
    }
    let stored = store::StoredStepUp {
        id: StepUpId::new(cx.now, cx.entropy),
        purpose,
        resource: resource.to_owned(),
        state: StepUpState::Pending,
        expires_at: cx.now.plus_seconds(cx.policy.step_up_seconds),
    };
    store::insert(tx, session, &stored, cx.now)?;
    let methods = methods_for(tx, cx, session, purpose)?;
    Ok(shown(stored, methods))
}

/// Write 1 of proving: counts the guess, here and in the method's own counter. Commit it, compare
/// outside of any transaction, then [`grant`], or [`factor::miss`].
///
/// # Errors
/// [`Rejection::StepUpNotFound`], [`Rejection::StepUpExpired`], [`Rejection::StepUpClosed`],
/// [`Rejection::MethodNotAccepted`], and those of [`factor::count`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: StepUpId,
    method: Method,
) -> Result<CountedProof, Error> {
    let stored = find_pending(tx, cx, session, id)?;
    let methods = methods_for(tx, cx, session, stored.purpose)?;
    if !methods.contains(&method) {
        return Err(Rejection::MethodNotAccepted { methods }.into());
    }
    if !store::count_attempt(tx, id, cx.policy.step_up_attempts)? {
        return Err(Rejection::StepUpClosed.into());
    }
    let subject = id.to_string();
    let claim = Claim {
        user: session.user,
        purpose: CodePurpose::StepUp,
        subject: &subject,
        session: Some(session),
    };
    factor::count(tx, cx, &claim, method)
}

/// Write 2 of proving: the step-up is granted from now on, and the session renewed.
///
/// # Errors
/// Those of [`count_attempt`] and [`factor::settle`]; [`Rejection::SessionNotFound`].
pub fn grant(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: StepUpId,
    matched: &MatchedProof,
) -> Result<Granted, Error> {
    let stored = find_pending(tx, cx, session, id)?;
    factor::settle(tx, cx, matched)?;
    let method = matched.method();
    let expires_at = cx.now.plus_seconds(cx.policy.step_up_seconds);
    if !store::grant(tx, id, method, expires_at)? {
        return Err(Rejection::StepUpClosed.into());
    }
    let granted = store::StoredStepUp {
        state: StepUpState::Granted,
        expires_at,
        ..stored
    };
    let renewed = session::renew(tx, cx, session.id, method)?;
    Ok(Granted {
        step_up: shown(granted, vec![method]),
        session: renewed,
    })
}

/// Goes on only with a live grant of this session for exactly this purpose and resource; uses it up
/// where it serves once. Call it in the transaction of the verb that it protects.
///
/// # Errors
/// [`Rejection::StepUpRequired`], which names what is accepted.
pub fn require(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    purpose: Purpose,
    resource: &str,
) -> Result<(), Error> {
    let found = store::find_granted(tx, session, purpose, resource, cx.now)?;
    let is_met = match (found, purpose.uses()) {
        (None, _) => false,
        (Some(_), Uses::Repeatedly) => true,
        (Some(id), Uses::Once) => store::use_up(tx, id)?,
    };
    if is_met {
        return Ok(());
    }
    let methods = methods_for(tx, cx, session, purpose)?;
    let resource = resource.to_owned();
    Err(Rejection::StepUpRequired {
        purpose,
        resource,
        methods,
    }
    .into())
}

/// What a step-up of a person is for, if it was asked for in another session than this one.
pub(crate) fn purpose_elsewhere(
    read: &mut impl db::Read,
    session: &Session,
    id: StepUpId,
) -> Result<Option<Purpose>, Error> {
    let found = store::find_of(read, session.user, id)?;
    let elsewhere = found.filter(|(_, asking)| *asking != session.id);
    Ok(elsewhere.map(|(stored, _)| stored.purpose))
}

/// Write 2 of proving by another device of the person, once they said yes there. The step-up is
/// found by its id alone: who shows the pickup secret of the confirmation is who asked.
///
/// # Errors
/// [`Rejection::StepUpNotFound`] if it is another's, [`Rejection::StepUpExpired`],
/// [`Rejection::StepUpClosed`]; [`Rejection::SessionNotFound`].
pub(crate) fn grant_by_device(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: StepUpId,
) -> Result<Granted, Error> {
    let (stored, session) = store::find_of(tx, user, id)?.ok_or(Rejection::StepUpNotFound)?;
    if stored.expires_at <= cx.now {
        return Err(Rejection::StepUpExpired.into());
    }
    let expires_at = cx.now.plus_seconds(cx.policy.step_up_seconds);
    let is_pending = stored.state == StepUpState::Pending;
    if !is_pending || !store::grant(tx, id, Method::Device, expires_at)? {
        return Err(Rejection::StepUpClosed.into());
    }
    let granted = store::StoredStepUp {
        state: StepUpState::Granted,
        expires_at,
        ..stored
    };
    let renewed = session::renew(tx, cx, session, Method::Device)?;
    Ok(Granted {
        step_up: shown(granted, vec![Method::Device]),
        session: renewed,
    })
}

/// Whether another device or a passkey may be asked for a step-up.
///
/// # Errors
/// As [`send_code`].
pub fn begin(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    session: &Session,
    (id, method): (StepUpId, Method),
) -> Result<(), Error> {
    let stored = store::find(read, session, id)?.ok_or(Rejection::StepUpNotFound)?;
    if stored.state != StepUpState::Pending || stored.expires_at <= cx.now {
        return Err(Rejection::StepUpClosed.into());
    }
    let methods = methods_for(read, cx, session, stored.purpose)?;
    if methods.contains(&method) {
        return Ok(());
    }
    Err(Rejection::MethodNotAccepted { methods }.into())
}

/// Sends a code by SMS for a step-up.
///
/// # Errors
/// [`Rejection::StepUpNotFound`], [`Rejection::StepUpExpired`], [`Rejection::StepUpClosed`],
/// [`Rejection::MethodNotAccepted`], and those of [`sms::send`].
pub fn send_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: StepUpId,
) -> Result<CodeSent, Error> {
    let stored = find_pending(tx, cx, session, id)?;
    let methods = methods_for(tx, cx, session, stored.purpose)?;
    if !methods.contains(&Method::Sms) {
        return Err(Rejection::MethodNotAccepted { methods }.into());
    }
    let subject = id.to_string();
    sms::send(tx, cx, session.user, CodePurpose::StepUp, &subject)
}

/// What proves for a purpose: the strongest class that the person has set up, so that nobody can
/// choose a weaker one for them. A contact is not changed by a code to it, nor is a PIN reset by
/// one, and a number that has changed lately proves nothing. A lost device is removed with a
/// recovery code.
pub fn methods_for(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    session: &Session,
    purpose: Purpose,
) -> Result<Vec<Method>, Error> {
    let user = session.user;
    let second = factor::second_factors(read, cx, user)?;
    let has = |method| second.contains(&method);
    let by_key = has(Method::Passkey);
    let by_app = !by_key && has(Method::Totp);
    let is_weak = !by_key && !by_app;
    let may_sms = !matches!(purpose, Purpose::ChangeContact | Purpose::ResetPin);
    let by_sms = is_weak && has(Method::Sms) && may_sms && !sms::is_held(read, cx, user)?;
    let mut methods = Vec::new();
    if by_key {
        methods.push(Method::Passkey);
    } else if by_app {
        methods.push(Method::Totp);
    } else if by_sms {
        methods.push(Method::Sms);
    } else {
        methods.push(Method::Password);
    }
    let by_code = by_app || purpose == Purpose::RemoveFactor;
    if by_code && has(Method::RecoveryCode) {
        methods.push(Method::RecoveryCode);
    }
    let by_token = is_weak && purpose != Purpose::UnblockSecurityToken;
    if by_token && security_token::find_active(read, cx, user)?.is_some() {
        methods.push(Method::SecurityToken);
    }
    let by_pin = second.is_empty() && purpose == Purpose::ApproveDevice;
    if by_pin && session.device.is_some() && pin::state(read, cx, user)?.is_set {
        methods.push(Method::Pin);
    }
    if !by_key && device::has_other_trusted(read, cx, session)? {
        methods.push(Method::Device);
    }
    Ok(methods)
}

/// Forgets step-ups that were over more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn find_pending(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    id: StepUpId,
) -> Result<store::StoredStepUp, Error> {
    let stored = store::find(tx, session, id)?.ok_or(Rejection::StepUpNotFound)?;
    if stored.state != StepUpState::Pending {
        return Err(Rejection::StepUpClosed.into());
    }
    if stored.expires_at <= cx.now {
        return Err(Rejection::StepUpExpired.into());
    }
    Ok(stored)
}

fn shown(stored: store::StoredStepUp, methods: Vec<Method>) -> StepUp {
    StepUp {
        id: stored.id,
        purpose: stored.purpose,
        resource: stored.resource,
        state: stored.state,
        methods,
        expires_at: stored.expires_at,
    }
}
