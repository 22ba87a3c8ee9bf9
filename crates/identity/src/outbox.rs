//! Messages on their way out: written in the transaction that causes them, sent later by a job.
//!
//! Nothing is sent from inside a transaction. A sender claims due messages for a while, sends them,
//! and settles what became of each; one that dies in between lets its lease run out, and the next
//! sender is told that the message may be out already. Only one sender has a message at a time: its
//! number of tries is the fence. Where a gateway knows a repeat by its id, a message is sent again
//! until it is known to be out; where it does not, it goes out at most once.

mod store;
mod tracking;

pub(crate) use store::STATEMENTS;
use thiserror::Error;
pub(crate) use tracking::delivery_of;
pub use tracking::{DeliveryState, DeliveryView};
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
    /// What it belongs to, for whoever asks what became of it.
    pub(crate) subject: Option<&'a str>,
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
    /// Later it is not worth sending.
    pub expires_at: Timestamp,
    /// True if an earlier sender did not say what became of it: it may be out already.
    pub is_resumed: bool,
}

/// The gateway took the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The gateway's name for it.
    pub receipt: Option<String>,
}

/// Why it is not known that the gateway took the message. The text carries no personal data.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SendFault {
    /// Not sent; worth another try later.
    #[error("not now: {0}")]
    Temporary(String),
    /// Not sent; no use trying again.
    #[error("never: {0}")]
    Permanent(String),
    /// Perhaps sent. Tried again only where the gateway knows a repeat.
    #[error("perhaps: {0}")]
    Unknown(String),
}

/// A way out for messages: a mail server, an SMS gateway, the sandbox's outbox.
pub trait Messenger: Send + Sync {
    /// Sends one message. Blocks; never called inside a database transaction.
    ///
    /// # Errors
    /// [`SendFault`], which decides about another try.
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault>;

    /// True if this message with an id that was sent before does not reach the person twice.
    fn deduplicates(&self, message: &OutboundMessage) -> bool {
        let _ = message;
        false
    }
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
        expires_at: post.expires_at,
        is_unsettled: false,
    };
    Ok(store::insert(tx, &queued, cx.now, post.subject)?)
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
                subject: None,
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
    let lease_until = cx.now.plus_seconds(cx.policy.send_lease_seconds);
    let mut claimed = Vec::new();
    for queued in store::due(tx, cx.now, most)? {
        if store::lease(tx, &queued, lease_until)? {
            claimed.push(open(cx, queued)?);
        }
    }
    Ok(claimed)
}

/// Records what became of a message: sent, to be tried again, failed for good, or not known. The
/// text is wiped unless there will be another try. Says nothing over a sender who has it by now,
/// except that it is out.
pub fn settle(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    message: &OutboundMessage,
    outcome: &Result<Delivery, SendFault>,
) -> Result<(), Error> {
    let fault = match outcome {
        Ok(delivery) => {
            store::mark_sent(tx, message.id, cx.now, delivery.receipt.as_deref())?;
            return Ok(());
        }
        Err(fault) => fault,
    };
    let held = store::Held::of(message);
    let said = fault.to_string();
    match fault {
        SendFault::Temporary(_) => match next_try(cx, message) {
            Some(at) => store::mark_waiting(tx, held, at, &said)?,
            None => store::mark_ended(tx, held, DeliveryState::Failed, &said)?,
        },
        SendFault::Permanent(_) => store::mark_ended(tx, held, DeliveryState::Failed, &said)?,
        SendFault::Unknown(_) => store::mark_ended(tx, held, DeliveryState::Unknown, &said)?,
    }
    Ok(())
}

/// Gives back a message that was claimed and not tried.
pub fn release(tx: &mut db::Tx<'_>, cx: &Cx<'_>, message: &OutboundMessage) -> Result<(), Error> {
    Ok(store::release(tx, store::Held::of(message), cx.now)?)
}

/// Forgets messages that were settled more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

/// When to try again: each wait is the policy's and up to a quarter more, so that what failed
/// together does not come back together. `None` if there are no more, or it would be too late.
fn next_try(cx: &Cx<'_>, message: &OutboundMessage) -> Option<Timestamp> {
    let place = usize::try_from(message.tries).ok()?.checked_sub(1)?;
    let wait = *cx.policy.send_waits_seconds.get(place)?;
    let micros = wait.saturating_mul(Timestamp::SECOND);
    let spread = u64::try_from(micros / 4).unwrap_or(0) + 1;
    let jitter = i64::try_from(cx.entropy.below(spread)).unwrap_or(0);
    let at = Timestamp::from_micros(
        cx.now
            .micros()
            .saturating_add(micros)
            .saturating_add(jitter),
    );
    (at < message.expires_at).then_some(at)
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
        expires_at: queued.expires_at,
        is_resumed: queued.is_unsettled,
    })
}
