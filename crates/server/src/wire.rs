//! How the parts of a running wallet are put together; also for the demo, the benchmarks and tests.

use std::{fmt, num::NonZeroUsize, path::Path, sync::Arc, thread::available_parallelism};

use api::{App, Cookies, Edges, Hub, Parts};
use db::{Db, OnFatal};
use identity::{Ground, Messenger, Policy, reseal};
use payments::{
    Books, BooksOptions, Tuning,
    limits::{Limits, Preset},
    wallet,
};
use rails::SandboxMessenger;
use vocab::{Clock, Currency, Entropy, Timestamp};

use crate::{
    clock::OsEntropy,
    data_dir::{DataDir, Mode},
    failure::{During as _, Failure},
    keys::ServerKeys,
    passwords::Passwords,
    shared_house::{self, SharedHouse},
    strangers::Strangers,
};

/// What differs between a server, its demo month and a test.
pub struct Plan {
    pub clock: Arc<dyn Clock>,
    pub on_fatal: OnFatal,
    /// The currency of a person's first account.
    pub default_currency: Currency,
    /// The rule book of limits.
    pub limits: Preset,
    /// Where people reach the server, if not at the address they typed.
    pub public_url: Option<String>,
    /// What links in messages begin with.
    pub links_to: String,
    /// What stands before the server, and how often one address may knock.
    pub edges: Edges,
    /// What is asked of passwords.
    pub passwords: Passwords,
    /// What strangers may have sent.
    pub strangers: Strangers,
    /// Bytes that must stay free on the disk, if not the usual share.
    pub disk_reserve: Option<u64>,
    /// Records whose projections may wait in memory, if not the books' own choice.
    pub tail_records: Option<u32>,
    /// The database server that the store is on, if it is not in the data directory.
    pub database: Option<db::Server>,
}

/// An open wallet: the store, the books on it, and the edge before them.
#[derive(Clone)]
pub struct House {
    pub db: Db,
    pub books: Books,
    pub ground: Ground,
    pub clock: Arc<dyn Clock>,
    /// Where the data is, and the keys beside it.
    pub dir: DataDir,
    /// Several servers may share the database.
    pub is_shared: bool,
    /// Where the streams of changes hang; closed first when the server stops.
    pub hub: Arc<Hub>,
    pub app: App,
    /// Nobody has opened it before; said of a database alone.
    pub is_first: bool,
}

impl House {
    /// Opens the store of `dir`, brings its schema up to date, and opens the house's own accounts.
    pub fn open(dir: &DataDir, keys: ServerKeys, plan: Plan) -> Result<Self, Failure> {
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let sealing = Arc::new(keys.sealing());
        let first_root = keys.first_root();
        let is_shared = plan.database.is_some();
        let hub = Arc::new(Hub::default());
        let books = BooksOptions {
            clock: plan.clock.clone(),
            entropy: entropy.clone(),
            signer: Arc::new(keys.signer),
            observer: hub.clone(),
            limits: Limits::of(plan.limits),
            tuning: tuning(&plan),
        };
        let seal = SharedHouse::of(dir.mode(), &first_root, &books.signer);
        let (db, books, is_first) = open_store(dir.path(), &plan, books, seal)?;
        open_house_accounts(&db, &books)?;
        let usual = policy(dir.mode());
        let policy = Arc::new(Policy {
            public_url: plan.links_to.clone().into(),
            life: plan.passwords.apply(usual.life)?,
            pumping: plan.strangers.apply(usual.pumping),
            ..usual
        });
        let ground = Ground {
            entropy: entropy.clone(),
            keys: sealing,
            policy,
        };
        load_kept_keys(&db, &ground, plan.clock.now())?;
        let app = App::new(Parts {
            db: db.clone(),
            books: books.clone(),
            hub: hub.clone(),
            keys: ground.keys.clone(),
            policy: ground.policy.as_ref().clone(),
            clock: plan.clock.clone(),
            entropy,
            settings: edge_settings(dir.mode(), &plan),
        });
        Ok(Self {
            db,
            books,
            ground,
            clock: plan.clock,
            dir: dir.clone(),
            is_shared,
            hub,
            app,
            is_first,
        })
    }

    /// Puts messages where `/sandbox/messages` shows them.
    pub fn sandbox_messenger(&self) -> Arc<dyn Messenger> {
        Arc::new(SandboxMessenger::new(
            self.db.clone(),
            self.ground.clone(),
            self.clock.clone(),
        ))
    }

