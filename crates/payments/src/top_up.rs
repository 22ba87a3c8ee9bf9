//! Money that comes in over a rail.

use ledger::Memo;
use vocab::{AccountId, Money};

use crate::{Action, Intention, Order};

/// The prefix of a top-up's id.
pub const PREFIX: &str = "top";

/// A validated wish to bring money in.
#[derive(Clone, Debug)]
pub struct NewTopUp {
    pub intention: Intention,
    /// The account of the rail that the money comes from.
    pub rail: AccountId,
    pub to: AccountId,
    pub money: Money,
    pub memo: Option<Memo>,
}

impl NewTopUp {
    /// The order to the books.
    pub fn order(self) -> Order {
        let Self {
            intention,
            rail,
            to,
            money,
            memo,
        } = self;
        let action = Action::TopUp { rail, to, money };
        Order {
            intention: Some(intention),
            reference: None,
            memo,
            action,
        }
    }
}
