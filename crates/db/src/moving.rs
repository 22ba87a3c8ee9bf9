//! Moving house: every row of one store into another, whichever engine either is on.
//!
//! Tables are copied in the order of their primary keys, some rows at a time, each time in one
//! commit. So what the target has says where to go on after an interruption, and nothing else has
//! to be remembered. In the end both sides are read once more and must have the same digest.

use sha2::{Digest, Sha256};

use crate::{Db, Fault, Migration, OpenError, Options, Read, ReadTx, Reader, Sql, Value};

/// Rows copied in one commit.
const ROWS: i64 = 2_000;

/// The columns of every table, in order: table, column, whether it is text, its place in the
/// primary key counted from 1.
const COLUMNS: Sql = Sql::from_parts(
    "",
    COLUMNS_OF_SQLITE,
    COLUMNS_OF_POSTGRES,
    COLUMNS_OF_POSTGRES,
);
const COLUMNS_OF_SQLITE: &str = "SELECT m.name, p.name, p.type = 'TEXT', p.pk FROM sqlite_schema m \
     JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' \
     AND m.name <> 'schema_migrations' ORDER BY m.name, p.cid";
const COLUMNS_OF_POSTGRES: &str = "SELECT CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT), c.data_type = 'text', \
     CAST(COALESCE(k.place, 0) AS BIGINT) FROM information_schema.columns c LEFT JOIN \
     (SELECT u.table_name, u.column_name, u.ordinal_position AS place \
     FROM information_schema.table_constraints t JOIN information_schema.key_column_usage u \
     ON u.constraint_name = t.constraint_name AND u.table_schema = t.table_schema \
     AND u.table_name = t.table_name WHERE t.constraint_type = 'PRIMARY KEY' \
     AND t.table_schema = current_schema()) k \
     ON k.table_name = c.table_name AND k.column_name = c.column_name \
     WHERE c.table_schema = current_schema() AND c.table_name NOT IN ('schema_migrations', \
     'db_leases', 'db_commits', 'db_counters') \
     ORDER BY CAST(c.table_name AS TEXT) COLLATE \"C\", c.ordinal_position";

/// How far a move is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What is being done to which table.
    pub table: String,
    /// Rows copied or compared since the beginning.
    pub rows: u64,
    /// Rows to copy and to compare in all, those that were there already included.
    pub total: u64,
}

/// Copies every row from one store to another, but for the tables named in `left_out`, which must
/// be empty or of no worth in the other. Nobody may write to either meanwhile.
///
/// Called again after an interruption it goes on where it was.
///
/// # Errors
///
/// When a side cannot be opened, or the two differ in the end.
pub fn move_all(
    from: &Options,
    to: &Options,
    migrations: &[Migration],
    left_out: &[&str],
    progress: &mut dyn FnMut(&Moved),
) -> Result<(), OpenError> {
    // Opening brings the schema up to date on both sides, and keeps other programs from a
    // directory.
    let (source_db, ()) = Db::open(from.clone(), migrations, |_| Ok(()))?;
    let (target_db, ()) = Db::open(to.clone(), migrations, |_| Ok(()))?;
    let (source, target) = (reader(from)?, reader(to)?);
    let tables = source.snapshot(|tx| tables(tx, left_out))?;
    let mut moved = Moved {
        table: String::new(),
        rows: 0,
        total: 2 * source.snapshot(|tx| count(tx, &tables))?,
    };
    for table in &tables {
        moved.table.clone_from(&table.name);
        copy(table, &source, &target, &target_db, &mut |rows| {
            moved.rows += rows;
            progress(&moved);
        })?;
    }
    for table in &tables {
        moved.table.clone_from(&table.name);
        let here = source.snapshot(|tx| digest(tx, table))?;
        let there = target.snapshot(|tx| digest(tx, table))?;
        if here != there {
            let text = format!("{} differs: {} rows, {} rows", table.name, here.0, there.0);
            return Err(Fault::corrupt(text).into());
        }
        moved.rows += here.0;
        progress(&moved);
    }
    target_db.shut_down()?;
    source_db.shut_down()?;
    Ok(())
}

fn reader(options: &Options) -> Result<Reader, OpenError> {
    match &options.server {
        Some(server) => crate::open_reader_on_server(server),
        None => Ok(crate::open_reader(&options.dir)?),
    }
}

