mod broken;
mod hold;

use vocab::{AccountId, EntryId, HoldId};

use crate::{
    Account, Command, Entry, EntryFacts, Event, Hold, HoldState, Link, Opening, Posting, Record,
    Restriction, View, decide,
    decide::{Sums, refund_parts},
};

pub use broken::Broken;

/// Balances, holds and what became of entries, to be folded into.
///
/// Only what a record names is asked for: accounts, the hold it resolves, the entry it takes back.
/// New entries are not handed over; a store that is later asked for the facts of one makes them
/// from its record (nothing refunded, not reversed) and keeps what is changed.
pub trait Store {
    fn account_mut(&mut self, id: AccountId) -> Option<&mut Account>;
    /// A new account and its owner, as the domain numbers its people.
    fn insert_account(&mut self, account: Account, owner: i64);
    fn hold_mut(&mut self, id: HoldId) -> Option<&mut Hold>;
    fn insert_hold(&mut self, hold: Hold);
    fn entry_mut(&mut self, id: EntryId) -> Option<&mut EntryFacts>;
}

/// Folds one record into `store`, the same way for a live batch, a start after a crash and a check.
///
/// Verifies what the record claims against the state before it: versions, balances, conservation
/// per currency, what is left of a hold or an entry. It does not judge the claim by the rules of
/// the time (floors, ceilings, freezes); [`replay`] does. After a [`Broken`] the store is half
/// changed and must be given up.
pub fn apply(store: &mut impl Store, record: &Record) -> Result<(), Broken> {
    match &record.event {
        Event::Opened(opening) => open(store, opening),
        &Event::Bounded {
            account,
            floor,
            ceiling,
        } => {
            let account = account_mut(store, account)?;
            (account.floor, account.ceiling) = (floor, ceiling);
            Ok(())
        }
        &Event::Restricted {
            account,
            restriction,
        } => {
            account_mut(store, account)?.restriction = restriction;
            Ok(())
        }
        Event::Posted(entry) => post(store, entry),
        Event::Held {
            code,
            legs,
            expires_at,
        } => hold::reserve(
            store,
            Hold {
                id: record.id.into(),
                code: *code,
                legs: legs.clone(),
                left: legs.iter().map(|leg| leg.amount).collect(),
                expires_at: *expires_at,
                state: HoldState::Open,
            },
        ),
        &Event::Voided { hold } => hold::release(store, hold, HoldState::Voided),
        &Event::Expired { hold } => hold::release(store, hold, HoldState::Expired),
        Event::Rejected { .. } => Ok(()),
    }
}

/// Decides again what the record says was decided at its time, demands the same event, and folds
/// it: the full check of a journal, at about twice the price of [`apply`].
pub fn replay<S: Store + View>(store: &mut S, record: &Record) -> Result<(), Broken> {
    if let Some(command) = command_of(&record.event) {
        match decide(store, &command, record.at) {
            Ok(event) if event == record.event => {}
            Ok(_) => return Err(Broken::Diverged),
            Err(rejection) => return Err(Broken::Unlawful(rejection)),
        }
    }
    apply(store, record)
}

/// The command that an event answers; none for a rejection.
pub fn command_of(event: &Event) -> Option<Command> {
    Some(match event {
        Event::Opened(opening) => Command::Open(opening.clone()),
        &Event::Bounded {
            account,
            floor,
            ceiling,
        } => Command::Bound {
            account,
            floor,
            ceiling,
        },
        &Event::Restricted {
            account,
            restriction,
        } if restriction.closed => Command::Close { account },
        &Event::Restricted {
            account,
            restriction,
        } => Command::Restrict {
            account,
            debit_frozen: restriction.debit_frozen,
            credit_frozen: restriction.credit_frozen,
        },
        Event::Posted(entry) => match entry.link {
            Link::None => Command::Post {
                code: entry.code,
                legs: entry.postings.iter().map(Posting::leg).collect(),
            },
            Link::Reversal { of } => Command::Reverse { entry: of },
            Link::Refund { of, amount } => Command::Refund { entry: of, amount },
            Link::Capture { of, amount, rest } => Command::Capture {
                hold: of,
                amount,
                rest,
            },
        },
        Event::Held {
            code,
            legs,
            expires_at,
        } => Command::Hold {
            code: *code,
            legs: legs.clone(),
            expires_at: *expires_at,
        },
        &Event::Voided { hold } => Command::Void { hold },
        &Event::Expired { hold } => Command::Expire { hold },
        Event::Rejected { .. } => return None,
    })
}

