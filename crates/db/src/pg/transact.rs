//! One transaction: begun, run, committed, and if nobody heard whether it was, asked about.
//!
//! | step | what | when it fails |
//! |---|---|---|
//! | mark | the session's row in `db_commits` takes the number of this transaction, first of all | gone |
//! | body | the closure, or the lane | gone; run again if it may pass |
//! | settle | where rows must be counted, what was still to be sent is sent | gone |
//! | commit | COMMIT, with whatever was still to be sent, never cancelled | certainly gone, or in doubt |
//! | resolve | a new session takes the row: whoever still holds it has ended then, one way or the other | unknown |

use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::session::{BEGIN_READ, Session};
use super::target::Target;
use crate::fault::Again;
use crate::options::{AtCommit, CommitFate, CommitPoint};
use crate::{Fault, Read, ReadTx, Sql, Tx, ValueRef};

/// How often a transaction that was in the way of another is run again.
pub(super) const AGAIN_MOST: u32 = 5;
/// No transaction is run again after this: whoever asked has given up.
pub(super) const AGAIN_UNTIL: Duration = Duration::from_secs(5);
/// The first pause; each further one may be twice as long.
const PAUSE: Duration = Duration::from_millis(5);

const BEGIN_IN_TURN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

const MARK: Sql = crate::sql!(
    "INSERT INTO db_commits (session, number, at) \
     VALUES ($1, $2, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)) ON CONFLICT (session) \
     DO UPDATE SET number = excluded.number, at = excluded.at"
);
const ASK: Sql = crate::sql!(
    "INSERT INTO db_commits (session, number, at) \
     VALUES ($1, 0, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)) ON CONFLICT (session) \
     DO UPDATE SET at = excluded.at RETURNING number"
);
const NUMBER: Sql = crate::sql!(
    "INSERT INTO db_counters (name, value) VALUES ('session', 1) ON CONFLICT (name) \
     DO UPDATE SET value = db_counters.value + 1 RETURNING value"
);
/// A session that has been silent for a day is asked about by nobody.
const FORGET: Sql = crate::sql!(
    "DELETE FROM db_commits WHERE at < CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) - 86400"
);

/// How a transaction ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// It is durable.
    Kept,
    /// Its body said no.
    Undone,
    /// Nothing of it is stored.
    Gone(Fault),
    /// Nobody can say.
    InDoubt(Fault),
    /// The simulator's crash.
    Crashed,
}

/// A connection that is made when it is needed, and again after it was lost.
pub(super) struct Line {
    target: Target,
    session: Option<Session>,
    /// This session's row in `db_commits`; 0 while it has none.
    number: i64,
    /// The transaction under way.
    turn: i64,
    /// The simulator's seam.
    at_commit: Option<AtCommit>,
    /// How a transaction that writes begins.
    begin: &'static str,
}

impl Line {
    pub(super) fn new(target: &Target) -> Line {
        Line {
            begin: target.begin(),
            target: target.clone(),
            session: None,
            number: 0,
            turn: 0,
            at_commit: None,
        }
    }

    pub(super) fn watched(self, at_commit: Option<AtCommit>) -> Line {
        Line { at_commit, ..self }
    }

    /// For transactions that take turns: each statement behind the turn must see what the last
    /// holder committed.
    pub(super) fn taking_turns(self) -> Line {
        Line {
            begin: BEGIN_IN_TURN,
            ..self
        }
    }

    fn fate(&self, point: CommitPoint) -> CommitFate {
        self.at_commit
            .as_ref()
            .map_or(CommitFate::Go, |decide| decide(point))
    }

    fn session(&mut self) -> Result<&Session, Fault> {
        if self.session.as_ref().is_none_or(Session::is_broken) {
            self.session = None;
            self.session = Some(Session::connect(&self.target)?);
            self.number = 0;
        }
        self.session
            .as_ref()
            .ok_or_else(|| Fault::internal("there is no connection"))
    }

    /// A session that has its row, at the beginning of a transaction.
    fn begin(&mut self) -> Result<&Session, Fault> {
        let begin = self.begin;
        self.session()?;
        if self.number == 0 {
            self.number = number_session(self.session()?)?;
            self.turn = 0;
        }
        self.turn += 1;
        let mark = [ValueRef::Int(self.number), ValueRef::Int(self.turn)];
        let session = self.session()?;
        session.begin(begin);
        session.enqueue(MARK, &[mark], None)?;
        Ok(session)
    }

