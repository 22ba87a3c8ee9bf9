use thiserror::Error;
use vocab::{AccountId, Currency, EntryId, HoldId};

use crate::Rejection;

/// A record that contradicts what came before it: the journal or the code is damaged. In a live
/// batch it is a bug; in a check it is a finding.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Broken {
    #[error("account {0} is not there")]
    AccountMissing(AccountId),
    #[error("account {0} is opened a second time")]
    AccountExists(AccountId),
    #[error("hold {0} is not there")]
    HoldMissing(HoldId),
    #[error("hold {0} is made a second time")]
    HoldExists(HoldId),
    #[error("entry {0} is not there")]
    EntryMissing(EntryId),
    #[error("account {account} is moved by {amount}, which is not above zero")]
    Amount { account: AccountId, amount: i64 },
    #[error("account {account} is in {found}, its posting says {claimed}")]
    Currency {
        account: AccountId,
        claimed: Currency,
        found: Currency,
    },
    #[error("account {0} is closed and yet moved")]
    Closed(AccountId),
    #[error("account {account} should come to version {expected}, its posting says {claimed}")]
    Version {
        account: AccountId,
        claimed: i64,
        expected: i64,
    },
    #[error("account {account} should come to {expected} posted, its posting says {claimed}")]
    Posted {
        account: AccountId,
        claimed: i64,
        expected: i64,
    },
    #[error("a balance of account {0} leaves 64 bits")]
    OutOfRange(AccountId),
    #[error("debits and credits in {0} differ")]
    Unbalanced(Currency),
    #[error("the debits and credits of hold {0} differ")]
    HoldUnbalanced(HoldId),
    #[error("account {account} would come to {held} held, below zero")]
    HeldNegative { account: AccountId, held: i64 },
    #[error("hold {0} is resolved a second time")]
    HoldNotOpen(HoldId),
    #[error("hold {hold} has less than {amount} left")]
    CaptureExceeds { hold: HoldId, amount: i64 },
    #[error("the postings are not the capture of hold {0}")]
    NotTheCapture(HoldId),
    #[error("entry {0} is reversed a second time")]
    ReversedTwice(EntryId),
    #[error("entry {0} is reversed after a refund")]
    ReversedAfterRefund(EntryId),
    #[error("entry {0} is refunded after its reversal")]
    RefundedAfterReversal(EntryId),
    #[error("entry {entry} has less than {amount} left to refund")]
    RefundExceeds { entry: EntryId, amount: i64 },
    #[error("the postings do not take back entry {0}")]
    NotTheReturn(EntryId),
    #[error("the rules forbid it: {0}")]
    Unlawful(Rejection),
    #[error("the rules lead to another event")]
    Diverged,
}
