//! Everything a batch may look at, loaded before the first decision.

use std::sync::PoisonError;

use db::{Fault, Read, Tx, Value};
use ledger::{Command, EntryFacts, Event, Leg, proof::SignedHead};
use vocab::{AccountId, EntryId, HoldId};

use super::{
    batch::Batch,
    journal,
    lane::SharedTail,
    state::{KeyHash, Standing},
    store, turn,
    verdict::Prepared,
};
use crate::{Action, allowance, freeze};

/// What a batch needs that was not in memory.
#[derive(Default)]
pub(super) struct Missing {
    pub(super) keys: Vec<KeyHash>,
    pub(super) accounts: Vec<AccountId>,
}

pub(crate) fn load(
    tx: &mut Tx<'_>,
    tail: &SharedTail,
    batch: &mut Batch,
    prepared: &[Prepared],
) -> Result<(), Fault> {
    for Prepared { order, .. } in prepared {
        if let Action::Ledger(command) = &order.action {
            load_linked(tx, batch, command)?;
        }
    }
    let missing = take_from_tail(tail, batch, prepared);
    turn::look_up(tx, batch, &missing)?;
    load_restraints(tx, batch, prepared)
}

/// The same where other servers append: what is loaded is true until the commit, because it is
/// loaded under the turn. Gives the head to append to.
pub(crate) fn load_shared(
    tx: &mut Tx<'_>,
    tail: &SharedTail,
    batch: &mut Batch,
    prepared: &[Prepared],
) -> Result<Option<SignedHead>, Fault> {
    let is_plain = |Prepared { order, .. }: &Prepared| !matches!(order.action, Action::Ledger(_));
    if !prepared.iter().all(is_plain) {
        let newest = turn::take(tx)?;
        load(tx, tail, batch, prepared)?;
        return Ok(newest);
    }
    let missing = take_from_tail(tail, batch, prepared);
    let newest = turn::take_and_look_up(tx, batch, &missing)?;
    load_restraints(tx, batch, prepared)?;
    Ok(newest)
}

/// What is written down for the owners of accounts that are opened or restricted here.
fn load_restraints(tx: &mut Tx<'_>, batch: &mut Batch, prepared: &[Prepared]) -> Result<(), Fault> {
    let owner = |Prepared { order, .. }: &Prepared| match &order.action {
        Action::Enforce { account } => batch.standings.get(account).map(|found| found.owner),
        Action::Ledger(Command::Open(opening)) => Some(opening.owner),
        _ => None,
    };
    let mut owners: Vec<i64> = prepared.iter().filter_map(owner).collect();
    owners.sort_unstable();
    owners.dedup();
    for owner in owners.into_iter().filter(|&owner| owner != 0) {
        let restraint = freeze::find(tx, owner)?;
        batch.restraints.insert(owner, restraint);
    }
    load_allowances(tx, batch, prepared)
}

/// The allowances that orders name; no other batch has them until this one ends.
fn load_allowances(tx: &mut Tx<'_>, batch: &mut Batch, prepared: &[Prepared]) -> Result<(), Fault> {
    let named = |Prepared { order, .. }: &Prepared| match &order.action {
        Action::Transfer { terms, .. } => terms.allowance,
        _ => None,
    };
    let mut ids: Vec<_> = prepared.iter().filter_map(named).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        if let Some(found) = allowance::find_locked(tx, id)? {
            batch.allowances.insert(id, found);
        }
    }
    Ok(())
}

/// The current state of one account, through tail and store.
pub(crate) fn standing(
    tx: &mut impl Read,
    tail: &SharedTail,
    id: AccountId,
) -> Result<Option<Standing>, Fault> {
    let in_tail = tail
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .standing(id)
        .cloned();
    match in_tail {
        Some(standing) => Ok(Some(standing)),
        None => {
            // It may have left the tail after this snapshot was taken.
            tx.renew()?;
            store::find_standing(tx, id)
        }
    }
}

