use std::{
    fs, io,
    net::{SocketAddr, ToSocketAddrs},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
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

/// The servers under load: one that runs already, or some of our own on directories of their own.
#[derive(Debug)]
pub(super) struct Rig {
    addresses: Vec<SocketAddr>,
    own: Vec<(Process, PathBuf)>,
}

impl Rig {
    pub(super) fn prepare(args: &HttpArgs) -> Result<Self, Failure> {
        if let Some(url) = &args.url {
            return Ok(Self {
                addresses: vec![resolve(url)?],
                own: Vec::new(),
            });
        }
        let program = std::env::current_exe().during("finding this program")?;
        let mut rig = Self {
            addresses: Vec::new(),
            own: Vec::new(),
        };
        for number in 0..args.servers {
            // Beside the caller, not in /tmp: that may live in memory, where an fsync is free.
            let data = PathBuf::from(format!("tael-bench-{}-{number}", std::process::id()));
            if let Some((_, first)) = rig.own.first() {
                copy_keys(first, &data).during("giving a server the keys of the first")?;
            }
            let mut launch = Launch::new(&program, &data);
            if let Some(database) = &args.database {
                launch = launch.flag("--database", database);
            }
            let process = launch.start().during("starting a server")?;
            rig.addresses.push(process.address());
            rig.own.push((process, data));
        }
        Ok(rig)
    }

    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Of the server at which nobody signed up, if there are several.
    pub(super) fn other_address(&self) -> SocketAddr {
        self.addresses[self.addresses.len() - 1]
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
        let joined = join_all(self.address(), people, FUNDS, contact, move || {
            progress.inc(1)
        });
        let crowd = joined.await.during("signing people up");
        bar.finish_and_clear();
        crowd
    }

    /// Bytes our own servers have caused to be written to disk so far.
    pub(super) fn bytes_written(&self) -> Option<u64> {
        let written = self
            .own
            .iter()
            .map(|(process, _)| process.bytes_written().ok());
        written.reduce(|sum, one| Some(sum? + one?)).flatten()
    }

    /// The most memory one of our own servers has held, in KiB.
    pub(super) fn peak_memory(&self) -> Option<u64> {
        let held = self
            .own
            .iter()
            .filter_map(|(process, _)| process.peak_memory().ok());
        held.max()
    }

    /// Stops our own servers and removes their data.
    pub(super) fn clear(self) {
        for (process, data) in self.own {
            let _status = process.stop(Duration::from_secs(20));
            let _removed = fs::remove_dir_all(data);
        }
    }
}

/// Makes a data directory with the keys and the mode of another.
fn copy_keys(from: &Path, to: &Path) -> io::Result<()> {
    let private = |path: &Path| fs::DirBuilder::new().mode(0o700).create(path);
    private(to)?;
    private(&to.join("keys"))?;
    fs::copy(from.join("mode"), to.join("mode"))?;
    for key in fs::read_dir(from.join("keys"))? {
        let key = key?;
        fs::copy(key.path(), to.join("keys").join(key.file_name()))?;
    }
    Ok(())
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
