//! Access tokens: what a program acts with. Asked for by a person who has proven more, claimed with
//! a code that travels, shown once, scoped, bound to payees and networks if wished, and over after
//! a year at the latest.
//!
//! How much it may spend is no matter of this room; the books keep its allowance under the same id.

pub mod key;
mod network;
mod scope;
mod store;

use core::net::IpAddr;

pub use network::Network;
pub use scope::{Scope, Scopes};
pub(crate) use store::STATEMENTS;
use vocab::{AccessTokenId, SessionId, Timestamp, UserId};

use self::key::{AccessKey, NewKey};
use crate::{
    Channel, CountedAttempt, Cx, Error, Rejection, Secret, Session,
    audit::{self, Action, By},
    code::{self, CodePurpose, Flow, MatchedCode},
    freeze,
    keys::{Keys, Purpose, Tag, is_same},
    messages::Message,
    notice::{self, Notice},
    outbox, pack, person_key, user,
};

/// Longest name, in characters.
const NAME_LONGEST: usize = 64;
const DAY: i64 = 86_400;

/// Where an access token stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenState {
    /// A code travels; nothing authenticates yet.
    ClaimSent,
    Active,
    /// Unused for long, or its owner was frozen; a rotation brings it back.
    Suspended,
    Revoked,
    Expired,
}

impl AccessTokenState {
    const ALL: [Self; 5] = [
        Self::ClaimSent,
        Self::Active,
        Self::Suspended,
        Self::Revoked,
        Self::Expired,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ClaimSent => "claim_sent",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What somebody wants a program to be able to.
#[derive(Clone, Debug)]
pub struct NewAccessToken {
    pub user: UserId,
    pub session: SessionId,
    pub name: String,
    pub scopes: Scopes,
    /// Who may be paid; everybody if empty.
    pub payees: Vec<UserId>,
    /// From where it may be used; from everywhere if empty.
    pub networks: Vec<Network>,
    pub days: i64,
    pub channel: Channel,
}

/// An access token, as shown to its owner.
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub id: AccessTokenId,
    pub user: UserId,
    pub name: String,
    pub state: AccessTokenState,
    pub scopes: Scopes,
    pub payees: Vec<UserId>,
    pub networks: Vec<Network>,
    /// The masked contact the code was sent to, or `inbox`.
    pub delivered_to: String,
    pub created_at: Timestamp,
    pub claimed_at: Option<Timestamp>,
    /// Before it is claimed: until when the code serves.
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// A token just claimed: the only time its secret is seen.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub token: AccessToken,
    pub secret: Secret,
}

/// A token as every request of a program needs it.
#[derive(Clone, Debug)]
pub struct LiveToken {
    pub id: AccessTokenId,
    pub user: UserId,
    pub scopes: Scopes,
    pub payees: Vec<UserId>,
    pub last_used_at: Option<Timestamp>,
    networks: Vec<Network>,
    state: AccessTokenState,
    /// Its owner's money is frozen.
    is_frozen: bool,
    expires_at: Timestamp,
    mac: Tag,
}

/// Whether a program may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Good,
    /// Known, but its owner is frozen.
    Frozen,
    /// Wrong, over, suspended, or from the wrong place: it is not said which.
    Refused,
}

impl LiveToken {
    /// Compares what a program presented, in constant time, and looks at everything that may stop
    /// it.
    pub fn judge(&self, key: &AccessKey, from: Option<IpAddr>, cx: &Cx<'_>) -> Standing {
        let is_right = is_same(&key.mac(cx.keys), &self.mac);
        let is_over = self.expires_at <= cx.now;
        let is_from_here = self.networks.is_empty()
            || from.is_some_and(|from| self.networks.iter().any(|net| net.contains(from)));
        if !is_right || is_over || !is_from_here {
            return Standing::Refused;
        }
        match self.state {
            _ if self.is_frozen => Standing::Frozen,
            AccessTokenState::Active => Standing::Good,
            _ => Standing::Refused,
        }
    }

    /// Whether this person may be paid with it.
    pub fn may_pay(&self, payee: UserId) -> bool {
        self.payees.is_empty() || self.payees.contains(&payee)
    }

