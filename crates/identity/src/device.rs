//! The devices of a person: each known by a long-lived secret of its own, which signs nobody in.
//!
//! A known device has its own counter of wrong passwords, so that a stranger who guesses cannot
//! lock the owner out. A secret that was not made here is never taken: a planted one would make an
//! attacker's browser known.

mod agent;
mod store;

use std::fmt::{self, Write};

pub(crate) use store::STATEMENTS;
use vocab::{DeviceId, Timestamp, UserId};

pub use self::agent::Agent;
use crate::{
    Cx, Error, Notice, Rejection, Secret,
    audit::{self, Action, By},
    keys::{Purpose, Tag, digest},
    network, notice, pack,
    person_key::{self, Opener},
    session::{self, Device, Session},
    text,
};

/// Tells a device's secret from others.
const PREFIX: &str = "tdv_";
/// Random bytes of a device's secret.
const SECRET_BYTES: usize = 32;
/// Longest name, in characters.
const NAME_LONGEST: usize = 64;

/// A device's secret as the server knows it: only its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeviceToken(Tag);

impl DeviceToken {
    /// Reads what a client presents; `None` if it does not look like a device's secret.
    pub fn read(presented: &str) -> Option<Self> {
        let hex = presented.strip_prefix(PREFIX)?;
        let is_lower_hex = hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (hex.len() == 2 * SECRET_BYTES && is_lower_hex).then(|| Self(digest(presented)))
    }

    pub(crate) const fn hash(self) -> Tag {
        self.0
    }

    pub(crate) const fn from_hash(hash: Tag) -> Self {
        Self(hash)
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken([hashed])")
    }
}

/// Somebody at the door: with what and from where, and the device they say they are on.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub device: Device,
    pub presented: Option<DeviceToken>,
}

/// A device of a person, as they see it.
#[derive(Clone, Debug)]
pub struct KnownDevice {
    pub id: DeviceId,
    /// As its owner calls it.
    pub name: Option<String>,
    pub seen: Device,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

impl KnownDevice {
    /// True once it was seen for a day: until then a stolen password is not worth much.
    pub const fn is_trusted(&self, now: Timestamp, policy: &crate::Policy) -> bool {
        let since = self.first_seen_at.plus_seconds(policy.device_trust_seconds);
        since.micros() <= now.micros()
    }
}

/// The device that a session is opened on.
#[derive(Clone, Debug)]
pub(crate) struct Admitted {
    pub(crate) id: DeviceId,
    /// Its secret, if it did not have one yet.
    pub(crate) secret: Option<Secret>,
}

/// Whether a person has been seen on a device before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Familiarity {
    Known(DeviceId),
    Unknown,
}

/// Looks whether this person has used the device before.
pub(crate) fn recognise(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    presented: Option<&DeviceToken>,
) -> Result<Familiarity, Error> {
    let Some(token) = presented else {
        return Ok(Familiarity::Unknown);
    };
    let since = cx.now.plus_seconds(-cx.policy.device_seconds);
    let found = store::find_by_secret(read, user, &token.0, since)?;
    Ok(found.map_or(Familiarity::Unknown, Familiarity::Known))
}

/// What the owner hears of a device that was not seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hearing {
    Told,
    /// It is the device of the registration itself.
    First,
}

/// Notes that a person is on a device; makes it known if it is not, and tells them of it.
pub(crate) fn admit(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    arrival: &Arrival,
    hearing: Hearing,
) -> Result<Admitted, Error> {
    network::note(tx, cx, user, arrival.device.address())?;
    if let Familiarity::Known(id) = recognise(tx, cx, user, arrival.presented.as_ref())? {
        let seen = seal_seen(tx, cx, (user, id), &arrival.device)?;
        store::touch(tx, id, seen, cx.now)?;
        return Ok(Admitted { id, secret: None });
    }
    let id = DeviceId::new(cx.now, cx.entropy);
    let (hash, secret) = secret_for(tx, cx, arrival.presented.as_ref())?;
    let seen = seal_seen(tx, cx, (user, id), &arrival.device)?;
    store::insert(tx, user, id, &hash, (seen, cx.now))?;
    if hearing == Hearing::Told {
        let agent = Agent::read(arrival.device.user_agent());
        let device = format!("{} · {}", agent.browser, agent.platform);
        notice::tell_about(tx, cx, user, &Notice::NewDevice { device }, &id.to_string())?;
    }
    Ok(Admitted { id, secret })
}

/// The secret that a browser has already, if it was made here for somebody; otherwise a new one.
fn secret_for(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    presented: Option<&DeviceToken>,
) -> Result<(Tag, Option<Secret>), Error> {
    if let Some(token) = presented
        && store::is_ours(tx, &token.0)?
    {
        return Ok((token.0, None));
    }
    let random: [u8; SECRET_BYTES] = cx.entropy.bytes();
    let mut text = String::with_capacity(PREFIX.len() + 2 * SECRET_BYTES);
    text.push_str(PREFIX);
    for byte in random {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok((digest(&text), Some(Secret::new(text))))
}

/// The devices of a person, last seen first.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<KnownDevice>, Error> {
    let since = cx.now.plus_seconds(-cx.policy.device_seconds);
    let own = person_key::opener(read, cx, user)?;
    let stored = store::list(read, user, since)?;
    stored
        .into_iter()
        .map(|stored| open(&own, stored))
        .collect()
}

