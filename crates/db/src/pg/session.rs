//! One connection, used by one thread. Statements are prepared once; what may wait is sent
//! together with the next statement, so that a transaction takes few round trips.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::{join_all, join3};
use futures_util::{StreamExt, pin_mut};
use rustc_hash::FxBuildHasher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::{AsyncMessage, Client, Connection, Error, NoTls, Row as Answer, Statement};

use super::bound::{Bound, One, owned};
use super::target::Target;
use super::{bulk, error};
use crate::{Fault, Look, Row, Sql, ValueRef};

/// Rows taken from the connection at a time.
const STRIDE: usize = 256;

/// How PostgreSQL should plan here, where rows are found by their keys: for the sizes that tables
/// have now, since a plan that was made while they were empty reads all of them for long; and with
/// pages in memory or on a disk without arms.
const WISHES: [&str; 2] = [
    "SET plan_cache_mode = force_custom_plan",
    "SET random_page_cost = 1.1",
];

type Prepared = HashMap<&'static str, Statement, FxBuildHasher>;
type PreparedBulk = HashMap<&'static str, Option<Statement>, FxBuildHasher>;

/// One connection.
pub(crate) struct Session {
    /// There until the session ends.
    runtime: Option<Runtime>,
    client: Client,
    statements: RefCell<Prepared>,
    bulk: RefCell<PreparedBulk>,
    /// Sent before the next statement: the beginning of a transaction.
    prelude: Cell<Option<&'static str>>,
    /// Sent after the prelude, before the next statement.
    queued: RefCell<Vec<Queued>>,
    /// The server said that a COMMIT did not wait for its standby.
    unsure: Arc<AtomicBool>,
    /// The last fault since it was asked for.
    trouble: RefCell<Option<Fault>>,
    is_broken: Cell<bool>,
    /// The transaction is a snapshot: no row is locked.
    is_snapshot: Cell<bool>,
    /// The thread drives other tasks already, so this runtime needs one of its own.
    is_nested: bool,
    /// How long an answer is waited for.
    patience: Duration,
}

struct Queued {
    statement: Statement,
    values: Vec<Bound>,
    /// Rows that it must change; none for a statement that fails by itself if it changes fewer.
    expected: Option<usize>,
}