    /// True if [`touch`] should note that it is in use.
    pub fn needs_touch(&self, cx: &Cx<'_>) -> bool {
        let grain = cx.policy.session_touch_seconds;
        self.last_used_at
            .is_none_or(|at| at.plus_seconds(grain) <= cx.now)
    }
}

/// What a presented key costs where it is unknown: the same comparison.
pub fn refuse_unknown(key: &AccessKey, keys: &Keys) -> Standing {
    let nothing = [0; 32];
    let _ = is_same(&key.mac(keys), &nothing);
    Standing::Refused
}

/// Asks for an access token: a claim code travels to the designated contact.
///
/// # Errors
/// [`Rejection::AccessTokenInvalid`], [`Rejection::AccessTokensTooMany`],
/// [`Rejection::DesignatedContactMissing`], [`Rejection::Frozen`].
pub fn request(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: &NewAccessToken,
) -> Result<AccessToken, Error> {
    freeze::refuse_if_frozen(tx, new.user)?;
    refuse_invalid(cx, new)?;
    refuse_too_many(tx, cx, new.user)?;
    let id = AccessTokenId::new(cx.now, cx.entropy);
    let epoch = user::epoch_of(tx, new.user)?;
    let claim = send_claim(tx, cx, id, (new.user, new.channel))?;
    let packed = pack::pack(&[&new.name, &claim.delivered_to]);
    let context = id.to_string();
    let place = (Purpose::AccessToken, context.as_bytes());
    let sealed = person_key::seal(tx, cx, new.user, place, &packed)?;
    let stored = store::Stored {
        id,
        user: new.user,
        session: new.session,
        sealed,
        scopes: new.scopes.clone(),
        payees: new.payees.clone(),
        networks: new.networks.clone(),
        state: AccessTokenState::ClaimSent,
        channel: new.channel,
        epoch,
        life_seconds: new.days * DAY,
        overlap_seconds: 0,
        created_at: cx.now,
        claimed_at: None,
        expires_at: claim.expires_at,
        last_used_at: None,
    };
    store::insert(tx, &stored)?;
    let deed = (Action::AccessTokenRequested, context.as_str());
    audit::note(tx, cx, By::person(new.user), new.user, deed)?;
    shown(tx, cx, stored)
}

/// Write 1 of claiming: counts the guess. Commit it, then [`CountedAttempt::compare`]; answer
/// [`Rejection::CodeWrong`] on a miss, [`claim`] on a match.
///
/// # Errors
/// [`Rejection::AccessTokenNotFound`], [`Rejection::AccessTokenOtherSession`],
/// [`Rejection::CodeExpired`], [`Rejection::CodeExhausted`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: AccessTokenId,
    session: &Session,
) -> Result<CountedAttempt, Error> {
    let stored = store::find(tx, session.user, id)?.ok_or(Rejection::AccessTokenNotFound)?;
    if stored.session != session.id {
        return Err(Rejection::AccessTokenOtherSession.into());
    }
    let subject = id.to_string();
    code::count_attempt(tx, cx, flow(&subject))
}

/// Write 2 of claiming: the secret exists from now on, and is given out once. The one before serves
/// until the overlap that was asked for is over.
///
/// # Errors
/// Those of [`count_attempt`]; [`Rejection::Frozen`].
pub fn claim(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    matched: &MatchedCode,
) -> Result<Claimed, Error> {
    freeze::refuse_if_frozen(tx, user)?;
    let id: AccessTokenId = matched
        .subject()
        .parse()
        .map_err(|_| Rejection::AccessTokenNotFound)?;
    let stored = store::find(tx, user, id)?.ok_or(Rejection::AccessTokenNotFound)?;
    if !code::consume(tx, cx, matched)? {
        return Err(Rejection::CodeExpired.into());
    }
    let expires_at = cx.now.plus_seconds(stored.life_seconds);
    let until = cx.now.plus_seconds(stored.overlap_seconds);
    store::end_keys(tx, id, cx.now, until)?;
    let NewKey { key_id, mac, text } = NewKey::draw(cx);
    store::insert_key(tx, &key_id, id, &mac)?;
    let epoch = user::epoch_of(tx, user)?;
    if !store::activate(tx, id, (cx.now, expires_at), epoch)? {
        return Err(Rejection::AccessTokenNotFound.into());
    }
    let name = shown(tx, cx, stored.clone())?.name;
    let told = Notice::AccessTokenClaimed { name };
    notice::tell_about(tx, cx, user, &told, &stored.id.to_string())?;
    let token = shown(
        tx,
        cx,
        store::Stored {
            state: AccessTokenState::Active,
            claimed_at: Some(cx.now),
            expires_at,
            ..stored
        },
    )?;
    Ok(Claimed {
        token,
        secret: text,
    })
}