/// A table with the statements that walk over it.
struct Table {
    name: String,
    columns: usize,
    /// The places of the columns of the primary key among all columns. Without one the table is
    /// copied in one go: such tables are short.
    key: Vec<usize>,
    count: Sql,
    first: Sql,
    after: Sql,
    last: Sql,
    put: Sql,
}

struct Column {
    name: String,
    is_text: bool,
    place: i64,
}

impl Table {
    fn of(name: &str, columns: &[Column]) -> Table {
        let mut key: Vec<usize> = (0..columns.len())
            .filter(|at| columns[*at].place > 0)
            .collect();
        key.sort_by_key(|at| columns[*at].place);
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        let all = names.join(", ");
        let keys: Vec<_> = key.iter().map(|at| names[*at]).collect();
        // Text is ordered by its bytes on both engines.
        let sorted = |collation: &str, direction: &str| -> String {
            let part = |at: &usize| {
                let collation = if columns[*at].is_text { collation } else { "" };
                format!("{}{collation}{direction}", names[*at])
            };
            key.iter().map(part).collect::<Vec<_>>().join(", ")
        };
        let places = |from: usize, count: usize| -> String {
            let places: Vec<_> = (from..from + count).map(|n| format!("${n}")).collect();
            places.join(", ")
        };
        let on_both = |text: &dyn Fn(&str) -> String| sql(&text(""), &text(" COLLATE \"C\""));
        let width = keys.len();
        let by = |order: String| match width {
            0 => String::new(),
            _ => format!("ORDER BY {order}"),
        };
        Table {
            name: name.to_owned(),
            columns: columns.len(),
            count: on_both(&|_| format!("SELECT count(*) FROM {name}")),
            first: on_both(&|c| {
                let by = by(sorted(c, ""));
                format!("SELECT {all} FROM {name} {by} LIMIT $1")
            }),
            after: on_both(&|c| {
                let (order, places) = (sorted(c, ""), places(2, width));
                format!(
                    "SELECT {all} FROM {name} WHERE ({order}) > ({places}) ORDER BY {order} LIMIT $1"
                )
            }),
            last: on_both(&|c| {
                let (order, keys) = (sorted(c, " DESC"), keys.join(", "));
                format!("SELECT {keys} FROM {name} ORDER BY {order} LIMIT 1")
            }),
            put: on_both(&|_| {
                let places = places(1, columns.len());
                format!("INSERT INTO {name} ({all}) VALUES ({places})")
            }),
            key,
        }
    }
}

/// A statement made at run time. There are a few for each table, and a program moves once, so that
/// they stay in memory does not matter.
fn sql(sqlite: &str, postgres: &str) -> Sql {
    let keep = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let postgres = keep(postgres.to_owned());
    Sql::from_parts("", keep(sqlite.replace('$', "?")), postgres, postgres)
}

