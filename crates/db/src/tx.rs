//! What a closure may do inside a database transaction: run constant statements.

use rusqlite::{CachedStatement, Connection};

use crate::pg::Session;
use crate::{Fault, Row, Sql, Value, ValueRef};

/// Reading, the same in a write transaction and on a snapshot, so that a `find_*` function takes
/// `&mut impl Read` and serves both.
pub trait Read {
    /// Runs `sql` and shows each row, in order. The first fault ends the scan.
    fn scan(
        &mut self,
        sql: Sql,
        values: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault>;

    /// Runs `sql`, which has one placeholder compared by `= $1`, for each of `keys` and shows the
    /// rows, in any order. One round trip where the store is a server. With `ORDER BY` and
    /// `{for_update}` the rows are locked in that order.
    fn scan_many(
        &mut self,
        sql: Sql,
        keys: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        keys.iter()
            .try_for_each(|key| self.scan(sql, std::slice::from_ref(key), each))
    }

    /// Runs several of these, in order; shows each row with the number of its look. One round trip
    /// for all of them where the store is a server.
    fn look(
        &mut self,
        looks: &[Look<'_>],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for (number, look) in looks.iter().enumerate() {
            let each = &mut |row: &Row<'_>| each(number, row);
            match look.keys {
                Some(keys) => self.scan_many(look.sql, keys, each)?,
                None => self.scan(look.sql, &[], each)?,
            }
        }
        Ok(())
    }

    /// Lets go of the snapshot: what follows sees at least all that is committed now. For readers
    /// who join the store with something in memory that may be newer than their snapshot. A write
    /// transaction sees the newest state anyway.
    fn renew(&mut self) -> Result<(), Fault>;

    /// All rows of `sql`.
    fn query<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        with_borrowed(values, |values| self.query_raw(sql, values, row))
    }

    /// The one row of `sql`, or none. More than one is a bug, and a fault.
    fn query_one<T>(
        &mut self,
        sql: Sql,
        values: &[Value],
        row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        with_borrowed(values, |values| self.query_one_raw(sql, values, row))
    }

