mod account;
mod back;
mod hold;
mod movement;
mod post;
mod spread;

use vocab::{AccountId, EntryId, HoldId, Timestamp};

use crate::{Account, Command, EntryFacts, Event, Hold, Rejection, Restriction};

pub(crate) use back::refund_parts;
pub(crate) use hold::capture_parts;
pub(crate) use movement::Sums;

/// The fewest and the most legs of an entry or hold.
pub const MIN_LEGS: usize = 2;
/// See [`MIN_LEGS`].
pub const MAX_LEGS: usize = 64;

/// What a decision may look at. What a command names must have been loaded; what is not there is
/// taken as not existing.
pub trait View {
    fn account(&self, id: AccountId) -> Option<&Account>;
    fn hold(&self, id: HoldId) -> Option<&Hold>;
    fn entry(&self, id: EntryId) -> Option<&EntryFacts>;
}

/// What `command` does to the world of `view` at the moment `at`, or why it may not. Nothing is
/// changed; [`apply`](crate::apply) folds the event.
///
/// Rejections come in the order of [`Rejection`]. Never panics, whatever the view answers.
pub fn decide(view: &impl View, command: &Command, at: Timestamp) -> Result<Event, Rejection> {
    match command {
        Command::Open(opening) => account::open(view, opening),
        &Command::Bound {
            account,
            floor,
            ceiling,
        } => account::bound(view, account, floor, ceiling),
        &Command::Restrict {
            account,
            debit_frozen,
            credit_frozen,
        } => {
            let restriction = Restriction {
                debit_frozen,
                credit_frozen,
                closed: false,
            };
            account::restrict(view, account, restriction)
        }
        &Command::Close { account } => account::close(view, account),
        Command::Post { code, legs } => post::post(view, *code, legs),
        Command::Hold {
            code,
            legs,
            expires_at,
        } => hold::hold(view, *code, legs, *expires_at, at),
        &Command::Capture { hold, amount, rest } => hold::capture(view, hold, amount, rest, at),
        &Command::Void { hold } => hold::void(view, hold),
        &Command::Expire { hold } => hold::expire(view, hold, at),
        &Command::Reverse { entry } => back::reverse(view, entry),
        &Command::Refund { entry, amount } => back::refund(view, entry, amount),
    }
}
