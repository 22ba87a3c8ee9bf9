//! The Token: asked for, delivered to the designated contact, activated where it was asked for,
//! then it authorises transactions until it is replaced, canceled, blocked or a year old.
//!
//! Sixteen Crockford characters are 80 random bits, so a keyed hash is enough to store it (no slow
//! hash, which a payment could not afford); the key is not in the database.

mod events;
mod life;
mod store;

pub(crate) use events::STATEMENTS as EVENT_STATEMENTS;
pub use life::{TokenEvent, TokenHistory, block, history, note_use, rename, unblock};
pub(crate) use store::STATEMENTS;
use vocab::{SecurityTokenId, SessionId, Timestamp, UserId, crockford_fold};
use zeroize::Zeroizing;

use crate::{
    Channel, Cx, Error, Notice, Rejection, Secret,
    audit::{self, Action, By},
    device,
    keys::{Keys, MacPurpose, Purpose, Tag, is_same},
    messages::Message,
    notice, outbox, person_key, user,
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
    /// As its owner calls it.
    pub name: Option<String>,
    /// When it authorised something last, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// What became of its message; only in [`list`], while it is pending, and not for the inbox.
    pub delivery: Option<outbox::DeliveryView>,
}

/// What is needed to check a typed Token without the database: all that a person has active. May
/// be cached per person, and dropped when a Token of theirs is activated, blocked or canceled.
#[derive(Clone, Debug)]
pub struct ActiveToken {
    /// The newest.
    pub id: SecurityTokenId,
    pub user: UserId,
    /// Wrong tries since the last right one, when this was read.
    pub wrong_tries: i64,
    /// When the last of them is over.
    pub expires_at: Timestamp,
    each: Vec<EachToken>,
}

#[derive(Clone, Copy, Debug)]
struct EachToken {
    id: SecurityTokenId,
    expires_at: Timestamp,
    mac: Tag,
}

impl ActiveToken {
    /// Compares what was typed, in constant time; case, spaces, hyphens and the usual confusions
    /// (O and 0, I, L and 1) do not matter. On a miss call [`count_wrong_try`].
    pub fn matches(&self, typed: &str, keys: &Keys, now: Timestamp) -> bool {
        self.find_match(typed, keys, now).is_some()
    }