fn account_mut(store: &mut impl Store, id: AccountId) -> Result<&mut Account, Broken> {
    store.account_mut(id).ok_or(Broken::AccountMissing(id))
}

fn open(store: &mut impl Store, opening: &Opening) -> Result<(), Broken> {
    if store.account_mut(opening.account).is_some() {
        return Err(Broken::AccountExists(opening.account));
    }
    let account = Account {
        id: opening.account,
        currency: opening.currency,
        class: opening.class,
        floor: opening.floor,
        ceiling: opening.ceiling,
        restriction: Restriction::default(),
        posted: 0,
        held: 0,
        version: 0,
    };
    store.insert_account(account, opening.owner);
    Ok(())
}

fn post(store: &mut impl Store, entry: &Entry) -> Result<(), Broken> {
    match entry.link {
        Link::None => {}
        Link::Reversal { of } => mark_reversed(store, of, entry)?,
        Link::Refund { of, amount } => mark_refunded(store, of, amount, entry)?,
        Link::Capture { of, amount, rest } => hold::capture(store, of, amount, rest, entry)?,
    }
    let mut sums = Sums::new();
    for posting in &entry.postings {
        fold(account_mut(store, posting.account)?, posting)?;
        sums.add(posting.currency, posting.side, posting.amount);
    }
    match sums.unbalanced() {
        Some(currency) => Err(Broken::Unbalanced(currency)),
        None => Ok(()),
    }
}

fn fold(account: &mut Account, posting: &Posting) -> Result<(), Broken> {
    let id = account.id;
    if posting.amount <= 0 {
        return Err(Broken::Amount {
            account: id,
            amount: posting.amount,
        });
    }
    if posting.currency != account.currency {
        let (claimed, found) = (posting.currency, account.currency);
        return Err(Broken::Currency {
            account: id,
            claimed,
            found,
        });
    }
    if account.restriction.closed {
        return Err(Broken::Closed(id));
    }
    let version = account
        .version
        .checked_add(1)
        .ok_or(Broken::OutOfRange(id))?;
    if posting.version != version {
        return Err(Broken::Version {
            account: id,
            claimed: posting.version,
            expected: version,
        });
    }
    let posted = posting.side.add_to(account.posted, posting.amount);
    let posted = posted.ok_or(Broken::OutOfRange(id))?;
    if posting.balance_after != posted {
        let (claimed, expected) = (posting.balance_after, posted);
        return Err(Broken::Posted {
            account: id,
            claimed,
            expected,
        });
    }
    (account.version, account.posted) = (version, posted);
    Ok(())
}

fn mark_reversed(store: &mut impl Store, of: EntryId, entry: &Entry) -> Result<(), Broken> {
    let facts = store.entry_mut(of).ok_or(Broken::EntryMissing(of))?;
    if facts.reversed {
        return Err(Broken::ReversedTwice(of));
    }
    if facts.refunded != 0 {
        return Err(Broken::ReversedAfterRefund(of));
    }
    let parts = facts.entry.postings.iter().map(|posting| posting.amount);
    if !is_return(entry, &facts.entry, parts) {
        return Err(Broken::NotTheReturn(of));
    }
    facts.reversed = true;
    Ok(())
}

fn mark_refunded(
    store: &mut impl Store,
    of: EntryId,
    amount: i64,
    entry: &Entry,
) -> Result<(), Broken> {
    let facts = store.entry_mut(of).ok_or(Broken::EntryMissing(of))?;
    if facts.reversed {
        return Err(Broken::RefundedAfterReversal(of));
    }
    let parts = if amount > 0 {
        refund_parts(facts, amount)
    } else {
        None
    };
    let parts = parts.ok_or(Broken::RefundExceeds { entry: of, amount })?;
    if !is_return(entry, &facts.entry, parts.into_iter()) {
        return Err(Broken::NotTheReturn(of));
    }
    facts.refunded += amount;
    Ok(())
}

/// Whether `entry` moves back exactly `parts` of the postings of `of`, in their order.
fn is_return(entry: &Entry, of: &Entry, parts: impl Iterator<Item = i64>) -> bool {
    let returns = of.postings.iter().zip(parts).filter(|&(_, part)| part > 0);
    let expected = returns.map(|(posting, part)| (posting.account, posting.side.opposite(), part));
    let claimed = entry
        .postings
        .iter()
        .map(|posting| (posting.account, posting.side, posting.amount));
    claimed.eq(expected)
}
