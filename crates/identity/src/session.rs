//! Signed-in places: opened by a password, ended by silence, by time, by hand or by the epoch.
//!
//! A session is 256 random bits that only the client keeps; here lies their SHA-256.

mod store;

use std::fmt::{self, Write};

pub(crate) use store::STATEMENTS;
use vocab::{DeviceId, SessionId, Timestamp, UserId};

use crate::{
    Cx, Error, Identifier, Method, Notice, Policy, Rejection, Secret,
    audit::{self, Action, Actor, Note},
    device::{self, Arrival, Familiarity, Hearing},
    factor,
    guard::{self, Bucket},
    keys::{MacPurpose, Purpose, Tag, digest},
    notice, pack,
    passkey::{self, Asserted},
    password::{self, PasswordHashed, Verdict},
    person_key, text,
    ticket::{self, Ticket},
    user,
};

/// Tells a session's text from other secrets.
const PREFIX: &str = "tss_";
/// Random bytes of a session (ASVS 7.2.3: at least 128 bits).
const TOKEN_BYTES: usize = 32;
/// Longest description of a device that is kept, in characters.
const DEVICE_LONGEST: usize = 256;

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
    /// The device that it was opened on.
    pub device: Option<DeviceId>,
    /// It was opened by recovering the account: it may look and mend, not more.
    pub is_restricted: bool,
    /// What was proven here and when last, oldest first.
    pub proofs: Vec<(Method, Timestamp)>,
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
    /// As its owner calls it.
    pub name: Option<String>,
    pub device: Device,
}

/// A session just opened: the only time its secret is seen.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    pub id: SessionId,
    pub user: UserId,
    pub token: Secret,
    pub expires_at: Timestamp,
    /// The secret of a device that has just become known.
    pub device_secret: Option<Secret>,
}

impl OpenedSession {
    pub(crate) fn on_device(self, device_secret: Option<Secret>) -> Self {
        Self {
            device_secret,
            ..self
        }
    }
}

/// A session to be opened for somebody who has just proven themselves by `methods`.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    pub user: UserId,
    /// With what and from where.
    pub device: &'a Device,
    /// The known device that this is.
    pub known: Option<DeviceId>,
    pub methods: &'a [Method],
    pub access: Access,
}

/// What a session is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Full,
    /// See [`Session::is_restricted`].
    Restricted,
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
    /// The password was right; a second proof is asked for.
    SecondFactor(Ticket),
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
    arrival: &Arrival,
) -> Result<SignIn, Error> {
    let refused = SignIn::Refused(Rejection::AuthFailed);
    let Some(user) = candidate.user else {
        return Ok(refused);
    };
    let bucket = match device::recognise(tx, cx, user, arrival.presented.as_ref())? {
        Familiarity::Known(_) => Bucket::KnownDevice,
        Familiarity::Unknown => Bucket::UnknownDevice,
    };
    let guard = guard::find(tx, user, bucket)?;
    if guard.is_blocked(cx.now) {
        if verdict.0 {
            notice::tell_once_a_day(tx, cx, user, &Notice::SignInBlocked)?;
        }
        return Ok(refused);
    }
    if !verdict.0 {
        guard::count(tx, cx, user, bucket)?;
        note(tx, cx, (Actor::Nobody, user), (Action::SignInRefused, None))?;
        return Ok(refused);
    }
    // The password may have changed while this one was being verified.
    let is_current = password::find(tx, cx, user)?
        .is_some_and(|current| current.0.expose() == candidate.hashed.0.expose());
    if !is_current {
        return Ok(refused);
    }
    if guard.failures > 0 {
        guard::clear(tx, user, bucket)?;
    }
    let methods = factor::second_factors(tx, cx, user)?;
    if !methods.is_empty() {
        let ticket = ticket::issue(tx, cx, user, methods, arrival)?;
        return Ok(SignIn::SecondFactor(ticket));
    }
    let admitted = device::admit(tx, cx, user, arrival, Hearing::Told)?;
    let opening = Opening {
        user,
        device: &arrival.device,
        known: Some(admitted.id),
        methods: &[Method::Password],
        access: Access::Full,
    };
    let opened = open_for(tx, cx, &opening)?;
    Ok(SignIn::Opened(opened.on_device(admitted.secret)))
}