    /// The one that was typed; each is compared.
    pub fn find_match(&self, typed: &str, keys: &Keys, now: Timestamp) -> Option<SecurityTokenId> {
        let matches = |each: &&EachToken| is_match(&each.mac, each.id, self.user, typed, keys);
        let matched = self.each.iter().rfind(matches);
        matched
            .filter(|each| each.expires_at > now)
            .map(|each| each.id)
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
#[derive(Clone, Debug)]
pub struct NewSecurityToken {
    pub user: UserId,
    pub session: SessionId,
    pub channel: Channel,
    /// With a name it stands beside the others; without one it takes the place of the last that
    /// has none.
    pub name: Option<String>,
    /// The one whose place it takes once it is active.
    pub replaces: Option<SecurityTokenId>,
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
/// [`Rejection::DesignatedContactMissing`], [`Rejection::SecurityTokensTooMany`];
/// [`Rejection::SecurityTokenNotFound`] if there is none to replace,
/// [`Rejection::SecurityTokensFull`], [`Rejection::NameInvalid`].
pub fn request(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: &NewSecurityToken,
) -> Result<SecurityToken, Error> {
    let contact = match new.channel.contact_kind() {
        None => None,
        Some(kind) => Some(
            user::designated_contact(tx, cx, new.user, kind)?
                .ok_or(Rejection::DesignatedContactMissing)?,
        ),
    };
    refuse_too_many(tx, cx, new.user)?;
    let (name, replaces) = naming(tx, cx, new)?;
    store::cancel_pending(tx, new.user, cx.now, cx.policy.security_token_tries)?;

    let id = SecurityTokenId::new(cx.now, cx.entropy);
    let folded = draw(cx);
    let delivered_to = contact
        .as_ref()
        .map_or_else(|| "inbox".to_owned(), |to| to.masked());
    let deadline = cx
        .now
        .plus_seconds(cx.policy.security_token_activation_seconds);
    let name = match name {
        Some(name) => Some(life::seal_name(tx, cx, (new.user, id), &name)?),
        None => None,
    };
    let stored = store::StoredToken {
        id,
        user: new.user,
        state: SecurityTokenState::Pending,
        session: new.session,
        mac: token_mac(cx.keys, id, new.user, &folded),
        channel: new.channel,
        delivered_to: seal_delivered_to(tx, cx, (new.user, id), &delivered_to)?,
        wrong_tries: 0,
        created_at: cx.now,
        activated_at: None,
        expires_at: deadline,
        name,
        replaces,
        last_used_at: None,
    };
    store::insert(tx, &stored)?;
    note_request(tx, cx, new, id)?;
    let minutes = cx.policy.security_token_activation_seconds / 60;
    let message = Message::SecurityToken {
        token: grouped(&folded),
        minutes,
    };
    match &contact {
        None => outbox::post_secret_to_inbox(tx, cx, new.user, &message, deadline)?,
        Some(to) => {
            let locale = user::locale_of(tx, new.user)?;
            let subject = id.to_string();
            let post = outbox::Post {
                user: Some(new.user),
                to,
                message: &message,
                locale,
                expires_at: deadline,
                subject: Some(&subject),
            };
            outbox::post(tx, cx, &post)?;
        }
    }
    view(tx, cx, stored)
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

/// Write 2 of activating: this Token is active from now on, the one whose place it takes is
/// canceled, its owner is told everywhere.
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
    let by = Some((stored.session, None));
    let replaced = match (stored.replaces, &stored.name) {
        (Some(id), _) => vec![id],
        (None, None) => store::unnamed_active(tx, matched.user)?,
        (None, Some(_)) => Vec::new(),
    };
    for id in replaced {
        if store::cancel(tx, id, cx.now)? {
            events::note(tx, cx, id, TokenEvent::Replaced, by)?;
        }
    }
    refuse_full(tx, cx, matched.user)?;
    let expires_at = cx.now.plus_seconds(cx.policy.security_token_seconds);
    if !store::activate(tx, matched.id, cx.now, expires_at)? {
        return Err(Rejection::SecurityTokenNotPending.into());
    }
    events::note(tx, cx, matched.id, TokenEvent::Activated, by)?;
    crate::inbox::redact_secrets(tx, cx, matched.user)?;
    let object = matched.id.to_string();
    let activated = &Notice::SecurityTokenActivated;
    notice::tell_about(tx, cx, matched.user, activated, &object)?;
    view(
        tx,
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
        events::note(tx, cx, id, TokenEvent::Canceled, None)?;
        let object = id.to_string();
        notice::tell_about(tx, cx, user, &Notice::SecurityTokenCanceled, &object)?;
        return view(
            tx,
            cx,
            store::StoredToken {
                state: SecurityTokenState::Canceled,
                ..stored
            },
        );
    }
    view(tx, cx, stored)
}

/// The security tokens of a person, newest first.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<SecurityToken>, Error> {
    let mut views = Vec::new();
    for stored in store::list(read, user)? {
        let mut shown = view(read, cx, stored)?;
        if shown.state == SecurityTokenState::Pending {
            shown.delivery = outbox::delivery_of(read, cx, user, &shown.id.to_string())?;
        }
        views.push(shown);
    }
    Ok(views)
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
    let stored = store::find(read, user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    view(read, cx, stored)
}

/// The Tokens that authorise this person's transactions, if there are any.
pub fn find_active(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<ActiveToken>, Error> {
    let stored = store::active(read, user)?;
    let live: Vec<_> = stored
        .iter()
        .filter(|stored| stored.expires_at > cx.now)
        .collect();
    let wrong_tries = live.iter().map(|stored| stored.wrong_tries).max();
    let expires_at = live.iter().map(|stored| stored.expires_at).max();
    let (Some(newest), Some(wrong_tries), Some(expires_at)) =
        (live.first(), wrong_tries, expires_at)
    else {
        return Ok(None);
    };
    let each = live.iter().map(|stored| EachToken {
        id: stored.id,
        expires_at: stored.expires_at,
        mac: stored.mac,
    });
    Ok(Some(ActiveToken {
        id: newest.id,
        user,
        wrong_tries,
        expires_at,
        each: each.collect(),
    }))
}

/// Counts a wrong Token at a transaction: a guess at one is a guess at all. The fifth in a row
/// blocks, and the owner is told.
pub fn count_wrong_try(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    token: &ActiveToken,
) -> Result<WrongTry, Error> {
    let most = cx.policy.security_token_tries;
    for each in &token.each {
        store::count_guess(tx, each.id, most)?;
    }
    block_exhausted(tx, cx, token.user)
}

/// Forgets earlier wrong tries after a right one; needed only if [`ActiveToken::wrong_tries`] was
/// not zero.
pub fn clear_wrong_tries(tx: &mut db::Tx<'_>, token: &ActiveToken) -> Result<(), Error> {
    Ok(store::forgive_all(tx, token.user)?)
}

/// Counts a guess at a person's Tokens, before it is compared; gives what to compare it with.
///
/// # Errors
/// [`Rejection::SecurityTokenMissing`], [`Rejection::SecurityTokenBlocked`].
pub(crate) fn count_guess(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<ActiveToken, Error> {
    let active = find_active(tx, cx, user)?.ok_or(Rejection::SecurityTokenMissing)?;
    let most = cx.policy.security_token_tries;
    let mut open = Vec::new();
    for each in active.each {
        if store::count_guess(tx, each.id, most)? {
            open.push(each);
        }
    }
    if open.is_empty() {
        return Err(Rejection::SecurityTokenBlocked.into());
    }
    Ok(ActiveToken {
        each: open,
        ..active
    })
}

/// True if a Token that was compared has not been blocked, canceled or replaced meanwhile.
pub(crate) fn is_still_active(
    tx: &mut db::Tx<'_>,
    user: UserId,
    id: SecurityTokenId,
) -> Result<bool, Error> {
    let stored = store::find(tx, user, id)?;
    Ok(stored.is_some_and(|stored| stored.state == SecurityTokenState::Active))
}

/// Forgets wrong guesses after a right one.
pub(crate) fn forgive_all(tx: &mut db::Tx<'_>, user: UserId) -> Result<(), Error> {
    Ok(store::forgive_all(tx, user)?)
}

/// After a wrong guess: blocks the Tokens that have no try left, and tells their owner.
pub(crate) fn block_exhausted(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<WrongTry, Error> {
    let most = cx.policy.security_token_tries;
    let mut blocked = 0;
    for stored in store::active(tx, user)? {
        if stored.wrong_tries >= most && store::block(tx, stored.id, cx.now)? {
            events::note(tx, cx, stored.id, TokenEvent::BlockedByTries, None)?;
            blocked += 1;
        }
    }
    if blocked > 0 {
        notice::tell(tx, cx, user, &Notice::SecurityTokenBlocked)?;
    }
    let left = find_active(tx, cx, user)?;
    Ok(left.map_or(WrongTry::Blocked, |left| WrongTry::Counted {
        tries_left: most - left.wrong_tries,
    }))
}

/// How a new Token is called and whose place it takes.
fn naming(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: &NewSecurityToken,
) -> Result<(Option<String>, Option<SecurityTokenId>), Error> {
    let name = new.name.as_deref().map(device::plain_name).transpose()?;
    let Some(id) = new.replaces else {
        if name.is_some() {
            refuse_full(tx, cx, new.user)?;
        }
        return Ok((name, None));
    };
    let old = store::find(tx, new.user, id)?.ok_or(Rejection::SecurityTokenNotFound)?;
    let is_there = matches!(
        state_at(cx, &old),
        SecurityTokenState::Active | SecurityTokenState::Blocked
    );
    if !is_there {
        return Err(Rejection::SecurityTokenNotFound.into());
    }
    let own = person_key::opener(tx, cx, new.user)?;
    let kept = life::open_name(&own, id, old.name.as_deref())?;
    Ok((name.or(kept), Some(id)))
}

fn note_request(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    new: &NewSecurityToken,
    id: SecurityTokenId,
) -> Result<(), Error> {
    let by = Some((new.session, None));
    events::note(tx, cx, id, TokenEvent::Requested, by)?;
    let deed = (Action::SecurityTokenRequested, id.to_string());
    audit::note(tx, cx, By::person(new.user), new.user, (deed.0, &deed.1))
}

fn refuse_full(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    let active = store::active(tx, user)?;
    let live = active.iter().filter(|stored| stored.expires_at > cx.now);
    let count = i64::try_from(live.count()).unwrap_or(i64::MAX);
    if count >= cx.policy.security_tokens_max {
        return Err(Rejection::SecurityTokensFull.into());
    }
    Ok(())
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

fn view(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    stored: store::StoredToken,
) -> Result<SecurityToken, Error> {
    let own = person_key::opener(read, cx, stored.user)?;
    let context = stored.id.to_string();
    let plain = own.open(Purpose::Contact, context.as_bytes(), &stored.delivered_to)?;
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
        name: life::open_name(&own, stored.id, stored.name.as_deref())?,
        last_used_at: stored.last_used_at,
        delivery: None,
    })
}

fn seal_delivered_to(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, SecurityTokenId),
    delivered_to: &str,
) -> Result<Vec<u8>, Error> {
    let context = id.to_string();
    let place = (Purpose::Contact, context.as_bytes());
    person_key::seal(tx, cx, user, place, delivered_to.as_bytes())
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
