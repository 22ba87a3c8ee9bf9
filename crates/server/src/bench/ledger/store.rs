use std::{path::Path, sync::Arc};

use api::Edges;
use payments::{Books, limits::Preset};
use vocab::Currency;

use crate::{
    clock::{OsEntropy, SystemClock},
    data_dir::{DataDir, Mode},
    failure::Failure,
    keys::ServerKeys,
    passwords::Passwords,
    strangers::Strangers,
    wire::{House, Plan},
};

/// The store of a benchmark, put together as a server's is.
pub(super) struct Store(House);

impl Store {
    /// Opens it, or makes it in an empty directory.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let dir = DataDir::open_or_make(path, Mode::Sandbox)?;
        let keys = ServerKeys::open_or_make(&dir, &OsEntropy)?;
        let plan = Plan {
            passwords: Passwords::default(),
            strangers: Strangers::default(),
            clock: Arc::new(SystemClock::default()),
            on_fatal: Arc::new(|_| {}),
            default_currency: Currency::CNY,
            limits: Preset::Plain,
            public_url: None,
            links_to: "http://localhost:8080".to_owned(),
            edges: Edges::default(),
            disk_reserve: None,
            tail_records: None,
            database: None,
        };
        House::open(&dir, keys, plan).map(Self)
    }

    pub(super) const fn books(&self) -> &Books {
        &self.0.books
    }

    /// Projects everything and closes it, as a server that is stopped does.
    pub(super) fn close(self) -> Result<(), Failure> {
        self.0.shut_down()
    }
}
