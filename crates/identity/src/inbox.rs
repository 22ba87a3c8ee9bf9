//! In-app messages. A message that carries a secret shows it for a while only.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{MessageId, Timestamp, UserId};

use crate::{
    Cx, Error, Rejection, Unsealable, keys::Purpose, messages, pack, person_key,
    person_key::Opener, user,
};

/// A message as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxMessage {
    pub id: MessageId,
    /// What it is about, for programs.
    pub template: String,
    pub title: String,
    pub text: String,
    pub created_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

/// Where in the list, which runs from the newest to the oldest, a page starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxCursor {
    Newest,
    /// Older than this message.
    After(MessageId),
    /// Newer than this message.
    Before(MessageId),
}

/// A part of the list, newest first.
#[derive(Clone, Debug)]
pub struct InboxPage {
    pub messages: Vec<InboxMessage>,
    /// Where the next older page starts, if there is one: [`InboxCursor::After`] it.
    pub next: Option<MessageId>,
}

pub(crate) struct NewMessage<'a> {
    pub(crate) template: &'a str,
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    pub(crate) secret_until: Option<Timestamp>,
}

/// One page of a person's messages, at most `limit` long.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    cursor: InboxCursor,
    limit: i64,
) -> Result<InboxPage, Error> {
    let mut stored = store::list(read, user, cursor, limit + 1)?;
    let is_cut = i64::try_from(stored.len()).is_ok_and(|length| length > limit);
    if is_cut {
        stored.pop();
    }
    if matches!(cursor, InboxCursor::Before(_)) {
        stored.reverse();
    }
    let has_older = is_cut || matches!(cursor, InboxCursor::Before(_));
    let next = stored.last().filter(|_| has_older).map(|last| last.id);
    let locale = user::locale_of(read, user)?;
    let own = person_key::opener(read, cx, user)?;
    let messages = stored
        .into_iter()
        .map(|stored| open(cx, &own, stored, locale))
        .collect::<Result<_, Error>>()?;
    Ok(InboxPage { messages, next })
}

/// How many messages a person has not read.
pub fn unread(read: &mut impl db::Read, user: UserId) -> Result<i64, Error> {
    Ok(store::unread(read, user)?)
}

/// Notes that a message was read; a second time changes nothing.
///
/// # Errors
/// [`Rejection::MessageNotFound`], also for somebody else's message.
pub fn mark_read(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: MessageId,
) -> Result<(), Error> {
    if store::mark_read(tx, user, id, cx.now)? {
        return Ok(());
    }
    Err(Rejection::MessageNotFound.into())
}

/// Notes that everything was read.
pub fn mark_all_read(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    Ok(store::mark_all_read(tx, user, cx.now)?)
}

/// Adds a message to a person's inbox.
pub(crate) fn add(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    new: &NewMessage<'_>,
) -> Result<MessageId, Error> {
    let id = MessageId::new(cx.now, cx.entropy);
    let body = seal(tx, cx, (user, id), (new.title, new.text))?;
    store::insert(
        tx,
        user,
        &store::StoredMessage {
            id,
            template: new.template.to_owned(),
            body,
            created_at: cx.now,
            read_at: None,
            secret_until: new.secret_until,
        },
    )?;
    Ok(id)
}

/// Takes the secrets out of a person's messages: they have served.
pub(crate) fn redact_secrets(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    for stored in store::with_secrets(tx, user)? {
        redact(tx, cx, user, stored)?;
    }
    Ok(())
}

/// Takes out secrets whose time is over, for everybody; at most `most` messages.
pub(crate) fn redact_overdue(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    let overdue = store::overdue_secrets(tx, cx.now, most)?;
    let count = overdue.len();
    for (user, stored) in overdue {
        redact(tx, cx, user, stored)?;
    }
    Ok(count)
}

fn redact(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    stored: store::StoredMessage,
) -> Result<(), Error> {
    let locale = user::locale_of(tx, user)?;
    let id = stored.id;
    let own = person_key::opener(tx, cx, user)?;
    let title = open(cx, &own, stored, locale)?.title;
    let body = seal(tx, cx, (user, id), (&title, &messages::redacted(locale)))?;
    Ok(store::replace_body(tx, id, body)?)
}

fn seal(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, MessageId),
    (title, text): (&str, &str),
) -> Result<Vec<u8>, Error> {
    let packed = pack::pack(&[title, text]);
    let id = id.to_string();
    person_key::seal(tx, cx, user, (Purpose::Inbox, id.as_bytes()), &packed)
}

fn open(
    cx: &Cx<'_>,
    own: &Opener<'_>,
    stored: store::StoredMessage,
    locale: messages::Locale,
) -> Result<InboxMessage, Error> {
    let packed = own.open(
        Purpose::Inbox,
        stored.id.to_string().as_bytes(),
        &stored.body,
    )?;
    let [title, text] = pack::unpack(&packed).ok_or(Unsealable)?;
    let is_over = stored.secret_until.is_some_and(|until| until <= cx.now);
    let text = if is_over {
        messages::redacted(locale)
    } else {
        text
    };
    Ok(InboxMessage {
        id: stored.id,
        template: stored.template,
        title,
        text,
        created_at: stored.created_at,
        read_at: stored.read_at,
    })
}
