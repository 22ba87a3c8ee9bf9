//! Money given back: a mistaken entry undone exactly, or part of an entry refunded.
//!
//! Any entry can be taken back but one that takes back: reversals and refunds are final, and a
//! mistake in one is set right by a new entry. A capture can: its money returns as available, the
//! hold stays as captured as it was.

use vocab::EntryId;

use super::{
    View,
    movement::{self, Funds, Movement},
};
use crate::{Entry, EntryFacts, Event, Leg, Link, Rejection, Side};

pub(super) fn reverse(view: &impl View, id: EntryId) -> Result<Event, Rejection> {
    let facts = view.entry(id).ok_or(Rejection::EntryNotFound)?;
    let movements = find_returns(view, &facts.entry)?;
    check_not_final(facts)?;
    if facts.refunded != 0 {
        return Err(Rejection::AlreadyRefunded);
    }
    movement::check_state(movements.iter())?;
    let postings = movement::settle(&movements, Funds::Available)?;
    Ok(Event::Posted(Entry {
        code: facts.entry.code,
        link: Link::Reversal { of: id },
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
    let given = spread(&facts.entry, facts.refunded).ok_or(Rejection::ExceedsEntry)?;
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
    let link = Link::Refund { of: id, amount };
    Ok(Event::Posted(Entry {
        code: facts.entry.code,
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
    let before = spread(&facts.entry, facts.refunded)?;
    let after = spread(&facts.entry, facts.refunded.checked_add(amount)?)?;
    after
        .into_iter()
        .zip(before)
        .map(|(after, before)| after.checked_sub(before))
        .collect()
}

/// What each posting has given back in all, once `refunded` of the entry is: on either side
/// `refunded`, spread by [`shares`].
fn spread(entry: &Entry, refunded: i64) -> Option<Vec<i64>> {
    let of = |side| {
        let postings = entry.postings.iter();
        let amounts: Vec<i64> = postings
            .map(|posting| {
                if posting.side == side {
                    posting.amount
                } else {
                    0
                }
            })
            .collect();
        shares(refunded, &amounts)
    };
    let debits = of(Side::Debit)?;
    let credits = of(Side::Credit)?;
    Some(
        debits
            .into_iter()
            .zip(credits)
            .map(|(debit, credit)| debit.max(credit))
            .collect(),
    )
}

/// Spreads `taken` over `amounts` so that *each share grows with `taken`*: partial refunds are the
/// differences of two such spreads, hence never negative, never above their posting, and equal to
/// it in the end. (Largest remainder does not promise that: a share can shrink by one.)
///
/// The first amount gets its proportion, rounded to the nearest, half up; the rest is spread over
/// the other amounts in the same way. One more unit thus goes either to the first or to the rest.
///
/// `None` if a number is negative or the amounts sum to less than `taken` or to more than 64 bits.
fn shares(taken: i64, amounts: &[i64]) -> Option<Vec<i64>> {
    if taken < 0 || amounts.iter().any(|&amount| amount < 0) {
        return None;
    }
    let mut total = amounts
        .iter()
        .try_fold(0_i64, |total, &amount| total.checked_add(amount))?;
    if taken > total {
        return None;
    }
    let mut left = taken;
    let mut shares = Vec::with_capacity(amounts.len());
    for &amount in amounts {
        let share = nearest_proportion(left, amount, total)?;
        shares.push(share);
        left -= share;
        total -= amount;
    }
    Some(shares)
}

/// `taken × amount ÷ total` rounded to the nearest, half up; all in 0..=2^63−1 and neither factor
/// above the total, so 2 × taken × amount + total stays below 2^127.
fn nearest_proportion(taken: i64, amount: i64, total: i64) -> Option<i64> {
    if total == 0 {
        return Some(0);
    }
    let total = i128::from(total);
    let doubled = 2 * i128::from(taken) * i128::from(amount) + total;
    i64::try_from(doubled / (2 * total)).ok()
}
