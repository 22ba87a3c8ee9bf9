//! Deciding one order after the other, in memory: a known key first, then the reference, then the
//! rules. A refusal under a key becomes a record like everything else.

use std::sync::Arc;

use db::{Fault, Tx};
use ledger::{Command, Event, Leg, Origin, Record, Side, decide};
use vocab::{AccountId, IdSequence, RecordId};

use super::{
    batch::Batch,
    grant::{self, Granted},
    journal,
    state::{KeyHash, key_hash, reference_hash},
};
use crate::{
    Action, Code, Intention, Order, Outcome, Recorded, Rejection, freeze::Restraint,
    limits::Limits, schedule, transfer,
};

/// An order with its index keys.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) order: Order,
    pub(crate) key: Option<KeyHash>,
    pub(crate) reference: Option<KeyHash>,
}

impl Prepared {
    pub(super) fn of(order: Order) -> Self {
        let key = order.intention.as_ref().map(key_hash);
        let caller = order
            .intention
            .as_ref()
            .map_or(0, |intention| intention.caller.raw());
        let reference = order
            .reference
            .as_deref()
            .map(|reference| reference_hash(caller, reference));
        Self {
            order,
            key,
            reference,
        }
    }
}

/// An outcome whose place in the block is not known yet.
pub(super) enum Answer {
    /// The record at this index of the batch; `replayed` if an earlier order of it had the key.
    InBatch {
        position: usize,
        replayed: bool,
    },
    Final(Outcome),
}

/// Decides one order and takes what comes of it into the batch.
pub(super) fn decide_order(
    tx: &mut Tx<'_>,
    batch: &mut Batch,
    sequence: &mut IdSequence,
    limits: &Limits,
    prepared: Prepared,
) -> Result<Answer, Fault> {
    let Prepared {
        order,
        key,
        reference,
    } = prepared;
    if let (Some(key), Some(intention)) = (key, &order.intention)
        && let Some(&id) = batch.known.get(&key)
    {
        return recall_in(tx, batch, id, intention);
    }
    let is_reused = reference.is_some_and(|reference| batch.known.contains_key(&reference));
    let granted = match grant::judge(batch, limits, &order.action) {
        Ok(granted) => granted,
        Err(rejection) => return Ok(Answer::Final(Outcome::Refused(rejection))),
    };
    let decided = if is_reused {
        Err(Rejection::ReferenceReused)
    } else {
        decide_action(batch, limits, &granted, &order.action)
    };
    let event = match (decided, &order.intention) {
        (Ok(event), _) => event,
        (Err(rejection), None) => return Ok(Answer::Final(Outcome::Refused(rejection))),
        (Err(rejection), Some(intention)) => Event::Rejected {
            code: rejection.number(),
            details: rejection.details(intention.reply),
        },
    };
    let id = sequence.next(batch.at);
    let Order {
        intention,
        reference,
        memo,
        ..
    } = order;
    let origin = intention.map(|intention| origin_of(intention, reference));
    let opened = match &event {
        Event::Opened(opening) => Some(opening.account),
        _ => None,
    };
    let record = Record {
        id,
        at: batch.at,
        origin,
        memo,
        event,
    };
    take(batch, record)?;
    let position = batch.records.len() - 1;
    grant::note(batch, granted);
    if let Some(account) = opened {
        restrict_opened(batch, sequence, account)?;
    }
    Ok(Answer::InBatch {
        position,
        replayed: false,
    })
}

fn take(batch: &mut Batch, record: Record) -> Result<(), Fault> {
    batch
        .take(record)
        .map_err(|broken| Fault::internal(format!("a decided record does not fold: {broken}")))
}

/// An account of somebody who is frozen is never without the restriction.
fn restrict_opened(
    batch: &mut Batch,
    sequence: &mut IdSequence,
    account: AccountId,
) -> Result<(), Fault> {
    let Ok(event) = enforce(batch, account) else {
        return Ok(());
    };
    let record = Record {
        id: sequence.next(batch.at),
        at: batch.at,
        origin: None,
        memo: None,
        event,
    };
    take(batch, record)
}

/// Brings an account to what is written down for its owner.
fn enforce(batch: &Batch, account: AccountId) -> Result<Event, Rejection> {
    let standing = batch.standings.get(&account);
    let standing = standing.ok_or(Rejection::Ledger(ledger::Rejection::AccountNotFound))?;
    let Restraint { debit, credit } = batch
        .restraints
        .get(&standing.owner)
        .copied()
        .unwrap_or_default();
    let now = standing.account.restriction;
    if (now.debit_frozen, now.credit_frozen) == (debit, credit) {
        return Err(Rejection::NothingToChange);
    }
    let command = Command::Restrict {
        account,
        debit_frozen: debit,
        credit_frozen: credit,
    };
    Ok(decide(batch, &command, batch.at)?)
}

