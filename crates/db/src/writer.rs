//! The one thread that writes. It takes everything that waits, puts it into one database
//! transaction, commits, answers, and only then looks at the queue again: batches grow by
//! themselves as far as the disk is slow.
//!
//! | phase | what | when it fails |
//! |---|---|---|
//! | begin | `BEGIN IMMEDIATE` | the batch fails |
//! | closures | each in a savepoint, in order of arrival | that closure alone; the batch if the transaction is gone |
//! | lanes | `run` with their items, `ride` with a slice of their backlog | the batch fails |
//! | commit | one sync | full disk: the batch fails; anything else: nobody knows, and the writer stops |
//! | tell | lanes, then tickets | – |
//! | checkpoint | between batches | the writer stops |

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::checkpoint::Checkpoints;
use crate::health::Status;
use crate::job::Job;
use crate::lane::Runner;
use crate::lock::DirLock;
use crate::options::{CommitFate, CommitPoint};
use crate::queue::{Load, Queue, Turn};
use crate::stats::Counters;
use crate::{Fault, FaultKind, Options, Tx};

/// With a backlog, how long the queue must be empty before a slice is committed alone.
const BACKLOG_PATIENCE: Duration = Duration::from_millis(20);
/// Without one, how long the queue must be empty before the log is tidied.
const IDLE_PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) lock: DirLock,
    pub(crate) options: Options,
    pub(crate) queue: Arc<Queue>,
    pub(crate) lanes: Vec<Box<dyn Runner>>,
    pub(crate) status: Arc<Status>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) checkpoints: Checkpoints,
}

/// The closures of a batch.
#[derive(Default)]
struct Jobs {
    /// Taken from the queue; those that a batch had no time for stay for the next.
    waiting: VecDeque<Box<dyn Job>>,
    /// Run in the open transaction.
    ran: Vec<Box<dyn Job>>,
}

/// How a batch ended.
enum Ending {
    Durable,
    /// It had one closure, and that one said no: there is nothing to commit.
    Nothing,
    /// Nothing of it is stored.
    Gone(Fault),
    /// It may be stored; the writer must stop.
    InDoubt(Fault),
    /// The simulator's crash.
    Crashed,
}

/// Why the writer does not go on.
enum Stop {
    /// The queue is closed and empty.
    Closed,
    /// The store must not be written any more.
    Fatal(Fault),
    /// The simulator's crash.
    Crashed,
}

impl Writer {
    /// Runs until the queue is closed and empty, or until the store must stop.
    pub(crate) fn run(mut self) -> Result<(), Fault> {
        let mut jobs = Jobs::default();
        let served = catch_unwind(AssertUnwindSafe(|| self.serve(&mut jobs)));
        match served {
            Ok(Stop::Closed) => self.finish(),
            Ok(Stop::Fatal(fault)) => self.stop(fault, jobs),
            Ok(Stop::Crashed) => self.crash(jobs),
            // Closures and the work of lanes are caught where they run. This was a lane that heard
            // how its batch had ended: what it holds in memory cannot be believed any more.
            Err(_) => self.stop(Fault::internal("the writer panicked"), jobs),
        }
    }

    fn serve(&mut self, jobs: &mut Jobs) -> Stop {
        loop {
            let patience = if jobs.waiting.is_empty() {
                self.patience()
            } else {
                Some(Duration::ZERO)
            };
            let turn = self
                .queue
                .take(patience, &mut jobs.waiting, &mut self.lanes);
            let went = match turn {
                Turn::Batch(load) => self.batch(jobs, load),
                _ if !jobs.waiting.is_empty() => self.batch(jobs, Load::default()),
                Turn::Idle => self.idle(jobs),
                Turn::Closed => Err(Stop::Closed),
            };
            if let Err(stop) = went {
                return stop;
            }
        }
    }

    fn patience(&self) -> Option<Duration> {
        if self.has_backlog() {
            Some(BACKLOG_PATIENCE)
        } else {
            (self.status.is_full() || self.checkpoints.is_untidy()).then_some(IDLE_PATIENCE)
        }
    }

    fn has_backlog(&self) -> bool {
        !self.status.is_full() && self.lanes.iter().any(|lane| lane.has_backlog())
    }

    fn idle(&mut self, jobs: &mut Jobs) -> Result<(), Stop> {
        if self.has_backlog() {
            return self.batch(jobs, Load::default());
        }
        if self.status.is_full() {
            return self
                .after_checkpoint(|checkpoints, connection| checkpoints.reclaim(connection));
        }
        self.after_checkpoint(|checkpoints, connection| checkpoints.tidy(connection))
    }

    fn batch(&mut self, jobs: &mut Jobs, load: Load) -> Result<(), Stop> {
        let begun = Instant::now();
        let ending = self.write(jobs, begun);
        self.tell(ending, jobs, load)?;
        let took = begun.elapsed();
        self.counters.batch_took(took);
        self.queue.learn(load.weight, took);
        self.after_checkpoint(|checkpoints, connection| checkpoints.run_if_due(connection))
    }