    /// Writes out everything that is only in memory and closes the store.
    pub fn shut_down(&self) -> Result<(), Failure> {
        self.db.shut_down().during("closing the store")
    }
}

fn tuning(plan: &Plan) -> Tuning {
    let mut tuning = Tuning::default();
    if let Some(records) = plan
        .tail_records
        .and_then(|records| usize::try_from(records).ok())
    {
        tuning.tail_records = records;
    }
    tuning
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("default_currency", &self.default_currency)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for House {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("House")
            .field("db", &self.db)
            .finish_non_exhaustive()
    }
}

/// The tables of every room.
pub(crate) fn migrations() -> Vec<db::Migration> {
    let mut migrations = identity::migrations();
    migrations.extend(payments::books::migrations());
    migrations.extend(shared_house::migrations());
    migrations
}

/// Before anything is looked up: what hangs on a kept key hangs on the one from the store.
fn load_kept_keys(db: &Db, ground: &Ground, now: Timestamp) -> Result<(), Failure> {
    let ground = ground.clone();
    db.write(move |tx| reseal::load(tx, &ground.at(now)))
        .wait()
        .during("loading the keys")
}

fn open_store(
    dir: &Path,
    plan: &Plan,
    books: BooksOptions,
    house: SharedHouse,
) -> Result<(Db, Books, bool), Failure> {
    let mut options = match &plan.database {
        Some(server) => db::Options::on_server(server.clone()),
        None => db::Options::new(dir),
    };
    options.on_fatal = plan.on_fatal.clone();
    options.reserve = plan.disk_reserve;
    #[cfg(feature = "mutants")]
    crate::mutant::weaken(&mut options);
    let migrations = migrations();
    let mut is_first = false;
    let opened = Db::open(options, &migrations, |opening| {
        if opening.is_shared() {
            is_first = house.enter(opening.tx())?;
        }
        Books::start(opening, books)
    });
    let (db, books) = opened
        .map_err(|error| Failure::found_wrong(format!("the store cannot be opened: {error}")))?;
    Ok((db, books, is_first))
}

/// Opens the store without its books, for a command that has nothing to do with money.
pub(crate) fn open_store_alone(dir: &DataDir, database: Option<db::Server>) -> Result<Db, Failure> {
    let options = match database {
        Some(server) => db::Options::on_server(server),
        None => db::Options::new(dir.path()),
    };
    let opened = Db::open(options, &migrations(), |_| Ok::<_, db::Fault>(()));
    let opened = opened.map(|(db, ())| db);
    opened.map_err(|error| Failure::found_wrong(format!("the store cannot be opened: {error}")))
}

/// Opens the house's accounts that are not there yet: all of them on the first start.
fn open_house_accounts(db: &Db, books: &Books) -> Result<(), Failure> {
    let door = books.clone();
    let missing = db.read(move |tx| {
        let is_missing =
            |&currency: &Currency| Ok(door.standing(tx, wallet::sandbox_rail(currency))?.is_none());
        Currency::ALL
            .iter()
            .map(is_missing)
            .collect::<Result<Vec<bool>, db::Fault>>()
    });
    let missing = missing.wait().during("reading the books")?;
    let orders = wallet::house_orders().into_iter().zip(missing);
    let orders: Vec<_> = orders
        .filter_map(|(order, missing)| missing.then_some(order))
        .collect();
    if !orders.is_empty() {
        books
            .submit(orders)
            .wait()
            .during("opening the house's accounts")?;
    }
    Ok(())
}

fn policy(mode: Mode) -> Policy {
    match mode {
        Mode::Production => Policy::production(),
        Mode::Sandbox => Policy::sandbox(),
    }
}

fn edge_settings(mode: Mode, plan: &Plan) -> api::Settings {
    let is_secure = plan.links_to.starts_with("https://");
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    api::Settings {
        mode: match mode {
            Mode::Production => api::Mode::Production,
            Mode::Sandbox => api::Mode::Sandbox,
        },
        cookies: if is_secure {
            Cookies::Secure
        } else {
            Cookies::Localhost
        },
        origin: plan.public_url.clone(),
        edges: plan.edges.clone(),
        default_currency: plan.default_currency,
        // A hash keeps a core busy for a while; payments need the others.
        hashing_width: NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN),
    }
}
