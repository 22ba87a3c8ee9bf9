//! Three nodes of Patroni with one etcd on this machine, each node a PostgreSQL of its own: what an
//! operator runs for availability, small enough to be killed every few seconds.
//!
//! The settings are the ones that docs/operations.md advises, but for a shorter lease, memory for a
//! small machine, and data in shared memory: nodes die here, the power does not.
//!
//! Read in this order: this file, `settings`, `warden`.

mod settings;
mod warden;

use std::{
    fs, io,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::postgres::{free_port, programs, run, unprivileged};
pub use settings::{LEASE, Mode};
use warden::Warden;

/// Nodes of the cluster: one may die, and there is still a standby to wait for.
pub const NODES: usize = 3;
/// How long a request to a node's Patroni may take.
const ASK_LIMIT: Duration = Duration::from_secs(1);
/// Between two questions while something is awaited.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// Two base backups and some rounds of the loop on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(120);
/// A standby is in step within some rounds of the loop, or something is stuck.
const REMEDY_AFTER: Duration = Duration::from_secs(30);

/// A running cluster; all of it is gone when dropped.
#[derive(Debug)]
pub struct Patroni {
    nodes: Vec<Node>,
    etcd: Option<Warden>,
    place: TempDir,
}

/// One node: a Patroni and the PostgreSQL that it looks after.
#[derive(Debug)]
struct Node {
    number: usize,
    settings: PathBuf,
    data: PathBuf,
    port: u16,
    rest: u16,
    warden: Option<Warden>,
}

impl Patroni {
    /// Starts everything and waits until a standby is in step; takes ten seconds or more.
    pub fn start(mode: Mode) -> io::Result<Self> {
        let bin = programs()?;
        let place = place()?;
        if crate::is_root() {
            run(std::process::Command::new("chown")
                .arg("postgres")
                .arg(place.path()))?;
        }
        let (etcd, client) = start_etcd(place.path())?;
        let mut nodes = Vec::new();
        for number in 1..=NODES {
            let (port, rest) = (free_port()?, free_port()?);
            let paths = settings::Paths {
                place: place.path(),
                bin: &bin,
            };
            let text = settings::node(number, [port, rest, client], mode, &paths);
            let settings = place.path().join(format!("node{number}.yml"));
            fs::write(&settings, text)?;
            nodes.push(Node {
                number,
                settings,
                data: place.path().join(format!("data{number}")),
                port,
                rest,
                warden: None,
            });
        }
        let mut cluster = Self {
            nodes,
            etcd: Some(etcd),
            place,
        };
        cluster.nodes[0].start(cluster.place.path())?;
        cluster.wait("a first primary", START_LIMIT, |cluster| {
            cluster.primary().is_some()
        })?;
        for number in 1..NODES {
            cluster.nodes[number].start(cluster.place.path())?;
        }
        cluster.wait("both standbys", START_LIMIT, |cluster| {
            cluster.count("replica") == NODES - 1
        })?;
        if mode == Mode::Synchronous {
            cluster.wait_in_step()?;
        }
        Ok(cluster)
    }

    /// Where clients connect to: every node, of which the one that takes writes is meant.
    pub fn url(&self, database: &str) -> String {
        let hosts: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port))
            .collect();
        let password = settings::PASSWORD;
        format!(
            "postgres://postgres:{password}@{}/{database}?target_session_attrs=read-write",
            hosts.join(",")
        )
    }

    /// The node that Patroni calls primary.
    pub fn primary(&self) -> Option<usize> {
        (0..NODES).find(|number| self.nodes[*number].answers("primary"))
    }

    /// Waits for a primary; which node it is.
    pub fn wait_primary(&self) -> io::Result<usize> {
        self.wait("a primary", START_LIMIT, |cluster| {
            cluster.primary().is_some()
        })?;
        self.primary()
            .ok_or_else(|| io::Error::other("the primary left at once"))
    }

    fn count(&self, role: &str) -> usize {
        self.nodes.iter().filter(|node| node.answers(role)).count()
    }

    /// Waits until there is a primary and a standby that its commits wait for.
    pub fn wait_in_step(&self) -> io::Result<()> {
        self.wait("a standby in step", START_LIMIT, |cluster| {
            cluster.primary().is_some() && cluster.count("synchronous") > 0
        })
    }

    /// The same, with a remedy. Patroni before 3.1 may keep an old view of etcd after its machine
    /// was starved, say "Synchronous replication key updated by someone else" from then on, and
    /// never name a standby again; started anew, it does.
    pub fn bring_in_step(&mut self) -> io::Result<()> {
        let in_step =
            |cluster: &Self| cluster.primary().is_some() && cluster.count("synchronous") > 0;
        if self
            .wait("a standby in step", REMEDY_AFTER, in_step)
            .is_ok()
        {
            return Ok(());
        }
        let stuck = self.wait_primary()?;
        self.crash_node(stuck)?;
        self.heal()?;
        self.wait_whole()?;
        self.wait_in_step()
    }

    /// Waits until every node takes part again.
    pub fn wait_whole(&self) -> io::Result<()> {
        self.wait("all nodes", START_LIMIT, |cluster| {
            cluster.primary().is_some() && cluster.count("replica") == NODES - 1
        })
    }

    fn wait(&self, what: &str, limit: Duration, is_so: impl Fn(&Self) -> bool) -> io::Result<()> {
        let started = Instant::now();
        while !is_so(self) {
            if started.elapsed() > limit {
                return Err(io::Error::other(format!(
                    "{what} did not come:\n{}",
                    self.logs()
                )));
            }
            pause(ASK_AGAIN);
        }
        Ok(())
    }

    /// Kills PostgreSQL on a node; its Patroni lives and gives the lease away.
    pub fn crash_postgres(&self, node: usize) -> io::Result<()> {
        signal(self.nodes[node].postmaster()?, Signal::KILL)
    }

    /// Kills everything on a node; the others wait for its lease to end.
    pub fn crash_node(&mut self, node: usize) -> io::Result<()> {
        let node = &mut self.nodes[node];
        let postmaster = node.postmaster()?;
        drop(node.warden.take());
        // The warden has killed it already, if it was quick.
        let _ended = signal(postmaster, Signal::KILL);
        Ok(())
    }

    /// Stops a node's Patroni in its tracks. Its PostgreSQL serves on and knows nothing.
    pub fn freeze(&self, node: usize) -> io::Result<()> {
        self.nodes[node].signal(Signal::STOP)
    }

    pub fn thaw(&self, node: usize) -> io::Result<()> {
        self.nodes[node].signal(Signal::CONT)
    }

    /// Lets the standbys fall behind: what receives the primary's log stands still. The answer is
    /// how many receivers there are.
    pub fn starve(&self) -> io::Result<usize> {
        self.signal_receivers(&[Signal::STOP])
    }

    /// Ends the receivers that stand still, and with them what was on its way to them, as when the
    /// line to a machine is gone together with the machine. Reading on would bring it back: a
    /// kernel keeps megabytes for a reader.
    pub fn cut_off(&self) -> io::Result<usize> {
        self.signal_receivers(&[Signal::TERM, Signal::CONT])
    }

    fn signal_receivers(&self, signals: &[Signal]) -> io::Result<usize> {
        let mut receivers = 0;
        for node in &self.nodes {
            let Ok(postmaster) = node.postmaster() else {
                continue;
            };
            for child in children_called(postmaster, "walreceiver").unwrap_or_default() {
                let sent = signals.iter().map(|wanted| signal(child, *wanted));
                receivers += usize::from(sent.collect::<io::Result<Vec<()>>>().is_ok());
            }
        }
        Ok(receivers)
    }

    /// Starts what is dead and wakes what is frozen.
    pub fn heal(&mut self) -> io::Result<()> {
        for node in &mut self.nodes {
            match &node.warden {
                Some(warden) if warden.is_running() => node.signal(Signal::CONT)?,
                _ => node.start(self.place.path())?,
            }
        }
        Ok(())
    }

    /// The last lines of what the nodes wrote.
    pub fn logs(&self) -> String {
        let mut told = String::new();
        for node in &self.nodes {
            let path = self.place.path().join(format!("node{}.log", node.number));
            let text = fs::read_to_string(path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().rev().take(30).collect();
            told.push_str(&format!("node {}:\n", node.number));
            for line in lines.iter().rev() {
                told.push_str(line);
                told.push('\n');
            }
        }
        told
    }
}