/// Signs in by a passkey alone: it is a device and what unlocks it, two factors in one.
///
/// # Errors
/// [`Rejection::AuthFailed`].
pub fn open_by_passkey(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    asserted: &Asserted,
    arrival: &Arrival,
) -> Result<OpenedSession, Error> {
    if store::epoch_of(tx, user)?.is_none() {
        return Err(Rejection::AuthFailed.into());
    }
    passkey::note_use(tx, cx, user, asserted)?;
    let admitted = device::admit(tx, cx, user, arrival, Hearing::Told)?;
    let opening = Opening {
        user,
        device: &arrival.device,
        known: Some(admitted.id),
        methods: &[Method::Passkey],
        access: Access::Full,
    };
    let opened = open_for(tx, cx, &opening)?;
    Ok(opened.on_device(admitted.secret))
}

/// The person's present epoch.
pub(crate) fn epoch_of(read: &mut impl db::Read, user: UserId) -> Result<i64, Error> {
    Ok(store::epoch_of(read, user)?.ok_or(Rejection::UserNotFound)?)
}

/// Opens a session for a person who has just proven themselves. The oldest session makes room.
pub(crate) fn open_for(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    opening: &Opening<'_>,
) -> Result<OpenedSession, Error> {
    let (user, device) = (opening.user, opening.device);
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
        device: opening.known,
        is_restricted: opening.access == Access::Restricted,
        proofs: opening.methods.iter().map(|&by| (by, cx.now)).collect(),
    };
    let packed = pack::pack(&[&device.user_agent, &device.address]);
    let context = session.id.to_string();
    let place = (Purpose::Device, context.as_bytes());
    let sealed = person_key::seal(tx, cx, user, place, &packed)?;
    store::insert(tx, &session, &digest(token.expose()), sealed)?;
    evict_oldest(tx, cx, user)?;
    let opened = (Action::SessionOpened, Some(session.id));
    note(tx, cx, (Actor::User(user), user), opened)?;
    Ok(OpenedSession {
        id: session.id,
        user,
        token,
        expires_at: session.expires_at,
        device_secret: None,
    })
}

/// The live session of this token, if there is one: not revoked, not too old, not silent for too
/// long, and of the person's present epoch.
pub fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    token: &SessionToken,
) -> Result<Option<Session>, Error> {
    let found = store::find(read, &token.0, cx.now)?;
    Ok(found.filter(|session| session.is_live(cx.now, cx.policy)))
}

