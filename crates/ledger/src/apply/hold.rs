//! What holds do to the balances of their payers.

use vocab::{AccountId, HoldId};

use super::{Broken, Store, account_mut};
use crate::{Entry, Hold, HoldState, Rest, Side, decide::capture_parts};

pub(super) fn reserve(store: &mut impl Store, hold: Hold) -> Result<(), Broken> {
    if store.hold_mut(hold.id).is_some() {
        return Err(Broken::HoldExists(hold.id));
    }
    let mut balance: i128 = 0;
    for leg in &hold.legs {
        let account = account_mut(store, leg.account)?;
        if leg.amount <= 0 {
            return Err(Broken::Amount {
                account: leg.account,
                amount: leg.amount,
            });
        }
        match leg.side {
            Side::Debit => {
                let held = account.held.checked_add(leg.amount);
                account.held = held.ok_or(Broken::OutOfRange(leg.account))?;
                balance -= i128::from(leg.amount);
            }
            Side::Credit => balance += i128::from(leg.amount),
        }
    }
    if balance != 0 {
        return Err(Broken::HoldUnbalanced(hold.id));
    }
    store.insert_hold(hold);
    Ok(())
}

/// Ends a hold; what is left of it becomes available again.
pub(super) fn release(store: &mut impl Store, id: HoldId, state: HoldState) -> Result<(), Broken> {
    let hold = open_hold(store, id)?;
    hold.state = state;
    let reserved = take_left(hold);
    unreserve(store, &reserved)
}

/// Releases what the entry posts of the hold, and the rest if it is not kept.
pub(super) fn capture(
    store: &mut impl Store,
    id: HoldId,
    amount: i64,
    rest: Rest,
    entry: &Entry,
) -> Result<(), Broken> {
    let hold = open_hold(store, id)?;
    let parts = if amount > 0 {
        capture_parts(hold, amount)
    } else {
        None
    };
    let parts = parts.ok_or(Broken::CaptureExceeds { hold: id, amount })?;
    if !is_capture(entry, hold, &parts) {
        return Err(Broken::NotTheCapture(id));
    }
    let mut reserved = Vec::with_capacity(hold.legs.len());
    for ((leg, left), part) in hold.legs.iter().zip(&mut hold.left).zip(parts) {
        *left -= part;
        if leg.side == Side::Debit {
            reserved.push((leg.account, part));
        }
    }
    if rest == Rest::Release {
        reserved.extend(take_left(hold));
    }
    if hold.left.iter().all(|&left| left == 0) {
        hold.state = HoldState::Captured;
    }
    unreserve(store, &reserved)
}

fn open_hold(store: &mut impl Store, id: HoldId) -> Result<&mut Hold, Broken> {
    let hold = store.hold_mut(id).ok_or(Broken::HoldMissing(id))?;
    if hold.state != HoldState::Open {
        return Err(Broken::HoldNotOpen(id));
    }
    Ok(hold)
}

/// Sets what is left of every leg to zero; returns what the payers had reserved.
fn take_left(hold: &mut Hold) -> Vec<(AccountId, i64)> {
    let mut reserved = Vec::with_capacity(hold.legs.len());
    for (leg, left) in hold.legs.iter().zip(&mut hold.left) {
        if leg.side == Side::Debit {
            reserved.push((leg.account, *left));
        }
        *left = 0;
    }
    reserved
}

fn unreserve(store: &mut impl Store, reserved: &[(AccountId, i64)]) -> Result<(), Broken> {
    for &(id, amount) in reserved {
        let account = account_mut(store, id)?;
        let held = account
            .held
            .checked_sub(amount)
            .ok_or(Broken::OutOfRange(id))?;
        if held < 0 {
            return Err(Broken::HeldNegative { account: id, held });
        }
        account.held = held;
    }
    Ok(())
}

/// Whether the entry posts exactly these parts of the hold's legs, in their order.
fn is_capture(entry: &Entry, hold: &Hold, parts: &[i64]) -> bool {
    let taken = hold.legs.iter().zip(parts).filter(|&(_, &part)| part > 0);
    let expected = taken.map(|(leg, &part)| (leg.account, leg.side, part));
    let claimed = entry
        .postings
        .iter()
        .map(|posting| (posting.account, posting.side, posting.amount));
    entry.code == hold.code && claimed.eq(expected)
}