impl Drop for Patroni {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let postmaster = node.postmaster();
            drop(node.warden.take());
            if let Ok(postmaster) = postmaster {
                let _ended = signal(postmaster, Signal::KILL);
            }
        }
        drop(self.etcd.take());
    }
}

impl Node {
    fn start(&mut self, place: &Path) -> io::Result<()> {
        let mut patroni = unprivileged(Path::new("/bin/sh"));
        patroni.env("HOME", place);
        let log = place.join(format!("node{}.log", self.number));
        let pidfile = self.data.join("postmaster.pid");
        let program = [Path::new("patroni"), &self.settings];
        self.warden = Some(Warden::start(patroni, &log, &pidfile, &program)?);
        Ok(())
    }

    fn signal(&self, wanted: Signal) -> io::Result<()> {
        match &self.warden {
            Some(warden) => signal(warden.pid(), wanted),
            None => Ok(()),
        }
    }

    fn postmaster(&self) -> io::Result<i32> {
        let text = fs::read_to_string(self.data.join("postmaster.pid"))?;
        let first = text.lines().next().unwrap_or_default();
        first.trim().parse().map_err(io::Error::other)
    }

    /// Whether this node's Patroni says yes to a question about its role.
    fn answers(&self, role: &str) -> bool {
        let ask = || -> io::Result<bool> {
            let address = SocketAddr::from(([127, 0, 0, 1], self.rest));
            let mut stream = TcpStream::connect_timeout(&address, ASK_LIMIT)?;
            stream.set_read_timeout(Some(ASK_LIMIT))?;
            write!(stream, "GET /{role} HTTP/1.0\r\n\r\n")?;
            let mut said = String::new();
            stream.read_to_string(&mut said)?;
            Ok(said.split_whitespace().nth(1) == Some("200"))
        };
        ask().unwrap_or(false)
    }
}

