//! Reader threads: each closure sees one snapshot, and never waits for the writer.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::health::Status;
use crate::pg::{Session, Target};
use crate::{Fault, FaultKind, Options, ReadTx, Ticket};

/// SQLite asks this often, in steps of its machine, whether the time is over: about 50 µs apart.
const STEPS_PER_QUESTION: i32 = 10_000;

type ReadJob = Box<dyn FnOnce(&Reader) + Send>;

/// A connection that reads and cannot write.
///
/// The store keeps some of its own; [`open_reader`](crate::open_reader) gives one to a program
/// beside a running server.
pub struct Reader {
    source: Source,
}

enum Source {
    Embedded(Embedded),
    Server(Box<Session>),
}

struct Embedded {
    connection: Connection,
    limit: Option<TimeLimit>,
}

/// Interrupts a statement that runs past the end, counted in microseconds from `epoch`.
struct TimeLimit {
    time: Duration,
    epoch: Instant,
    end: Arc<AtomicU64>,
}

impl Reader {
    pub(crate) fn open(dir: &Path) -> Result<Reader, Fault> {
        let connection = crate::connection::open_reader(dir)?;
        let limit = None;
        Ok(Reader {
            source: Source::Embedded(Embedded { connection, limit }),
        })
    }

    pub(crate) fn on_server(target: &Target) -> Result<Reader, Fault> {
        Ok(Reader {
            source: Source::Server(Box::new(Session::connect(target)?)),
        })
    }

    fn open_limited(dir: &Path, time: Duration) -> Result<Reader, Fault> {
        let mut connection = crate::connection::open_reader(dir)?;
        let (epoch, end) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let watched = Arc::clone(&end);
        let is_over = move || micros(epoch.elapsed()) > watched.load(Relaxed);
        connection.progress_handler(STEPS_PER_QUESTION, Some(is_over))?;
        let limit = Some(TimeLimit { time, epoch, end });
        Ok(Reader {
            source: Source::Embedded(Embedded { connection, limit }),
        })
    }

    /// Runs `closure` on one snapshot: every statement in it sees the same committed state.
    pub fn snapshot<T, E: From<Fault>>(
        &self,
        mut closure: impl FnMut(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.source {
            Source::Embedded(embedded) => embedded.snapshot(closure),
            Source::Server(session) => {
                session.begin_snapshot();
                let result = catch_unwind(AssertUnwindSafe(|| {
                    closure(&mut ReadTx::on_server(session))
                }));
                session.roll_back()?;
                result.unwrap_or_else(|_| Err(panicked().into()))
            }
        }
    }
}

fn panicked() -> Fault {
    Fault::internal("a read closure panicked")
}

impl Embedded {
    fn snapshot<T, E: From<Fault>>(
        &self,
        mut closure: impl FnMut(&mut ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(limit) = &self.limit {
            limit
                .end
                .store(micros(limit.epoch.elapsed() + limit.time), Relaxed);
        }
        let exec = |sql| {
            self.connection.prepare_cached(sql)?.execute(())?;
            Ok::<(), Fault>(())
        };
        exec("BEGIN")?;
        let result = catch_unwind(AssertUnwindSafe(|| {
            closure(&mut ReadTx::new(&self.connection))
        }));
        if let Some(limit) = &self.limit {
            limit.end.store(u64::MAX, Relaxed);
        }
        exec("ROLLBACK")?;
        result.unwrap_or_else(|_| Err(panicked().into()))
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

pub(crate) struct Readers {
    state: Mutex<Waiting>,
    wake: Condvar,
    limit: usize,
    status: Arc<Status>,
    shed: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<ReadJob>,
    sleeping: usize,
    closed: bool,
}

impl Readers {
    pub(crate) fn start(
        options: &Options,
        status: Arc<Status>,
    ) -> Result<(Arc<Readers>, Vec<JoinHandle<()>>), crate::OpenError> {
        let limit = options.max_waiting_reads;
        let (state, wake, shed) = (Mutex::default(), Condvar::new(), AtomicU64::new(0));
        let readers = Arc::new(Readers {
            state,
            wake,
            limit,
            status,
            shed,
        });
        let mut threads = Vec::new();
        for number in 1..=options.readers.max(1) {
            let reader = Reader::open_limited(&options.dir, options.max_read_time)?;
            let readers = Arc::clone(&readers);
            let thread = std::thread::Builder::new().name(format!("db-read-{number}"));
            threads.push(thread.spawn(move || readers.run(&reader))?);
        }
        Ok((readers, threads))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn submit<T, E>(
        self: &Arc<Self>,
        closure: impl FnMut(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Ticket<Result<T, E>>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        if let Err(fault) = self.status.check_readable() {
            return Ticket::refused(fault);
        }
        let mut state = self.lock();
        if state.closed {
            return Ticket::refused(Fault::stopped("it is shutting down"));
        }
        if state.jobs.len() >= self.limit {
            self.shed.fetch_add(1, Relaxed);
            return Ticket::refused(Fault::new(FaultKind::Overloaded, "too many reads wait"));
        }
        let (answer, ticket) = Ticket::open();
        state.jobs.push_back(Box::new(move |reader| {
            // Nobody may be waiting any more.
            let _ = answer.send(reader.snapshot(closure));
        }));
        let sleeping = state.sleeping > 0;
        drop(state);
        if sleeping {
            self.wake.notify_one();
        }
        ticket
    }

    fn run(&self, reader: &Reader) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job(reader);
                state = self.lock();
            } else if state.closed {
                return;
            } else {
                state.sleeping += 1;
                state = self
                    .wake
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                state.sleeping -= 1;
            }
        }
    }

    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_all();
    }

    pub(crate) fn shed(&self) -> u64 {
        self.shed.load(Relaxed)
    }

    pub(crate) fn depth(&self) -> usize {
        self.lock().jobs.len()
    }
}
