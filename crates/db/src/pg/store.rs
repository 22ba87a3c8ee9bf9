//! A store on a server: threads with a connection each, for closures that write, for closures that
//! read, and one for each lane.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use super::migrate;
use super::pool::Pool;
use super::session::Session;
use super::target::Target;
use super::transact::{AGAIN_MOST, AGAIN_UNTIL, Ending, Line, pause};
use crate::fault::Again;
use crate::health::Status;
use crate::job::{Job, WriteJob};
use crate::lane::{self, Runner};
use crate::queue::{Queue, Turn};
use crate::stats::Counters;
use crate::ticket::Answer;
use crate::{Fault, Lane, LaneHandle, Migration, OpenError, Options, ReadTx, Stats, Ticket, Tx};

pub(crate) struct Store {
    writes: Arc<Pool<Box<dyn Job>>>,
    reads: Arc<Pool<Box<dyn ReadJob>>>,
    lanes: Vec<Arc<Queue>>,
    status: Arc<Status>,
    counters: Arc<Counters>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    all: Vec<JoinHandle<()>>,
    /// The guard ends when this is dropped.
    _end_guard: Sender<()>,
}

/// The lanes of a store that is being opened: each has a queue of its own.
pub(crate) struct Adding {
    options: Options,
    status: Arc<Status>,
    counters: Arc<Counters>,
    lanes: Vec<(Arc<Queue>, Box<dyn Runner>)>,
}

impl Adding {
    pub(crate) fn new(options: &Options) -> Adding {
        Adding {
            options: options.clone(),
            status: Arc::new(Status::default()),
            counters: Arc::new(Counters::new()),
            lanes: Vec::new(),
        }
    }

    pub(crate) fn add_lane<L: Lane>(&mut self, lane: L) -> LaneHandle<L> {
        let (status, counters) = (Arc::clone(&self.status), Arc::clone(&self.counters));
        let queue = Arc::new(Queue::new(&self.options, status, counters));
        let (handle, runner) = lane::open(lane, &queue);
        self.lanes.push((queue, runner));
        handle
    }
}

impl Store {
    /// Brings the schema up to date, and gives the session in whose transaction the store is set
    /// up.
    pub(crate) fn prepare(target: &Target, migrations: &[Migration]) -> Result<Session, OpenError> {
        migrate::migrate(target, migrations)?;
        let session = Session::connect(target)?;
        session.begin(target.begin());
        Ok(session)
    }

    /// Ends what `prepare` began.
    pub(crate) fn commit(target: &Target, session: &Session) -> Result<(), Fault> {
        session.settle()?;
        if session.has_begun() {
            session.batch("COMMIT", target.server.commit_time)?;
        }
        Ok(())
    }

