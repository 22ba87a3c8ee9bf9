//! Opening and closing a store, and the two ways in: `write` and `read`.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::backup::{self, Progress};
use crate::checkpoint::Checkpoints;
use crate::guard::{self, Guard};
use crate::health::Status;
use crate::job::WriteJob;
use crate::lane::{self, Runner};
use crate::lock::DirLock;
use crate::pg;
use crate::queue::{JOB_WEIGHT, Queue};
use crate::read::{Reader, Readers};
use crate::stats::{Counters, Stats};
use crate::writer::Writer;
use crate::{
    Fault, Health, Lane, LaneHandle, Migration, OpenError, Options, ReadTx, Server, Sql, Ticket,
    Tx, connection, migrate,
};

/// An open store. Clones share it; when the last one is dropped, it is shut down.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "there is one of it, behind an Arc"
)]
enum Inner {
    Embedded(Embedded),
    Server(pg::Store),
}

struct Embedded {
    options: Options,
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    status: Arc<Status>,
    counters: Arc<Counters>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    writer: JoinHandle<Result<(), Fault>>,
    readers: Vec<JoinHandle<()>>,
    guard: JoinHandle<()>,
    /// The guard ends when this is dropped.
    end_guard: Sender<()>,
}

/// What the setup closure of [`Db::open`] works with: the store is migrated, nobody else uses it.
pub struct Opening<'a> {
    tx: Tx<'a>,
    lanes: Lanes,
}

enum Lanes {
    Embedded(Arc<Queue>, Vec<Box<dyn Runner>>),
    Server(Box<pg::Adding>),
}

impl<'a> Opening<'a> {
    /// A write transaction that is committed when the setup closure returns `Ok`.
    pub fn tx(&mut self) -> &mut Tx<'a> {
        &mut self.tx
    }

    /// Adds a lane to the writer. Its handle takes items as soon as the store is open.
    pub fn add_lane<L: Lane>(&mut self, lane: L) -> LaneHandle<L> {
        match &mut self.lanes {
            Lanes::Embedded(queue, lanes) => {
                let (handle, runner) = lane::open(lane, queue);
                lanes.push(runner);
                handle
            }
            Lanes::Server(adding) => adding.add_lane(lane),
        }
    }

    /// Whether other programs may write into this store too. Then nothing that was read stays true
    /// after its transaction.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.lanes, Lanes::Server(_))
    }
}

impl std::fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opening").finish_non_exhaustive()
    }
}

impl Db {
    /// Locks the directory, brings the schema up to `migrations`, runs `setup` once inside a
    /// database transaction (a lane replays its tail there) and starts the threads. What `setup`
    /// gives, usually lane handles, is handed on.
    ///
    /// # Errors
    ///
    /// [`OpenError::Locked`] within milliseconds when another process has the directory.
    pub fn open<H>(
        options: Options,
        migrations: &[Migration],
        setup: impl FnOnce(&mut Opening<'_>) -> Result<H, Fault>,
    ) -> Result<(Db, H), OpenError> {
        let (inner, handles) = match &options.server {
            Some(server) => {
                let target = pg::Target::read(server)?;
                let (store, handles) = open_server(&target, &options, migrations, setup)?;
                (Inner::Server(store), handles)
            }
            None => {
                let (store, handles) = Embedded::open(options, migrations, setup)?;
                (Inner::Embedded(store), handles)
            }
        };
        let inner = Arc::new(inner);
        Ok((Db { inner }, handles))
    }

    /// Whether other programs may write into this store too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(*self.inner, Inner::Server(_))
    }

    /// Runs `closure` in the next batch. `Ok` is answered when it is durable; `Err` undoes what
    /// this closure wrote, and nothing else.
    ///
    /// The closure may be run again, so it must have no effect but through its transaction.
    pub fn write<T, E>(
        &self,
        closure: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Ticket<Result<T, E>>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let store = match &*self.inner {
            Inner::Embedded(store) => store,
            Inner::Server(store) => return store.write(closure),
        };
        match store.queue.admit(JOB_WEIGHT) {
            Ok(place) => {
                let (job, ticket) = WriteJob::new(closure);
                place.take_by(Box::new(job));
                ticket
            }
            Err(fault) => Ticket::refused(fault),
        }
    }

