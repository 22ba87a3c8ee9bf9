//! What a person's accounts may not do, as somebody else decided it.
//!
//! Who froze whom and who may lift it is not known here: whoever knows writes down the sum of it
//! with [`restrain`], and then orders [`enforce_orders`]. The books read what is written down in
//! the batch that restricts the account, so an order that was late never brings an older state
//! back; an account that is opened meanwhile is restricted in the batch that opens it.

mod store;

use db::{Fault, Read, Tx};
use vocab::{AccountId, UserId};

pub(crate) use store::{ALL as STATEMENTS, find};

use crate::{Action, Order, approval, wallet};

/// What a person's money may not do now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restraint {
    /// Nothing leaves.
    pub debit: bool,
    /// Nothing arrives.
    pub credit: bool,
}

/// Writes down what a person's accounts may not do; the accounts follow with [`enforce_orders`].
///
/// What was approved before nothing may leave is approved no more.
pub fn restrain(tx: &mut Tx<'_>, user: UserId, restraint: Restraint) -> Result<(), Fault> {
    if restraint.debit {
        approval::void_all(tx, user)?;
    }
    store::put(tx, user.raw(), restraint)
}

/// The orders that bring a person's accounts to what is written down. One of an account that is
/// there already is refused as [`crate::Rejection::NothingToChange`], which is fine.
pub fn enforce_orders(tx: &mut impl Read, user: UserId) -> Result<Vec<Order>, Fault> {
    let accounts = wallet::account_ids(tx, user)?;
    Ok(accounts.into_iter().map(|(id, _)| enforce(id)).collect())
}

const fn enforce(account: AccountId) -> Order {
    Order {
        intention: None,
        reference: None,
        memo: None,
        action: Action::Enforce { account },
    }
}