fn tables(tx: &mut ReadTx<'_>, left_out: &[&str]) -> Result<Vec<Table>, Fault> {
    let columns = tx.query(COLUMNS, &[], |row| {
        let column = Column {
            name: row.text(1)?.to_owned(),
            is_text: row.int(2)? == 1,
            place: row.int(3)?,
        };
        Ok((row.text(0)?.to_owned(), column))
    })?;
    let mut tables: Vec<(String, Vec<Column>)> = Vec::new();
    for (table, column) in columns {
        match tables.last_mut() {
            Some((name, columns)) if *name == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    let wanted = tables
        .iter()
        .filter(|(name, _)| !left_out.contains(&name.as_str()));
    Ok(wanted
        .map(|(name, columns)| Table::of(name, columns))
        .collect())
}

fn count(tx: &mut ReadTx<'_>, tables: &[Table]) -> Result<u64, Fault> {
    let mut total = 0;
    for table in tables {
        let rows = tx.query_one(table.count, &[], |row| row.int(0))?;
        total += rows.unwrap_or(0).unsigned_abs();
    }
    Ok(total)
}

/// The values of the next rows after the key, or from the beginning.
fn page(
    tx: &mut ReadTx<'_>,
    table: &Table,
    after: Option<&Vec<Value>>,
) -> Result<Vec<Vec<Value>>, Fault> {
    let row = |row: &crate::Row<'_>| values(row, table.columns);
    match after {
        None => tx.query(table.first, &[Value::Int(ROWS)], row),
        Some(key) => {
            let mut values = vec![Value::Int(ROWS)];
            values.extend(key.iter().cloned());
            tx.query(table.after, &values, row)
        }
    }
}

fn values(row: &crate::Row<'_>, columns: usize) -> Result<Vec<Value>, Fault> {
    (0..columns).map(|column| row.value(column)).collect()
}

fn key_of(table: &Table, row: &[Value]) -> Vec<Value> {
    table.key.iter().map(|at| row[*at].clone()).collect()
}

fn copy(
    table: &Table,
    source: &Reader,
    target: &Reader,
    target_db: &Db,
    copied: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    if table.key.is_empty() {
        return copy_whole(table, source, target, target_db, copied);
    }
    let width = table.key.len();
    let mut after =
        target.snapshot(|tx| tx.query_one(table.last, &[], |row| values(row, width)))?;
    if after.is_some() {
        let there = target.snapshot(|tx| tx.query_one(table.count, &[], |row| row.int(0)))?;
        copied(there.unwrap_or(0).unsigned_abs());
    }
    loop {
        let rows = source.snapshot(|tx| page(tx, table, after.as_ref()))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(key_of(table, last));
        let count = rows.len() as u64;
        put(table, target_db, rows)?;
        copied(count);
    }
}

/// A table without a key: all of it in one commit, or it is there already.
fn copy_whole(
    table: &Table,
    source: &Reader,
    target: &Reader,
    target_db: &Db,
    copied: &mut dyn FnMut(u64),
) -> Result<(), Fault> {
    let there = target.snapshot(|tx| tx.query_one(table.count, &[], |row| row.int(0)))?;
    let rows = source.snapshot(|tx| whole(tx, table))?;
    let count = rows.len() as u64;
    if there == Some(0) {
        put(table, target_db, rows)?;
    }
    copied(count);
    Ok(())
}

fn put(table: &Table, target_db: &Db, rows: Vec<Vec<Value>>) -> Result<(), Fault> {
    let put = table.put;
    let written = target_db.write(move |tx| {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(Value::borrowed).collect::<Vec<_>>());
        tx.execute_many(put, rows)
    });
    written.wait().map(|_| ())
}

/// Every row of a table without a key.
fn whole(tx: &mut ReadTx<'_>, table: &Table) -> Result<Vec<Vec<Value>>, Fault> {
    tx.query(table.first, &[Value::Int(i64::MAX)], |row| {
        values(row, table.columns)
    })
}

fn digest_whole(tx: &mut ReadTx<'_>, table: &Table) -> Result<(u64, [u8; 32]), Fault> {
    let mut rows: Vec<[u8; 32]> = whole(tx, table)?
        .iter()
        .map(|row| {
            let mut hash = Sha256::new();
            row.iter().for_each(|value| feed(&mut hash, value));
            hash.finalize().into()
        })
        .collect();
    rows.sort_unstable();
    let mut hash = Sha256::new();
    rows.iter().for_each(|row| hash.update(row));
    Ok((rows.len() as u64, hash.finalize().into()))
}

/// How many rows there are, and a hash over all of them in order.
fn digest(tx: &mut ReadTx<'_>, table: &Table) -> Result<(u64, [u8; 32]), Fault> {
    if table.key.is_empty() {
        return digest_whole(tx, table);
    }
    let (mut rows, mut hash, mut after) = (0, Sha256::new(), None);
    loop {
        let page = page(tx, table, after.as_ref())?;
        for value in page.iter().flatten() {
            feed(&mut hash, value);
        }
        rows += page.len() as u64;
        match page.last() {
            Some(last) => after = Some(key_of(table, last)),
            None => return Ok((rows, hash.finalize().into())),
        }
    }
}

fn feed(hash: &mut Sha256, value: &Value) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Value::Null => (0, &[]),
        Value::Int(number) => (1, &number.to_be_bytes()),
        Value::Text(text) => (2, text.as_bytes()),
        Value::Blob(bytes) => (3, bytes),
    };
    hash.update([kind]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