/// Asks for a new secret of the same token; the old one serves for `overlap_seconds` after the
/// claim.
///
/// # Errors
/// [`Rejection::AccessTokenNotFound`], [`Rejection::AccessTokenInvalid`].
pub fn rotate(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (session, id): (&Session, AccessTokenId),
    overlap_seconds: i64,
) -> Result<AccessToken, Error> {
    freeze::refuse_if_frozen(tx, session.user)?;
    let stored = store::find(tx, session.user, id)?.ok_or(Rejection::AccessTokenNotFound)?;
    if stored.claimed_at.is_none() || stored.state == AccessTokenState::Revoked {
        return Err(Rejection::AccessTokenNotFound.into());
    }
    if !(0..=cx.policy.access_token_overlap_seconds).contains(&overlap_seconds) {
        let field = "/overlap_seconds";
        return Err(Rejection::AccessTokenInvalid { field }.into());
    }
    let claim = send_claim(tx, cx, id, (session.user, stored.channel))?;
    store::prepare_rotation(tx, id, session.id, overlap_seconds)?;
    let deed = (Action::AccessTokenRotated, id.to_string());
    let by = By::session(session);
    audit::note(tx, cx, by, session.user, (deed.0, &deed.1))?;
    let mut token = shown(tx, cx, stored)?;
    token.delivered_to = claim.delivered_to;
    Ok(token)
}

/// Ends an access token at once; no error if it is over.
///
/// # Errors
/// [`Rejection::AccessTokenNotFound`].
pub fn revoke(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: AccessTokenId,
) -> Result<AccessToken, Error> {
    let stored = store::find(tx, user, id)?.ok_or(Rejection::AccessTokenNotFound)?;
    let has_ended = store::revoke(tx, id, cx.now)?;
    let token = shown(
        tx,
        cx,
        store::Stored {
            state: AccessTokenState::Revoked,
            ..stored
        },
    )?;
    if has_ended {
        let name = token.name.clone();
        let told = Notice::AccessTokenRevoked { name };
        notice::tell_about(tx, cx, user, &told, &id.to_string())?;
    }
    Ok(token)
}

/// Suspends every token of a person; a rotation brings one back.
pub(crate) fn suspend_all(tx: &mut db::Tx<'_>, user: UserId) -> Result<(), Error> {
    Ok(store::suspend_all(tx, user)?)
}

/// The access tokens of a person, newest first.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<AccessToken>, Error> {
    let stored = store::list(read, user)?;
    stored
        .into_iter()
        .map(|stored| shown(read, cx, stored))
        .collect()
}

/// One access token of a person.
///
/// # Errors
/// [`Rejection::AccessTokenNotFound`].
pub fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: AccessTokenId,
) -> Result<AccessToken, Error> {
    let stored = store::find(read, user, id)?.ok_or(Rejection::AccessTokenNotFound)?;
    shown(read, cx, stored)
}

/// The token that a key belongs to, if it belongs to the person's present epoch; not judged yet.
pub fn find_live(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    key: &AccessKey,
) -> Result<Option<LiveToken>, Error> {
    let Some((stored, mac)) = store::find_by_key(read, key.id(), cx.now)? else {
        return Ok(None);
    };
    let is_frozen = freeze::frozen(read, stored.user)?.debit;
    Ok(Some(LiveToken {
        id: stored.id,
        user: stored.user,
        state: state_at(cx, &stored),
        scopes: stored.scopes,
        payees: stored.payees,
        last_used_at: stored.last_used_at,
        networks: stored.networks,
        is_frozen,
        expires_at: stored.expires_at,
        mac,
    }))
}

/// Notes that a token is in use.
pub fn touch(tx: &mut db::Tx<'_>, cx: &Cx<'_>, id: AccessTokenId) -> Result<(), Error> {
    Ok(store::touch(tx, id, cx.now)?)
}

struct Claim {
    delivered_to: String,
    expires_at: Timestamp,
}

