use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

use db::{CommitFate, Db, Fault, Options};
use ledger::{
    Command, Event, Memo,
    proof::{PublicKey, Signer},
};
use sha2::{Digest, Sha256};
use vocab::{AccountId, Clock, Currency, Entropy, Money, Timestamp, UserId};

use crate::{
    Action, Books, BooksOptions, Intention, Language, Order, Outcome, Recorded, Rejection, Reply,
    Route, Tuning, books, check,
    limits::{Limits, Preset, Terms},
    memo::{MemoSeal, MemoText},
    request_digest,
    top_up::NewTopUp,
    transfer::NewTransfer,
    wallet,
};

pub(super) const START: Timestamp = Timestamp::from_micros(1_795_379_613_000_000);

pub(super) struct HandClock(AtomicI64);

impl HandClock {
    pub(super) fn advance(&self, seconds: i64) {
        self.0
            .fetch_add(seconds * Timestamp::SECOND, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

struct Chance(AtomicU64);

impl Entropy for Chance {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let draw = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            *byte = (draw ^ (draw >> 29))
                .wrapping_mul(0xbf58_476d_1ce4_e5b9)
                .to_be_bytes()[0];
        }
    }
}

/// Seals nothing: the tests of sealing belong to the room that has the keys.
pub(super) struct OpenSeal;

impl MemoSeal for OpenSeal {
    fn seal(&self, plain: &[u8]) -> Memo {
        Memo {
            sealed: plain.into(),
            digest: Sha256::digest(plain).into(),
        }
    }

