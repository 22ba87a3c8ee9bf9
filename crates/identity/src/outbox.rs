//! Messages on their way out: written in the transaction that causes them, sent later by a job.
//!
//! Nothing is sent from inside a transaction. A sender claims due messages for a while, sends them,
//! and settles what became of each; one that dies in between lets its lease run out. So a message
//! goes out at least once, and its id tells a repeat from a new one.

mod store;

pub(crate) use store::STATEMENTS;
use thiserror::Error;
use vocab::{MessageId, Timestamp, UserId};

use crate::{
    Channel, Contact, Cx, Error, Locale, Secret, Unsealable, inbox,
    keys::Purpose,
    messages::Message,
    pack, person_key,
    sandbox::{self, Receiver, Sent},
    user,
};

/// A message to one contact.
#[derive(Debug)]
pub(crate) struct Post<'a> {
    pub(crate) user: Option<UserId>,
    pub(crate) to: &'a Contact,
    pub(crate) message: &'a Message,
    pub(crate) locale: Locale,
    /// Later it is not worth sending.
    pub(crate) expires_at: Timestamp,
}

/// A message as a [`Messenger`] sends it.
#[derive(Clone, Debug)]
pub struct OutboundMessage {
    /// Stays the same when a message is sent again.
    pub id: MessageId,
    /// Whose message it is, once they are somebody here.
    pub user: Option<UserId>,
    pub channel: Channel,
    pub to: Contact,
    /// Which text it is, for gateways that want registered templates.
    pub template: String,
    /// The subject of an e-mail.
    pub title: String,
    pub text: Secret,
    /// The code in the text, if there is one.
    pub code: Option<Secret>,
    /// The Token in the text, if there is one.
    pub token: Option<Secret>,
    /// How often it was tried, this time included.
    pub tries: i64,
}

/// The gateway took the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The gateway's name for it.
    pub receipt: Option<String>,
}

/// The gateway did not take the message. The text carries no personal data.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SendFault {
    /// Worth another try later.
    #[error("not now: {0}")]
    Temporary(String),
    /// No use trying again.
    #[error("never: {0}")]
    Permanent(String),
}

/// A way out for messages: a mail server, an SMS gateway, the sandbox's outbox.
pub trait Messenger: Send + Sync {
    /// Sends one message. Blocks; never called inside a database transaction. A message with an id
    /// that was sent before must not reach the person twice, where the gateway allows it.
    ///
    /// # Errors
    /// [`SendFault`], which decides about another try.
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault>;
}

/// Writes a message to one contact, to be sent after the commit.
pub(crate) fn post(tx: &mut db::Tx<'_>, cx: &Cx<'_>, post: &Post<'_>) -> Result<(), Error> {
    let id = MessageId::new(cx.now, cx.entropy);
    let written = post.message.write(post.locale);
    let packed = pack::pack(&[
        &written.title,
        written.text.expose(),
        post.message.code().map_or("", Secret::expose),
        post.message.token().map_or("", Secret::expose),
    ]);
    let body = cx.keys.seal(
        Purpose::Outbox,
        id.to_string().as_bytes(),
        &packed,
        cx.entropy,
    );
    let queued = store::Queued {
        id,
        user: post.user,
        channel: Channel::to_kind(post.to.kind()),
        index: post.to.index(cx.keys),
        contact: post.to.seal(cx.keys, cx.entropy),
        body,
        template: post.message.template().to_owned(),
        tries: 0,
    };
    Ok(store::insert(tx, &queued, cx.now, post.expires_at)?)
}

/// Writes an in-app message.
pub(crate) fn post_to_inbox(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    message: &Message,
) -> Result<(), Error> {
    deliver_in_app(tx, cx, user, message, None)
}

/// Writes an in-app message whose secret is shown until a moment and then taken out.
pub(crate) fn post_secret_to_inbox(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    message: &Message,
    until: Timestamp,
) -> Result<(), Error> {
    deliver_in_app(tx, cx, user, message, Some(until))
}

