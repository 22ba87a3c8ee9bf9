//! Money given back: a mistaken entry undone exactly, or part of an entry refunded.
//!
//! Any entry can be taken back but one that takes back: reversals and refunds are final, and a
//! mistake in one is set right by a new entry. A capture can: its money returns as available, the
//! hold stays as captured as it was.

use vocab::EntryId;

use super::{
    View,
    movement::{self, Funds, Movement},
    spread,
};
use crate::{Entry, EntryFacts, Event, Leg, Link, Rejection};

pub(super) fn reverse(view: &impl View, id: EntryId) -> Result<Event, Rejection> {
    let facts = view.entry(id).ok_or(Rejection::EntryNotFound)?;
    let movements = find_returns(view, &facts.entry)?;
    check_not_final(facts)?;
    if facts.refunded != 0 {
        return Err(Rejection::AlreadyRefunded);
    }
    movement::check_state(movements.iter())?;
    let postings = movement::settle(&movements, Funds::Available)?;
    let (code, link) = (facts.entry.code, Link::Reversal { of: id });
    Ok(Event::Posted(Entry {
        code,
        link,
        postings,
    }))
}

/// Gives back part of an entry. Postings that are given back in full already no longer count,
/// whatever became of their accounts.
pub(super) fn refund(view: &impl View, id: EntryId, amount: i64) -> Result<Event, Rejection> {
    if amount <= 0 {
        return Err(Rejection::AmountNotPositive);
    }
    let facts = view.entry(id).ok_or(Rejection::EntryNotFound)?;
    let mut movements = find_returns(view, &facts.entry)?;
    check_not_final(facts)?;
    let given = given_back(&facts.entry, facts.refunded).ok_or(Rejection::ExceedsEntry)?;
    let has_left = |(movement, given): &(&Movement<'_>, &i64)| movement.amount > **given;
    let remaining = movements.iter().zip(&given).filter(has_left);
    movement::check_state(remaining.map(|(movement, _)| movement))?;
    movement::check_one_currency(&movements)?;
    let parts = refund_parts(facts, amount).ok_or(Rejection::ExceedsEntry)?;
    for (movement, part) in movements.iter_mut().zip(parts) {
        movement.amount = part;
    }
    movements.retain(|movement| movement.amount > 0);
    let postings = movement::settle(&movements, Funds::Available)?;
    let (code, link) = (facts.entry.code, Link::Refund { of: id, amount });
    Ok(Event::Posted(Entry {
        code,
        link,
        postings,
    }))
}

/// The opposite of every posting, in the same order.
fn find_returns<'a>(view: &'a impl View, entry: &Entry) -> Result<Vec<Movement<'a>>, Rejection> {
    let postings = entry.postings.iter();
    let legs = postings.map(|posting| Leg {
        side: posting.side.opposite(),
        ..posting.leg()
    });
    movement::find(view, legs)
}

fn check_not_final(facts: &EntryFacts) -> Result<(), Rejection> {
    match facts.entry.link {
        _ if facts.reversed => Err(Rejection::AlreadyReversed),
        Link::Reversal { .. } | Link::Refund { .. } => Err(Rejection::ReversalIsFinal),
        Link::None | Link::Capture { .. } => Ok(()),
    }
}

/// What a refund of `amount` gives back of each posting, after what was refunded before. `None` if
/// there is less left.
pub(crate) fn refund_parts(facts: &EntryFacts, amount: i64) -> Option<Vec<i64>> {
    let before = given_back(&facts.entry, facts.refunded)?;
    let after = given_back(&facts.entry, facts.refunded.checked_add(amount)?)?;
    let parts = after.into_iter().zip(before);
    parts
        .map(|(after, before)| after.checked_sub(before))
        .collect()
}

/// What each posting has given back in all, once `refunded` of the entry is: on either side
/// `refunded`, spread by [`shares`](spread::shares).
fn given_back(entry: &Entry, refunded: i64) -> Option<Vec<i64>> {
    let postings = entry.postings.iter();
    let amounts: Vec<_> = postings
        .map(|posting| (posting.side, posting.amount))
        .collect();
    spread::on_both_sides(&amounts, |amounts| spread::shares(refunded, amounts))
}
