use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

use super::{FUNDS, HttpArgs};
use crate::{
    bench::{
        person::{Contact, Person, join_all},
        process::{Launch, Process},
    },
    failure::{During, Failure},
    terminal::progress,
};

/// The server under load: one that runs already, or one of our own on a directory of its own.
#[derive(Debug)]
pub(super) struct Rig {
    address: SocketAddr,
    own: Option<(Process, PathBuf)>,
}

impl Rig {
    pub(super) fn prepare(args: &HttpArgs) -> Result<Self, Failure> {
        if let Some(url) = &args.url {
            return Ok(Self {
                address: resolve(url)?,
                own: None,
            });
        }
        let program = std::env::current_exe().during("finding this program")?;
        // Beside the caller, not in /tmp: that may live in memory, where an fsync costs nothing.
        let data = PathBuf::from(format!("tael-bench-{}", std::process::id()));
        let mut launch = Launch::new(program, &data);
        if let Some(database) = &args.database {
            launch = launch.flag("--database", database);
        }
        let process = launch.start().during("starting a server")?;
        Ok(Self {
            address: process.address(),
            own: Some((process, data)),
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Signs up the people of this run. Their contacts are new each time, because a server that
    /// runs already may know those of an earlier run.
    pub(super) async fn sign_up(&self, args: &HttpArgs) -> Result<Vec<Person>, Failure> {
        let bar = progress("signing people up", "people");
        bar.set_length(u64::from(args.people));
        let run = std::process::id();
        let contact = move |number| Contact::Email(format!("bench{run}-{number}@example.com"));
        let people = usize::try_from(args.people).during("counting people")?;
        let progress = bar.clone();
        let joined = join_all(self.address, people, FUNDS, contact, move || {
            progress.inc(1)
        });
        let crowd = joined.await.during("signing people up");
        bar.finish_and_clear();
        crowd
    }

    /// Bytes our own server has caused to be written to disk so far.
    pub(super) fn bytes_written(&self) -> Option<u64> {
        self.own
            .as_ref()
            .and_then(|(process, _)| process.bytes_written().ok())
    }

    /// The most memory our own server has held, in KiB.
    pub(super) fn peak_memory(&self) -> Option<u64> {
        self.own
            .as_ref()
            .and_then(|(process, _)| process.peak_memory().ok())
    }

    /// Stops our own server and removes its data.
    pub(super) fn clear(self) {
        if let Some((process, data)) = self.own {
            let _status = process.stop(Duration::from_secs(20));
            let _removed = std::fs::remove_dir_all(data);
        }
    }
}

fn resolve(url: &str) -> Result<SocketAddr, Failure> {
    let wrong = || Failure::used_wrongly(format!("--url: {url} is not http://HOST:PORT"));
    let host = url
        .strip_prefix("http://")
        .ok_or_else(wrong)?
        .trim_end_matches('/');
    let mut found = host.to_socket_addrs().map_err(|_| wrong())?;
    found.next().ok_or_else(wrong)
}
