use std::{num::NonZeroUsize, sync::Arc};

use api::{App, Cookies, Edges, Hub, Mode, Parts, Settings};
use axum::{Router, body::Body, http::Request};
use db::Db;
use http_body_util::BodyExt;
use identity::{
    Delivery, Keys, Policy, outbox,
    policy::{HashCost, Pumping},
    sandbox,
};
use ledger::proof::Signer;
use payments::{Books, BooksOptions, Tuning, limits::Limits, wallet};
use tempfile::TempDir;
use tower::ServiceExt;
use vocab::{Clock, Currency, Entropy, Timestamp};

use crate::{
    actors::{Actor, Answer, Ask},
    nature::{ManualClock, SeededEntropy},
};

/// 2026-11-22T20:33:33Z.
const START: i64 = 1_795_379_613_000_000;

/// A wallet in process, on a directory of its own.
pub struct House {
    pub clock: Arc<ManualClock>,
    pub db: Db,
    pub books: Books,
    pub hub: Arc<Hub>,
    pub app: App,
    router: Router,
    keys: Arc<Keys>,
    policy: Policy,
    entropy: Arc<dyn Entropy>,
    _dir: Option<TempDir>,
}

/// How a house differs from the usual one.
pub struct Plan {
    pub policy: Policy,
    pub mode: Mode,
    pub cookies: Cookies,
    pub origin: Option<String>,
    pub edges: Edges,
    pub limits: Limits,
    /// What becomes of commits.
    pub at_commit: Option<db::AtCommit>,
    /// Pages that the store may have.
    pub max_pages: Option<u32>,
    /// The wallet's pages, if they are served.
    pub site: Option<api::Pages>,
}

/// A hash that costs nothing, so that a hundred people sign up in a second.
const CHEAP: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

impl Default for Plan {
    fn default() -> Self {
        Self {
            policy: Policy {
                hash_cost: CHEAP,
                short_secret_cost: CHEAP,
                ..Policy::sandbox()
            },
            mode: Mode::Sandbox,
            cookies: Cookies::Localhost,
            origin: None,
            edges: Edges::default(),
            limits: Limits::PLAIN,
            at_commit: None,
            max_pages: None,
            site: None,
        }
    }
}

impl Plan {
    /// The waits and counts of a server with real people.
    pub fn strict() -> Self {
        let policy = Policy {
            hash_cost: CHEAP,
            short_secret_cost: CHEAP,
            sandbox: true,
            pumping: Pumping {
                work_bits: None,
                ..Pumping::production()
            },
            ..Policy::production()
        };
        Self {
            policy,
            ..Self::default()
        }
    }
}

impl House {
    pub fn new() -> Arc<Self> {
        Self::planned(Plan::default())
    }

    pub fn planned(plan: Plan) -> Arc<Self> {
        let dir = TempDir::new().unwrap();
        let clock = Self::clock();
        let mut house = Self::at(dir.path(), clock, plan);
        house._dir = Some(dir);
        Arc::new(house)
    }

