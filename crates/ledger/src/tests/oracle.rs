//! The rules once more, told the other way round: all reasons against a command at once, without
//! order and short cuts. The first of them must be what `decide` answers.

use std::collections::{BTreeMap, BTreeSet};

use vocab::{AccountId, Timestamp};

use super::world::{World, signed};
use crate::{
    Account, Command, EntryFacts, HoldState, Leg, Link, Rejection, Side, decide,
    decide::{capture_parts, refund_parts},
};

type Reasons = BTreeSet<Rejection>;

/// `decide` agrees with the oracle on this command.
pub(super) fn compare(world: &World, command: &Command) {
    let decided = decide(world, command, world.now);
    let expected = reasons(world, command, world.now).first().copied();
    assert_eq!(
        decided.as_ref().err().copied(),
        expected,
        "{command:?} in {world:#?}"
    );
}

fn reasons(world: &World, command: &Command, at: Timestamp) -> Reasons {
    let mut no = Reasons::new();
    match command {
        Command::Open(opening) => {
            crossed(opening.floor, opening.ceiling, &mut no);
            if world.accounts.contains_key(&opening.account) {
                no.insert(Rejection::AccountExists);
            }
        }
        Command::Bound {
            account,
            floor,
            ceiling,
        } => {
            crossed(*floor, *ceiling, &mut no);
            of_account(world, *account, &mut no);
        }
        Command::Restrict { account, .. } => {
            of_account(world, *account, &mut no);
        }
        Command::Close { account } => {
            let found = of_account(world, *account, &mut no);
            if found.is_some_and(|found| found.posted != 0 || found.held != 0) {
                no.insert(Rejection::AccountNotEmpty);
            }
        }
        Command::Post { legs, .. } => {
            shape(legs, &mut no);
            movement(world, legs, Floors::Checked, &mut no);
            unbalanced_in_a_currency(world, legs, &mut no);
        }
        Command::Hold {
            legs, expires_at, ..
        } => {
            shape(legs, &mut no);
            if *expires_at <= at {
                no.insert(Rejection::ExpiryPassed);
            }
            state(world, legs, &mut no);
            one_currency(world, legs, &mut no);
            reservation(world, legs, &mut no);
        }
        Command::Capture { .. } | Command::Void { .. } | Command::Expire { .. } => {
            of_hold(world, command, at, &mut no);
        }
        Command::Reverse { .. } | Command::Refund { .. } => of_entry(world, command, &mut no),
    }
    no
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Floors {
    Checked,
    Reserved,
}

fn crossed(floor: Option<i64>, ceiling: Option<i64>, no: &mut Reasons) {
    if floor.unwrap_or(i64::MIN) > ceiling.unwrap_or(i64::MAX) {
        no.insert(Rejection::BoundsCrossed);
    }
}

fn of_account<'a>(world: &'a World, id: AccountId, no: &mut Reasons) -> Option<&'a Account> {
    let found = world.accounts.get(&id);
    match found {
        None => no.insert(Rejection::AccountNotFound),
        Some(found) => found.restriction.closed && no.insert(Rejection::AccountClosed),
    };
    found
}

fn shape(legs: &[Leg], no: &mut Reasons) {
    if legs.len() < 2 {
        no.insert(Rejection::TooFewLegs);
    }
    if legs.len() > 64 {
        no.insert(Rejection::TooManyLegs);
    }
    if legs.iter().any(|leg| leg.amount < 1) {
        no.insert(Rejection::AmountNotPositive);
    }
    if legs.iter().map(|&leg| signed(leg)).sum::<i128>() != 0 {
        no.insert(Rejection::Unbalanced);
    }
}

/// Only when all accounts are known, which is when it can be seen.
fn unbalanced_in_a_currency(world: &World, legs: &[Leg], no: &mut Reasons) {
    let mut sums: BTreeMap<_, i128> = BTreeMap::new();
    for leg in legs {
        let Some(account) = world.accounts.get(&leg.account) else {
            return;
        };
        *sums.entry(account.currency).or_default() += signed(*leg);
    }
    if sums.values().any(|&sum| sum != 0) {
        no.insert(Rejection::Unbalanced);
    }
}

fn one_currency(world: &World, legs: &[Leg], no: &mut Reasons) {
    let accounts = legs
        .iter()
        .filter_map(|leg| world.accounts.get(&leg.account));
    if accounts
        .map(|account| account.currency)
        .collect::<BTreeSet<_>>()
        .len()
        > 1
    {
        no.insert(Rejection::CurrencyMismatch);
    }
}

fn state(world: &World, legs: &[Leg], no: &mut Reasons) {
    for leg in legs {
        let Some(account) = of_account(world, leg.account, no) else {
            continue;
        };
        if leg.side == Side::Debit && account.restriction.debit_frozen {
            no.insert(Rejection::DebitFrozen);
        }
        if leg.side == Side::Credit && account.restriction.credit_frozen {
            no.insert(Rejection::CreditFrozen);
        }
    }
}

fn movement(world: &World, legs: &[Leg], floors: Floors, no: &mut Reasons) {
    state(world, legs, no);
    size(legs, no);
    let mut running: BTreeMap<AccountId, i128> = BTreeMap::new();
    for leg in legs {
        let Some(account) = world.accounts.get(&leg.account) else {
            continue;
        };
        let posted = running
            .entry(account.id)
            .or_insert(i128::from(account.posted));
        *posted += signed(*leg);
        if i64::try_from(*posted).is_err() {
            no.insert(Rejection::Overflow);
        }
    }
    for (id, posted) in running {
        let account = &world.accounts[&id];
        let available = posted - i128::from(account.held);
        let is_less = posted < i128::from(account.posted);
        if is_less && floors == Floors::Checked && available < floor_of(account) {
            no.insert(Rejection::InsufficientFunds);
        }
        if is_less && floors == Floors::Checked && available < i128::from(i64::MIN) {
            no.insert(Rejection::Overflow);
        }
        let ceiling = account.ceiling.map_or(i128::MAX, i128::from);
        if posted > i128::from(account.posted) && posted > ceiling {
            no.insert(Rejection::CeilingExceeded);
        }
    }
}

