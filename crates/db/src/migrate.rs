//! Numbered migrations: each room owns a sequence, each step is applied once and never changed.

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::{Fault, OpenError};

/// One step of a room's schema: single statements, run in one database transaction.
///
/// The text is portable. `{int64}` and `{blob}` are the column types that the engines name
/// differently (text is `TEXT`); a table ends in `{strict}`, or in `{strict_clustered}` when its
/// rows are kept in the order of the primary key. A step that was released is never edited: add
/// the next one.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    room: &'static str,
    number: i64,
    statements: &'static [&'static str],
}

impl Migration {
    /// Step `number` of `room`, counted from 1 without gaps.
    #[must_use]
    pub const fn new(
        room: &'static str,
        number: i64,
        statements: &'static [&'static str],
    ) -> Migration {
        Migration {
            room,
            number,
            statements,
        }
    }

    pub(crate) fn room(&self) -> &'static str {
        self.room
    }

    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    pub(crate) fn statements(&self) -> &'static [&'static str] {
        self.statements
    }

    /// The hash of the portable text, so that a changed step is noticed.
    pub(crate) fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        for statement in self.statements {
            hash.update((statement.len() as u64).to_be_bytes());
            hash.update(statement.as_bytes());
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (room TEXT NOT NULL, \
     number {int64} NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (room, number)) {strict}";

/// Brings the schema up to `migrations`, in their order.
pub(crate) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    check_numbers(migrations)?;
    connection.execute_batch(&for_sqlite(CREATE))?;
    for migration in missing(migrations, &applied(connection)?)? {
        apply(connection, migration)?;
    }
    check_strict(connection)
}

/// A step that a store has: room, number, checksum.
pub(crate) type Applied = (String, i64, String);

/// The steps that a store lacks, in their order; it must not have others, nor changed ones.
pub(crate) fn missing<'m>(
    migrations: &'m [Migration],
    applied: &[Applied],
) -> Result<Vec<&'m Migration>, OpenError> {
    for (room, number, _) in applied {
        if !migrations
            .iter()
            .any(|known| known.room == room && known.number == *number)
        {
            return Err(OpenError::NewerSchema {
                room: room.clone(),
                number: *number,
            });
        }
    }
    let mut missing = Vec::new();
    for migration in migrations {
        let found = applied
            .iter()
            .find(|(room, number, _)| room == migration.room && *number == migration.number);
        match found {
            None => missing.push(migration),
            Some((_, _, checksum)) if *checksum == migration.checksum() => {}
            Some(_) => {
                let (room, number) = (migration.room.to_owned(), migration.number);
                return Err(OpenError::ChangedMigration { room, number });
            }
        }
    }
    Ok(missing)
}

pub(crate) fn check_numbers(migrations: &[Migration]) -> Result<(), OpenError> {
    for (index, migration) in migrations.iter().enumerate() {
        let before = migrations[..index]
            .iter()
            .filter(|other| other.room == migration.room);
        if migration.number != 1 + before.count() as i64 {
            let (room, number) = (migration.room.to_owned(), migration.number);
            return Err(OpenError::Misnumbered { room, number });
        }
    }
    Ok(())
}

fn applied(connection: &Connection) -> Result<Vec<Applied>, OpenError> {
    let mut statement = connection
        .prepare("SELECT room, number, checksum FROM schema_migrations ORDER BY room, number")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn apply(connection: &mut Connection, migration: &Migration) -> Result<(), OpenError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for statement in migration.statements {
        tx.prepare(&for_sqlite(statement))?.execute(())?;
    }
    tx.execute(
        "INSERT INTO schema_migrations (room, number, checksum) VALUES (?1, ?2, ?3)",
        (migration.room, migration.number, migration.checksum()),
    )?;
    tx.commit()?;
    Ok(())
}

/// A table that is not STRICT turns an integer overflow into a float, silently.
fn check_strict(connection: &Connection) -> Result<(), OpenError> {
    let mut statement = connection.prepare(
        "SELECT name FROM pragma_table_list \
         WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
    )?;
    let mut rows = statement.query(())?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let name: String = row.get(0)?;
            Err(Fault::internal(format!("table {name} does not end in {{strict}}")).into())
        }
    }
}

fn for_sqlite(statement: &str) -> String {
    statement
        .replace("{int64}", "INTEGER")
        .replace("{blob}", "BLOB")
        .replace("{strict_clustered}", "STRICT, WITHOUT ROWID")
        .replace("{strict}", "STRICT")
}
