//! Putting an account right: money between a person's account and the house's account of
//! adjustments, wished by one operator and agreed to by another.
//!
//! `proposed → approved → posted | refused`. The approval is one statement in the transaction of
//! the decision; the record is posted under the adjustment's own id as its key, so that however
//! often it is tried after a crash it is posted once.

mod store;

use db::{Fault, Migration, Read, Tx};
use ledger::{Command, Event, Leg, Side};
use vocab::{AccountId, AdjustmentId, Money, Timestamp, UserId};

pub(crate) use store::ALL as STATEMENTS;

use crate::{
    Action, Code, Intention, Language, Order, Outcome, Reply, Route, request_digest, wallet,
};

pub(crate) const STEPS: &[Migration] = &[Migration::new("payments.adjustments", 1, FIRST)];

const FIRST: &[&str] = &[
    "CREATE TABLE adjustments (
        id TEXT NOT NULL PRIMARY KEY,
        account {int64} NOT NULL,
        direction TEXT NOT NULL,
        amount {int64} NOT NULL,
        currency {int64} NOT NULL,
        state TEXT NOT NULL,
        created_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX adjustments_due ON adjustments (id) WHERE state = 'approved'",
];

/// Which way the money goes, from the person's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The person gets it.
    Credit,
    /// It is taken from them.
    Debit,
}

impl Direction {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        }
    }

    /// Reads [`Direction::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Credit, Self::Debit]
            .into_iter()
            .find(|direction| direction.code() == code)
    }
}

/// How far an adjustment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentState {
    Proposed,
    /// Two have agreed; the books follow.
    Approved,
    Posted,
    /// The law of the books said no, for example for want of funds.
    Refused,
}

impl AdjustmentState {
    const ALL: [Self; 4] = [Self::Proposed, Self::Approved, Self::Posted, Self::Refused];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Posted => "posted",
            Self::Refused => "refused",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A sum by which an account is put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub id: AdjustmentId,
    pub account: AccountId,
    pub direction: Direction,
    /// Above zero, in the account's currency.
    pub money: Money,
    pub state: AdjustmentState,
}

impl Adjustment {
    /// One that nobody has agreed to yet.
    pub const fn proposed(
        id: AdjustmentId,
        account: AccountId,
        direction: Direction,
        money: Money,
    ) -> Self {
        Self {
            id,
            account,
            direction,
            money,
            state: AdjustmentState::Proposed,
        }
    }

    /// The orders to the books, once it is approved: the house's account, which is refused where it
    /// is open already, and the money.
    pub fn orders(&self) -> Vec<Order> {
        if self.state != AdjustmentState::Approved {
            return Vec::new();
        }
        let house = wallet::adjustments(self.money.currency);
        let (from, to) = match self.direction {
            Direction::Credit => (house, self.account),
            Direction::Debit => (self.account, house),
        };
        let leg = |account, side| Leg {
            account,
            side,
            amount: self.money.minor,
        };
        let key = self.id.to_string();
        let intention = Intention {
            caller: UserId::from_raw(0),
            route: Route::Adjustment,
            request: request_digest(&[key.as_bytes()]),
            key: key.into(),
            reply: Reply {
                request: 0,
                language: Language::En,
            },
        };
        let post = Order {
            intention: Some(intention),
            reference: None,
            memo: None,
            action: Action::Ledger(Command::Post {
                code: Code::Adjustment as u16,
                legs: vec![leg(from, Side::Debit), leg(to, Side::Credit)],
            }),
        };
        vec![wallet::open_adjustments(self.money.currency), post]
    }
}

/// Keeps a wish.
pub fn propose(tx: &mut Tx<'_>, adjustment: &Adjustment, now: Timestamp) -> Result<(), Fault> {
    store::insert(tx, adjustment, now)
}

/// The adjustment of this id.
pub fn find(read: &mut impl Read, id: AdjustmentId) -> Result<Option<Adjustment>, Fault> {
    store::find(read, id)
}

/// Two have agreed; `false` if that was so already.
pub fn approve(tx: &mut Tx<'_>, id: AdjustmentId) -> Result<bool, Fault> {
    use AdjustmentState::{Approved, Proposed};
    store::advance(tx, id, (Proposed, Approved))
}

/// Approved and not yet in the books, at most `most`.
pub fn due(read: &mut impl Read, most: i64) -> Result<Vec<AdjustmentId>, Fault> {
    store::due(read, most)
}

/// What became of [`Adjustment::orders`] in the books.
pub fn state_after(outcomes: &[Outcome]) -> AdjustmentState {
    match outcomes.last() {
        Some(Outcome::Recorded(recorded)) => match recorded.record.event {
            Event::Rejected { .. } => AdjustmentState::Refused,
            _ => AdjustmentState::Posted,
        },
        _ => AdjustmentState::Refused,
    }
}

/// Notes what became of it; nothing happens if that was noted already.
pub fn settle(tx: &mut Tx<'_>, id: AdjustmentId, state: AdjustmentState) -> Result<bool, Fault> {
    store::advance(tx, id, (AdjustmentState::Approved, state))
}
