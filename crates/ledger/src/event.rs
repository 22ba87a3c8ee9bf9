use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use crate::{Class, Restriction};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Debit,
    Credit,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }

    /// A posted balance after `amount` on this side of it; `None` if it leaves 64 bits.
    pub const fn add_to(self, posted: i64, amount: i64) -> Option<i64> {
        match self {
            Self::Debit => posted.checked_sub(amount),
            Self::Credit => posted.checked_add(amount),
        }
    }
}

/// One wished movement on one account; `amount` in minor units, above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    pub account: AccountId,
    pub side: Side,
    pub amount: i64,
}

/// The terms of a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub account: AccountId,
    /// Whose it is, as the domain numbers its people; zero for the house itself.
    pub owner: i64,
    pub currency: Currency,
    pub class: Class,
    pub floor: Option<i64>,
    pub ceiling: Option<i64>,
}

/// What becomes of the uncaptured part of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Keep,
    Release,
}

/// What a caller asks of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Open(Opening),
    /// New floor and ceiling.
    Bound {
        account: AccountId,
        floor: Option<i64>,
        ceiling: Option<i64>,
    },
    /// Freezes and lifts freezes; closing is `Close`.
    Restrict {
        account: AccountId,
        debit_frozen: bool,
        credit_frozen: bool,
    },
    Close {
        account: AccountId,
    },
    /// Moves money at once. `code` says why, in the domain's own numbers.
    Post {
        code: u16,
        legs: Vec<Leg>,
    },
    /// Reserves the debits of `legs`, all of one currency, until `expires_at`.
    Hold {
        code: u16,
        legs: Vec<Leg>,
        expires_at: Timestamp,
    },
    /// Takes `amount` of the hold's total, spread over its legs by what is left of each.
    Capture {
        hold: HoldId,
        amount: i64,
        rest: Rest,
    },
    Void {
        hold: HoldId,
    },
    /// Ends a hold whose time has passed.
    Expire {
        hold: HoldId,
    },
    /// Undoes an entry exactly, once.
    Reverse {
        entry: EntryId,
    },
    /// Gives back `amount` of an entry's total, spread over its legs; up to what is left of it.
    Refund {
        entry: EntryId,
        amount: i64,
    },
}

/// One leg as it was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    pub account: AccountId,
    pub side: Side,
    pub amount: i64,
    /// The account's currency, so that a posting says what it moved without its account at hand.
    pub currency: Currency,
    /// The account's version that this posting made.
    pub version: i64,
    /// The account's posted balance after this posting.
    pub balance_after: i64,
}

impl Posting {
    /// The movement alone, without what it made of the account.
    pub const fn leg(&self) -> Leg {
        Leg {
            account: self.account,
            side: self.side,
            amount: self.amount,
        }
    }
}

/// What an entry or its memo goes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    None,
    Reversal { of: EntryId },
    Refund { of: EntryId, amount: i64 },
    Capture { of: HoldId, amount: i64, rest: Rest },
}

/// One atomic balanced set of postings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub code: u16,
    pub link: Link,
    pub postings: Vec<Posting>,
}

impl Entry {
    /// The entry's size: the sum of its debits (equal to its credits), over all currencies.
    pub fn total(&self) -> i128 {
        self.postings
            .iter()
            .filter(|posting| posting.side == Side::Debit)
            .map(|posting| i128::from(posting.amount))
            .sum()
    }
}

/// What happened, decided and not yet or already folded into balances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Opened(Opening),
    Bounded {
        account: AccountId,
        floor: Option<i64>,
        ceiling: Option<i64>,
    },
    Restricted {
        account: AccountId,
        restriction: Restriction,
    },
    Posted(Entry),
    Held {
        code: u16,
        legs: Vec<Leg>,
        expires_at: Timestamp,
    },
    Voided {
        hold: HoldId,
    },
    Expired {
        hold: HoldId,
    },
    /// The rules said no; remembered so that a repeat hears the same. `code` and `details` are the
    /// domain's own.
    Rejected {
        code: u16,
        details: Box<[u8]>,
    },
}

/// Who asked for a record, and under which name for the one intention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The caller, as the domain numbers its people.
    pub caller: i64,
    /// Which verb was called, in the domain's own numbers.
    pub route: u8,
    /// The caller's idempotency key.
    pub key: Box<str>,
    /// A digest of what was asked, to tell a repeat from another intention under the same key.
    pub request: [u8; 16],
    /// The caller's business reference, unique for ever among what was posted.
    pub reference: Option<Box<str>>,
}

/// Words that go with a record: sealed for storage, proven by a digest of the plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memo {
    pub sealed: Box<[u8]>,
    pub digest: [u8; 32],
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Unique and increasing; also the id of the entry or hold it makes.
    pub id: RecordId,
    pub at: Timestamp,
    pub origin: Option<Origin>,
    pub memo: Option<Memo>,
    pub event: Event,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldState {
    Open,
    /// Captured in full, or in part with the rest released.
    Captured,
    Voided,
    Expired,
}

/// A hold and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub id: HoldId,
    pub code: u16,
    /// The legs as they were reserved.
    pub legs: Vec<Leg>,
    /// What is left of each leg, in the same order.
    pub left: Vec<i64>,
    pub expires_at: Timestamp,
    pub state: HoldState,
}

/// An entry and what has been taken back of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    pub entry: Entry,
    pub refunded: i64,
    pub reversed: bool,
}