    /// [`query`](Read::query) with borrowed values.
    fn query_raw<T>(
        &mut self,
        sql: Sql,
        values: &[ValueRef<'_>],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut found = Vec::new();
        self.scan(sql, values, &mut |stored| {
            found.push(row(stored)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// [`query_one`](Read::query_one) with borrowed values.
    fn query_one_raw<T>(
        &mut self,
        sql: Sql,
        values: &[ValueRef<'_>],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut found = None;
        self.scan(sql, values, &mut |stored| {
            if found.replace(row(stored)?).is_some() {
                return Err(Fault::internal("one row was asked for, more were found"));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// One of several statements that are run together.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// With one placeholder compared by `= $1`, or with none.
    pub sql: Sql,
    /// What the placeholder stands for; none if there is no placeholder.
    pub keys: Option<&'a [ValueRef<'a>]>,
}

/// The number of values that fit on the stack; statements with more are rare and may allocate.
const FEW: usize = 16;

fn with_borrowed<R>(values: &[Value], run: impl FnOnce(&[ValueRef<'_>]) -> R) -> R {
    if values.len() > FEW {
        return run(&values.iter().map(Value::borrowed).collect::<Vec<_>>());
    }
    let mut borrowed = [ValueRef::Null; FEW];
    for (place, value) in borrowed.iter_mut().zip(values) {
        *place = value.borrowed();
    }
    run(&borrowed[..values.len()])
}

/// A write transaction, shared with the others of its batch.
///
/// After a statement has failed, its closure is doomed: every later statement fails too, and an
/// `Ok` at the end counts as that failure. On SQLite a full disk rolls the transaction back
/// silently, and one more statement would be committed alone; on PostgreSQL a failed statement
/// aborts the transaction anyway.
#[derive(Debug)]
pub struct Tx<'a> {
    engine: Engine<'a>,
    doomed: Option<Fault>,
}

/// Where the statements go.
#[derive(Debug, Clone, Copy)]
enum Engine<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a Session),
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Tx<'a> {
        Tx {
            engine: Engine::Sqlite(connection),
            doomed: None,
        }
    }

    pub(crate) fn on_server(session: &'a Session) -> Tx<'a> {
        Tx {
            engine: Engine::Postgres(session),
            doomed: None,
        }
    }

    /// The fault that doomed this closure, if any; the transaction may be used by the next one.
    pub(crate) fn take_doom(&mut self) -> Option<Fault> {
        self.doomed.take()
    }

    /// Runs a statement that returns no rows; gives the number of rows it changed.
    pub fn execute(&mut self, sql: Sql, values: &[Value]) -> Result<usize, Fault> {
        with_borrowed(values, |values| self.execute_raw(sql, values))
    }

    /// [`execute`](Tx::execute) with borrowed values.
    pub fn execute_raw(&mut self, sql: Sql, values: &[ValueRef<'_>]) -> Result<usize, Fault> {
        self.execute_many(sql, [values])
    }

    /// Runs one statement once for each set of values, looking it up only once; gives the number
    /// of rows changed in all. An `INSERT … VALUES ($1, …, $n)` becomes one statement for all rows
    /// where the store is a server, so no two rows may have the same key.
    pub fn execute_many<'v, V>(
        &mut self,
        sql: Sql,
        rows: impl IntoIterator<Item = V>,
    ) -> Result<usize, Fault>
    where
        V: AsRef<[ValueRef<'v>]>,
    {
        let engine = self.engine;
        self.guarded(|| match engine {
            Engine::Sqlite(connection) => {
                let mut statement = prepare(connection, sql)?;
                let mut changed = 0;
                for values in rows {
                    bind(&mut statement, values.as_ref())?;
                    changed += statement.raw_execute()?;
                }
                Ok(changed)
            }
            Engine::Postgres(session) => {
                session.execute_many(sql, &rows.into_iter().collect::<Vec<_>>())
            }
        })
    }

    /// Runs what [`execute_many`](Tx::execute_many) would, at the latest before the next other
    /// statement or the commit; the rows changed must then be `expected`, or the transaction is
    /// run again. Where the store is a server, several of these share a round trip.
    pub fn execute_soon<'v, V>(
        &mut self,
        sql: Sql,
        rows: impl IntoIterator<Item = V>,
        expected: usize,
    ) -> Result<(), Fault>
    where
        V: AsRef<[ValueRef<'v>]>,
    {
        if let Engine::Postgres(session) = self.engine {
            let rows = rows.into_iter().collect::<Vec<_>>();
            return self.guarded(|| session.enqueue(sql, &rows, Some(expected)));
        }
        let changed = self.execute_many(sql, rows)?;
        if changed == expected {
            return Ok(());
        }
        let fault = Fault::again("a row was not as it was read");
        self.guarded(|| Err(fault))
    }

    /// The same for a statement that changes every row it is given, or fails by itself: an
    /// `INSERT` without `DO NOTHING`, say. Where the store is a server and nothing else was sent
    /// soon, it shares its round trip with the commit.
    pub fn execute_surely<'v, V>(
        &mut self,
        sql: Sql,
        rows: impl IntoIterator<Item = V>,
    ) -> Result<(), Fault>
    where
        V: AsRef<[ValueRef<'v>]>,
    {
        if let Engine::Postgres(session) = self.engine {
            let rows = rows.into_iter().collect::<Vec<_>>();
            return self.guarded(|| session.enqueue(sql, &rows, None));
        }
        self.execute_many(sql, rows).map(|_| ())
    }

    fn guarded<T>(&mut self, run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        if let Some(fault) = &self.doomed {
            return Err(fault.clone());
        }
        run().inspect_err(|fault| self.doomed = Some(fault.clone()))
    }
}

impl Read for Tx<'_> {
    fn renew(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn scan(
        &mut self,
        sql: Sql,
        values: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let engine = self.engine;
        self.guarded(|| match engine {
            Engine::Sqlite(connection) => scan(connection, sql, values, each),
            Engine::Postgres(session) => session.scan(sql, values, each),
        })
    }

    fn scan_many(
        &mut self,
        sql: Sql,
        keys: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let engine = self.engine;
        self.guarded(|| match engine {
            Engine::Sqlite(connection) => keys
                .iter()
                .try_for_each(|key| scan(connection, sql, std::slice::from_ref(key), each)),
            Engine::Postgres(session) => session.scan_many(sql, keys, each),
        })
    }

    fn look(
        &mut self,
        looks: &[Look<'_>],
        each: &mut dyn FnMut(usize, &Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let engine = self.engine;
        self.guarded(|| match engine {
            Engine::Sqlite(connection) => {
                for (number, look) in looks.iter().enumerate() {
                    let each = &mut |row: &Row<'_>| each(number, row);
                    match look.keys {
                        Some(keys) => keys.iter().try_for_each(|key| {
                            scan(connection, look.sql, std::slice::from_ref(key), each)
                        })?,
                        None => scan(connection, look.sql, &[], each)?,
                    }
                }
                Ok(())
            }
            Engine::Postgres(session) => session.look(looks, each),
        })
    }
}

/// A snapshot: every statement of the closure sees the same committed state.
#[derive(Debug)]
pub struct ReadTx<'a> {
    engine: Engine<'a>,
}

impl<'a> ReadTx<'a> {
    pub(crate) fn new(connection: &'a Connection) -> ReadTx<'a> {
        ReadTx {
            engine: Engine::Sqlite(connection),
        }
    }

    pub(crate) fn on_server(session: &'a Session) -> ReadTx<'a> {
        ReadTx {
            engine: Engine::Postgres(session),
        }
    }
}

impl Read for ReadTx<'_> {
    fn renew(&mut self) -> Result<(), Fault> {
        match self.engine {
            Engine::Sqlite(connection) => {
                for sql in ["ROLLBACK", "BEGIN"] {
                    connection.prepare_cached(sql)?.execute(())?;
                }
                Ok(())
            }
            Engine::Postgres(session) => session.renew_snapshot(),
        }
    }

    fn scan(
        &mut self,
        sql: Sql,
        values: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self.engine {
            Engine::Sqlite(connection) => scan(connection, sql, values, each),
            Engine::Postgres(session) => session.scan(sql, values, each),
        }
    }

    fn scan_many(
        &mut self,
        sql: Sql,
        keys: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        match self.engine {
            Engine::Sqlite(connection) => keys
                .iter()
                .try_for_each(|key| scan(connection, sql, std::slice::from_ref(key), each)),
            Engine::Postgres(session) => session.scan_many(sql, keys, each),
        }
    }
}

fn prepare(connection: &Connection, sql: Sql) -> Result<CachedStatement<'_>, Fault> {
    Ok(connection.prepare_cached(sql.for_sqlite())?)
}

fn bind(statement: &mut CachedStatement<'_>, values: &[ValueRef<'_>]) -> Result<(), Fault> {
    let wanted = statement.parameter_count();
    if wanted != values.len() {
        let given = values.len();
        return Err(Fault::internal(format!(
            "{given} values for {wanted} placeholders"
        )));
    }
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}

fn scan(
    connection: &Connection,
    sql: Sql,
    values: &[ValueRef<'_>],
    each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = prepare(connection, sql)?;
    bind(&mut statement, values)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        each(&Row::new(row))?;
    }
    Ok(())
}