    fn open(&self, memo: &Memo) -> Option<Vec<u8>> {
        Some(memo.sealed.to_vec())
    }
}

/// One store with its books; dropping it without `stop` leaves the tail unflushed, like a crash.
pub(super) struct Rig {
    pub(super) db: Db,
    pub(super) books: Books,
    pub(super) clock: Arc<HandClock>,
    pub(super) key: PublicKey,
    keys: AtomicU64,
    is_dying: Arc<AtomicBool>,
    dir: Option<PathBuf>,
}

static RIGS: AtomicU64 = AtomicU64::new(0);

pub(super) fn scratch() -> PathBuf {
    let number = RIGS.fetch_add(1, Ordering::SeqCst);
    let name = format!("tael-payments-{}-{number}", std::process::id());
    let dir = std::env::temp_dir().join(name);
    let _ = std::fs::remove_dir_all(&dir);
    dir
}

pub(super) fn small_tail() -> Tuning {
    Tuning {
        tail_records: 8,
        slice_rows_min: 3,
        accounts_cached: 4,
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(small_tail())
    }

    pub(super) fn with(tuning: Tuning) -> Self {
        let rig = Self::open(
            &scratch(),
            tuning,
            Arc::new(HandClock(AtomicI64::new(START.micros()))),
        );
        rig.submit(wallet::house_orders());
        rig
    }

    pub(super) fn open(dir: &Path, tuning: Tuning, clock: Arc<HandClock>) -> Self {
        Self::open_under(dir, tuning, clock, Preset::Plain)
    }

    /// With the rule book of a preset.
    pub(super) fn under(preset: Preset) -> Self {
        let clock = Arc::new(HandClock(AtomicI64::new(START.micros())));
        let rig = Self::open_under(&scratch(), small_tail(), clock, preset);
        rig.submit(wallet::house_orders());
        rig
    }

    fn open_under(dir: &Path, tuning: Tuning, clock: Arc<HandClock>, preset: Preset) -> Self {
        let signer = Arc::new(Signer::from_seed(&[7; 32]));
        let key = signer.public_key();
        let options = BooksOptions {
            clock: clock.clone(),
            entropy: Arc::new(Chance(AtomicU64::new(1))),
            signer,
            observer: Arc::new(books::Unobserved),
            limits: match preset {
                Preset::Plain => Limits {
                    preset,
                    per_payment_major: 1_000,
                    per_day_major: 2_000,
                },
                other => Limits::of(other),
            },
            tuning,
        };
        let is_dying = Arc::new(AtomicBool::new(false));
        let dies = Arc::clone(&is_dying);
        let at_commit: db::AtCommit = Arc::new(move |_| {
            if dies.load(Ordering::SeqCst) {
                CommitFate::Crash
            } else {
                CommitFate::Go
            }
        });
        let store = Options {
            at_commit: Some(at_commit),
            ..match testkit::engine::server_for(dir) {
                Some(url) => Options::on_server(db::Server::new(url)),
                None => Options::new(dir),
            }
        };
        let (db, books) = Db::open(store, &books::migrations(), |opening| {
            Books::start(opening, options)
        })
        .expect("the store opens");
        let dir = Some(dir.to_path_buf());
        Self {
            db,
            books,
            clock,
            key,
            keys: AtomicU64::new(0),
            is_dying,
            dir,
        }
    }

    /// Ends cleanly or as a crash would, and opens again.
    pub(super) fn reopen(self, tuning: Tuning, is_clean: bool) -> Self {
        self.reopen_under(tuning, is_clean, Preset::Plain)
    }

    /// As [`Self::reopen`], with the rule book of a preset.
    pub(super) fn reopen_under(mut self, tuning: Tuning, is_clean: bool, preset: Preset) -> Self {
        if !is_clean {
            self.is_dying.store(true, Ordering::SeqCst);
            let lost = self
                .books
                .submit(vec![self.top_up(AccountId::from_raw(1_000_156), 1)]);
            assert!(lost.wait().is_err_and(|fault| !fault.is_definite()));
        }
        let _ = self.db.shut_down();
        let dir = self.dir.take().expect("an open rig has its directory");
        let clock = Arc::clone(&self.clock);
        let next = self.keys.load(Ordering::SeqCst);
        drop(self);
        let rig = Self::open_under(&dir, tuning, clock, preset);
        rig.keys.store(next, Ordering::SeqCst);
        rig
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn dir(&self) -> &Path {
        self.dir.as_deref().expect("an open rig has its directory")
    }

    pub(super) fn submit(&self, orders: Vec<Order>) -> Vec<Outcome> {
        self.books.submit(orders).wait().expect("the books answer")
    }

    pub(super) fn one(&self, order: Order) -> Outcome {
        self.submit(vec![order])
            .pop()
            .expect("one outcome per order")
    }

    /// A person with an account and money in it.
    pub(super) fn person(&self, number: i64, minor: i64) -> AccountId {
        let account = self.account(number, Currency::CNY);
        if minor > 0 {
            let order = self.top_up(account, minor);
            assert!(refusal(&self.one(order)).is_none());
        }
        account
    }

    pub(super) fn account(&self, number: i64, currency: Currency) -> AccountId {
        let account = AccountId::from_raw(number * 1_000_000 + i64::from(currency.number()));
        let order = wallet::open_order(UserId::from_raw(number), account, currency);
        assert!(matches!(self.one(order), Outcome::Recorded(_)));
        account
    }

    pub(super) fn intention(&self, caller: i64, route: Route) -> Intention {
        let key = format!("key-{}", self.keys.fetch_add(1, Ordering::SeqCst));
        Intention {
            caller: UserId::from_raw(caller),
            route,
            request: request_digest(&[key.as_bytes()]),
            key: key.into(),
            reply: Reply {
                request: 42,
                language: Language::Zh,
            },
        }
    }

    pub(super) fn top_up(&self, to: AccountId, minor: i64) -> Order {
        let money = Money::new(minor, Currency::CNY);
        let rail = wallet::sandbox_rail(Currency::CNY);
        let intention = self.intention(to.raw() / 1_000_000, Route::TopUpCreate);
        NewTopUp {
            intention,
            rail,
            to,
            money,
            memo: None,
        }
        .order()
    }

    pub(super) fn transfer(&self, from: AccountId, to: AccountId, minor: i64) -> Order {
        let intention = self.intention(from.raw() / 1_000_000, Route::TransferCreate);
        let money = Money::new(minor, Currency::CNY);
        let text = MemoText {
            payer: "*三".into(),
            payee: "*四".into(),
            note: "午饭 lunch".into(),
        };
        let memo = Some(OpenSeal.seal(&text.to_bytes()));
        NewTransfer {
            intention,
            from,
            to: Ok(to),
            money,
            terms: Terms::default(),
            reference: None,
            memo,
        }
        .order()
    }

    pub(super) fn command(&self, caller: i64, route: Route, command: Command) -> Order {
        let intention = Some(self.intention(caller, route));
        Order {
            intention,
            reference: None,
            memo: None,
            action: Action::Ledger(command),
        }
    }

    pub(super) fn posted(&self, account: AccountId) -> i64 {
        self.standing(account).account.posted
    }

    pub(super) fn standing(&self, account: AccountId) -> books::Standing {
        let books = self.books.clone();
        self.db
            .read(move |tx| books.standing(tx, account))
            .wait()
            .expect("a readable store")
            .expect("the account exists")
    }

    pub(super) fn check(&self) -> check::Report {
        let key = self.key;
        self.db
            .read(move |tx| -> Result<_, Fault> { check::check(tx, &key, &mut |_| {}) })
            .wait()
            .expect("a check that runs")
    }

    pub(super) fn assert_clean(&self) {
        let report = self.check();
        assert!(report.is_clean(), "{:#?}", report.differences);
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.db.shut_down();
        if let Some(dir) = &self.dir {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
}

pub(super) fn recorded(outcome: &Outcome) -> &Recorded {
    match outcome {
        Outcome::Recorded(recorded) => recorded,
        other => panic!("not recorded: {other:?}"),
    }
}

/// Why the order was refused, if it was.
pub(super) fn refusal(outcome: &Outcome) -> Option<Rejection> {
    match outcome {
        Outcome::Refused(rejection) => Some(rejection.clone()),
        Outcome::KeyReused => panic!("the key was reused"),
        Outcome::Recorded(recorded) => match &recorded.record.event {
            Event::Rejected { code, details } => {
                let (rejection, reply) =
                    Rejection::restore(*code, details).expect("a rejection reads back");
                assert_eq!(
                    reply,
                    Reply {
                        request: 42,
                        language: Language::Zh
                    }
                );
                Some(rejection)
            }
            _ => None,
        },
    }
}