/// Notes a further proof in a session and gives it a new secret; the one before works for the
/// policy's grace, for requests that are under way.
///
/// # Errors
/// [`Rejection::SessionNotFound`] if it has ended meanwhile.
pub(crate) fn renew(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: SessionId,
    proven_by: Method,
) -> Result<OpenedSession, Error> {
    let session = store::find_one(tx, id)?.ok_or(Rejection::SessionNotFound)?;
    let token = new_token(cx);
    let previous_until = cx.now.plus_seconds(cx.policy.session_grace_seconds);
    let is_live = session.is_live(cx.now, cx.policy);
    if !is_live || !store::renew(tx, id, &digest(token.expose()), previous_until)? {
        return Err(Rejection::SessionNotFound.into());
    }
    store::note_proof(tx, id, proven_by, cx.now)?;
    Ok(OpenedSession {
        id,
        user: session.user,
        token,
        expires_at: session.expires_at,
        device_secret: None,
    })
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
    let own = person_key::opener(read, cx, user)?;
    let stored = store::list(read, user)?;
    let live = stored
        .into_iter()
        .filter(|listed| listed.session.is_live(cx.now, cx.policy));
    live.map(|listed| {
        let session = listed.session;
        let context = session.id.to_string();
        let packed = own.open(Purpose::Device, context.as_bytes(), &listed.device)?;
        let [user_agent, address] = pack::unpack(&packed).ok_or(crate::Unsealable)?;
        let name = match listed.name {
            None => None,
            Some(sealed) => {
                let context = name_context(session.id);
                let plain = own.open(Purpose::Device, &context, &sealed)?;
                let text = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
                Some(text.to_owned())
            }
        };
        Ok(SessionView {
            session,
            name,
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
    if !store::revoke(tx, user, id, cx.now)? {
        return Err(Rejection::SessionNotFound.into());
    }
    note(
        tx,
        cx,
        (Actor::User(user), user),
        (Action::SessionEnded, Some(id)),
    )
}

/// Gives a session a name of its owner's choice.
///
/// # Errors
/// [`Rejection::SessionNotFound`], [`Rejection::NameInvalid`].
pub fn rename(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: SessionId,
    name: &str,
) -> Result<(), Error> {
    let name = device::plain_name(name)?;
    let place = (Purpose::Device, &name_context(id)[..]);
    let sealed = person_key::seal(tx, cx, user, place, name.as_bytes())?;
    if !store::rename(tx, user, id, sealed)? {
        return Err(Rejection::SessionNotFound.into());
    }
    let renamed = (Action::SessionRenamed, Some(id));
    note(tx, cx, (Actor::User(user), user), renamed)
}

/// Ends every session of a person but this one; gives how many.
pub fn end_others(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    keep: SessionId,
) -> Result<usize, Error> {
    let ended = store::end_others(tx, user, keep, cx.now)?;
    if ended > 0 {
        let by = (Actor::User(user), user);
        note(tx, cx, by, (Action::SessionsEnded, None))?;
    }
    Ok(ended)
}

/// Ends the sessions on a device.
pub(crate) fn end_on_device(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    device: DeviceId,
) -> Result<(), Error> {
    Ok(store::end_on_device(tx, user, device, cx.now)?)
}

fn name_context(id: SessionId) -> Vec<u8> {
    format!("{id} name").into_bytes()
}

/// Opens a session for a person who recovered their account.
pub(crate) fn open_restricted(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    device: &Device,
) -> Result<OpenedSession, Error> {
    let opening = Opening {
        user,
        device,
        known: None,
        methods: &[],
        access: Access::Restricted,
    };
    open_for(tx, cx, &opening)
}

/// Opens a session for a person who said yes on another device.
pub(crate) fn open_confirmed(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    device: &Device,
) -> Result<OpenedSession, Error> {
    let opening = Opening {
        user,
        device,
        known: None,
        methods: &[Method::Device],
        access: Access::Full,
    };
    open_for(tx, cx, &opening)
}

/// Forgets sessions that were over more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn evict_oldest(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    let live = store::list(tx, user)?
        .into_iter()
        .map(|listed| listed.session);
    let live: Vec<Session> = live
        .filter(|session| session.is_live(cx.now, cx.policy))
        .collect();
    let most = usize::try_from(cx.policy.sessions_max).unwrap_or(usize::MAX);
    for session in live.iter().skip(most) {
        store::revoke(tx, user, session.id, cx.now)?;
        let ended = (Action::SessionEnded, Some(session.id));
        note(tx, cx, (Actor::System, user), ended)?;
    }
    Ok(())
}

fn note(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (actor, user): (Actor, UserId),
    (action, session): (Action, Option<SessionId>),
) -> Result<(), Error> {
    let object = session.map_or_else(String::new, |id| id.to_string());
    let note = Note {
        actor,
        subject: Some(user),
        action,
        object: &object,
        session: session.filter(|_| action == Action::SessionOpened),
    };
    audit::record(tx, cx, &note)
}

/// Where and with what a person was signed in, as long as that is remembered.
pub fn find_device(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: SessionId,
) -> Result<Option<Device>, Error> {
    let Some((owner, sealed)) = store::device_of(read, id)? else {
        return Ok(None);
    };
    if owner != user {
        return Ok(None);
    }
    let context = id.to_string();
    let place = (Purpose::Device, context.as_bytes());
    let packed = person_key::open(read, cx, user, place, &sealed)?;
    let [user_agent, address] = pack::unpack(&packed).ok_or(crate::Unsealable)?;
    Ok(Some(Device {
        user_agent,
        address,
    }))
}

/// A keyed hash of the browser's words in a session, for the audit log.
pub(crate) fn device_hash(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: SessionId,
) -> Result<Option<Tag>, Error> {
    let Some((user, sealed)) = store::device_of(read, id)? else {
        return Ok(None);
    };
    let context = id.to_string();
    let own = person_key::opener(read, cx, user)?;
    let opened = own.open(Purpose::Device, context.as_bytes(), &sealed);
    let Some([user_agent, _]) = opened.ok().and_then(|packed| pack::unpack(&packed)) else {
        return Ok(None);
    };
    let hash = cx
        .keys
        .mac(MacPurpose::AuditDevice, &[user_agent.as_bytes()]);
    Ok(Some(hash))
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
