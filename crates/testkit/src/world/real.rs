use std::sync::{Arc, Mutex, PoisonError};

use db::{CommitFate, CommitPoint, Db, Fault, Ticket};
use ledger::{
    Memo,
    proof::{SignedHead, Signer},
};
use payments::{
    Books, BooksOptions, Observer, Order, Outcome, Standing, Tuning, books,
    memo::MemoSeal,
    records::{self, Filter, Page, Start},
    wallet,
};
use tempfile::TempDir;
use vocab::{AccountId, Clock, RecordId, Timestamp, UserId};

use super::{
    act::{Asked, CURRENCY, account},
    model::LIMITS,
};
use crate::{ManualClock, SeededEntropy};

/// A crash that is to come: at which commit from now on, and on which side of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crash {
    commits: u64,
    point: CommitPoint,
}

impl Crash {
    pub(super) fn draw(chance: &SeededEntropy) -> Self {
        let point = if chance.chance(50) {
            CommitPoint::Before
        } else {
            CommitPoint::After
        };
        Self {
            commits: chance.below(4),
            point,
        }
    }
}

/// What the writer asks at each commit.
#[derive(Debug, Default)]
struct Fate {
    planned: Option<Crash>,
    has_crashed: bool,
}

impl Fate {
    fn at(&mut self, point: CommitPoint) -> CommitFate {
        let Some(crash) = &mut self.planned else {
            return CommitFate::Go;
        };
        if crash.point != point {
            return CommitFate::Go;
        }
        if crash.commits > 0 {
            crash.commits -= 1;
            return CommitFate::Go;
        }
        self.planned = None;
        self.has_crashed = true;
        CommitFate::Crash
    }
}

/// Where books are kept.
#[derive(Debug)]
pub(super) enum Place {
    /// On an embedded store of their own.
    Store(TempDir),
    /// In the database at this address.
    Server(String),
}

/// The real books.
pub(super) struct Real {
    place: Place,
    clock: Arc<ManualClock>,
    entropy: Arc<SeededEntropy>,
    tuning: Tuning,
    fate: Arc<Mutex<Fate>>,
    store: Option<(Db, Books)>,
}

struct Deaf;

impl Observer for Deaf {
    fn is_listening(&self) -> bool {
        false
    }

    fn changed(&self, _: &[AccountId]) {}
}

/// Nothing here has a memo.
struct NoMemos;

impl MemoSeal for NoMemos {
    fn seal(&self, plain: &[u8]) -> Memo {
        Memo {
            sealed: plain.into(),
            digest: [0; 32],
        }
    }

    fn open(&self, memo: &Memo) -> Option<Vec<u8>> {
        Some(memo.sealed.to_vec())
    }
}

impl Real {
    pub(super) fn begin(chance: &SeededEntropy) -> Result<Self, String> {
        Self::begin_on(Place::Store(crate::scratch("world")), chance)
    }

    pub(super) fn begin_on(place: Place, chance: &SeededEntropy) -> Result<Self, String> {
        let tuning = Tuning {
            tail_records: *chance.pick(&[0, 1, 7, 40]),
            slice_rows_min: *chance.pick(&[1, 8]),
            accounts_cached: *chance.pick(&[0, 2, 1_000]),
        };
        let mut real = Self {
            place,
            clock: Arc::new(ManualClock::at(Timestamp::from_micros(
                1_795_379_613_000_000,
            ))),
            entropy: Arc::new(SeededEntropy::new(chance.below(u64::MAX))),
            tuning,
            fate: Arc::default(),
            store: None,
        };
        real.reopen()?;
        real.hand_in(wallet::house_orders())?;
        Ok(real)
    }

    /// Opens the directory as it is, after a crash or at first.
    pub(super) fn reopen(&mut self) -> Result<(), String> {
        self.store = None;
        self.lock_fate().has_crashed = false;
        let options = BooksOptions {
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            signer: Arc::new(Signer::from_seed(&[7; 32])),
            observer: Arc::new(Deaf),
            limits: LIMITS,
            tuning: self.tuning,
        };
        let fate = Arc::clone(&self.fate);
        let mut store = match &self.place {
            Place::Store(directory) => db::Options::new(directory.path()),
            Place::Server(url) => db::Options::on_server(db::Server::new(url)),
        };
        store.at_commit = Some(Arc::new(move |point| {
            fate.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .at(point)
        }));
        let opened = Db::open(store, &books::migrations(), |opening| {
            Books::start(opening, options)
        });
        self.store = Some(opened.map_err(|error| error.to_string())?);
        Ok(())
    }