    /// Runs `body` once in a transaction.
    pub(super) fn transact(
        &mut self,
        body: &mut dyn FnMut(&mut Tx<'_>) -> Result<bool, Fault>,
    ) -> Ending {
        let session = match self.begin() {
            Ok(session) => session,
            Err(fault) => return self.gone(fault),
        };
        let mut tx = Tx::on_server(session);
        let said = body(&mut tx);
        let said = match tx.take_doom() {
            Some(fault) => Err(fault),
            None => said,
        };
        match said {
            Ok(true) => self.commit(),
            Ok(false) => match session.roll_back() {
                Ok(()) => Ending::Undone,
                Err(_) => {
                    self.session = None;
                    Ending::Undone
                }
            },
            Err(fault) => self.gone(fault),
        }
    }

    fn gone(&mut self, fault: Fault) -> Ending {
        let ended = self.session.as_ref().map(Session::roll_back);
        if fault.may_pass() == Again::Elsewhere || !matches!(ended, Some(Ok(()))) {
            self.session = None;
        }
        Ending::Gone(fault)
    }

    fn commit(&mut self) -> Ending {
        let Some(session) = &self.session else {
            return Ending::Gone(Fault::internal("there is no connection"));
        };
        // Nothing but the mark.
        if !session.has_begun() && session.waiting() <= 1 {
            let _ = session.roll_back();
            return Ending::Kept;
        }
        if (!session.is_sure() || self.at_commit.is_some())
            && let Err(fault) = session.settle()
        {
            return self.gone(fault);
        }
        match self.fate(CommitPoint::Before) {
            CommitFate::Go => {}
            CommitFate::Crash => {
                self.session = None;
                return Ending::Crashed;
            }
            CommitFate::Fail => {
                self.session = None;
                return Ending::InDoubt(Fault::simulated_commit_error());
            }
        }
        let committed = session.batch("COMMIT", self.target.server.commit_time);
        let is_unsure = session.take_unsure();
        match committed {
            Ok(()) if !is_unsure => match self.fate(CommitPoint::After) {
                CommitFate::Go => Ending::Kept,
                CommitFate::Crash => Ending::Crashed,
                CommitFate::Fail => Ending::InDoubt(Fault::simulated_commit_error()),
            },
            Err(fault) if fault.is_definite_at_commit() => self.gone(fault),
            _ => self.resolve(),
        }
    }

    /// Finds out, on new connections, what became of the transaction.
    fn resolve(&mut self) -> Ending {
        self.session = None;
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            match self.ask() {
                Ok(true) => return Ending::Kept,
                Ok(false) => {
                    let fault = Fault::again("the commit was lost with its connection");
                    return Ending::Gone(fault);
                }
                Err(fault) if begun.elapsed() > self.target.server.resolve_time => {
                    let text = format!("a commit cannot be asked about: {fault}");
                    return Ending::InDoubt(Fault::unresolved(text));
                }
                Err(_) => pause(tries),
            }
            tries = (tries + 1).min(7);
        }
    }

    /// Whether the transaction is durable. That this commits says that all before it is, also on
    /// the standbys that a commit waits for.
    fn ask(&self) -> Result<bool, Fault> {
        let session = Session::connect(&self.target)?;
        session.begin(BEGIN_IN_TURN);
        let found =
            Tx::on_server(&session)
                .query_one_raw(ASK, &[ValueRef::Int(self.number)], |row| row.int(0))?;
        session.batch("COMMIT", self.target.server.commit_time)?;
        if session.take_unsure() {
            return Err(Fault::unresolved("the standbys do not answer"));
        }
        Ok(found == Some(self.turn))
    }

    /// Runs `body` once on a snapshot; gives the fault that it met, if any.
    pub(super) fn read(&mut self, body: &mut dyn FnMut(&mut ReadTx<'_>)) -> Option<Fault> {
        let patience = self.target.server.commit_time;
        let session = match self.session() {
            Ok(session) => session,
            Err(fault) => return Some(fault),
        };
        session.take_trouble();
        session.begin(BEGIN_READ);
        body(&mut ReadTx::on_server(session));
        let trouble = session.take_trouble();
        let ended = if trouble.is_some() || !session.has_begun() {
            session.roll_back()
        } else {
            session.batch("COMMIT", patience)
        };
        if ended.is_err() {
            self.session = None;
        }
        trouble
    }

    /// Whether the server answers.
    pub(super) fn ping(&mut self) -> bool {
        let answered = self
            .session()
            .and_then(|session| session.batch("SELECT 1", Duration::from_secs(2)));
        if answered.is_err() {
            self.session = None;
        }
        answered.is_ok()
    }
}

fn number_session(session: &Session) -> Result<i64, Fault> {
    let mut tx = Tx::on_server(session);
    tx.execute(FORGET, &[])?;
    tx.query_one(NUMBER, &[], |row| row.int(0))?
        .ok_or_else(|| Fault::internal("a session has no number"))
}

/// Waits for up to 5 ms, twice as long with each try before, by chance.
pub(super) fn pause(tries: u32) {
    let most = PAUSE.saturating_mul(1 << tries.min(7));
    let chance = RandomState::new().hash_one(tries);
    let share = u32::try_from(chance % 1000).unwrap_or(0) + 1;
    let (_open, never) = channel::<()>();
    let _ = never.recv_timeout(most.saturating_mul(share) / 1000);
}
