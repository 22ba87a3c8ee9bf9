use std::{fmt, future::Future, num::NonZeroUsize, sync::Arc, time::Duration};

use db::{Db, ReadTx, Tx};
use identity::{Cx, Error, Keys, Policy, Session, SessionToken};
use payments::Books;
use vocab::{AccountId, Clock, Currency, Entropy, SecurityTokenId, SessionId, Timestamp, UserId};

use crate::{
    address::Edges,
    cache::Cache,
    edge::Gate,
    floor::Floor,
    hashing::HashingPool,
    hub::Hub,
    metrics::Metrics,
    person::Person,
    principal::Known,
    problem::{Code, Problem},
    request_id::{RequestId, RequestIds},
    webauthn::Ceremonies,
};

/// How long a fact is believed that other servers may change: a change there holds here within a
/// second, the time to read it again included.
pub(crate) const BELIEVED: Duration = Duration::from_millis(500);

/// Entries of each cache: a hundred thousand people who are active at the same time.
const CACHED: usize = 100_000;

/// Whether the server plays: play money, messages that stay here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Production,
    Sandbox,
}

/// How browsers are given their session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// `__Host-tael`, Secure: for pages served over TLS.
    Secure,
    /// `tael`: for plain HTTP on this machine alone.
    Localhost,
}

/// The parts of a running server that the edge works with.
pub struct Parts {
    pub db: Db,
    pub books: Books,
    /// The hub that was given to the books as their observer.
    pub hub: Arc<Hub>,
    pub keys: Arc<Keys>,
    pub policy: Policy,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub settings: Settings,
}

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Settings {
    pub mode: Mode,
    pub cookies: Cookies,
    /// The origin of the pages that may act for a signed-in person (`https://wallet.example`); if
    /// absent, the one that the request was sent to.
    pub origin: Option<String>,
    /// What stands before the server, and what is asked of whoever comes.
    pub edges: Edges,
    /// The currency of a person's first account.
    pub default_currency: Currency,
    /// How many passwords are hashed at a time.
    pub hashing_width: NonZeroUsize,
}

struct Shared {
    parts: Parts,
    requests: RequestIds,
    gate: Gate,
    floor: Floor,
    hashing: HashingPool,
    passkeys: Option<Ceremonies>,
    metrics: Metrics,
    sessions: Cache<SessionToken, Arc<Session>>,
    people: Cache<UserId, Arc<Person>>,
    contacts: Cache<[u8; 32], UserId>,
    owners: Cache<AccountId, UserId>,
    /// By the public half of their keys.
    programs: Cache<String, Known>,
    /// When the use of a Token was last noted.
    token_uses: Cache<SecurityTokenId, Timestamp>,
}

/// Everything a handler works with. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl App {
    pub fn new(parts: Parts) -> Self {
        let metrics = Metrics::new(&parts);
        let hashing = HashingPool::new(parts.settings.hashing_width.get());
        let floor = Floor::new(parts.settings.edges.floors);
        let life = parts.db.is_shared().then_some(BELIEVED);
        let passkeys = Ceremonies::new(&parts.policy.public_url);
        Self(Arc::new(Shared {
            parts,
            passkeys,
            requests: RequestIds::default(),
            gate: Gate::default(),
            floor,
            hashing,
            metrics,
            sessions: Cache::with_life(CACHED, life),
            people: Cache::with_life(CACHED, life),
            contacts: Cache::with_life(CACHED, life),
            owners: Cache::with_life(CACHED, life),
            programs: Cache::with_life(CACHED, life),
            token_uses: Cache::new(CACHED),
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    pub(crate) fn name_request(&self) -> RequestId {
        self.0.requests.next(self.now())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.parts.settings
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.0.parts.settings.mode == Mode::Sandbox
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.parts.db
    }

    pub(crate) fn books(&self) -> &Books {
        &self.0.parts.books
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.parts.hub
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.parts.keys
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.0.parts.policy
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.0.parts.entropy.as_ref()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn floor(&self) -> &Floor {
        &self.0.floor
    }

    pub(crate) fn hashing(&self) -> &HashingPool {
        &self.0.hashing
    }

    /// None where browsers have no passkeys: an address is no name for a page.
    pub(crate) fn passkeys(&self) -> Option<&Ceremonies> {
        self.0.passkeys.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn sessions(&self) -> &Cache<SessionToken, Arc<Session>> {
        &self.0.sessions
    }

    pub(crate) fn people(&self) -> &Cache<UserId, Arc<Person>> {
        &self.0.people
    }

    pub(crate) fn contacts(&self) -> &Cache<[u8; 32], UserId> {
        &self.0.contacts
    }

    pub(crate) fn owners(&self) -> &Cache<AccountId, UserId> {
        &self.0.owners
    }

    pub(crate) fn programs(&self) -> &Cache<String, Known> {
        &self.0.programs
    }

    pub(crate) fn token_uses(&self) -> &Cache<SecurityTokenId, Timestamp> {
        &self.0.token_uses
    }

    /// The context of a verb of the identity room.
    pub(crate) fn cx(&self, now: Timestamp) -> Cx<'_> {
        Cx {
            now,
            entropy: self.entropy(),
            keys: self.keys(),
            policy: self.policy(),
        }
    }

    /// Runs a verb in a write of its own.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Cx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (app, now) = (self.clone(), self.now());
        self.db().write(move |tx| verb(tx, &app.cx(now))).await
    }

    /// Looks at one snapshot.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        mut look: impl FnMut(&mut ReadTx<'_>, &Cx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (app, now) = (self.clone(), self.now());
        self.db().read(move |tx| look(tx, &app.cx(now))).await
    }

    /// Finishes what was begun even if the caller leaves: for verbs whose effect must also reach
    /// the caches.
    pub(crate) async fn settle<T: Send + 'static>(
        &self,
        verb: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        tokio::spawn(verb)
            .await
            .unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    /// Makes a session's end known here at once.
    pub(crate) fn forget_session(&self, id: SessionId) {
        self.0.sessions.forget_unless(|session| session.id != id);
        self.hub().recheck();
    }

    /// Forgets what is known of a person's sessions, since opening one may have ended another.
    pub(crate) fn forget_sessions_of(&self, user: UserId) {
        self.0
            .sessions
            .forget_unless(|session| session.user != user);
        self.forget_programs_of(user);
    }

    /// Makes a change of a person's Token or accounts known here at once.
    pub(crate) fn forget_person(&self, id: UserId) {
        self.0.people.forget(&id);
        self.hub().recheck();
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