    pub(crate) fn start(target: &Target, adding: Adding) -> Result<Store, OpenError> {
        let Adding {
            options,
            status,
            counters,
            lanes,
        } = adding;
        let writes = Arc::new(Pool::new(
            options.max_waiting_writes,
            options.max_queue_time,
        ));
        let reads = Arc::new(Pool::new(options.max_waiting_reads, options.max_queue_time));
        let (end_guard, ended) = channel();
        let mut store = Store {
            writes: Arc::clone(&writes),
            reads: Arc::clone(&reads),
            lanes: Vec::new(),
            status: Arc::clone(&status),
            counters: Arc::clone(&counters),
            threads: Mutex::default(),
        };
        let mut threads = Vec::new();
        let mut spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
            let thread = std::thread::Builder::new().name(name.to_owned());
            threads.push(thread.spawn(run)?);
            Ok::<(), std::io::Error>(())
        };
        for _ in 0..target.server.writers.max(1) {
            let line = Line::new(target).watched(options.at_commit.clone());
            let jobs = Arc::clone(&writes);
            let (status, counters) = (Arc::clone(&status), Arc::clone(&counters));
            spawn(
                "db-write",
                Box::new(move || write(line, &jobs, &status, &counters)),
            )?;
        }
        for _ in 0..options.readers.max(1) {
            let (line, jobs) = (Line::new(target), Arc::clone(&reads));
            spawn("db-read", Box::new(move || read(line, &jobs)))?;
        }
        for (queue, runner) in lanes {
            store.lanes.push(Arc::clone(&queue));
            let line = Line::new(target).taking_turns();
            let line = line.watched(options.at_commit.clone());
            let (status, counters) = (Arc::clone(&status), Arc::clone(&counters));
            spawn(
                "db-lane",
                Box::new(move || run_lane(line, &queue, runner, &status, &counters)),
            )?;
        }
        let (line, interval) = (Line::new(target), options.guard_interval);
        spawn(
            "db-guard",
            Box::new(move || guard(line, interval, &status, &ended)),
        )?;
        *store.threads.lock().unwrap_or_else(PoisonError::into_inner) = Some(Threads {
            all: threads,
            _end_guard: end_guard,
        });
        Ok(store)
    }

    pub(crate) fn write<T, E>(
        &self,
        closure: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Ticket<Result<T, E>>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        if let Err(fault) = self.status.check_readable() {
            return Ticket::refused(fault);
        }
        let (job, ticket) = WriteJob::new(closure);
        match self.writes.submit(Box::new(job)) {
            Ok(()) => ticket,
            Err(fault) => {
                self.counters
                    .shed
                    .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ticket::refused(fault)
            }
        }
    }

    pub(crate) fn read<T, E>(
        &self,
        closure: impl FnMut(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Ticket<Result<T, E>>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        if let Err(fault) = self.status.check_readable() {
            return Ticket::refused(fault);
        }
        let (answer, ticket) = Ticket::open();
        let job = Reading {
            closure,
            result: None,
            answer,
        };
        match self.reads.submit(Box::new(job)) {
            Ok(()) => ticket,
            Err(fault) => Ticket::refused(fault),
        }
    }

    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    pub(crate) fn stats(&self) -> Stats {
        let waiting = self.lanes.iter().map(|queue| queue.depth());
        let (count, weight) = waiting.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Stats {
            queue_depth: count as u64 + self.writes.depth(),
            queue_weight: weight as u64,
            waiting_reads: self.reads.depth(),
            shed_reads: self.reads.shed(),
            ..self.counters.snapshot()
        }
    }

    /// Takes nothing more, runs what waits, closes the connections.
    pub(crate) fn shut_down(&self) {
        let threads = self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Threads { all, _end_guard }) = threads else {
            return;
        };
        self.writes.close();
        self.reads.close();
        self.lanes.iter().for_each(|queue| queue.close());
        drop(_end_guard);
        let ours = std::thread::current().id();
        // A closure may hold the last clone; its thread cannot wait for itself.
        for thread in all
            .into_iter()
            .filter(|thread| thread.thread().id() != ours)
        {
            let _ = thread.join();
        }
        self.status.stop("it was shut down");
    }
}

/// Runs closures that write, each in its own transaction.
fn write(mut line: Line, jobs: &Pool<Box<dyn Job>>, status: &Status, counters: &Counters) {
    while let Some(mut job) = jobs.next() {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            let ending = line.transact(&mut |tx| Ok(job.run(tx)));
            match ending {
                Ending::Kept => counters.committed(1),
                Ending::Undone => {}
                Ending::Gone(fault) => {
                    if may_run_again(&fault, tries, begun) {
                        pause(tries);
                        tries += 1;
                        continue;
                    }
                    counters.failed();
                    job.fail(fault);
                }
                Ending::InDoubt(fault) => {
                    counters.failed();
                    job.fail(fault);
                }
                Ending::Crashed => {
                    status.die();
                    return;
                }
            }
            break;
        }
        counters.batch_took(begun.elapsed());
        job.answer();
    }
}

fn may_run_again(fault: &Fault, tries: u32, begun: Instant) -> bool {
    fault.may_pass() != Again::Never && tries < AGAIN_MOST && begun.elapsed() < AGAIN_UNTIL
}