fn decide_action(
    batch: &Batch,
    limits: &Limits,
    granted: &Granted,
    action: &Action,
) -> Result<Event, Rejection> {
    match action {
        Action::Transfer {
            from,
            to,
            money,
            terms,
        } => {
            let to = to.clone()?;
            if *from == to {
                return Err(Rejection::SameAccount);
            }
            let sides = [batch.standings.get(from), batch.standings.get(&to)];
            let (payer, _) = transfer::parties(sides, *money)?;
            let terms = &granted.terms.unwrap_or(*terms);
            limits.allow(payer, terms, *money, batch.at)?;
            if let Some(id) = terms.allowance {
                let allowance = batch.allowances.get(&id);
                let allowance = allowance.ok_or(Rejection::AllowanceClosed)?;
                allowance.allow(payer.owner, *money, batch.count.moment)?;
            }
            if terms.delay_seconds > 0 {
                let legs = legs([*from, to], money.minor);
                let hold = schedule::hold(legs, batch.at, terms.delay_seconds);
                return Ok(decide(batch, &hold, batch.at)?);
            }
            post(batch, Code::Transfer, [*from, to], money.minor)
        }
        Action::TopUp { rail, to, money } => {
            let payee = batch.standings.get(to).ok_or(Rejection::CurrencyMismatch)?;
            if payee.account.currency != money.currency {
                return Err(Rejection::CurrencyMismatch);
            }
            post(batch, Code::TopUp, [*rail, *to], money.minor)
        }
        Action::Enforce { account } => enforce(batch, *account),
        Action::Ledger(Command::Open(opening))
            if opening.owner != 0 && batch.owned.contains(&(opening.owner, opening.currency)) =>
        {
            Err(Rejection::Ledger(ledger::Rejection::AccountExists))
        }
        Action::Ledger(command) => Ok(decide(batch, command, batch.at)?),
    }
}

fn post(
    batch: &Batch,
    code: Code,
    [from, to]: [AccountId; 2],
    amount: i64,
) -> Result<Event, Rejection> {
    let command = Command::Post {
        code: code as u16,
        legs: legs([from, to], amount),
    };
    Ok(decide(batch, &command, batch.at)?)
}

fn legs([from, to]: [AccountId; 2], amount: i64) -> Vec<Leg> {
    let leg = |account, side| Leg {
        account,
        side,
        amount,
    };
    vec![leg(from, Side::Debit), leg(to, Side::Credit)]
}

fn origin_of(intention: Intention, reference: Option<Box<str>>) -> Origin {
    let Intention {
        caller,
        route,
        key,
        request,
        ..
    } = intention;
    Origin {
        caller: caller.raw(),
        route: route as u8,
        key,
        request,
        reference,
    }
}

/// Whether the record under a key was asked for by the same request.
pub(crate) fn is_same_request(record: &Record, intention: &Intention) -> bool {
    record
        .origin
        .as_ref()
        .is_some_and(|origin| origin.request == intention.request)
}

fn recall_in(
    tx: &mut Tx<'_>,
    batch: &Batch,
    id: RecordId,
    intention: &Intention,
) -> Result<Answer, Fault> {
    if let Some(position) = batch.position(id) {
        return Ok(if is_same_request(&batch.records[position], intention) {
            Answer::InBatch {
                position,
                replayed: true,
            }
        } else {
            Answer::Final(Outcome::KeyReused)
        });
    }
    Ok(Answer::Final(recall(tx, id, intention)?))
}

/// The outcome under a key that an earlier batch used.
pub(crate) fn recall(
    tx: &mut impl db::Read,
    id: RecordId,
    intention: &Intention,
) -> Result<Outcome, Fault> {
    let found = journal::find(tx, id)?
        .ok_or_else(|| Fault::corrupt("a key points to a record that is not in the journal"))?;
    if !is_same_request(&found.record, intention) {
        return Ok(Outcome::KeyReused);
    }
    let leaf = journal::leaf_of(tx, &found)?;
    let record = Arc::new(found.record);
    Ok(Outcome::Recorded(Recorded {
        record,
        place: found.place,
        leaf,
        replayed: true,
    }))
}
