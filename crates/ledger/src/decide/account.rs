//! The life of an account: opened, bounded, restricted, closed.

use vocab::AccountId;

use super::View;
use crate::{Account, Event, Opening, Rejection, Restriction};

pub(super) fn open(view: &impl View, opening: &Opening) -> Result<Event, Rejection> {
    check_bounds(opening.floor, opening.ceiling)?;
    if view.account(opening.account).is_some() {
        return Err(Rejection::AccountExists);
    }
    Ok(Event::Opened(opening.clone()))
}

/// New bounds hold for what comes; a balance that already lies outside of them stays.
pub(super) fn bound(
    view: &impl View,
    account: AccountId,
    floor: Option<i64>,
    ceiling: Option<i64>,
) -> Result<Event, Rejection> {
    check_bounds(floor, ceiling)?;
    find_open(view, account)?;
    Ok(Event::Bounded {
        account,
        floor,
        ceiling,
    })
}

/// Freezes and lifts freezes; `restriction` does not close.
pub(super) fn restrict(
    view: &impl View,
    account: AccountId,
    restriction: Restriction,
) -> Result<Event, Rejection> {
    find_open(view, account)?;
    Ok(Event::Restricted {
        account,
        restriction,
    })
}

pub(super) fn close(view: &impl View, account: AccountId) -> Result<Event, Rejection> {
    let found = find_open(view, account)?;
    if found.posted != 0 || found.held != 0 {
        return Err(Rejection::AccountNotEmpty);
    }
    let restriction = Restriction {
        closed: true,
        ..found.restriction
    };
    Ok(Event::Restricted {
        account,
        restriction,
    })
}

fn find_open(view: &impl View, id: AccountId) -> Result<&Account, Rejection> {
    let account = view.account(id).ok_or(Rejection::AccountNotFound)?;
    if account.restriction.closed {
        return Err(Rejection::AccountClosed);
    }
    Ok(account)
}

fn check_bounds(floor: Option<i64>, ceiling: Option<i64>) -> Result<(), Rejection> {
    match (floor, ceiling) {
        (Some(floor), Some(ceiling)) if floor > ceiling => Err(Rejection::BoundsCrossed),
        _ => Ok(()),
    }
}