/// Shared memory if there is some; replication of three nodes would wear a disk out.
fn place() -> io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("tael-patroni-");
    if memory.is_dir() {
        builder.tempdir_in(memory)
    } else {
        builder.tempdir()
    }
}

fn start_etcd(place: &Path) -> io::Result<(Warden, u16)> {
    let (client, peer) = (free_port()?, free_port()?);
    let data = place.join("etcd");
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let arguments = [
        "--name=only".to_owned(),
        format!("--data-dir={}", data.display()),
        format!("--listen-client-urls={}", url(client)),
        format!("--advertise-client-urls={}", url(client)),
        format!("--listen-peer-urls={}", url(peer)),
        format!("--initial-advertise-peer-urls={}", url(peer)),
        format!("--initial-cluster=only={}", url(peer)),
    ];
    let mut program = vec![Path::new("etcd")];
    program.extend(arguments.iter().map(Path::new));
    let shell = unprivileged(Path::new("/bin/sh"));
    let log = place.join("etcd.log");
    let warden = Warden::start(shell, &log, Path::new("/nonexistent"), &program)?;
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", client)).is_err() {
        if started.elapsed() > START_LIMIT {
            return Err(io::Error::other("etcd did not start"));
        }
        pause(ASK_AGAIN);
    }
    Ok((warden, client))
}

/// Children of a process whose command line has this word.
fn children_called(parent: i32, word: &str) -> io::Result<Vec<i32>> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = fs::read_to_string(path)?;
    let pids = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    Ok(pids
        .filter(|pid: &i32| {
            let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains(word)
        })
        .collect())
}

fn signal(pid: i32, wanted: Signal) -> io::Result<()> {
    let pid = Pid::from_raw(pid).ok_or_else(|| io::Error::other("no such process"))?;
    Ok(kill_process(pid, wanted)?)
}

/// Waits; nothing here has a channel to wait on, the processes are others'.
pub(crate) fn pause(length: Duration) {
    let (_open, never) = mpsc::channel::<()>();
    let _elapsed = never.recv_timeout(length);
}