fn reservation(world: &World, legs: &[Leg], no: &mut Reasons) {
    size(legs, no);
    let mut reserves: BTreeMap<AccountId, i128> = BTreeMap::new();
    for leg in legs.iter().filter(|leg| leg.side == Side::Debit) {
        *reserves.entry(leg.account).or_default() += i128::from(leg.amount);
    }
    for (id, reserve) in reserves {
        let Some(account) = world.accounts.get(&id) else {
            continue;
        };
        let available = account.available() - reserve;
        if available < floor_of(account) {
            no.insert(Rejection::InsufficientFunds);
        }
        let held = i128::from(account.held) + reserve;
        if held > i128::from(i64::MAX) || available < i128::from(i64::MIN) {
            no.insert(Rejection::Overflow);
        }
    }
}

fn floor_of(account: &Account) -> i128 {
    account.floor.map_or(i128::MIN, i128::from)
}

fn size(legs: &[Leg], no: &mut Reasons) {
    let debits = legs.iter().filter(|leg| leg.side == Side::Debit);
    if debits.map(|leg| i128::from(leg.amount)).sum::<i128>() > i128::from(i64::MAX) {
        no.insert(Rejection::Overflow);
    }
}

fn of_hold(world: &World, command: &Command, at: Timestamp, no: &mut Reasons) {
    let (Command::Capture { hold: id, .. }
    | Command::Void { hold: id }
    | Command::Expire { hold: id }) = command
    else {
        unreachable!("only commands on holds come here")
    };
    if matches!(command, Command::Capture { amount, .. } if *amount < 1) {
        no.insert(Rejection::AmountNotPositive);
    }
    let Some(hold) = world.holds.get(id) else {
        no.insert(Rejection::HoldNotFound);
        return;
    };
    match hold.state {
        HoldState::Open => false,
        HoldState::Captured => no.insert(Rejection::HoldCaptured),
        HoldState::Voided => no.insert(Rejection::HoldVoided),
        HoldState::Expired => no.insert(Rejection::HoldExpired),
    };
    let is_late = at >= hold.expires_at;
    match command {
        Command::Expire { .. } if !is_late => no.insert(Rejection::HoldNotExpired),
        Command::Capture { .. } if is_late => no.insert(Rejection::HoldExpired),
        _ => false,
    };
    if let Command::Capture { amount, .. } = command {
        let legs = hold.legs.iter().zip(&hold.left);
        let left = legs.map(|(leg, &left)| Leg {
            amount: left,
            ..*leg
        });
        state(
            world,
            &left.filter(|leg| leg.amount > 0).collect::<Vec<_>>(),
            no,
        );
        let Some(parts) = capture_parts(hold, *amount) else {
            no.insert(Rejection::ExceedsHold);
            return;
        };
        movement(world, &some_of(&hold.legs, &parts), Floors::Reserved, no);
    }
}

fn of_entry(world: &World, command: &Command, no: &mut Reasons) {
    let (id, amount) = match command {
        Command::Reverse { entry } => (entry, None),
        Command::Refund { entry, amount } => (entry, Some(*amount)),
        _ => unreachable!("only commands on entries come here"),
    };
    if amount.is_some_and(|amount| amount < 1) {
        no.insert(Rejection::AmountNotPositive);
    }
    let Some(facts) = world.entries.get(id) else {
        no.insert(Rejection::EntryNotFound);
        return;
    };
    if facts.reversed {
        no.insert(Rejection::AlreadyReversed);
    }
    if matches!(
        facts.entry.link,
        Link::Reversal { .. } | Link::Refund { .. }
    ) {
        no.insert(Rejection::ReversalIsFinal);
    }
    match amount {
        None => {
            if facts.refunded > 0 {
                no.insert(Rejection::AlreadyRefunded);
            }
            movement(world, &returns(facts), Floors::Checked, no);
        }
        Some(amount) => refund(world, facts, amount, no),
    }
}

fn refund(world: &World, facts: &EntryFacts, amount: i64, no: &mut Reasons) {
    let legs = returns(facts);
    one_currency(world, &legs, no);
    let total = i64::try_from(facts.entry.total()).expect("entries fit");
    if let Some(rest) = refund_parts(facts, total - facts.refunded) {
        state(world, &some_of(&legs, &rest), no);
    }
    if amount > total - facts.refunded {
        no.insert(Rejection::ExceedsEntry);
    } else if let Some(parts) = refund_parts(facts, amount) {
        movement(world, &some_of(&legs, &parts), Floors::Checked, no);
    }
}

fn returns(facts: &EntryFacts) -> Vec<Leg> {
    let postings = facts.entry.postings.iter();
    postings
        .map(|posting| Leg {
            side: posting.side.opposite(),
            ..posting.leg()
        })
        .collect()
}

fn some_of(legs: &[Leg], parts: &[i64]) -> Vec<Leg> {
    let legs = legs
        .iter()
        .zip(parts)
        .map(|(leg, &amount)| Leg { amount, ..*leg });
    legs.filter(|leg| leg.amount > 0).collect()
}