    /// A clock at the start of every test.
    pub fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::at(Timestamp::from_micros(START)))
    }

    /// A house on a directory that somebody else keeps.
    pub fn at(dir: &std::path::Path, clock: Arc<ManualClock>, plan: Plan) -> Self {
        let entropy: Arc<dyn Entropy> =
            Arc::new(SeededEntropy::new(clock.now().micros().unsigned_abs()));
        let keys = Arc::new(Keys::derive(1, &[7; 32]));
        let hub = Arc::new(Hub::default());
        let options = BooksOptions {
            clock: clock.clone(),
            entropy: entropy.clone(),
            signer: Arc::new(Signer::from_seed(&[9; 32])),
            observer: hub.clone(),
            limits: plan.limits,
            tuning: Tuning::default(),
        };
        let mut store = match testkit::engine::server_for(dir) {
            Some(url) => db::Options::on_server(db::Server::new(url)),
            None => db::Options::new(dir),
        };
        // A test that breaks the store goes on to look at the answers.
        store.on_fatal = Arc::new(|_: &db::Fault| {});
        store.at_commit = plan.at_commit;
        store.max_pages = plan.max_pages;
        let mut migrations = identity::migrations();
        migrations.extend(payments::books::migrations());
        let (db, books) =
            Db::open(store, &migrations, |opening| Books::start(opening, options)).unwrap();
        let opening = books.submit(wallet::house_orders());
        // Waiting is for threads that drive no tasks.
        std::thread::spawn(move || opening.wait())
            .join()
            .unwrap()
            .unwrap();
        let app = App::new(Parts {
            db: db.clone(),
            books: books.clone(),
            hub: hub.clone(),
            keys: keys.clone(),
            policy: plan.policy.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            settings: Settings {
                mode: plan.mode,
                cookies: plan.cookies,
                origin: plan.origin,
                edges: plan.edges,
                default_currency: Currency::CNY,
                hashing_width: NonZeroUsize::new(2).unwrap(),
            },
        });
        let router = match plan.site {
            Some(pages) => api::site(app.clone(), pages),
            None => api::router(app.clone()),
        };
        let policy = plan.policy;
        Self {
            clock,
            db,
            books,
            hub,
            app,
            router,
            keys,
            policy,
            entropy,
            _dir: None,
        }
    }

    /// One request, answered in full.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// One request, its body still to come.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Nobody in particular.
    pub fn anon(self: &Arc<Self>) -> Actor {
        Actor::anon(self.clone())
    }

    /// Alice: a phone number, a Chinese name.
    pub async fn alice(self: &Arc<Self>) -> Actor {
        Actor::join(self.clone(), "phone", "+8613800000001", "张三").await
    }

    /// Bob: an e-mail address, an English name.
    pub async fn bob(self: &Arc<Self>) -> Actor {
        Actor::join(self.clone(), "email", "bob@example.com", "Bob Stone").await
    }

    /// Sends what waits to be sent, into the sandbox's outbox.
    pub async fn deliver(&self) {
        let (keys, policy, entropy) =
            (self.keys.clone(), self.policy.clone(), self.entropy.clone());
        let now = self.clock.now();
        let delivered = self.db.write(move |tx| -> Result<(), identity::Error> {
            let cx = identity::Cx {
                now,
                entropy: &*entropy,
                keys: &keys,
                policy: &policy,
            };
            for message in outbox::claim(tx, &cx, 100)? {
                sandbox::deliver(tx, &cx, &message)?;
                outbox::settle(tx, &cx, &message, &Ok(Delivery::default()))?;
            }
            Ok(())
        });
        delivered.await.unwrap();
    }

    /// Runs a verb of the identity room behind the door.
    pub async fn write<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut db::Tx<'_>, &identity::Cx<'_>) -> Result<T, identity::Error>
        + Send
        + 'static,
    ) -> T {
        let (keys, policy, entropy) =
            (self.keys.clone(), self.policy.clone(), self.entropy.clone());
        let now = self.clock.now();
        let done = self.db.write(move |tx| {
            let cx = identity::Cx {
                now,
                entropy: &*entropy,
                keys: &keys,
                policy: &policy,
            };
            verb(tx, &cx)
        });
        done.await.unwrap()
    }

    /// The newest code or Token that went to somebody.
    pub async fn message(self: &Arc<Self>, to: &str, field: &str) -> String {
        self.deliver().await;
        let path = format!("/sandbox/messages?to={}", to.replace('+', "%2B"));
        let page = self.send(Ask::get(&path).build()).await.is(200);
        let mut messages = page["data"].as_array().unwrap().iter();
        let found = messages.find_map(|message| message[field].as_str());
        found
            .unwrap_or_else(|| panic!("no {field} went to {to}: {page}"))
            .to_owned()
    }
}
