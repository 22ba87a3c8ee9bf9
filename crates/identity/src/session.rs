//! Signed-in places: opened by a password, ended by silence, by time, by hand or by the epoch.
//!
//! A session is 256 random bits that only the client keeps; here lies their SHA-256.

mod store;

use std::fmt::{self, Write};

pub(crate) use store::STATEMENTS;
use vocab::{SessionId, Timestamp, UserId};

use crate::{
    Cx, Error, Identifier, Policy, Rejection, Secret,
    keys::{Purpose, Tag, digest},
    pack,
    password::{self, PasswordHashed, Verdict},
    text, user,
};

/// Tells a session's text from other secrets.
const PREFIX: &str = "tss_";
/// Random bytes of a session (ASVS 7.2.3: at least 128 bits).
const TOKEN_BYTES: usize = 32;
/// Longest description of a device that is kept, in characters.
const DEVICE_LONGEST: usize = 256;
/// Failures by clients that have not been seen before; known devices get a counter of their own.
const BUCKET: &str = "unknown";

/// A session's secret as the server knows it: only its hash. Good as a key of a cache.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionToken(Tag);

impl SessionToken {
    /// Reads what a client presents; `None` if it does not look like a session at all.
    pub fn read(presented: &str) -> Option<Self> {
        let hex = presented.strip_prefix(PREFIX)?;
        let is_lower_hex = hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (hex.len() == 2 * TOKEN_BYTES && is_lower_hex).then(|| Self(digest(presented)))
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken([hashed])")
    }
}

/// With what and from where somebody signs in; for them to recognise later.
#[derive(Clone, Debug, Default)]
pub struct Device {
    user_agent: String,
    address: String,
}

impl Device {
    /// Takes the browser's words and the client's address, cut and cleaned of hidden characters.
    pub fn new(user_agent: &str, address: &str) -> Self {
        let clean = |text: &str| {
            text.chars()
                .filter(|&c| !text::is_hidden(c))
                .take(DEVICE_LONGEST)
                .collect()
        };
        Self {
            user_agent: clean(user_agent),
            address: clean(address),
        }
    }

    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    pub fn address(&self) -> &str {
        &self.address
    }
}

/// A live session, as every authenticated request needs it. May be cached by its token as long as
/// the caller asks [`Session::is_live`] each time and drops it when it is told of a revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: UserId,
    /// The person's epoch when it was opened.
    pub epoch: i64,
    pub created_at: Timestamp,
    /// When the password was last proven here.
    pub authenticated_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// It ends then in any case.
    pub expires_at: Timestamp,
}

impl Session {
    /// False once it is too old or was silent for too long.
    pub const fn is_live(&self, now: Timestamp, policy: &Policy) -> bool {
        now.micros() < self.expires_at.micros()
            && now.micros()
                < self
                    .last_seen_at
                    .plus_seconds(policy.session_idle_seconds)
                    .micros()
    }

    /// True if [`touch`] should note that it is in use.
    pub const fn needs_touch(&self, now: Timestamp, policy: &Policy) -> bool {
        let due = self.last_seen_at.plus_seconds(policy.session_touch_seconds);
        due.micros() <= now.micros()
    }
}

/// A session in the list that its owner sees.
#[derive(Clone, Debug)]
pub struct SessionView {
    pub session: Session,
    pub device: Device,
}

/// A session just opened: the only time its secret is seen.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    pub id: SessionId,
    pub user: UserId,
    pub token: Secret,
    pub expires_at: Timestamp,
}

/// Who may be signing in: somebody known or nobody, it looks the same from outside.
#[derive(Clone, Debug)]
pub struct Candidate {
    user: Option<UserId>,
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
    Opened(OpenedSession),
    /// Always [`Rejection::AuthFailed`]: unknown, wrong or still waiting, it is not said which.
    Refused(Rejection),
}

/// First half of signing in: finds what to verify the password against.
pub fn begin(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    identifier: &Identifier,
) -> Result<Candidate, Error> {
    let user = match &identifier.0 {
        Some(contact) => user::find_owner(read, &contact.index(cx.keys))?,
        None => None,
    };
    let hashed = match user {
        Some(user) => password::find(read, cx, user)?,
        None => None,
    };
    let dummy = || password::dummy(cx.policy.hash_cost);
    Ok(Candidate {
        user,
        hashed: hashed.unwrap_or_else(dummy),
    })
}