    /// Runs `closure` on one snapshot, on a reader thread. It sees every write whose ticket was
    /// answered before. It may be run again.
    pub fn read<T, E>(
        &self,
        closure: impl FnMut(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Ticket<Result<T, E>>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        match &*self.inner {
            Inner::Embedded(store) => store.readers.submit(closure),
            Inner::Server(store) => store.read(closure),
        }
    }

    /// Whether the store can be written.
    #[must_use]
    pub fn health(&self) -> Health {
        match &*self.inner {
            Inner::Embedded(store) => store.status.health(),
            Inner::Server(store) => store.status().health(),
        }
    }

    /// The counters of this moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        match &*self.inner {
            Inner::Embedded(store) => store.stats(),
            Inner::Server(store) => store.stats(),
        }
    }

    /// Copies the store into the new file `to`, as of one commit, on this thread; writes go on.
    /// `progress` is called after each MiB. The file appears whole and synced, or not at all.
    ///
    /// # Errors
    ///
    /// When `to` is already there, or cannot be written.
    pub fn backup(&self, to: &Path, progress: impl FnMut(Progress)) -> Result<(), OpenError> {
        match &*self.inner {
            Inner::Embedded(store) => {
                store.status.check_readable()?;
                backup::backup(&store.options.dir, to, progress)
            }
            Inner::Server(_) => Err(Fault::new(
                crate::FaultKind::Unavailable,
                "a database server is backed up with its own tools",
            )
            .into()),
        }
    }

    /// Ends cleanly: takes nothing more, runs what waits, lets the lanes project everything,
    /// empties the log and joins the threads. A second call does nothing.
    ///
    /// # Errors
    ///
    /// What kept the last commit or the log from being finished; all that was acknowledged is
    /// durable even so.
    pub fn shut_down(&self) -> Result<(), Fault> {
        match &*self.inner {
            Inner::Embedded(store) => store.shut_down(),
            Inner::Server(store) => {
                store.shut_down();
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Db");
        if let Inner::Embedded(store) = &*self.inner {
            shown.field("dir", &store.options.dir);
        }
        shown.finish_non_exhaustive()
    }
}

/// Opens the store of `dir` for reading only, also beside a running server: no lock is taken and
/// nothing is written. What is not committed, or only in a server's memory, is not seen.
pub fn open_reader(dir: &Path) -> Result<Reader, Fault> {
    Reader::open(dir)
}

/// Reads a store on a server, also beside running programs, with all the time it takes.
///
/// # Errors
///
/// When the server does not answer.
pub fn open_reader_on_server(server: &Server) -> Result<Reader, OpenError> {
    let target = pg::Target::read(server)?.for_long_work();
    Ok(Reader::on_server(&target)?)
}

/// Prepares each of `statements` against the store of `dir`, for the test that every constant of
/// a room is valid SQL.
///
/// # Errors
///
/// The first statement that does not prepare, with its text.
pub fn prepare_all(dir: &Path, statements: &[Sql]) -> Result<(), Fault> {
    let connection = connection::open_reader(dir)?;
    for sql in statements {
        connection
            .prepare(sql.for_sqlite())
            .map_err(|error| Fault::internal(format!("{error}: {}", sql.text())))?;
    }
    Ok(())
}

/// Prepares each of `statements` on a server whose schema is up to date.
///
/// # Errors
///
/// The first statement that does not prepare, with its text.
pub fn prepare_all_on_server(server: &Server, statements: &[Sql]) -> Result<(), OpenError> {
    let session = pg::Session::connect(&pg::Target::read(server)?)?;
    for sql in statements {
        session.prepare(*sql)?;
    }
    Ok(())
}

impl Embedded {
    fn open<H>(
        options: Options,
        migrations: &[Migration],
        setup: impl FnOnce(&mut Opening<'_>) -> Result<H, Fault>,
    ) -> Result<(Embedded, H), OpenError> {
        let lock = DirLock::take(&options.dir)?;
        guard::check_local(&options.dir)?;
        let mut connection = connection::open_writer(&options.dir, synchronous(&options))?;
        if let Some(pages) = options.max_pages {
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        let (status, counters) = (Arc::new(Status::default()), Arc::new(Counters::new()));
        let checkpoints = Checkpoints::new(&mut connection, &options, Arc::clone(&counters))?;
        migrate::migrate(&mut connection, migrations)?;
        let queue = Arc::new(Queue::new(
            &options,
            Arc::clone(&status),
            Arc::clone(&counters),
        ));
        let (handles, lanes) = set_up(&connection, &queue, setup)?;
        let (readers, reader_threads) = Readers::start(&options, Arc::clone(&status))?;
        let guard = Guard::new(&options, Arc::clone(&status), Arc::clone(&counters));
        let writer = Writer {
            connection,
            lock,
            options: options.clone(),
            queue: Arc::clone(&queue),
            lanes,
            status: Arc::clone(&status),
            counters: Arc::clone(&counters),
            checkpoints,
        };
        let threads = Mutex::new(Some(start(writer, reader_threads, guard)?));
        let store = Embedded {
            options,
            queue,
            readers,
            status,
            counters,
            threads,
        };
        Ok((store, handles))
    }

    fn stats(&self) -> Stats {
        let (count, weight) = self.queue.depth();
        Stats {
            queue_depth: count as u64,
            queue_weight: weight as u64,
            waiting_reads: self.readers.depth() as u64,
            shed_reads: self.readers.shed(),
            ..self.counters.snapshot()
        }
    }

    fn shut_down(&self) -> Result<(), Fault> {
        let threads = self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(threads) = threads else {
            return Ok(());
        };
        self.queue.close();
        self.readers.close();
        drop(threads.end_guard);
        let ours = std::thread::current().id();
        // A closure may hold the last clone; its thread cannot wait for itself.
        let join_others = |thread: JoinHandle<()>| {
            if thread.thread().id() != ours {
                let _ = thread.join();
            }
        };
        threads.readers.into_iter().for_each(join_others);
        join_others(threads.guard);
        if threads.writer.thread().id() == ours {
            return Ok(());
        }
        threads.writer.join().unwrap_or_else(|_| Err(Fault::lost()))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever wants to know calls `shut_down`.
        match self {
            Inner::Embedded(store) => {
                let _ = store.shut_down();
            }
            Inner::Server(store) => store.shut_down(),
        }
    }
}

fn set_up<H>(
    connection: &Connection,
    queue: &Arc<Queue>,
    setup: impl FnOnce(&mut Opening<'_>) -> Result<H, Fault>,
) -> Result<(H, Vec<Box<dyn Runner>>), OpenError> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let tx = Tx::new(connection);
    let mut opening = Opening {
        tx,
        lanes: Lanes::Embedded(Arc::clone(queue), Vec::new()),
    };
    let result = setup(&mut opening);
    let doomed = opening.tx.take_doom();
    match (result, doomed) {
        (Ok(handles), None) => {
            connection.execute_batch("COMMIT")?;
            match opening.lanes {
                Lanes::Embedded(_, lanes) => Ok((handles, lanes)),
                Lanes::Server(_) => Ok((handles, Vec::new())),
            }
        }
        // The connection is closed by the caller, which rolls back.
        (Ok(_), Some(fault)) | (Err(fault), _) => Err(fault.into()),
    }
}

fn open_server<H>(
    target: &pg::Target,
    options: &Options,
    migrations: &[Migration],
    setup: impl FnOnce(&mut Opening<'_>) -> Result<H, Fault>,
) -> Result<(pg::Store, H), OpenError> {
    let session = pg::Store::prepare(target, migrations)?;
    let mut opening = Opening {
        tx: Tx::on_server(&session),
        lanes: Lanes::Server(Box::new(pg::Adding::new(options))),
    };
    let result = setup(&mut opening);
    let handles = match opening.tx.take_doom() {
        Some(fault) => return Err(fault.into()),
        None => result?,
    };
    let Lanes::Server(adding) = opening.lanes else {
        return Err(Fault::internal("a server's lanes are elsewhere").into());
    };
    pg::Store::commit(target, &session)?;
    Ok((pg::Store::start(target, *adding)?, handles))
}

fn start(writer: Writer, readers: Vec<JoinHandle<()>>, guard: Guard) -> Result<Threads, OpenError> {
    guard.look();
    let (end_guard, ended) = channel();
    let named = |name: &str| std::thread::Builder::new().name(name.to_owned());
    let guard = named("db-guard").spawn(move || guard.run(&ended))?;
    let writer = named("db-write").spawn(move || writer.run())?;
    Ok(Threads {
        writer,
        readers,
        guard,
        end_guard,
    })
}

#[cfg(not(feature = "mutants"))]
fn synchronous(_: &Options) -> &'static str {
    "FULL"
}

#[cfg(feature = "mutants")]
fn synchronous(options: &Options) -> &'static str {
    match options.synchronous {
        crate::Synchronous::Full => "FULL",
        crate::Synchronous::Normal => "NORMAL",
    }
}
