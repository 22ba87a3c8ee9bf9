//! Payments that arrive later: until then the money is reserved and the payer may call them back.
//!
//! A scheduled payment is a hold of its own kind in the journal. When it is due its hold is
//! captured, once, whoever asks and however often: the books decide that. What was to go out is
//! counted towards the limits when it is scheduled, so a day is never sent twice over. A payer who
//! is frozen when it is due keeps the money until the freeze is lifted; after a week it goes back.

mod store;

use db::{Fault, Read, Tx};
use ledger::{Command, Event, HoldState, Leg, Link, Record, Rest, Side};
use vocab::{AccountId, Currency, HoldId, RecordId, Timestamp};

pub(crate) use store::ALL as STATEMENTS;

use crate::{
    Action, Order, Place, Rejection,
    books::{journal, store as books},
    order::Code,
};

/// How long a payment that cannot arrive is tried, before it goes back: 7 days (own).
const PATIENCE_SECONDS: i64 = 7 * 86_400;
/// Wait between two tries: 60 s (own).
const RETRY_SECONDS: i64 = 60;

/// How far a scheduled payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleState {
    Scheduled,
    Completed,
    /// Called back, or it could not arrive.
    Canceled,
}

impl ScheduleState {
    /// As shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }
}

/// A payment that arrives later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// The record that scheduled it, and its hold.
    pub id: RecordId,
    pub from: AccountId,
    pub to: AccountId,
    /// Minor units of both accounts' currency.
    pub minor: i64,
    pub at: Timestamp,
    pub due_at: Timestamp,
}

impl Scheduled {
    /// What a record scheduled, if it did.
    pub fn of(record: &Record) -> Option<Self> {
        let Event::Held {
            code,
            legs,
            expires_at,
        } = &record.event
        else {
            return None;
        };
        if *code != Code::Transfer as u16 {
            return None;
        }
        let of_side = |side| legs.iter().find(|leg| leg.side == side);
        let (debit, credit) = (of_side(Side::Debit)?, of_side(Side::Credit)?);
        Some(Self {
            id: record.id,
            from: debit.account,
            to: credit.account,
            minor: debit.amount,
            at: record.at,
            due_at: expires_at.plus_seconds(-PATIENCE_SECONDS),
        })
    }
}

/// The hold that a payment is until it is due.
pub(crate) fn hold(legs: Vec<Leg>, at: Timestamp, delay_seconds: i64) -> Command {
    Command::Hold {
        code: Code::Transfer as u16,
        legs,
        expires_at: at.plus_seconds(delay_seconds + PATIENCE_SECONDS),
    }
}

/// Follows the records of a batch, in its transaction.
pub(crate) fn follow(tx: &mut Tx<'_>, record: &Record) -> Result<(), Fault> {
    if let Some(scheduled) = Scheduled::of(record) {
        return store::insert(tx, &scheduled);
    }
    match &record.event {
        Event::Posted(entry) if entry.code == Code::Transfer as u16 => match entry.link {
            Link::Capture { of, .. } => store::complete(tx, of, record.id),
            _ => Ok(()),
        },
        Event::Voided { hold } | Event::Expired { hold } => store::forget(tx, *hold),
        _ => Ok(()),
    }
}

/// How far a scheduled payment is, and the record that completed it.
pub fn state(
    read: &mut impl Read,
    id: RecordId,
) -> Result<(ScheduleState, Option<RecordId>), Fault> {
    if let Some(completed) = store::completed_by(read, id)? {
        return Ok((ScheduleState::Completed, Some(completed)));
    }
    let hold = books::find_hold(read, HoldId::from(id))?;
    let is_open = hold.is_some_and(|hold| hold.state == HoldState::Open);
    let state = match is_open {
        true => ScheduleState::Scheduled,
        false => ScheduleState::Canceled,
    };
    Ok((state, None))
}

/// The records of a person's payments that are still to arrive, first due first, at most `most`.
pub fn of_accounts(
    read: &mut impl Read,
    accounts: &[(AccountId, Currency)],
    most: i64,
) -> Result<Vec<RecordId>, Fault> {
    let mut all = Vec::new();
    for (account, _) in accounts {
        all.extend(store::of_account(read, *account, most)?);
    }
    all.sort_unstable();
    all.truncate(usize::try_from(most).unwrap_or_default());
    Ok(all.into_iter().map(|(_, id)| id).collect())
}

/// The record that scheduled a payment, whoever asks, and where it stands.
pub fn find(read: &mut impl Read, id: RecordId) -> Result<Option<(Record, Place)>, Fault> {
    let found = journal::find(read, id)?.filter(|found| Scheduled::of(&found.record).is_some());
    Ok(found.map(|found| (found.record, found.place)))
}

/// The order that calls a payment back; refused once it has arrived or was called back.
pub fn cancel_order(id: RecordId) -> Order {
    Order::internal(Command::Void {
        hold: HoldId::from(id),
    })
}

/// The orders of the payments that are due, oldest first, at most `most`. One that was resolved
/// meanwhile is refused by the books, which is fine.
pub fn due_orders(
    read: &mut impl Read,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(RecordId, Order)>, Fault> {
    let due = store::due(read, now, most)?;
    let mut orders = Vec::with_capacity(due.len());
    for (id, minor) in due {
        let command = Command::Capture {
            hold: HoldId::from(id),
            amount: minor,
            rest: Rest::Release,
        };
        // The words go with the money, sealed as they were.
        let memo = journal::find(read, id)?.and_then(|found| found.record.memo);
        orders.push((
            id,
            Order {
                intention: None,
                reference: None,
                memo,
                action: Action::Ledger(command),
            },
        ));
    }
    Ok(orders)
}

/// What to do about a payment that could not arrive: it is tried again, or goes back at once if it
/// never can.
pub fn postpone(
    tx: &mut Tx<'_>,
    id: RecordId,
    refusal: &Rejection,
    now: Timestamp,
) -> Result<Option<Order>, Fault> {
    if matches!(refusal, Rejection::AccountClosed) {
        return Ok(Some(cancel_order(id)));
    }
    store::postpone(tx, id, now.plus_seconds(RETRY_SECONDS))?;
    Ok(None)
}