/// Second half: counts a failure, or opens the session. While an account waits after failures,
/// the right password is refused like a wrong one and counts nothing.
pub fn open(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    candidate: &Candidate,
    verdict: Verdict,
    device: &Device,
) -> Result<SignIn, Error> {
    let refused = SignIn::Refused(Rejection::AuthFailed);
    let Some(user) = candidate.user else {
        return Ok(refused);
    };
    let guard = store::find_guard(tx, user, BUCKET)?;
    if guard.blocked_until > cx.now {
        return Ok(refused);
    }
    if !verdict.0 {
        let failures = guard.failures + 1;
        let blocked_until = cx.now.plus_seconds(wait_after(failures, cx.policy));
        store::set_guard(
            tx,
            user,
            BUCKET,
            store::Guard {
                failures,
                blocked_until,
            },
        )?;
        return Ok(refused);
    }
    // The password may have changed while this one was being verified.
    let is_current = password::find(tx, cx, user)?
        .is_some_and(|current| current.0.expose() == candidate.hashed.0.expose());
    if !is_current {
        return Ok(refused);
    }
    if guard.failures > 0 {
        store::clear_guard(tx, user, BUCKET)?;
    }
    open_for(tx, cx, user, device).map(SignIn::Opened)
}

/// Seconds to wait after so many wrong passwords in a row: none, then 1, 2, 4, 8, 16 minutes, then
/// 30 minutes each.
fn wait_after(failures: i64, policy: &Policy) -> i64 {
    if failures >= policy.sign_in_long_failures {
        return policy.sign_in_long_wait_seconds;
    }
    let doublings = failures - policy.sign_in_free_failures;
    match u32::try_from(doublings) {
        Ok(doublings) => policy.sign_in_first_wait_seconds << doublings.min(16),
        Err(_) => 0,
    }
}

/// Opens a session for a person who has just proven themselves. The oldest session makes room.
pub(crate) fn open_for(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    device: &Device,
) -> Result<OpenedSession, Error> {
    let epoch = store::epoch_of(tx, user)?.ok_or(Rejection::UserNotFound)?;
    let token = new_token(cx);
    let session = Session {
        id: SessionId::new(cx.now, cx.entropy),
        user,
        epoch,
        created_at: cx.now,
        authenticated_at: cx.now,
        last_seen_at: cx.now,
        expires_at: cx.now.plus_seconds(cx.policy.session_absolute_seconds),
    };
    let packed = pack::pack(&[&device.user_agent, &device.address]);
    let context = session.id.to_string();
    let sealed = cx
        .keys
        .seal(Purpose::Device, context.as_bytes(), &packed, cx.entropy);
    store::insert(tx, &session, &digest(token.expose()), sealed)?;
    evict_oldest(tx, cx, user)?;
    Ok(OpenedSession {
        id: session.id,
        user,
        token,
        expires_at: session.expires_at,
    })
}

/// The live session of this token, if there is one: not revoked, not too old, not silent for too
/// long, and of the person's present epoch.
pub fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    token: &SessionToken,
) -> Result<Option<Session>, Error> {
    let found = store::find(read, &token.0)?;
    Ok(found.filter(|session| session.is_live(cx.now, cx.policy)))
}

/// Notes that a session is in use. Call it when [`Session::needs_touch`] says so; one that has
/// ended by silence is not woken.
pub fn touch(tx: &mut db::Tx<'_>, cx: &Cx<'_>, id: SessionId) -> Result<(), Error> {
    let alive_since = cx.now.plus_seconds(-cx.policy.session_idle_seconds);
    Ok(store::touch(tx, id, cx.now, alive_since)?)
}

/// The live sessions of a person, newest first.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<SessionView>, Error> {
    let stored = store::list(read, user)?;
    let live = stored
        .into_iter()
        .filter(|(session, _)| session.is_live(cx.now, cx.policy));
    live.map(|(session, sealed)| {
        let context = session.id.to_string();
        let packed = cx.keys.open(Purpose::Device, context.as_bytes(), &sealed)?;
        let [user_agent, address] = pack::unpack(&packed).ok_or(crate::Unsealable)?;
        Ok(SessionView {
            session,
            device: Device {
                user_agent,
                address,
            },
        })
    })
    .collect()
}

/// Ends one session of a person. The caller drops it from its caches.
///
/// # Errors
/// [`Rejection::SessionNotFound`], also for somebody else's session.
pub fn revoke(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId, id: SessionId) -> Result<(), Error> {
    if store::revoke(tx, user, id, cx.now)? {
        return Ok(());
    }
    Err(Rejection::SessionNotFound.into())
}

/// Forgets sessions that were over more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn evict_oldest(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    let live = store::list(tx, user)?
        .into_iter()
        .map(|(session, _)| session);
    let live: Vec<Session> = live
        .filter(|session| session.is_live(cx.now, cx.policy))
        .collect();
    let most = usize::try_from(cx.policy.sessions_max).unwrap_or(usize::MAX);
    for session in live.iter().skip(most) {
        store::revoke(tx, user, session.id, cx.now)?;
    }
    Ok(())
}

fn new_token(cx: &Cx<'_>) -> Secret {
    let random: [u8; TOKEN_BYTES] = cx.entropy.bytes();
    let mut text = String::with_capacity(PREFIX.len() + 2 * TOKEN_BYTES);
    text.push_str(PREFIX);
    for byte in random {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Secret::new(text)
}
