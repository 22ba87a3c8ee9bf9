//! The second step of signing in: the password was right, one more proof is asked for. A ticket
//! lives five minutes and dies with the fifth wrong proof; then the password is asked for again.

mod store;

use std::fmt::{self, Write};

pub(crate) use store::STATEMENTS;
use vocab::{Entropy, Timestamp, UserId};

use crate::{
    Cx, Error, Method, OpenedSession, Rejection, Secret,
    code::CodePurpose,
    device::{self, Arrival, Hearing},
    factor::{self, Claim, CountedProof, MatchedProof},
    keys::{Purpose, Tag, digest},
    notice, pack, person_key,
    session::{self, Access, Device, Opening},
    sms::{self, CodeSent},
};

/// Tells a ticket from other secrets.
const PREFIX: &str = "tkt_";
const TICKET_BYTES: usize = 32;

/// A ticket as the server knows it: only its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TicketToken(Tag);

impl TicketToken {
    /// A new ticket's text.
    pub fn draw(entropy: &dyn Entropy) -> Secret {
        let random: [u8; TICKET_BYTES] = entropy.bytes();
        Secret::new(format!("{PREFIX}{}", hex(&random)))
    }

    /// Reads what a client presents.
    pub fn read(presented: &str) -> Self {
        Self(digest(presented))
    }

    /// What codes and challenges of this ticket are bound to.
    pub fn subject(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Debug for TicketToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketToken([hashed])")
    }
}

/// A ticket just issued: the only time its secret is seen.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub secret: Secret,
    /// What proves, each by itself.
    pub methods: Vec<Method>,
    pub expires_at: Timestamp,
}

/// Issues a ticket to somebody whose password was right.
pub(crate) fn issue(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    methods: Vec<Method>,
    arrival: &Arrival,
) -> Result<Ticket, Error> {
    let epoch = session::epoch_of(tx, user)?;
    let secret = TicketToken::draw(cx.entropy);
    let hash = digest(secret.expose());
    let packed = pack::pack(&[arrival.device.user_agent(), arrival.device.address()]);
    let expires_at = cx.now.plus_seconds(cx.policy.ticket_seconds);
    let stored = store::StoredTicket {
        user,
        epoch,
        device: person_key::seal(tx, cx, user, (Purpose::Device, &hash), &packed)?,
        presented: arrival.presented.map(|token| token.hash()),
        expires_at,
    };
    store::insert(tx, &hash, &stored, cx.now)?;
    Ok(Ticket {
        secret,
        methods,
        expires_at,
    })
}

/// Sends a code by SMS for this ticket.
///
/// # Errors
/// [`Rejection::TicketInvalid`], and those of [`sms::send`].
pub fn send_code(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    ticket: &TicketToken,
) -> Result<CodeSent, Error> {
    let stored = find_live(tx, cx, ticket)?;
    let subject = ticket.subject();
    sms::send(tx, cx, stored.user, CodePurpose::SignIn, &subject)
}

/// Whose passkeys may answer for this ticket.
///
/// # Errors
/// [`Rejection::TicketInvalid`].
pub fn owner(tx: &mut db::Tx<'_>, cx: &Cx<'_>, ticket: &TicketToken) -> Result<UserId, Error> {
    Ok(find_live(tx, cx, ticket)?.user)
}

/// Write 1 of the second step: counts the guess, at the ticket and in the method's own counter.
/// Commit it, compare outside of any transaction, then [`redeem`], or [`factor::miss`].
///
/// # Errors
/// [`Rejection::TicketInvalid`] also after the fifth guess; [`Rejection::MethodNotAccepted`]; those
/// of [`factor::count`].
pub fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    ticket: &TicketToken,
    method: Method,
) -> Result<CountedProof, Error> {
    let stored = find_live(tx, cx, ticket)?;
    let methods = factor::second_factors(tx, cx, stored.user)?;
    if !methods.contains(&method) {
        return Err(Rejection::MethodNotAccepted { methods }.into());
    }
    if !store::count_attempt(tx, &ticket.0, cx.policy.ticket_attempts)? {
        return Err(Rejection::TicketInvalid.into());
    }
    let subject = ticket.subject();
    let claim = Claim {
        user: stored.user,
        purpose: CodePurpose::SignIn,
        subject: &subject,
        session: None,
    };
    factor::count(tx, cx, &claim, method)
}

/// After a wrong proof: the owner hears that somebody has their password.
pub fn miss(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    ticket: &TicketToken,
    counted: &CountedProof,
) -> Result<Rejection, Error> {
    let attempts = store::attempts(tx, &ticket.0)?;
    if attempts == 1 {
        let told = &crate::Notice::SecondStepFailed;
        notice::tell(tx, cx, counted.user(), told)?;
    }
    factor::miss(tx, cx, counted)
}

/// Write 2 of the second step: uses ticket and proof up and opens the session. Whatever ended the
/// person's sessions since the password was right has ended the ticket too.
///
/// # Errors
/// [`Rejection::TicketInvalid`], and those of [`factor::settle`].
pub fn redeem(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    ticket: &TicketToken,
    matched: &MatchedProof,
) -> Result<OpenedSession, Error> {
    let stored = find_live(tx, cx, ticket)?;
    if stored.user != matched.user() || !store::consume(tx, &ticket.0, cx.now)? {
        return Err(Rejection::TicketInvalid.into());
    }
    factor::settle(tx, cx, matched)?;
    let place = (Purpose::Device, &ticket.0[..]);
    let packed = person_key::open(tx, cx, stored.user, place, &stored.device)?;
    let [user_agent, address] = pack::unpack(&packed).ok_or(crate::Unsealable)?;
    let arrival = Arrival {
        device: Device::new(&user_agent, &address),
        presented: stored.presented.map(device::DeviceToken::from_hash),
    };
    let admitted = device::admit(tx, cx, stored.user, &arrival, Hearing::Told)?;
    let opening = Opening {
        user: stored.user,
        device: &arrival.device,
        known: Some(admitted.id),
        methods: &[Method::Password, matched.method()],
        access: Access::Full,
    };
    let opened = session::open_for(tx, cx, &opening)?;
    Ok(opened.on_device(admitted.secret))
}

/// Forgets tickets that were over more than a day ago; at most `most`.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    Ok(store::purge(tx, cx.now.plus_seconds(-86_400), most)?)
}

fn find_live(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    ticket: &TicketToken,
) -> Result<store::StoredTicket, Error> {
    let stored = store::find(tx, &ticket.0)?.ok_or(Rejection::TicketInvalid)?;
    let is_live = stored.expires_at > cx.now && stored.epoch == session::epoch_of(tx, stored.user)?;
    if is_live {
        Ok(stored)
    } else {
        Err(Rejection::TicketInvalid.into())
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
