//! Sandbox mode's outbox: what would have left the machine, kept for whoever tries things out.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{MessageId, Timestamp, UserId};

use crate::{
    Channel, Contact, Cx, Error, OutboundMessage, Secret, Unsealable, keys::Purpose, pack, user,
};

/// A message that went out.
#[derive(Clone, Debug)]
pub struct SandboxMessage {
    pub channel: Channel,
    /// A phone number, an e-mail address, or the user id of an inbox.
    pub to: String,
    pub text: Secret,
    /// The code in the text, if there is one.
    pub code: Option<Secret>,
    /// The Token in the text, if there is one.
    pub token: Option<Secret>,
    pub sent_at: Timestamp,
}

/// To whom a message went.
#[derive(Debug)]
pub(crate) enum Receiver<'a> {
    Contact {
        channel: Channel,
        contact: &'a Contact,
        user: Option<UserId>,
    },
    Inbox(UserId),
}

/// A message that goes into the outbox.
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) id: MessageId,
    pub(crate) receiver: Receiver<'a>,
    pub(crate) text: &'a Secret,
    pub(crate) code: Option<&'a Secret>,
    pub(crate) token: Option<&'a Secret>,
}

/// Puts a message into the outbox; a repeat of the same message changes nothing.
pub fn deliver(tx: &mut db::Tx<'_>, cx: &Cx<'_>, message: &OutboundMessage) -> Result<(), Error> {
    let OutboundMessage { channel, user, .. } = *message;
    record(
        tx,
        cx,
        &Sent {
            id: message.id,
            receiver: Receiver::Contact {
                channel,
                contact: &message.to,
                user,
            },
            text: &message.text,
            code: message.code.as_ref(),
            token: message.token.as_ref(),
        },
    )
}

/// What went out, newest first, at most `limit`. `to` is a phone number or an e-mail address (in
/// any spelling; finds the in-app messages of its owner too) or a user id; without it everything.
pub fn list(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    to: Option<&str>,
    limit: i64,
) -> Result<Vec<SandboxMessage>, Error> {
    let stored = match to {
        None => store::newest(read, limit)?,
        Some(to) => match to.parse::<UserId>() {
            Ok(user) => store::newest_of_user(read, user, limit)?,
            Err(_) => {
                let index = Contact::parse(to, cx.policy)?.index(cx.keys);
                let owner = user::find_owner(read, &index)?;
                store::newest_to(read, &index, owner, limit)?
            }
        },
    };
    stored.into_iter().map(|stored| open(cx, &stored)).collect()
}

/// Writes what went out.
pub(crate) fn record(tx: &mut db::Tx<'_>, cx: &Cx<'_>, sent: &Sent<'_>) -> Result<(), Error> {
    let (channel, index, user, to) = match &sent.receiver {
        Receiver::Contact {
            channel,
            contact,
            user,
        } => (
            *channel,
            Some(contact.index(cx.keys)),
            *user,
            contact.value().to_owned(),
        ),
        Receiver::Inbox(user) => (Channel::Inbox, None, Some(*user), user.to_string()),
    };
    let packed = pack::pack(&[
        &to,
        sent.text.expose(),
        sent.code.map_or("", Secret::expose),
        sent.token.map_or("", Secret::expose),
    ]);
    let context = sent.id.to_string();
    let body = cx
        .keys
        .seal(Purpose::Sandbox, context.as_bytes(), &packed, cx.entropy);
    let stored = store::StoredSent {
        id: sent.id,
        channel,
        body,
        sent_at: cx.now,
    };
    Ok(store::insert(tx, &stored, index.as_ref(), user)?)
}

/// Forgets what went out more than a week ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-7 * 86_400), most)?)
}

fn open(cx: &Cx<'_>, stored: &store::StoredSent) -> Result<SandboxMessage, Error> {
    let context = stored.id.to_string();
    let packed = cx
        .keys
        .open(Purpose::Sandbox, context.as_bytes(), &stored.body)?;
    let [to, text, code, token] = pack::unpack(&packed).ok_or(Unsealable)?;
    let some = |text: String| (!text.is_empty()).then(|| Secret::new(text));
    Ok(SandboxMessage {
        channel: stored.channel,
        to,
        text: Secret::new(text),
        code: some(code),
        token: some(token),
        sent_at: stored.sent_at,
    })
}
