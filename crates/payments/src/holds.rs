//! Reservations: money that is promised and not yet moved.

use db::{Fault, Read, Value};
use ledger::{Command, Leg, Rest, Side};
use vocab::{AccountId, HoldId, Timestamp};

use crate::{Action, Code, Intention, Order, books::store};

/// The prefix of a hold's id.
pub const PREFIX: &str = "hld";

/// A validated wish to reserve a payment.
#[derive(Clone, Debug)]
pub struct NewHold {
    pub intention: Intention,
    pub from: AccountId,
    pub to: AccountId,
    /// Minor units of both accounts' currency.
    pub minor: i64,
    pub expires_at: Timestamp,
}

impl NewHold {
    /// The order to the books.
    pub fn order(self) -> Order {
        let Self {
            intention,
            from,
            to,
            minor,
            expires_at,
        } = self;
        let leg = |account, side| Leg {
            account,
            side,
            amount: minor,
        };
        let legs = vec![leg(from, Side::Debit), leg(to, Side::Credit)];
        let code = Code::Payment as u16;
        under(
            intention,
            Command::Hold {
                code,
                legs,
                expires_at,
            },
        )
    }
}

/// Takes `minor` of a hold and keeps or releases the rest.
pub fn capture_order(intention: Intention, hold: HoldId, minor: i64, rest: Rest) -> Order {
    under(
        intention,
        Command::Capture {
            hold,
            amount: minor,
            rest,
        },
    )
}

/// Releases a hold.
pub fn void_order(intention: Intention, hold: HoldId) -> Order {
    under(intention, Command::Void { hold })
}

/// The orders that end holds whose time has passed, oldest first, at most `limit`. One that was
/// resolved meanwhile is refused by the books, which is fine.
pub fn expiry_orders(tx: &mut impl Read, now: Timestamp, limit: i64) -> Result<Vec<Order>, Fault> {
    let values = [Value::Int(now.micros()), Value::Int(limit)];
    tx.query(store::DUE_HOLDS, &values, |row| {
        Ok(Order::internal(Command::Expire {
            hold: HoldId::from_raw(row.int(0)?),
        }))
    })
}

fn under(intention: Intention, command: Command) -> Order {
    let action = Action::Ledger(command);
    Order {
        intention: Some(intention),
        reference: None,
        memo: None,
        action,
    }
}