    /// A clean stop and a start.
    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.plan_nothing();
        if let Some((db, _)) = &self.store {
            db.shut_down()
                .map_err(|fault| format!("a clean stop: {fault}"))?;
        }
        self.reopen()
    }

    pub(super) fn open_account(&self, person: u64) -> Result<(), String> {
        let owner = UserId::from_raw(account(person).raw());
        self.hand_in(vec![wallet::open_order(owner, account(person), CURRENCY)])
    }

    fn hand_in(&self, orders: Vec<Order>) -> Result<(), String> {
        let outcomes = self
            .books()
            .submit(orders)
            .wait()
            .map_err(|fault| fault.to_string())?;
        let is_recorded = |outcome: &Outcome| matches!(outcome, Outcome::Recorded(_));
        if outcomes.iter().all(is_recorded) {
            Ok(())
        } else {
            Err(format!("{outcomes:?}"))
        }
    }

    pub(super) fn submit(&self, asked: &[Asked]) -> Ticket<Result<Vec<Outcome>, Fault>> {
        self.books()
            .submit(asked.iter().map(Asked::order).collect())
    }

    /// What the key was used for, if it was.
    pub(super) fn recall(&self, asked: &Asked) -> Result<Option<Outcome>, String> {
        let (books, intention) = (self.books().clone(), asked.intention());
        self.read(move |tx| books.recall(tx, &intention))
    }

    pub(super) fn standing(&self, account: AccountId) -> Result<Standing, String> {
        let books = self.books().clone();
        let standing = self.read(move |tx| books.standing(tx, account))?;
        standing.ok_or_else(|| format!("{account} is gone"))
    }

    /// The ids of an account's records, newest first, page by page.
    pub(super) fn listed(&self, account: AccountId) -> Result<Vec<RecordId>, String> {
        let mut ids = Vec::new();
        let mut start = Start::Newest;
        loop {
            let books = self.books().clone();
            let (lines, next) = self.read(move |tx| {
                let page = Page { limit: 7, start };
                let owned = [(account, CURRENCY)];
                records::list((&books, &NoMemos), tx, &owned, &Filter::default(), page)
            })?;
            ids.extend(lines.iter().map(|line| line.record.id));
            match next {
                Some(cursor) => start = Start::After(cursor),
                None => return Ok(ids),
            }
        }
    }

    pub(super) fn rail(&self) -> AccountId {
        wallet::sandbox_rail(CURRENCY)
    }

    /// The newest head of the chain.
    pub(super) fn head(&self) -> Result<Option<SignedHead>, String> {
        let books = self.books().clone();
        self.read(move |tx| books.head(tx))
    }

    /// Replays the whole journal.
    pub(super) fn check(&self) -> Result<(), String> {
        let key = *self.books().public_key();
        let report = self.read(move |tx| payments::check::check(tx, &key, &mut |_| ()))?;
        if report.is_clean() {
            Ok(())
        } else {
            Err(format!("the check found: {:?}", report.differences))
        }
    }

    fn read<T: Send + 'static>(
        &self,
        look: impl FnMut(&mut db::ReadTx<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, String> {
        let (db, _) = self.open();
        db.read(look).wait().map_err(|fault| fault.to_string())
    }

    fn open(&self) -> &(Db, Books) {
        self.store.as_ref().expect("opened in the beginning")
    }

    fn books(&self) -> &Books {
        &self.open().1
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn move_clock(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    pub(super) fn plan(&self, crash: Crash) {
        self.lock_fate().planned = Some(crash);
    }

    pub(super) fn plan_nothing(&self) {
        self.lock_fate().planned = None;
    }

    pub(super) fn has_crashed(&self) -> bool {
        self.lock_fate().has_crashed
    }

    fn lock_fate(&self) -> std::sync::MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
