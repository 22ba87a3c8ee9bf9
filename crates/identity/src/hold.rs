//! Holds on outgoing money after an account was recovered: whoever got in may look and mend, and
//! the owner has time to say that it was not them.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{Timestamp, UserId};

use crate::{Cx, Error, LifeRefusal, password::change};

/// What keeps a person's money from going out, as far as this room knows. May be kept in memory
/// until the person's holds or password change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The account was recovered.
    pub held_until: Option<Timestamp>,
    /// From then on the password must be changed first.
    pub password_due_at: Option<Timestamp>,
}

impl Outgoing {
    /// Why no money goes out at this moment, if so.
    pub fn refusal(&self, now: Timestamp) -> Option<LifeRefusal> {
        if let Some(until) = self.held_until.filter(|&until| until > now) {
            return Some(LifeRefusal::OutgoingHold { until });
        }
        let is_due = self.password_due_at.is_some_and(|at| at <= now);
        is_due.then_some(LifeRefusal::PasswordDue)
    }
}

/// Until when money stays after a recovery; `None` if it may go out.
pub fn outgoing_hold(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<Timestamp>, Error> {
    Ok(store::find(read, user)?.filter(|&until| until > cx.now))
}

/// Everything here that keeps a person's money from going out.
pub fn outgoing(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<Outgoing, Error> {
    Ok(Outgoing {
        held_until: store::find(read, user)?,
        password_due_at: change::forced_at(read, cx, user)?,
    })
}

/// Holds a person's outgoing money for so many seconds; a longer hold stays.
pub(crate) fn place(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    seconds: i64,
) -> Result<Timestamp, Error> {
    let until = cx.now.plus_seconds(seconds);
    store::place(tx, user, until)?;
    Ok(store::find(tx, user)?.unwrap_or(until))
}