fn send_claim(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: AccessTokenId,
    (user, channel): (UserId, Channel),
) -> Result<Claim, Error> {
    let contact = match channel.contact_kind() {
        None => None,
        Some(kind) => Some(
            user::designated_contact(tx, cx, user, kind)?
                .ok_or(Rejection::DesignatedContactMissing)?,
        ),
    };
    let subject = id.to_string();
    let message = Message::AccessTokenClaim {
        code: code::issue_long(tx, cx, flow(&subject))?,
        minutes: cx.policy.code_seconds / 60,
    };
    let expires_at = cx.now.plus_seconds(cx.policy.code_seconds);
    let delivered_to = match &contact {
        None => {
            outbox::post_secret_to_inbox(tx, cx, user, &message, expires_at)?;
            "inbox".to_owned()
        }
        Some(to) => {
            let locale = user::locale_of(tx, user)?;
            let post = outbox::Post {
                user: Some(user),
                to,
                message: &message,
                locale,
                expires_at,
                subject: None,
            };
            outbox::post(tx, cx, &post)?;
            to.masked()
        }
    };
    Ok(Claim {
        delivered_to,
        expires_at,
    })
}

fn refuse_invalid(cx: &Cx<'_>, new: &NewAccessToken) -> Result<(), Error> {
    let characters = new.name.chars().count();
    let is_name = (1..=NAME_LONGEST).contains(&characters) && !crate::text::has_hidden(&new.name);
    let field = match () {
        () if !is_name => "/name",
        () if new.scopes.is_empty() => "/scopes",
        () if new.payees.len() > 50 => "/payees",
        () if new.networks.len() > 50 => "/ips",
        () if !(1..=cx.policy.access_token_days).contains(&new.days) => "/expires_in_days",
        () => return Ok(()),
    };
    Err(Rejection::AccessTokenInvalid { field }.into())
}

fn refuse_too_many(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    let retry_at = cx.now.plus_seconds(DAY);
    let requested = store::requested_since(tx, user, cx.now.plus_seconds(-DAY))?;
    let live = store::list(tx, user)?
        .iter()
        .filter(|stored| {
            let state = state_at(cx, stored);
            matches!(
                state,
                AccessTokenState::Active | AccessTokenState::Suspended
            )
        })
        .count();
    let is_full = i64::try_from(live).is_ok_and(|live| live >= cx.policy.access_tokens_max);
    if is_full || requested >= cx.policy.access_tokens_per_day {
        return Err(Rejection::AccessTokensTooMany { retry_at }.into());
    }
    Ok(())
}

/// The state now: some ends come by time alone, without a write.
fn state_at(cx: &Cx<'_>, stored: &store::Stored) -> AccessTokenState {
    let used = stored.last_used_at.or(stored.claimed_at);
    let idle = used.map_or(0, |used| cx.now.seconds_since(used));
    match stored.state {
        AccessTokenState::ClaimSent | AccessTokenState::Active | AccessTokenState::Suspended
            if stored.expires_at <= cx.now =>
        {
            AccessTokenState::Expired
        }
        AccessTokenState::Active | AccessTokenState::Suspended
            if idle >= 2 * cx.policy.access_token_idle_seconds =>
        {
            AccessTokenState::Revoked
        }
        AccessTokenState::Active if idle >= cx.policy.access_token_idle_seconds => {
            AccessTokenState::Suspended
        }
        state => state,
    }
}

fn shown(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    stored: store::Stored,
) -> Result<AccessToken, Error> {
    let context = stored.id.to_string();
    let place = (Purpose::AccessToken, context.as_bytes());
    let plain = person_key::open(read, cx, stored.user, place, &stored.sealed)?;
    let [name, delivered_to] = pack::unpack(&plain).ok_or(crate::Unsealable)?;
    Ok(AccessToken {
        id: stored.id,
        user: stored.user,
        name,
        state: state_at(cx, &stored),
        scopes: stored.scopes,
        payees: stored.payees,
        networks: stored.networks,
        delivered_to,
        created_at: stored.created_at,
        claimed_at: stored.claimed_at,
        expires_at: stored.expires_at,
        last_used_at: stored.last_used_at,
    })
}

const fn flow(subject: &str) -> Flow<'_> {
    Flow {
        purpose: CodePurpose::AccessToken,
        subject,
    }
}
