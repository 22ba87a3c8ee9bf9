//! The Token: asked for, delivered to the designated contact, activated where it was asked for,
//! then it authorises transactions until it is replaced, canceled, blocked or a year old.
//!
//! Sixteen Crockford characters are 80 random bits, so a keyed hash is enough to store it (no slow
//! hash, which a payment could not afford); the key is not in the database.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{SecurityTokenId, SessionId, Timestamp, UserId, crockford_fold};
use zeroize::Zeroizing;

use crate::{
    Channel, Cx, Error, Rejection, Secret,
    keys::{Keys, MacPurpose, Purpose, Tag, is_same},
    messages::Message,
    outbox, user,
};

/// Characters of a Token, 5 bits each.
const CHARACTERS: usize = 16;
const GROUP: usize = 4;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Where a security token stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityTokenState {
    Pending,
    Active,
    Blocked,
    Canceled,
    Expired,
    ActivationExpired,
}

impl SecurityTokenState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Active,
        Self::Blocked,
        Self::Canceled,
        Self::Expired,
        Self::ActivationExpired,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::ActivationExpired => "activation_expired",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A security token, as shown to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityToken {
    pub id: SecurityTokenId,
    pub state: SecurityTokenState,
    pub channel: Channel,
    /// The masked contact it was sent to; for the inbox the word `inbox`.
    pub delivered_to: String,
    pub created_at: Timestamp,
    pub activated_at: Option<Timestamp>,
    /// Pending: until when to activate it. Active: until when it authorises.
    pub expires_at: Timestamp,
}

/// What is needed to check a typed Token without the database; may be cached per person, and
/// dropped when a Token of theirs is activated, blocked or canceled.
#[derive(Clone, Debug)]
pub struct ActiveToken {
    pub id: SecurityTokenId,
    pub user: UserId,
    /// Wrong tries since the last right one, when this was read.
    pub wrong_tries: i64,
    pub expires_at: Timestamp,
    mac: Tag,
}

impl ActiveToken {
    /// Compares what was typed, in constant time; case, spaces, hyphens and the usual confusions
    /// (O and 0, I, L and 1) do not matter. On a miss call [`count_wrong_try`].
    pub fn matches(&self, typed: &str, keys: &Keys) -> bool {
        is_match(&self.mac, self.id, self.user, typed, keys)
    }
}

/// A try at activating, counted and committed, not yet compared.
#[must_use = "a counted try is compared, or it was counted for nothing"]
#[derive(Clone, Debug)]
pub struct CountedTry {
    id: SecurityTokenId,
    user: UserId,
    mac: Tag,
}

/// A pending Token whose text was right; it still has to be activated, which happens once.
#[must_use = "a matched Token has no effect until it is activated"]
#[derive(Clone, Debug)]
pub struct MatchedToken {
    id: SecurityTokenId,
    user: UserId,
}

impl CountedTry {
    /// Compares what was typed, as [`ActiveToken::matches`] does.
    pub fn compare(&self, typed: &str, keys: &Keys) -> Option<MatchedToken> {
        is_match(&self.mac, self.id, self.user, typed, keys).then_some(MatchedToken {
            id: self.id,
            user: self.user,
        })
    }
}

/// Who asks for a Token, from which session, and how it should travel.
#[derive(Clone, Copy, Debug)]
pub struct NewSecurityToken {
    pub user: UserId,
    pub session: SessionId,
    pub channel: Channel,
}

/// What became of a wrong try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum WrongTry {
    /// Answer [`Rejection::SecurityTokenWrong`].
    Counted { tries_left: i64 },
    /// Answer [`Rejection::SecurityTokenBlocked`]; it authorises nothing from now on.
    Blocked,
}

/// Asks for a Token. It travels to the designated contact of the channel's kind, never to an
/// address in the request; an older pending one dies, the active one stays until this is active.
///
/// # Errors
/// [`Rejection::DesignatedContactMissing`], [`Rejection::SecurityTokensTooMany`].
pub fn request(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: NewSecurityToken,
) -> Result<SecurityToken, Error> {
    let contact = match new.channel.contact_kind() {
        None => None,
        Some(kind) => Some(
            user::designated_contact(tx, cx, new.user, kind)?
                .ok_or(Rejection::DesignatedContactMissing)?,
        ),
    };
    refuse_too_many(tx, cx, new.user)?;
    store::cancel_pending(tx, new.user, cx.now, cx.policy.security_token_tries)?;

    let id = SecurityTokenId::new(cx.now, cx.entropy);
    let folded = draw(cx);
    let delivered_to = contact
        .as_ref()
        .map_or_else(|| "inbox".to_owned(), |to| to.masked());
    let deadline = cx
        .now
        .plus_seconds(cx.policy.security_token_activation_seconds);
    let stored = store::StoredToken {
        id,
        user: new.user,
        state: SecurityTokenState::Pending,
        session: new.session,
        mac: token_mac(cx.keys, id, new.user, &folded),
        channel: new.channel,
        delivered_to: seal_delivered_to(cx, id, &delivered_to),
        wrong_tries: 0,
        created_at: cx.now,
        activated_at: None,
        expires_at: deadline,
    };
    store::insert(tx, &stored)?;
    let minutes = cx.policy.security_token_activation_seconds / 60;
    let message = Message::SecurityToken {
        token: grouped(&folded),
        minutes,
    };
    match &contact {
        None => outbox::post_secret_to_inbox(tx, cx, new.user, &message, deadline)?,
        Some(to) => {
            let locale = user::locale_of(tx, new.user)?;
            let post = outbox::Post {
                user: Some(new.user),
                to,
                message: &message,
                locale,
                expires_at: deadline,
            };
            outbox::post(tx, cx, &post)?;
        }
    }
    view(cx, stored)
}