impl Session {
    pub(crate) fn connect(target: &Target) -> Result<Session, Fault> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::internal(error.to_string()))?;
        let is_nested = Handle::try_current().is_ok();
        let unsure = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&unsure);
        let connecting = async {
            match &target.tls {
                Some(tls) => {
                    let (client, connection) = target.config.connect(tls.clone()).await?;
                    tokio::spawn(drive(connection, told));
                    Ok::<_, Error>(client)
                }
                None => {
                    let (client, connection) = target.config.connect(NoTls).await?;
                    tokio::spawn(drive(connection, told));
                    Ok(client)
                }
            }
        };
        let connected = block_on(&runtime, is_nested, target.patience, connecting);
        let client = connected
            .ok_or_else(|| error::lost("it could not be made in time"))?
            .map_err(|cause| error::fault(&cause))?;
        for sql in WISHES {
            // Another server of the family may not know them, and needs them less.
            let _ = block_on(
                &runtime,
                is_nested,
                target.patience,
                client.batch_execute(sql),
            );
        }
        Ok(Session {
            runtime: Some(runtime),
            client,
            statements: RefCell::default(),
            bulk: RefCell::default(),
            prelude: Cell::new(None),
            queued: RefCell::default(),
            unsure,
            trouble: RefCell::default(),
            is_broken: Cell::new(false),
            is_snapshot: Cell::new(false),
            is_nested,
            patience: target.patience,
        })
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.get() || self.client.is_closed()
    }

    /// What went wrong since this was asked the last time.
    pub(super) fn take_trouble(&self) -> Option<Fault> {
        self.trouble.take()
    }

    /// Whether a COMMIT may have reached this server alone.
    pub(super) fn take_unsure(&self) -> bool {
        self.unsure.swap(false, SeqCst)
    }

    /// Begins a transaction with the next statement.
    pub(super) fn begin(&self, how: &'static str) {
        self.prelude.set(Some(how));
        self.is_snapshot.set(how == BEGIN_READ);
        self.queued.borrow_mut().clear();
    }

    /// Begins a snapshot with the next statement.
    pub(crate) fn begin_snapshot(&self) {
        self.begin(BEGIN_READ);
    }

    /// Whether the transaction that was begun has reached the server.
    pub(super) fn has_begun(&self) -> bool {
        self.prelude.get().is_none()
    }

    /// The transaction goes on with a new snapshot, if it has one already.
    pub(crate) fn renew_snapshot(&self) -> Result<(), Fault> {
        if self.has_begun() {
            self.batch("COMMIT", self.patience)?;
            self.begin(BEGIN_READ);
        }
        Ok(())
    }

    /// Sends what waits and looks at what came of it.
    pub(super) fn settle(&self) -> Result<(), Fault> {
        if self.queued.borrow().is_empty() {
            return Ok(());
        }
        self.flight(self.patience, async { Ok(()) })
    }

    /// How many statements wait.
    pub(super) fn waiting(&self) -> usize {
        self.queued.borrow().len()
    }

    /// Whether what waits fails by itself if it does not do all that it should. Then a COMMIT may
    /// be sent along: of a transaction in which something failed it makes a ROLLBACK.
    pub(super) fn is_sure(&self) -> bool {
        self.queued
            .borrow()
            .iter()
            .all(|one| one.expected.is_none())
    }

    /// Text without values, such as COMMIT; after whatever waits.
    pub(super) fn batch(&self, sql: &str, patience: Duration) -> Result<(), Fault> {
        self.flight(patience, self.client.batch_execute(sql))
    }

    /// Drops what waits and ends the transaction, if it has begun.
    pub(crate) fn roll_back(&self) -> Result<(), Fault> {
        self.queued.borrow_mut().clear();
        if !self.has_begun() {
            self.prelude.set(None);
            return Ok(());
        }
        self.batch("ROLLBACK", self.patience)
    }

    pub(crate) fn scan(
        &self,
        sql: Sql,
        values: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let statement = self.prepared(self.text(sql))?;
        check_count(&statement, values.len())?;
        let values: Vec<One<'_>> = values.iter().map(|value| One(*value)).collect();
        let stream = self.flight(self.patience, self.client.query_raw(&statement, &values))?;
        pin_mut!(stream);
        loop {
            let next = async {
                let mut rows: Vec<Answer> = Vec::new();
                while rows.len() < STRIDE {
                    match stream.next().await {
                        Some(row) => rows.push(row?),
                        None => return Ok((rows, true)),
                    }
                }
                Ok((rows, false))
            };
            let (rows, is_last) = self.flight(self.patience, next)?;
            rows.iter()
                .try_for_each(|row| each(&Row::of_postgres(row)))?;
            if is_last {
                return Ok(());
            }
        }
    }

    pub(crate) fn scan_many(
        &self,
        sql: Sql,
        keys: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if keys.is_empty() {
            return Ok(());
        }
        if self.prepared_bulk(sql, bulk::look_up_in_array)?.is_none() {
            return keys
                .iter()
                .try_for_each(|key| self.scan(sql, std::slice::from_ref(key), each));
        }
        let keys = Some(keys);
        self.look(&[Look { sql, keys }], &mut |_, row| each(row))
    }

    /// Several looks in one flight. The server runs them one after the other, so at READ COMMITTED
    /// each sees what was committed when the one before it had ended.
    pub(crate) fn look(
        &self,
        looks: &[Look<'_>],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut sent = Vec::with_capacity(looks.len());
        for (number, look) in looks.iter().enumerate() {
            let (statement, values) = match look.keys {
                None => (self.prepared(self.text(look.sql))?, Vec::new()),
                Some([]) => continue,
                Some(keys) => {
                    let statement = self.prepared_bulk(look.sql, bulk::look_up_in_array)?;
                    let statement = statement.ok_or_else(|| {
                        Fault::internal("a look compares one key").about(look.sql.text())
                    })?;
                    (
                        statement,
                        vec![Bound::Many(keys.iter().map(owned).collect())],
                    )
                }
            };
            sent.push((number, statement, values));
        }
        let client = &self.client;
        let rows = |one| async move {
            let (_, statement, values): &(usize, Statement, Vec<Bound>) = one;
            let stream = client.query_raw(statement, values).await?;
            pin_mut!(stream);
            let mut rows: Vec<Answer> = Vec::new();
            while let Some(row) = stream.next().await {
                rows.push(row?);
            }
            Ok::<_, Error>(rows)
        };
        let all = join_all(sent.iter().map(rows));
        let found = self.flight(self.patience, async {
            all.await.into_iter().collect::<Result<Vec<_>, Error>>()
        })?;
        for ((number, ..), rows) in sent.iter().zip(found) {
            rows.iter()
                .try_for_each(|row| each(*number, &Row::of_postgres(row)))?;
        }
        Ok(())
    }

    /// Runs the statement for all rows; gives the number of rows changed.
    pub(crate) fn execute_many<'v, V: AsRef<[ValueRef<'v>]>>(
        &self,
        sql: Sql,
        rows: &[V],
    ) -> Result<usize, Fault> {
        if rows.len() > 1
            && let Some(statement) = self.prepared_bulk(sql, bulk::insert_from_arrays)?
        {
            let columns = columns(&statement, rows)?;
            let done = self.flight(self.patience, self.client.execute_raw(&statement, &columns))?;
            return Ok(usize::try_from(done).unwrap_or(usize::MAX));
        }
        let mut changed = 0;
        for row in rows {
            let statement = self.prepared(sql.for_postgres())?;
            let row = row.as_ref();
            check_count(&statement, row.len())?;
            let values: Vec<One<'_>> = row.iter().map(|value| One(*value)).collect();
            changed += self.flight(self.patience, self.client.execute_raw(&statement, &values))?;
        }
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Sends the statement for all rows with the next one.
    pub(crate) fn enqueue<'v, V: AsRef<[ValueRef<'v>]>>(
        &self,
        sql: Sql,
        rows: &[V],
        expected: Option<usize>,
    ) -> Result<(), Fault> {
        if rows.is_empty() {
            return Ok(());
        }
        let (statement, values) = match self.prepared_bulk(sql, bulk::insert_from_arrays)? {
            Some(statement) => {
                let columns = columns(&statement, rows)?;
                (statement, columns)
            }
            None if rows.len() == 1 => {
                let statement = self.prepared(sql.for_postgres())?;
                let row = rows[0].as_ref();
                check_count(&statement, row.len())?;
                (
                    statement,
                    row.iter().map(|v| Bound::One(owned(v))).collect(),
                )
            }
            None => {
                let changed = self.execute_many(sql, rows)?;
                return check_changed(changed, expected.unwrap_or(changed));
            }
        };
        self.queued.borrow_mut().push(Queued {
            statement,
            values,
            expected,
        });
        Ok(())
    }

    fn text(&self, sql: Sql) -> &'static str {
        if self.is_snapshot.get() {
            sql.for_postgres_snapshot()
        } else {
            sql.for_postgres()
        }
    }

    /// Whether the server takes the statement.
    pub(crate) fn prepare(&self, sql: Sql) -> Result<(), Fault> {
        self.prepared(sql.for_postgres()).map(|_| ())
    }

    fn prepared(&self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self
            .flight(self.patience, self.client.prepare(sql))
            .map_err(|fault| fault.about(sql))?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }

    fn prepared_bulk(
        &self,
        sql: Sql,
        form: fn(&str, &[tokio_postgres::types::Type]) -> Option<String>,
    ) -> Result<Option<Statement>, Fault> {
        let sql = self.text(sql);
        if let Some(known) = self.bulk.borrow().get(sql) {
            return Ok(known.clone());
        }
        let single = self.prepared(sql)?;
        let many = match form(sql, single.params()) {
            Some(text) => Some(self.flight(self.patience, self.client.prepare(&text))?),
            None => None,
        };
        self.bulk.borrow_mut().insert(sql, many.clone());
        Ok(many)
    }

    /// Sends the prelude, what is queued and `last` at once, and waits for all of it.
    fn flight<T: Send>(
        &self,
        patience: Duration,
        last: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Fault> {
        let prelude = self.prelude.take();
        let queued = self.queued.take();
        let client = &self.client;
        let begin = async {
            match prelude {
                Some(sql) => client.batch_execute(sql).await,
                None => Ok(()),
            }
        };
        let run = |one| {
            let Queued {
                statement, values, ..
            }: &Queued = one;
            client.execute_raw(statement, values)
        };
        let all = join3(begin, join_all(queued.iter().map(run)), last);
        let Some(runtime) = &self.runtime else {
            return Err(error::lost("it was closed"));
        };
        let done = match block_on(runtime, self.is_nested, patience, all) {
            Some((begun, changed, last)) => settled(begun, &queued, changed, last),
            None => {
                self.is_broken.set(true);
                Err(error::lost("no answer came in time"))
            }
        };
        done.inspect_err(|fault| {
            self.trouble.replace(Some(fault.clone()));
        })
    }
}