/// Tells a person by every verified contact and in the app.
pub(crate) fn post_everywhere(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    message: &Message,
) -> Result<(), Error> {
    post_to_inbox(tx, cx, user, message)?;
    let locale = user::locale_of(tx, user)?;
    let expires_at = cx.now.plus_seconds(86_400);
    for contact in &user::reachable_at(tx, cx, user)? {
        post(
            tx,
            cx,
            &Post {
                user: Some(user),
                to: contact,
                message,
                locale,
                expires_at,
            },
        )?;
    }
    Ok(())
}

/// True if a message waits that may be sent now; lets an idle job stay a reader.
pub fn has_due(read: &mut impl db::Read, cx: &Cx<'_>) -> Result<bool, Error> {
    Ok(store::has_due(read, cx.now)?)
}

/// Takes at most `most` due messages for the policy's lease. Messages that came too late are
/// dropped on the way.
pub fn claim(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<Vec<OutboundMessage>, Error> {
    store::drop_expired(tx, cx.now)?;
    let due = store::due(tx, cx.now, most)?;
    let lease_until = cx.now.plus_seconds(cx.policy.send_lease_seconds);
    due.into_iter()
        .map(|queued| {
            store::lease(tx, queued.id, lease_until)?;
            open(cx, queued)
        })
        .collect()
}

/// Records what became of a message: sent, to be tried again, or failed for good. The text is
/// wiped with the last of them.
pub fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    message: &OutboundMessage,
    outcome: &Result<Delivery, SendFault>,
) -> Result<(), Error> {
    match outcome {
        Ok(delivery) => store::mark_sent(tx, message.id, cx.now, delivery.receipt.as_deref())?,
        Err(fault) => match next_wait(cx, message.tries, fault) {
            Some(seconds) => {
                let next_try_at = cx.now.plus_seconds(seconds);
                store::mark_waiting(tx, message.id, next_try_at, &fault.to_string())?;
            }
            None => store::mark_failed(tx, message.id, &fault.to_string())?,
        },
    }
    Ok(())
}

/// Forgets messages that were settled more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn next_wait(cx: &Cx<'_>, tries: i64, fault: &SendFault) -> Option<i64> {
    let place = usize::try_from(tries).ok()?.checked_sub(1)?;
    match fault {
        SendFault::Temporary(_) => cx.policy.send_waits_seconds.get(place).copied(),
        SendFault::Permanent(_) => None,
    }
}

fn deliver_in_app(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    message: &Message,
    secret_until: Option<Timestamp>,
) -> Result<(), Error> {
    // Nobody is left to be told.
    if person_key::is_shredded(tx, user)? {
        return Ok(());
    }
    let written = message.write(user::locale_of(tx, user)?);
    let id = inbox::add(
        tx,
        cx,
        user,
        &inbox::NewMessage {
            template: message.template(),
            title: &written.title,
            text: written.text.expose(),
            secret_until,
        },
    )?;
    if cx.policy.sandbox {
        sandbox::record(
            tx,
            cx,
            &Sent {
                id,
                receiver: Receiver::Inbox(user),
                text: &written.text,
                code: message.code(),
                token: message.token(),
            },
        )?;
    }
    Ok(())
}

fn open(cx: &Cx<'_>, queued: store::Queued) -> Result<OutboundMessage, Error> {
    let context = queued.id.to_string();
    let packed = cx
        .keys
        .open(Purpose::Outbox, context.as_bytes(), &queued.body)?;
    let [title, text, code, token] = pack::unpack(&packed).ok_or(Unsealable)?;
    let kind = queued.channel.contact_kind().ok_or(Unsealable)?;
    let some = |text: String| (!text.is_empty()).then(|| Secret::new(text));
    Ok(OutboundMessage {
        id: queued.id,
        user: queued.user,
        channel: queued.channel,
        to: Contact::open(kind, &queued.index, &queued.contact, cx.keys)?,
        template: queued.template,
        title,
        text: Secret::new(text),
        code: some(code),
        token: some(token),
        tries: queued.tries + 1,
    })
}