    fn write(&mut self, jobs: &mut Jobs, begun: Instant) -> Ending {
        let filled = match exec(&self.connection, "BEGIN IMMEDIATE") {
            Ok(()) => self.fill(jobs, begun),
            Err(fault) => Err(fault),
        };
        match filled {
            Ok(true) => self.commit(jobs),
            Ok(false) => self
                .roll_back()
                .map_or_else(Ending::Gone, |()| Ending::Nothing),
            Err(fault) => {
                jobs.ran.extend(jobs.waiting.drain(..));
                // What the first fault says is worth more than a second one here.
                let _ = self.roll_back();
                Ending::Gone(fault)
            }
        }
    }

    /// Runs what belongs into the batch. False: there is nothing to commit.
    fn fill(&mut self, jobs: &mut Jobs, begun: Instant) -> Result<bool, Fault> {
        let alone = jobs.waiting.len() == 1 && !self.lanes.iter().any(|lane| lane.has_items());
        while let Some(job) = jobs.waiting.pop_front() {
            jobs.ran.push(job);
            let Some(job) = jobs.ran.last_mut() else {
                break;
            };
            let kept = if alone {
                run(&self.connection, job)?
            } else {
                run_in_savepoint(&self.connection, job)?
            };
            if alone && !kept {
                return Ok(false);
            }
            if begun.elapsed() >= self.options.max_batch_time {
                break;
            }
        }
        self.run_lanes()?;
        Ok(true)
    }

    fn run_lanes(&mut self) -> Result<(), Fault> {
        let mut budget = self.options.ride_budget;
        for lane in &mut self.lanes {
            let mut tx = Tx::new(&self.connection);
            if lane.has_items() {
                lane.run(&mut tx)?;
            }
            let begun = Instant::now();
            if lane.has_backlog() {
                lane.ride(&mut tx, budget)?;
            }
            budget = budget.saturating_sub(begun.elapsed());
            still_open(&self.connection, tx.take_doom())?;
        }
        Ok(())
    }

    fn commit(&mut self, jobs: &mut Jobs) -> Ending {
        self.answer_too_early(jobs);
        match self.fate(CommitPoint::Before) {
            CommitFate::Go => {}
            CommitFate::Crash => return Ending::Crashed,
            CommitFate::Fail => {
                let _ = self.roll_back();
                return Ending::InDoubt(Fault::simulated_commit_error());
            }
        }
        let begun = Instant::now();
        let committed = exec(&self.connection, "COMMIT");
        self.counters.commit_took(begun.elapsed());
        match committed {
            Ok(()) => match self.fate(CommitPoint::After) {
                CommitFate::Go => Ending::Durable,
                CommitFate::Crash => Ending::Crashed,
                CommitFate::Fail => Ending::InDoubt(Fault::simulated_commit_error()),
            },
            Err(fault) if fault.is_definite_at_commit() => {
                let _ = self.roll_back();
                Ending::Gone(fault)
            }
            Err(fault) => Ending::InDoubt(fault.in_doubt()),
        }
    }

    fn fate(&self, point: CommitPoint) -> CommitFate {
        self.options
            .at_commit
            .as_ref()
            .map_or(CommitFate::Go, |decide| decide(point))
    }

    /// Rolls back unless SQLite has done so already.
    fn roll_back(&self) -> Result<(), Fault> {
        if self.connection.is_autocommit() {
            Ok(())
        } else {
            exec(&self.connection, "ROLLBACK")
        }
    }

    /// Tells everybody how the batch ended: first the lanes, then the tickets.
    fn tell(&mut self, ending: Ending, jobs: &mut Jobs, load: Load) -> Result<(), Stop> {
        match ending {
            Ending::Durable => {
                self.counters.committed(load.commands);
                self.lanes.iter_mut().for_each(|lane| lane.ended(true));
                jobs.ran.drain(..).for_each(|mut job| job.answer());
                self.lanes.iter_mut().for_each(|lane| lane.answer());
                Ok(())
            }
            Ending::Nothing => {
                jobs.ran.drain(..).for_each(|mut job| job.answer());
                Ok(())
            }
            Ending::Gone(fault) => {
                let full = fault.kind() == FaultKind::StorageFull;
                if full {
                    self.status.set_full(true);
                }
                self.fail(&fault, jobs);
                if full {
                    // What the lost batch had spilled still fills the log.
                    return self.after_checkpoint(|checkpoints, connection| {
                        checkpoints.reclaim(connection)
                    });
                }
                if fault.is_fatal() {
                    Err(Stop::Fatal(fault))
                } else {
                    Ok(())
                }
            }
            Ending::InDoubt(fault) => {
                self.status.stop(fault.to_string());
                self.fail(&fault, jobs);
                Err(Stop::Fatal(fault))
            }
            Ending::Crashed => Err(Stop::Crashed),
        }
    }

    fn fail(&mut self, fault: &Fault, jobs: &mut Jobs) {
        self.counters.failed();
        self.lanes.iter_mut().for_each(|lane| lane.ended(false));
        for mut job in jobs.ran.drain(..) {
            job.fail(fault.clone());
            job.answer();
        }
        self.lanes.iter_mut().for_each(|lane| lane.fail(fault));
    }