fn take_from_tail(tail: &SharedTail, batch: &mut Batch, prepared: &[Prepared]) -> Missing {
    let tail = tail.read().unwrap_or_else(PoisonError::into_inner);
    let mut missing = Missing::default();
    let mut accounts = Vec::new();
    for Prepared {
        order,
        key,
        reference,
    } in prepared
    {
        for hash in key.iter().chain(reference) {
            match tail.key(*hash) {
                Some(record) => {
                    batch.known.insert(*hash, record);
                }
                None => missing.keys.push(*hash),
            }
        }
        accounts.clear();
        name_accounts(&order.action, batch, &mut accounts);
        for &id in &accounts {
            if batch.standings.contains_key(&id) {
                continue;
            }
            match tail.standing(id) {
                Some(standing) => {
                    batch.standings.insert(id, standing.clone());
                }
                None => missing.accounts.push(id),
            }
        }
    }
    missing.keys.sort_unstable();
    missing.accounts.sort_unstable();
    missing.accounts.dedup();
    missing
}

/// The accounts that an action may touch; holds and entries it names are loaded already.
fn name_accounts(action: &Action, batch: &Batch, into: &mut Vec<AccountId>) {
    let legs = |legs: &[Leg], into: &mut Vec<AccountId>| {
        into.extend(legs.iter().map(|leg| leg.account));
    };
    match action {
        Action::Transfer { from, to, .. } => {
            into.push(*from);
            into.extend(to.as_ref().ok());
        }
        Action::TopUp { rail, to, .. } => into.extend([*rail, *to]),
        Action::Enforce { account } => into.push(*account),
        Action::Ledger(command) => match command {
            Command::Open(opening) => into.push(opening.account),
            Command::Bound { account, .. }
            | Command::Restrict { account, .. }
            | Command::Close { account } => into.push(*account),
            Command::Post { legs: all, .. } | Command::Hold { legs: all, .. } => legs(all, into),
            Command::Capture { hold, .. } | Command::Void { hold } | Command::Expire { hold } => {
                if let Some(hold) = batch.eager.holds.get(hold) {
                    legs(&hold.legs, into);
                }
            }
            Command::Reverse { entry } | Command::Refund { entry, .. } => {
                if let Some(facts) = batch.eager.facts.get(entry) {
                    into.extend(facts.entry.postings.iter().map(|posting| posting.account));
                }
            }
        },
    }
}

/// Loads the hold, the entry or the owner's accounts that a command goes back to.
fn load_linked(tx: &mut Tx<'_>, batch: &mut Batch, command: &Command) -> Result<(), Fault> {
    match command {
        Command::Open(opening) if opening.owner != 0 => {
            for (_, currency) in owned(tx, opening.owner)? {
                batch.owned.insert((opening.owner, currency));
            }
        }
        Command::Capture { hold, .. } | Command::Void { hold } | Command::Expire { hold } => {
            load_hold(tx, batch, *hold)?;
        }
        Command::Reverse { entry } | Command::Refund { entry, .. } => {
            load_facts(tx, batch, *entry)?;
        }
        _ => {}
    }
    Ok(())
}

/// The accounts of an owner with their currencies, oldest first.
pub(crate) fn owned(
    tx: &mut impl Read,
    owner: i64,
) -> Result<Vec<(AccountId, vocab::Currency)>, Fault> {
    tx.query(store::FIND_OWNED, &[Value::Int(owner)], |row| {
        Ok((
            AccountId::from_raw(row.int(0)?),
            store::read_currency(row.int(1)?)?,
        ))
    })
}

fn load_hold(tx: &mut Tx<'_>, batch: &mut Batch, id: HoldId) -> Result<(), Fault> {
    if !batch.eager.holds.contains_key(&id)
        && let Some(hold) = store::find_hold(tx, id)?
    {
        batch.eager.holds.insert(id, hold);
    }
    Ok(())
}

fn load_facts(tx: &mut Tx<'_>, batch: &mut Batch, id: EntryId) -> Result<(), Fault> {
    if batch.eager.facts.contains_key(&id) {
        return Ok(());
    }
    let Some(found) = journal::find(tx, id.into())? else {
        return Ok(());
    };
    let Event::Posted(entry) = found.record.event else {
        return Ok(());
    };
    let facts = tx.query_one(store::FIND_FACTS, &[Value::Int(id.raw())], |row| {
        Ok((row.int(0)?, row.int(1)? != 0))
    })?;
    let (refunded, reversed) = facts.unwrap_or((0, false));
    batch.eager.facts.insert(
        id,
        EntryFacts {
            entry,
            refunded,
            reversed,
        },
    );
    Ok(())
}