/// Write 1 of activating: counts the try. Commit it, then [`CountedTry::compare`] outside of any
/// transaction; answer [`Rejection::SecurityTokenWrong`] on a miss, [`activate`] on a match. After
/// five tries it is blocked.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`], [`Rejection::SecurityTokenOtherSession`],
/// [`Rejection::SecurityTokenNotPending`], [`Rejection::SecurityTokenActivationExpired`],
/// [`Rejection::SecurityTokenBlocked`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: SecurityTokenId,
    session: &crate::Session,
) -> Result<CountedTry, Error> {
    let stored = store::find(tx, session.user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    match state_at(cx, &stored) {
        SecurityTokenState::Pending => {}
        SecurityTokenState::Blocked => return Err(Rejection::SecurityTokenBlocked.into()),
        SecurityTokenState::ActivationExpired => {
            return Err(Rejection::SecurityTokenActivationExpired.into());
        }
        _ => return Err(Rejection::SecurityTokenNotPending.into()),
    }
    if stored.session != session.id {
        return Err(Rejection::SecurityTokenOtherSession.into());
    }
    if !store::count_try(tx, id, cx.policy.security_token_tries)? {
        return Err(Rejection::SecurityTokenBlocked.into());
    }
    Ok(CountedTry {
        id,
        user: session.user,
        mac: stored.mac,
    })
}

/// Write 2 of activating: this Token is active from now on, the one before is canceled, its owner
/// is told everywhere.
///
/// # Errors
/// [`Rejection::SecurityTokenNotPending`] if it was activated or replaced meanwhile,
/// [`Rejection::SecurityTokenActivationExpired`].
pub fn activate(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    matched: &MatchedToken,
) -> Result<SecurityToken, Error> {
    let stored =
        store::find(tx, matched.user, matched.id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    if stored.state != SecurityTokenState::Pending {
        return Err(Rejection::SecurityTokenNotPending.into());
    }
    if stored.expires_at <= cx.now {
        return Err(Rejection::SecurityTokenActivationExpired.into());
    }
    store::cancel_active(tx, matched.user, cx.now)?;
    let expires_at = cx.now.plus_seconds(cx.policy.security_token_seconds);
    if !store::activate(tx, matched.id, cx.now, expires_at)? {
        return Err(Rejection::SecurityTokenNotPending.into());
    }
    crate::inbox::redact_secrets(tx, cx, matched.user)?;
    outbox::post_everywhere(tx, cx, matched.user, &Message::SecurityTokenActivated)?;
    view(
        cx,
        store::StoredToken {
            state: SecurityTokenState::Active,
            wrong_tries: 0,
            activated_at: Some(cx.now),
            expires_at,
            ..stored
        },
    )
}

/// Cancels a pending, active or blocked Token.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`]; canceling twice is no error.
pub fn cancel(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: SecurityTokenId,
) -> Result<SecurityToken, Error> {
    let stored = store::find(tx, user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    if store::cancel(tx, id, cx.now)? {
        outbox::post_everywhere(tx, cx, user, &Message::SecurityTokenCanceled)?;
        return view(
            cx,
            store::StoredToken {
                state: SecurityTokenState::Canceled,
                ..stored
            },
        );
    }
    view(cx, stored)
}

/// The security tokens of a person, newest first.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<SecurityToken>, Error> {
    store::list(read, user)?
        .into_iter()
        .map(|stored| view(cx, stored))
        .collect()
}

/// One security token of a person.
///
/// # Errors
/// [`Rejection::SecurityTokenNotFound`].
pub fn find(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    id: SecurityTokenId,
) -> Result<SecurityToken, Error> {
    view(
        cx,
        store::find(read, user, id)?.ok_or(Rejection::SecurityTokenNotFound)?,
    )
}

/// The Token that authorises this person's transactions, if there is one.
pub fn find_active(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<ActiveToken>, Error> {
    let stored = store::find_active(read, user)?;
    Ok(stored
        .filter(|stored| stored.expires_at > cx.now)
        .map(|stored| ActiveToken {
            id: stored.id,
            user,
            wrong_tries: stored.wrong_tries,
            expires_at: stored.expires_at,
            mac: stored.mac,
        }))
}

/// Counts a wrong Token at a transaction; the fifth in a row blocks it, and its owner is told.
pub fn count_wrong_try(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    token: &ActiveToken,
) -> Result<WrongTry, Error> {
    let most = cx.policy.security_token_tries;
    store::count_wrong(tx, token.id)?;
    let stored = store::find(tx, token.user, token.id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    if stored.state != SecurityTokenState::Active {
        return Ok(WrongTry::Blocked);
    }
    if stored.wrong_tries < most {
        return Ok(WrongTry::Counted {
            tries_left: most - stored.wrong_tries,
        });
    }
    store::block(tx, token.id, cx.now)?;
    outbox::post_everywhere(tx, cx, token.user, &Message::SecurityTokenBlocked)?;
    Ok(WrongTry::Blocked)
}

/// Forgets earlier wrong tries after a right one; needed only if [`ActiveToken::wrong_tries`] was
/// not zero.
pub fn clear_wrong_tries(tx: &mut db::Tx<'_>, token: &ActiveToken) -> Result<(), Error> {
    Ok(store::clear_wrong(tx, token.id)?)
}

fn refuse_too_many(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    let most = cx.policy.security_tokens_per_day;
    let requests = store::created_since(tx, user, cx.now.plus_seconds(-86_400), most)?;
    let is_full = i64::try_from(requests.len()).is_ok_and(|count| count >= most);
    match requests.last() {
        Some(oldest) if is_full => {
            let retry_at = oldest.plus_seconds(86_400);
            Err(Rejection::SecurityTokensTooMany { retry_at }.into())
        }
        _ => Ok(()),
    }
}

/// The state now: some ends come by time or by count alone, without a write.
fn state_at(cx: &Cx<'_>, stored: &store::StoredToken) -> SecurityTokenState {
    let is_over = stored.expires_at <= cx.now;
    match stored.state {
        SecurityTokenState::Pending if is_over => SecurityTokenState::ActivationExpired,
        SecurityTokenState::Pending if stored.wrong_tries >= cx.policy.security_token_tries => {
            SecurityTokenState::Blocked
        }
        SecurityTokenState::Active if is_over => SecurityTokenState::Expired,
        state => state,
    }
}

fn view(cx: &Cx<'_>, stored: store::StoredToken) -> Result<SecurityToken, Error> {
    let context = stored.id.to_string();
    let plain = cx
        .keys
        .open(Purpose::Contact, context.as_bytes(), &stored.delivered_to)?;
    let delivered_to = std::str::from_utf8(&plain)
        .map_err(|_| crate::Unsealable)?
        .to_owned();
    Ok(SecurityToken {
        id: stored.id,
        state: state_at(cx, &stored),
        channel: stored.channel,
        delivered_to,
        created_at: stored.created_at,
        activated_at: stored.activated_at,
        expires_at: stored.expires_at,
    })
}

fn seal_delivered_to(cx: &Cx<'_>, id: SecurityTokenId, delivered_to: &str) -> Vec<u8> {
    let context = id.to_string();
    cx.keys.seal(
        Purpose::Contact,
        context.as_bytes(),
        delivered_to.as_bytes(),
        cx.entropy,
    )
}

/// Sixteen uniform characters: 5 bits of chance each.
fn draw(cx: &Cx<'_>) -> Zeroizing<String> {
    let random: Zeroizing<[u8; CHARACTERS]> = Zeroizing::new(cx.entropy.bytes());
    let characters = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    Zeroizing::new(characters.collect())
}

/// `ABCD-EFGH-JKMN-PQRS`.
fn grouped(folded: &str) -> Secret {
    let mut text = String::with_capacity(CHARACTERS + CHARACTERS / GROUP);
    for (place, character) in folded.chars().enumerate() {
        if place > 0 && place % GROUP == 0 {
            text.push('-');
        }
        text.push(character);
    }
    Secret::new(text)
}

fn token_mac(keys: &Keys, id: SecurityTokenId, user: UserId, folded: &str) -> Tag {
    let id = id.to_string();
    let parts = [id.as_bytes(), &user.raw().to_be_bytes(), folded.as_bytes()];
    keys.mac(MacPurpose::SecurityToken, &parts)
}

fn is_match(mac: &Tag, id: SecurityTokenId, user: UserId, typed: &str, keys: &Keys) -> bool {
    // A longer text than a Token with every separator is not worth folding.
    if typed.len() > 4 * CHARACTERS {
        return false;
    }
    let Some(folded) = crockford_fold(typed).map(Zeroizing::new) else {
        return false;
    };
    folded.len() == CHARACTERS && is_same(&token_mac(keys, id, user, &folded), mac)
}
