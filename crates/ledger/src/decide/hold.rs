//! Money reserved, and what becomes of it.

use vocab::{HoldId, Timestamp, split};

use super::{
    View,
    movement::{self, Funds, Movement},
    spread,
};
use crate::{Account, Entry, Event, Hold, HoldState, Leg, Link, Rejection, Rest, Side};

pub(super) fn hold(
    view: &impl View,
    code: u16,
    legs: &[Leg],
    expires_at: Timestamp,
    at: Timestamp,
) -> Result<Event, Rejection> {
    movement::check_shape(legs)?;
    if expires_at <= at {
        return Err(Rejection::ExpiryPassed);
    }
    let movements = movement::find(view, legs.iter().copied())?;
    movement::check_state(movements.iter())?;
    movement::check_one_currency(&movements)?;
    check_reservations(&movements)?;
    movement::check_size(&movements)?;
    Ok(Event::Held {
        code,
        legs: legs.to_vec(),
        expires_at,
    })
}

/// Every payer has what is reserved, over all their legs.
fn check_reservations(movements: &[Movement<'_>]) -> Result<(), Rejection> {
    let debits = || {
        movements
            .iter()
            .filter(|movement| movement.side == Side::Debit)
    };
    let broken = debits().filter_map(|movement| {
        let of_account = debits().filter(|other| other.account.id == movement.account.id);
        let reserve = of_account.map(|other| i128::from(other.amount)).sum();
        broken_reservation(movement.account, reserve)
    });
    match broken.min() {
        Some(rejection) => Err(rejection),
        None => Ok(()),
    }
}

fn broken_reservation(account: &Account, reserve: i128) -> Option<Rejection> {
    let available = account.available() - reserve;
    if account.is_below_floor(available) {
        return Some(Rejection::InsufficientFunds);
    }
    let held = i128::from(account.held) + reserve;
    let fits = i64::try_from(held).is_ok() && available >= i128::from(i64::MIN);
    (!fits).then_some(Rejection::Overflow)
}

/// Takes part of a hold. The reserved money needs no fresh floor; a payer frozen since then keeps
/// it nevertheless. Legs with nothing left no longer count, whatever became of their accounts.
pub(super) fn capture(
    view: &impl View,
    id: HoldId,
    amount: i64,
    rest: Rest,
    at: Timestamp,
) -> Result<Event, Rejection> {
    if amount <= 0 {
        return Err(Rejection::AmountNotPositive);
    }
    let hold = view.hold(id).ok_or(Rejection::HoldNotFound)?;
    let legs_left = hold.legs.iter().zip(&hold.left).map(|(leg, &left)| Leg {
        amount: left,
        ..*leg
    });
    let mut movements = movement::find(view, legs_left)?;
    check_open(hold)?;
    if at >= hold.expires_at {
        return Err(Rejection::HoldExpired);
    }
    movement::check_state(movements.iter().filter(|movement| movement.amount > 0))?;
    let parts = capture_parts(hold, amount).ok_or(Rejection::ExceedsHold)?;
    for (movement, part) in movements.iter_mut().zip(parts) {
        movement.amount = part;
    }
    movements.retain(|movement| movement.amount > 0);
    let postings = movement::settle(&movements, Funds::Reserved)?;
    let link = Link::Capture {
        of: id,
        amount,
        rest,
    };
    Ok(Event::Posted(Entry {
        code: hold.code,
        link,
        postings,
    }))
}

pub(super) fn void(view: &impl View, id: HoldId) -> Result<Event, Rejection> {
    check_open(view.hold(id).ok_or(Rejection::HoldNotFound)?)?;
    Ok(Event::Voided { hold: id })
}

pub(super) fn expire(view: &impl View, id: HoldId, at: Timestamp) -> Result<Event, Rejection> {
    let hold = view.hold(id).ok_or(Rejection::HoldNotFound)?;
    check_open(hold)?;
    if at < hold.expires_at {
        return Err(Rejection::HoldNotExpired);
    }
    Ok(Event::Expired { hold: id })
}

fn check_open(hold: &Hold) -> Result<(), Rejection> {
    match hold.state {
        HoldState::Open => Ok(()),
        HoldState::Captured => Err(Rejection::HoldCaptured),
        HoldState::Voided => Err(Rejection::HoldVoided),
        HoldState::Expired => Err(Rejection::HoldExpired),
    }
}

/// What a capture of `amount` takes of each leg: on either side the amount, spread over what is
/// left by largest remainder. No part exceeds what is left of its leg, and the last capture takes
/// exactly the rest. `None` if there is less left, or the hold is not a sound one.
pub(crate) fn capture_parts(hold: &Hold, amount: i64) -> Option<Vec<i64>> {
    if hold.legs.len() != hold.left.len() {
        return None;
    }
    let legs = hold.legs.iter().zip(&hold.left);
    let left: Vec<_> = legs.map(|(leg, &left)| (leg.side, left)).collect();
    spread::on_both_sides(&left, |left| {
        let total: i128 = left.iter().map(|&left| i128::from(left)).sum();
        if i128::from(amount) > total {
            return None;
        }
        split(amount, left)
    })
}
