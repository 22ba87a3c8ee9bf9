//! Who works in the back office: accounts, roles, sign-in with two factors, and what needs two.
//!
//! Nothing here makes a session of a person: an operator sees masked data, freezes, and asks a
//! second operator for what gives money back its freedom. Everything is in the audit log, where the
//! person it is about sees it too. Who may what is one table, [`Role::may`]; the edge asks it for
//! each of its routes.

mod bootstrap;
mod migrations;
mod people;
mod request;
mod role;
mod store;

pub use bootstrap::{offer, redeem};
pub(crate) use migrations::STEPS;
pub use people::{PersonSeen, find_person, note_look, unmask};
pub use request::{
    Decision, Request, RequestKind, RequestState, ask, checked_reason, decide, list_open,
};
pub use role::{Power, Role};
pub(crate) use store::STATEMENTS;
use vocab::{OperatorId, Timestamp};
use zeroize::Zeroizing;

use crate::{
    Cx, Error, Rejection, Secret, StaffRefusal,
    audit::{self, Action, Actor, Note},
    freeze::{self, Freeze, NewFreeze},
    keys::{Purpose, Tag, digest},
    password::{self, PasswordHashed, Verdict},
    totp::{self, SECRET_BYTES},
};

/// Tells an operator's session from other secrets.
const PREFIX: &str = "tos_";
/// Random bytes of a session (ASVS 7.2.3: at least 128 bits).
const TOKEN_BYTES: usize = 32;
/// An operator's session ends after this much silence: 15 minutes (PCI 8.2.8).
const IDLE_SECONDS: i64 = 900;
/// And after this long in any case: 8 hours (own; a shift).
const ABSOLUTE_SECONDS: i64 = 28_800;
/// Failures before the first wait: 5 (PSD2 ≤ 5).
const FREE_FAILURES: i64 = 5;
/// How long an account waits after that: 30 minutes (PCI 8.3.4).
const WAIT_SECONDS: i64 = 1_800;

/// Somebody of the back office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub id: OperatorId,
    /// The name to sign in with: 3 to 32 of `a–z 0–9 . _ -`.
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// An account to be made; the hash was made by [`password::hash`] from an accepted password.
#[derive(Clone, Debug)]
pub struct NewOperator {
    pub name: String,
    pub password: PasswordHashed,
    pub role: Role,
}

/// An account just made: the only time its TOTP secret is seen.
#[derive(Clone, Debug)]
pub struct MadeOperator {
    pub operator: Operator,
    /// `otpauth://…`, for an authenticator app.
    pub totp_uri: Secret,
}

/// A live session of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    pub operator: Operator,
    pub expires_at: Timestamp,
}

/// An operator's session's secret as the server knows it: only its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OperatorToken(Tag);

impl OperatorToken {
    /// Reads what a client presents; `None` if it does not look like one at all.
    pub fn read(presented: &str) -> Option<Self> {
        let hex = presented.strip_prefix(PREFIX)?;
        let is_lower_hex = hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (hex.len() == 2 * TOKEN_BYTES && is_lower_hex).then(|| Self(digest(presented)))
    }
}

impl std::fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OperatorToken([hashed])")
    }
}

/// Who may be signing in: somebody known or nobody, it looks the same from outside.
#[derive(Clone, Debug)]
pub struct Candidate {
    found: Option<OperatorId>,
    hashed: PasswordHashed,
}

impl Candidate {
    /// What to verify the password against; a dummy of the same cost for nobody.
    pub const fn hashed(&self) -> &PasswordHashed {
        &self.hashed
    }
}

/// How signing in ended. A refusal is committed too, since it was counted.
#[derive(Clone, Debug)]
#[must_use]
pub enum SignIn {
    Opened {
        token: Secret,
        session: OperatorSession,
    },
    /// Always [`Rejection::AuthFailed`].
    Refused(Rejection),
}

/// Makes an account with a role. Who may is for the caller to have judged.
///
/// # Errors
/// [`StaffRefusal::OperatorNameInvalid`], [`StaffRefusal::OperatorNameTaken`].
pub fn create(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: Actor,
    new: &NewOperator,
) -> Result<MadeOperator, Error> {
    if !is_name(&new.name) {
        return Err(StaffRefusal::OperatorNameInvalid.into());
    }
    let id = OperatorId::new(cx.now, cx.entropy);
    let secret: Zeroizing<[u8; SECRET_BYTES]> = Zeroizing::new(cx.entropy.bytes());
    let context = id.to_string();
    let seal = |purpose, plain: &[u8]| cx.keys.seal(purpose, context.as_bytes(), plain, cx.entropy);
    let phc = new.password.0.expose().as_bytes();
    let stored = store::NewStored {
        id,
        name: &new.name,
        role: new.role,
        password: seal(Purpose::OperatorPassword, phc),
        totp: seal(Purpose::OperatorTotp, secret.as_slice()),
    };
    if !store::insert(tx, &stored, cx.now)? {
        return Err(StaffRefusal::OperatorNameTaken.into());
    }
    record(tx, cx, by, (Action::OperatorCreated, &context))?;
    let uri = totp::address(&secret, &new.name);
    let uri = uri.ok_or_else(|| db::Fault::internal("an authenticator app cannot be described"))?;
    Ok(MadeOperator {
        operator: Operator {
            id,
            name: new.name.clone(),
            role: new.role,
            created_at: cx.now,
            ended_at: None,
        },
        totp_uri: uri,
    })
}