    fn after_checkpoint(
        &mut self,
        run: impl FnOnce(&mut Checkpoints, &Connection) -> Result<(), Fault>,
    ) -> Result<(), Stop> {
        match run(&mut self.checkpoints, &self.connection) {
            Err(fault) if fault.kind() == FaultKind::StorageFull => {
                self.counters.failed();
                self.status.set_full(true);
                Ok(())
            }
            // The log has everything; but a database file whose sync has failed once cannot be
            // trusted to be synced the next time, and the log would then be thrown away.
            Err(fault) if fault.is_fatal() => Err(Stop::Fatal(fault)),
            Err(_) => {
                self.counters.failed();
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The queue is closed and empty: projects everything, empties the log.
    fn finish(mut self) -> Result<(), Fault> {
        let finished = self.finish_lanes();
        self.lanes
            .iter_mut()
            .for_each(|lane| lane.ended(finished.is_ok()));
        self.status.stop("it was shut down");
        finished?;
        self.checkpoints.truncate(&self.connection)?;
        self.connection
            .close()
            .map_err(|(_, error)| Fault::from(error))
    }

    fn finish_lanes(&mut self) -> Result<(), Fault> {
        if self.lanes.is_empty() {
            return Ok(());
        }
        exec(&self.connection, "BEGIN IMMEDIATE")?;
        for lane in &mut self.lanes {
            let mut tx = Tx::new(&self.connection);
            lane.finish(&mut tx)?;
            still_open(&self.connection, tx.take_doom())?;
        }
        exec(&self.connection, "COMMIT")
    }

    /// The store must not be written any more: everybody who waits is told, and nobody else comes.
    fn stop(mut self, fault: Fault, jobs: Jobs) -> Result<(), Fault> {
        self.status.stop(fault.to_string());
        let refusal = Fault::stopped(&fault.to_string());
        for mut job in jobs.waiting.into_iter().chain(self.queue.abandon()) {
            job.fail(refusal.clone());
            job.answer();
        }
        self.lanes
            .iter_mut()
            .for_each(|lane| lane.refuse_waiting(&refusal));
        // Closing would checkpoint, and that is writing.
        let _ = crate::connection::keep_wal_on_close(&self.connection);
        (self.options.on_fatal)(&fault);
        Err(fault)
    }

    /// Ends as a killed process would. The directory is free before any ticket is lost, so that
    /// whoever hears of the crash can open it again at once.
    fn crash(mut self, jobs: Jobs) -> Result<(), Fault> {
        self.status.die();
        let abandoned = self.queue.abandon();
        let _ = crate::connection::keep_wal_on_close(&self.connection);
        drop(self.connection);
        drop(self.lock);
        self.lanes.iter_mut().for_each(|lane| lane.abandon());
        drop((self.lanes, jobs, abandoned));
        Err(Fault::lost())
    }

    #[cfg(not(feature = "mutants"))]
    fn answer_too_early(&mut self, _: &mut Jobs) {}

    #[cfg(feature = "mutants")]
    fn answer_too_early(&mut self, jobs: &mut Jobs) {
        if self.options.ack == crate::Ack::BeforeCommit {
            jobs.ran.iter_mut().for_each(|job| job.answer());
            self.lanes.iter_mut().for_each(|lane| lane.answer());
        }
    }
}

fn exec(connection: &Connection, sql: &str) -> Result<(), Fault> {
    connection.prepare_cached(sql)?.execute(())?;
    Ok(())
}

/// Runs one closure. False: what it wrote must be undone. `Err`: the batch is lost.
fn run(connection: &Connection, job: &mut Box<dyn Job>) -> Result<bool, Fault> {
    let mut tx = Tx::new(connection);
    let kept = job.run(&mut tx);
    match still_open(connection, tx.take_doom()) {
        Ok(()) => Ok(kept),
        Err(fault) if is_lost(connection, &fault) => Err(fault),
        Err(fault) => {
            if kept {
                job.fail(fault);
            }
            Ok(false)
        }
    }
}

fn run_in_savepoint(connection: &Connection, job: &mut Box<dyn Job>) -> Result<bool, Fault> {
    exec(connection, "SAVEPOINT closure")?;
    let kept = run(connection, job)?;
    if !kept {
        exec(connection, "ROLLBACK TO closure")?;
    }
    exec(connection, "RELEASE closure")?;
    Ok(kept)
}

/// After this fault the transaction cannot be continued. SQLite rolls back silently when the disk
/// is full, and the next statement would be committed alone.
fn is_lost(connection: &Connection, fault: &Fault) -> bool {
    connection.is_autocommit() || fault.is_fatal() || fault.kind() == FaultKind::StorageFull
}

/// Passes on the fault of a doomed transaction, or finds that it has ended without one.
fn still_open(connection: &Connection, doom: Option<Fault>) -> Result<(), Fault> {
    match doom {
        Some(fault) => Err(fault),
        None if connection.is_autocommit() => {
            Err(Fault::internal("the database transaction ended early"))
        }
        None => Ok(()),
    }
}