/// Moves bytes until the connection ends, and hears the one warning that matters.
async fn drive<S, T>(mut connection: Connection<S, T>, told: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notice(notice) = message
            && notice.message().contains("synchronous replication")
        {
            told.store(true, SeqCst);
        }
    }
}

/// How a snapshot begins.
pub(super) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

fn settled<T>(
    begun: Result<(), Error>,
    queued: &[Queued],
    changed: Vec<Result<u64, Error>>,
    last: Result<T, Error>,
) -> Result<T, Fault> {
    begun.map_err(|cause| error::before_commit(&cause))?;
    for (one, changed) in queued.iter().zip(changed) {
        let changed = changed.map_err(|cause| error::before_commit(&cause))?;
        let changed = usize::try_from(changed).unwrap_or(usize::MAX);
        check_changed(changed, one.expected.unwrap_or(changed))?;
    }
    last.map_err(|cause| error::fault(&cause))
}

fn check_changed(changed: usize, expected: usize) -> Result<(), Fault> {
    if changed == expected {
        return Ok(());
    }
    Err(Fault::again("a row was not as it was read"))
}

fn check_count(statement: &Statement, given: usize) -> Result<(), Fault> {
    let wanted = statement.params().len();
    if wanted == given {
        return Ok(());
    }
    Err(Fault::internal(format!(
        "{given} values for {wanted} placeholders"
    )))
}

/// Rows as columns.
fn columns<'v, V: AsRef<[ValueRef<'v>]>>(
    statement: &Statement,
    rows: &[V],
) -> Result<Vec<Bound>, Fault> {
    let width = statement.params().len();
    let mut columns: Vec<_> = (0..width).map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        let row = row.as_ref();
        check_count(statement, row.len())?;
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(owned(value));
        }
    }
    Ok(columns.into_iter().map(Bound::Many).collect())
}

/// Drives `future` on this thread; none if it takes too long.
fn block_on<T: Send>(
    runtime: &Runtime,
    is_nested: bool,
    patience: Duration,
    future: impl Future<Output = T> + Send,
) -> Option<T> {
    let limited = async { tokio::time::timeout(patience, future).await.ok() };
    if !is_nested {
        return runtime.block_on(limited);
    }
    std::thread::scope(|scope| {
        let driven = scope.spawn(|| runtime.block_on(limited));
        driven.join().ok().flatten()
    })
}

impl Drop for Session {
    fn drop(&mut self) {
        // A runtime that is just dropped waits, and a thread that drives others must not.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
