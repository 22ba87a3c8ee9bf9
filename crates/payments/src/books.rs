//! The books: one door over the journal, its projections and their tail.

mod batch;
mod block;
pub(crate) mod calendar;
mod flush;
mod grant;
pub(crate) mod journal;
mod lane;
pub(crate) mod load;
mod replay;
pub(crate) mod state;
pub(crate) mod store;
mod tail;
mod turn;
mod verdict;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use db::{Fault, LaneHandle, Read, Ticket};
use ledger::proof::{PublicKey, SignedHead, Signer};
use vocab::{AccountId, Clock, Entropy, RecordId};

pub use lane::BooksLane;
pub use state::{HistoryLine, Standing, Tally};

pub(crate) use batch::record_keys;
pub(crate) use block::{Block, read_block};
use lane::SharedTail;
use tail::Tail;

use crate::{Intention, Order, Outcome, limits::Limits};

/// How much of the projections stays in memory, and how it is written out. One value decides
/// between projecting later and projecting at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Records in a generation of the tail; at most two generations wait at a time. Zero projects
    /// every batch in its own commit, for a store that several servers share.
    pub tail_records: usize,
    /// The fewest rows of a slice, if a flush is under way.
    pub slice_rows_min: usize,
    /// Accounts kept in memory beyond the tail.
    pub accounts_cached: usize,
}

impl Default for Tuning {
    /// Sized so that a full tail replays within a second: two generations, about a microsecond a
    /// record. Fewer accounts than records make it smaller.
    fn default() -> Self {
        Self {
            tail_records: 300_000,
            slice_rows_min: 128,
            accounts_cached: 1_000_000,
        }
    }
}

/// Is told which accounts a commit changed.
pub trait Observer: Send + Sync {
    /// Whether anybody wants to know; if not, nothing is gathered.
    fn is_listening(&self) -> bool;
    /// After a commit, in ascending order, on the writer's thread: must not block.
    fn changed(&self, accounts: &[AccountId]);
}

/// An observer for nobody.
#[derive(Clone, Copy, Debug)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn is_listening(&self) -> bool {
        false
    }

    fn changed(&self, _: &[AccountId]) {}
}

/// What the books are built with.
#[derive(Clone)]
pub struct BooksOptions {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub signer: Arc<Signer>,
    pub observer: Arc<dyn Observer>,
    pub limits: Limits,
    pub tuning: Tuning,
}

impl fmt::Debug for BooksOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BooksOptions")
            .field("limits", &self.limits)
            .field("tuning", &self.tuning)
            .finish_non_exhaustive()
    }
}

/// The door. Clones share it.
#[derive(Clone, Debug)]
pub struct Books {
    tail: SharedTail,
    lane: LaneHandle<BooksLane>,
    limits: Limits,
    public_key: PublicKey,
    is_shared: bool,
}

/// The tables of the books.
pub fn migrations() -> Vec<db::Migration> {
    let mut all = store::migrations();
    all.extend(crate::authority::migrations());
    all.extend_from_slice(crate::adjustment::STEPS);
    all
}

/// Every SQL constant of this room, so that a test can prepare each.
pub fn statements() -> Vec<db::Sql> {
    [
        store::ALL,
        crate::adjustment::STATEMENTS,
        crate::allowance::STATEMENTS,
        crate::approval::STATEMENTS,
        crate::freeze::STATEMENTS,
        crate::limits::STATEMENTS,
        crate::schedule::STATEMENTS,
    ]
    .concat()
}

impl Books {
    /// Rebuilds the tail from the journal and takes the books' place on the writer; called once,
    /// while the store is being opened.
    pub fn start(opening: &mut db::Opening<'_>, options: BooksOptions) -> Result<Self, Fault> {
        let is_shared = opening.is_shared();
        if is_shared {
            turn::make(opening.tx())?;
            turn::take(opening.tx())?;
        }
        let offset = options.limits.preset.offset_seconds();
        let (mut tail, last, calendar) = replay::replay(opening.tx(), offset)?;
        if is_shared && tail.len() > 0 {
            // What an embedded store had not projected when it moved here.
            turn::project(opening.tx(), &tail.fresh)?;
        }
        if is_shared {
            tail = Tail::default();
        }
        let tail = Arc::new(RwLock::new(tail));
        let limits = options.limits;
        let public_key = options.signer.public_key();
        let lane = if is_shared {
            BooksLane::shared(options, calendar, Arc::clone(&tail))
        } else {
            BooksLane::new(options, calendar, Arc::clone(&tail), last)
        };
        let lane = opening.add_lane(lane);
        Ok(Self {
            tail,
            lane,
            limits,
            public_key,
            is_shared,
        })
    }

    /// Hands orders to the books, to be decided together; one outcome per order, in order.
    pub fn submit(&self, orders: Vec<Order>) -> Ticket<Result<Vec<Outcome>, Fault>> {
        self.lane.submit(orders)
    }

    /// The current state of an account.
    pub fn standing(&self, tx: &mut impl Read, id: AccountId) -> Result<Option<Standing>, Fault> {
        load::standing(tx, &self.tail, id)
    }

    /// What a key was used for, without acting: the first outcome again, or that the key names
    /// another intention. None if the key is free.
    pub fn recall(
        &self,
        tx: &mut impl Read,
        intention: &Intention,
    ) -> Result<Option<Outcome>, Fault> {
        let hash = state::key_hash(intention);
        let in_tail = self.read_tail(|tail| tail.key(hash));
        let found = match in_tail {
            Some(record) => {
                // The snapshot may be older than the record that the tail knows.
                tx.renew()?;
                Some(record)
            }
            None => store::find_key(tx, hash)?,
        };
        found
            .map(|record| verdict::recall(tx, record, intention))
            .transpose()
    }

    /// The newest block's head, if there is a block.
    pub fn head(&self, tx: &mut impl Read) -> Result<Option<SignedHead>, Fault> {
        if !self.is_shared {
            return Ok(self.read_tail(|tail| tail.head));
        }
        let block = tx.query_one(store::LAST_BLOCK, &[], read_block)?;
        Ok(block.map(|block| block.head))
    }

    /// Whether other servers append to the same journal.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// The accounts that records after `after` posted to, ascending, and the newest record looked
    /// at; for a server that wants to hear what others committed.
    pub fn changes_after(
        &self,
        tx: &mut impl Read,
        after: RecordId,
    ) -> Result<(Vec<AccountId>, RecordId), Fault> {
        journal::changes_after(tx, after)
    }

    /// The key under which heads are signed.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The ceilings on outgoing payments.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Records that are in the journal and not yet projected.
    pub fn tail_records(&self) -> usize {
        self.read_tail(Tail::len)
    }

    /// The account's newest unflushed lines below a version, oldest first.
    pub(crate) fn tail_history(&self, account: AccountId, below: i64) -> Vec<HistoryLine> {
        self.read_tail(|tail| tail.history(account, below))
    }

    fn read_tail<T>(&self, look: impl FnOnce(&Tail) -> T) -> T {
        look(&self.tail.read().unwrap_or_else(PoisonError::into_inner))
    }
}