fn read(mut line: Line, jobs: &Pool<Box<dyn ReadJob>>) {
    while let Some(mut job) = jobs.next() {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            let trouble = line.read(&mut |tx| job.run(tx));
            match trouble {
                None => break,
                Some(fault) if may_run_again(&fault, tries, begun) => {
                    pause(tries);
                    tries += 1;
                }
                Some(fault) => {
                    job.fail(fault);
                    break;
                }
            }
        }
        job.answer();
    }
}

/// Runs the batches of one lane.
fn run_lane(
    mut line: Line,
    queue: &Queue,
    runner: Box<dyn Runner>,
    status: &Status,
    counters: &Counters,
) {
    let mut lanes = [runner];
    loop {
        match queue.take(None, &mut VecDeque::new(), &mut lanes) {
            Turn::Batch(load) => {
                let begun = Instant::now();
                let [lane] = &mut lanes;
                let told = catch_unwind(AssertUnwindSafe(|| batch(&mut line, lane.as_mut())));
                match told {
                    Ok(Told::Kept) => counters.committed(load.commands),
                    Ok(Told::Failed) => counters.failed(),
                    Ok(Told::Crashed) => {
                        status.die();
                        lane.abandon();
                        return;
                    }
                    Err(_) => lane.fail(&Fault::unresolved("a lane panicked")),
                }
                counters.batch_took(begun.elapsed());
                queue.learn(load.weight, begun.elapsed());
            }
            Turn::Idle => {}
            Turn::Closed => break,
        }
    }
    let [lane] = &mut lanes;
    lane.refuse_waiting(&Fault::stopped("it was shut down"));
}

/// What the items of a batch were told.
enum Told {
    Kept,
    Failed,
    /// Nothing: the simulator's crash.
    Crashed,
}

/// Runs the items that the lane took.
fn batch(line: &mut Line, lane: &mut dyn Runner) -> Told {
    let begun = Instant::now();
    let mut tries = 0;
    loop {
        lane.set_aside();
        let ending = line.transact(&mut |tx| lane.run(tx).map(|()| true));
        match ending {
            Ending::Kept | Ending::Undone => {
                lane.ended(true);
                lane.answer();
                return Told::Kept;
            }
            Ending::Gone(fault) => {
                lane.ended(false);
                if may_run_again(&fault, tries, begun) && lane.take_back() {
                    pause(tries);
                    tries += 1;
                    continue;
                }
                lane.fail(&fault);
                return Told::Failed;
            }
            Ending::InDoubt(fault) => {
                lane.ended(false);
                lane.fail(&fault);
                return Told::Failed;
            }
            Ending::Crashed => return Told::Crashed,
        }
    }
}

/// Asks now and then whether the server answers, so that readiness tells the truth.
fn guard(mut line: Line, every: std::time::Duration, status: &Status, ended: &Receiver<()>) {
    while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
        status.set_away(!line.ping());
    }
}

/// A closure that reads, without its types.
pub(super) trait ReadJob: Send {
    fn run(&mut self, tx: &mut ReadTx<'_>);
    fn fail(&mut self, fault: Fault);
    fn answer(self: Box<Self>);
}

struct Reading<F, T, E> {
    closure: F,
    result: Option<Result<T, E>>,
    answer: Answer<T, E>,
}

impl<F, T, E> ReadJob for Reading<F, T, E>
where
    F: FnMut(&mut ReadTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, tx: &mut ReadTx<'_>) {
        let result = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx)))
            .unwrap_or_else(|_| Err(Fault::internal("a read closure panicked").into()));
        self.result = Some(result);
    }

    fn fail(&mut self, fault: Fault) {
        // What the closure made of its fault is kept; it may know more.
        if self.result.as_ref().is_none_or(Result::is_ok) {
            self.result = Some(Err(fault.into()));
        }
    }

    fn answer(self: Box<Self>) {
        let Reading { result, answer, .. } = *self;
        if let Some(result) = result {
            // Nobody may be waiting any more.
            let _ = answer.send(result);
        }
    }
}
