//! A proxy that knows PostgreSQL's protocol well enough to be cruel at the right moment: it sees
//! each COMMIT, and loses it, loses its answer, forges one, holds it up or swallows the line.
//!
//! A forged error has either truth, committed or rolled back, and the client cannot tell which: it
//! stands in for what distributed engines answer and for what a network does. A failed statement is
//! failed by the server itself, so that whatever the client had already sent after it is refused as
//! it would be.
//!
//! The proxy has threads of its own and can be used by tests that are not async.
//!
//! Read in this order: `fate`, `group`, `link`, `wire`.

mod fate;
mod group;
mod link;
mod wire;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{net::TcpListener, runtime::Runtime};

pub use fate::{FATES, Fate, Forged, Plan, Truth};

use crate::SeededEntropy;

/// A listening proxy; gone with all its connections when dropped.
#[derive(Debug)]
pub struct PgChaos {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

/// What all links share.
#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    plan: Plan,
    chance: SeededEntropy,
    is_armed: AtomicBool,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    commits: AtomicU64,
    statements: AtomicU64,
    raised: AtomicU64,
    cut_statements: AtomicU64,
    cancels: AtomicU64,
    by_fate: Mutex<BTreeMap<String, u64>>,
}

/// What has happened so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    /// COMMITs that clients sent.
    pub commits: u64,
    pub statements: u64,
    /// Statements failed by the server on request.
    pub raised: u64,
    /// Connections cut at a statement.
    pub cut_statements: u64,
    /// Requests to cancel. A commit must never be cancelled: it may be answered as done and not be.
    pub cancels: u64,
    /// Commits that met each fate, by its name in debug form.
    pub by_fate: BTreeMap<String, u64>,
}

impl Toll {
    /// Commits that met this fate.
    pub fn of(&self, fate: Fate) -> u64 {
        let count = self.by_fate.get(&format!("{fate:?}"));
        count.copied().unwrap_or_default()
    }

    /// Commits that did not simply pass.
    pub fn struck(&self) -> u64 {
        self.by_fate.values().sum()
    }
}

impl PgChaos {
    /// Listens on a free port of the loopback, armed.
    pub fn start(upstream: SocketAddr, plan: Plan, seed: u64) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("pgchaos")
            .enable_all()
            .build()?;
        // Not tokio's: whoever calls may be inside of a runtime, and another cannot be entered.
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            plan,
            chance: SeededEntropy::new(seed),
            is_armed: AtomicBool::new(true),
            counts: Counts::default(),
        });
        let links = Arc::clone(&shared);
        runtime.spawn(async move {
            if let Ok(listener) = TcpListener::from_std(listener) {
                accept(listener, links).await;
            }
        });
        Ok(Self {
            address,
            shared,
            runtime: Some(runtime),
        })
    }

    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on everything passes; what is under way still meets its fate.
    pub fn disarm(&self) {
        self.shared.is_armed.store(false, Ordering::SeqCst);
    }

    pub fn arm(&self) {
        self.shared.is_armed.store(true, Ordering::SeqCst);
    }

    pub fn toll(&self) -> Toll {
        let counts = &self.shared.counts;
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let by_fate = counts.by_fate.lock();
        Toll {
            commits: read(&counts.commits),
            statements: read(&counts.statements),
            raised: read(&counts.raised),
            cut_statements: read(&counts.cut_statements),
            cancels: read(&counts.cancels),
            by_fate: by_fate.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl Drop for PgChaos {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A link ends when either side leaves or its fate says so; both are what it is for.
            let _ended = link::relay(client, &shared).await;
        });
    }
}

impl Shared {
    fn commit(&self) -> Fate {
        self.counts.commits.fetch_add(1, Ordering::SeqCst);
        if !self.is_armed.load(Ordering::SeqCst) {
            return Fate::Pass;
        }
        let fate = self.plan.commit(&self.chance);
        if fate != Fate::Pass {
            let mut by_fate = self
                .counts
                .by_fate
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *by_fate.entry(format!("{fate:?}")).or_default() += 1;
        }
        fate
    }

    fn statement(&self) -> fate::Mishap {
        self.counts.statements.fetch_add(1, Ordering::SeqCst);
        if !self.is_armed.load(Ordering::SeqCst) {
            return fate::Mishap::None;
        }
        let mishap = self.plan.statement(&self.chance);
        match mishap {
            fate::Mishap::None => {}
            fate::Mishap::Raise(_) => {
                self.counts.raised.fetch_add(1, Ordering::SeqCst);
            }
            fate::Mishap::Cut => {
                self.counts.cut_statements.fetch_add(1, Ordering::SeqCst);
            }
        }
        mishap
    }
}
