use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use server::bench::{
    client::Connection,
    person::{Contact, Person, Wish},
    process::{Launch, Process},
};
use tempfile::TempDir;

/// More than any stop may take.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(12);

/// What everybody starts with, in minor units.
pub(crate) const FUNDS: i64 = 1_000_000;

pub(crate) fn scratch() -> TempDir {
    tempfile::Builder::new()
        .prefix("tael-it-")
        .tempdir()
        .unwrap()
}

pub(crate) fn launch(data: &Path) -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_tael"), data)
}

/// Runs a command to its end.
pub(crate) fn tael(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tael"))
        .args(args)
        .output()
        .unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Asks a server to stop, and does not wait for it.
pub(crate) fn terminate(server: &Process) {
    let pid = Pid::from_raw(server.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
}

/// Two people with money, signed in at a server.
pub(crate) struct World {
    pub(crate) server: Process,
    pub(crate) to: Connection,
    pub(crate) alice: Person,
    pub(crate) bob: Person,
}

impl World {
    pub(crate) async fn start(launch: &Launch) -> Self {
        let server = launch.start().unwrap();
        let mut to = Connection::open(server.address()).await.unwrap();
        let alice = join(&mut to, "alice").await;
        let bob = join(&mut to, "bob").await;
        Self {
            server,
            to,
            alice,
            bob,
        }
    }

    /// The same people after another start.
    pub(crate) async fn restart(self, launch: &Launch) -> Self {
        let Self {
            server, alice, bob, ..
        } = self;
        assert!(server.stop(STOP_LIMIT).unwrap().success());
        let server = launch.start().unwrap();
        let to = Connection::open(server.address()).await.unwrap();
        Self {
            server,
            to,
            alice,
            bob,
        }
    }

    /// Alice pays Bob.
    pub(crate) async fn pay(&mut self, key: &str, amount: i64) -> Answered {
        let request = self.alice.payment(&self.wish(key, amount));
        Answered::of(&self.to.send(&request).await.unwrap())
    }

    pub(crate) fn wish(&self, key: &str, amount: i64) -> Wish {
        Wish {
            key: key.to_owned(),
            to: json!({"account": self.bob.account}),
            amount,
        }
    }

    pub(crate) async fn posted(&mut self) -> (i64, i64) {
        let alice = self.alice.posted(&mut self.to).await.unwrap();
        (alice, self.bob.posted(&mut self.to).await.unwrap())
    }
}

async fn join(to: &mut Connection, name: &str) -> Person {
    let contact = Contact::Email(format!("{name}@example.com"));
    let mut person = Person::join(to, contact, name).await.unwrap();
    person.top_up(to, "funds", FUNDS).await.unwrap();
    person
}

/// An answer that outlives its connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    pub(crate) is_replayed: bool,
}

impl Answered {
    pub(crate) fn of(answer: &server::bench::client::Answer<'_>) -> Self {
        Self {
            status: answer.status,
            body: answer.body.to_vec(),
            is_replayed: answer.is_replayed(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}