/// First half of signing in: finds what to verify the password against.
pub fn begin(read: &mut impl db::Read, cx: &Cx<'_>, name: &str) -> Result<Candidate, Error> {
    let found = store::find_by_name(read, name)?;
    let Some(found) = found.filter(|found| found.operator.ended_at.is_none()) else {
        return Ok(Candidate {
            found: None,
            hashed: password::dummy(cx.policy.hash_cost),
        });
    };
    let context = found.operator.id.to_string();
    let sealed = &found.password;
    let plain = cx
        .keys
        .open(Purpose::OperatorPassword, context.as_bytes(), sealed)?;
    let phc = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    Ok(Candidate {
        found: Some(found.operator.id),
        hashed: PasswordHashed(Secret::new(phc.to_owned())),
    })
}

/// Second half: both factors, or a counted failure; which of them was wrong is not said. The row
/// is held while the code is compared, so of many tries at once each finds what the one before
/// counted. A code works once (RFC 6238, section 5.2).
pub fn open(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (candidate, verdict): (&Candidate, Verdict),
    code: &str,
) -> Result<SignIn, Error> {
    let refused = SignIn::Refused(Rejection::AuthFailed);
    let Some(id) = candidate.found else {
        return Ok(refused);
    };
    let Some(found) = store::lock(tx, id)? else {
        return Ok(refused);
    };
    if found.blocked_until > cx.now || found.operator.ended_at.is_some() {
        return Ok(refused);
    }
    let context = id.to_string();
    let plain = cx
        .keys
        .open(Purpose::OperatorTotp, context.as_bytes(), &found.totp)?;
    let secret: [u8; SECRET_BYTES] = plain.as_slice().try_into().map_err(|_| crate::Unsealable)?;
    let step = totp::matched_step(&Zeroizing::new(secret), code, cx.now);
    let is_in = match step.filter(|_| verdict.is_right()) {
        Some(step) => store::take_step(tx, id, step)?,
        None => false,
    };
    if !is_in {
        let failures = found.failures + 1;
        let wait = if failures >= FREE_FAILURES {
            WAIT_SECONDS
        } else {
            0
        };
        store::note_failure(tx, id, failures, cx.now.plus_seconds(wait))?;
        record(tx, cx, Actor::Nobody, (Action::OperatorRefused, &context))?;
        return Ok(refused);
    }
    let token = new_token(cx);
    let expires_at = cx.now.plus_seconds(ABSOLUTE_SECONDS);
    store::open_session(tx, &digest(token.expose()), id, (cx.now, expires_at))?;
    let signed_in = (Action::OperatorSignedIn, context.as_str());
    record(tx, cx, Actor::Operator(id), signed_in)?;
    Ok(SignIn::Opened {
        token,
        session: OperatorSession {
            operator: found.operator,
            expires_at,
        },
    })
}

/// The live session of this token, used now: not ended, not silent for a quarter of an hour, not
/// older than eight hours.
pub fn use_session(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    token: OperatorToken,
) -> Result<Option<OperatorSession>, Error> {
    let quiet_since = cx.now.plus_seconds(-IDLE_SECONDS);
    if !store::touch(tx, &token.0, cx.now, quiet_since)? {
        return Ok(None);
    }
    Ok(store::find_session(tx, &token.0)?)
}

/// Ends a session.
pub fn sign_out(tx: &mut db::Tx<'_>, token: OperatorToken) -> Result<(), Error> {
    Ok(store::end_session(tx, &token.0)?)
}

/// Everybody of the back office, oldest first.
pub fn list(read: &mut impl db::Read) -> Result<Vec<Operator>, Error> {
    Ok(store::list(read)?)
}

/// Ends an account and its sessions; its name stays taken, and it stays in the log.
///
/// # Errors
/// [`StaffRefusal::OperatorNotFound`], [`StaffRefusal::OwnRequest`] for one's own.
pub fn end(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    id: OperatorId,
) -> Result<(), Error> {
    if by.operator.id == id {
        return Err(StaffRefusal::OwnRequest.into());
    }
    if !store::end(tx, id, cx.now)? {
        return Err(StaffRefusal::OperatorNotFound.into());
    }
    store::end_sessions_of(tx, id)?;
    let by = Actor::Operator(by.operator.id);
    record(tx, cx, by, (Action::OperatorEnded, &id.to_string()))
}

/// Deletes sessions that are over, at most `most`.
pub fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now, most)?)
}

/// Stops a person's money on an operator's or the law's authority.
///
/// # Errors
/// [`Rejection::UserNotFound`], [`StaffRefusal::ReasonInvalid`].
pub fn freeze(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: &OperatorSession,
    new: NewFreeze,
) -> Result<Freeze, Error> {
    let reason = new.reason.as_deref().unwrap_or_default();
    checked_reason(reason)?;
    crate::user::find(tx, cx, new.user)?;
    let placed = freeze::place(tx, cx, new)?;
    let object = placed.id.to_string();
    let look = (placed.user, Action::FrozenByOperator, object.as_str());
    note_look(tx, cx, by, look)?;
    Ok(placed)
}

impl OperatorSession {
    /// Refuses what the role does not allow.
    ///
    /// # Errors
    /// [`StaffRefusal::OperatorNotAllowed`].
    pub fn require(&self, power: Power) -> Result<(), StaffRefusal> {
        if self.operator.role.may(power) {
            return Ok(());
        }
        Err(StaffRefusal::OperatorNotAllowed)
    }
}

fn record(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    actor: Actor,
    (action, object): (Action, &str),
) -> Result<(), Error> {
    let note = Note {
        actor,
        subject: None,
        action,
        object,
        session: None,
    };
    audit::record(tx, cx, &note)
}

fn is_name(name: &str) -> bool {
    let is_allowed =
        |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'_' | b'-');
    (3..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(is_allowed)
}

fn new_token(cx: &Cx<'_>) -> Secret {
    let random: [u8; TOKEN_BYTES] = cx.entropy.bytes();
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Secret::new(format!("{PREFIX}{hex}"))
}
