//! What a closure may do inside a database transaction: run constant statements.

use rusqlite::{CachedStatement, Connection};

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
    connection: &'a Connection,
    doomed: Option<Fault>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Tx<'a> {
        Tx {
            connection,
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
    /// of rows changed in all.
    pub fn execute_many<'v, V>(
        &mut self,
        sql: Sql,
        rows: impl IntoIterator<Item = V>,
    ) -> Result<usize, Fault>
    where
        V: AsRef<[ValueRef<'v>]>,
    {
        let connection = self.connection;
        self.guarded(|| {
            let mut statement = prepare(connection, sql)?;
            let mut changed = 0;
            for values in rows {
                bind(&mut statement, values.as_ref())?;
                changed += statement.raw_execute()?;
            }
            Ok(changed)
        })
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
        let connection = self.connection;
        self.guarded(|| scan(connection, sql, values, each))
    }
}

/// A snapshot: every statement of the closure sees the same committed state.
#[derive(Debug)]
pub struct ReadTx<'a> {
    connection: &'a Connection,
}

impl<'a> ReadTx<'a> {
    pub(crate) fn new(connection: &'a Connection) -> ReadTx<'a> {
        ReadTx { connection }
    }
}

impl Read for ReadTx<'_> {
    fn renew(&mut self) -> Result<(), Fault> {
        for sql in ["ROLLBACK", "BEGIN"] {
            self.connection.prepare_cached(sql)?.execute(())?;
        }
        Ok(())
    }

    fn scan(
        &mut self,
        sql: Sql,
        values: &[ValueRef<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        scan(self.connection, sql, values, each)
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