/// Whether a person has another device, seen for a day, that could say yes for this session.
pub(crate) fn has_other_trusted(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    session: &Session,
) -> Result<bool, Error> {
    let before = cx.now.plus_seconds(-cx.policy.device_trust_seconds);
    let since = cx.now.plus_seconds(-cx.policy.device_seconds);
    let others = (session.user, session.device);
    Ok(store::count_trusted(read, others, before, since)? > 0)
}

/// Whether a session is on a device of its person that was seen for a day.
pub(crate) fn is_trusted(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    session: &Session,
) -> Result<bool, Error> {
    let Some(id) = session.device else {
        return Ok(false);
    };
    let found = store::find(read, session.user, id)?;
    let trusted = |at: Timestamp| at.plus_seconds(cx.policy.device_trust_seconds) <= cx.now;
    Ok(found.is_some_and(|device| trusted(device.first_seen_at)))
}

/// Whether a session is on a device that its person has not used since before yesterday. The one
/// that they registered on never is.
pub fn is_new(read: &mut impl db::Read, cx: &Cx<'_>, session: &Session) -> Result<bool, Error> {
    let Some(first) = store::first_seen(read, session.user)? else {
        return Ok(false);
    };
    let seen = match session.device {
        Some(id) => store::find(read, session.user, id)?,
        None => None,
    };
    let trusted =
        |at: Timestamp| at == first || at.plus_seconds(cx.policy.device_trust_seconds) <= cx.now;
    Ok(!seen.is_some_and(|device| trusted(device.first_seen_at)))
}

/// One device of a person.
///
/// # Errors
/// [`Rejection::DeviceNotFound`].
pub fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: DeviceId,
) -> Result<KnownDevice, Error> {
    let stored = store::find(read, user, id)?.ok_or(Rejection::DeviceNotFound)?;
    open(&person_key::opener(read, cx, user)?, stored)
}

/// Gives a device a name of its owner's choice.
///
/// # Errors
/// [`Rejection::DeviceNotFound`], [`Rejection::NameInvalid`].
pub fn rename(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: DeviceId,
    name: &str,
) -> Result<KnownDevice, Error> {
    let name = plain_name(name)?;
    let place = (Purpose::Device, &name_context(id)[..]);
    let sealed = person_key::seal(tx, cx, user, place, name.as_bytes())?;
    if !store::rename(tx, user, id, sealed)? {
        return Err(Rejection::DeviceNotFound.into());
    }
    let deed = (Action::DeviceRenamed, id.to_string());
    audit::note(tx, cx, By::person(user), user, (deed.0, &deed.1))?;
    find(tx, cx, user, id)
}

/// Forgets a device and ends its sessions; signing in there again is a new device.
///
/// # Errors
/// [`Rejection::DeviceNotFound`].
pub fn remove(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId, id: DeviceId) -> Result<(), Error> {
    if !store::remove(tx, user, id, cx.now)? {
        return Err(Rejection::DeviceNotFound.into());
    }
    session::end_on_device(tx, cx, user, id)?;
    notice::tell_about(tx, cx, user, &Notice::DeviceRemoved, &id.to_string())
}

/// A name for a thing of one's own: 1 to 64 visible characters.
pub(crate) fn plain_name(typed: &str) -> Result<String, Rejection> {
    if typed.len() > NAME_LONGEST * 16 || text::has_hidden(typed) {
        return Err(Rejection::NameInvalid);
    }
    let composed = text::composed(typed.trim()).into_owned();
    let is_good = (1..=NAME_LONGEST).contains(&composed.chars().count());
    if is_good {
        Ok(composed)
    } else {
        Err(Rejection::NameInvalid)
    }
}

fn open(own: &Opener<'_>, stored: store::StoredDevice) -> Result<KnownDevice, Error> {
    let id = stored.id;
    let packed = own.open(Purpose::Device, id.to_string().as_bytes(), &stored.seen)?;
    let [user_agent, address] = pack::unpack(&packed).ok_or(crate::Unsealable)?;
    let name = match stored.name {
        None => None,
        Some(sealed) => {
            let plain = own.open(Purpose::Device, &name_context(id), &sealed)?;
            let text = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
            Some(text.to_owned())
        }
    };
    Ok(KnownDevice {
        id,
        name,
        seen: Device::new(&user_agent, &address),
        first_seen_at: stored.first_seen_at,
        last_seen_at: stored.last_seen_at,
    })
}

fn seal_seen(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, DeviceId),
    device: &Device,
) -> Result<Vec<u8>, Error> {
    let packed = pack::pack(&[device.user_agent(), device.address()]);
    let context = id.to_string();
    let place = (Purpose::Device, context.as_bytes());
    person_key::seal(tx, cx, user, place, &packed)
}

fn name_context(id: DeviceId) -> Vec<u8> {
    format!("{id} name").into_bytes()
}
