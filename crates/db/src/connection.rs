//! Connections to the one database file of a directory, and their settings.

use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::{Fault, OpenError};

const FILE: &str = "store.db";
const WAL_FILE: &str = "store.db-wal";

/// Statements kept prepared on each connection: more than the whole program has.
const STATEMENTS: usize = 1024;

/// 3.7.0 to 3.51.2 can corrupt a database when a checkpoint meets a commit.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a writer waits for a lock that only a checker beside the server can hold.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

pub(crate) const PAGE: u64 = 4096;

pub(crate) fn file(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// Bytes of the write-ahead log on disk, 0 when there is none.
pub(crate) fn wal_bytes(dir: &Path) -> u64 {
    std::fs::metadata(dir.join(WAL_FILE)).map_or(0, |meta| meta.len())
}

/// The connection of the writer. The caller holds the directory's lock.
pub(crate) fn open_writer(dir: &Path, synchronous: &str) -> Result<Connection, OpenError> {
    let version = rusqlite::version_number();
    if version < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite { version });
    }
    let path = file(dir);
    create_private(&path)?;
    // The name of a new file is durable only when its directory is.
    File::open(dir)?.sync_all()?;
    let connection = Connection::open_with_flags(&path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    connection.pragma_update(None, "page_size", PAGE.cast_signed())?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Fault::internal(format!("journal_mode is {mode}, not wal")).into());
    }
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    tune(&connection, 64 << 10)?;
    Ok(connection)
}

/// A connection that cannot write.
pub(crate) fn open_reader(dir: &Path) -> Result<Connection, Fault> {
    let flags = flags(OpenFlags::SQLITE_OPEN_READ_ONLY);
    let connection = Connection::open_with_flags(file(dir), flags)?;
    connection.pragma_update(None, "query_only", true)?;
    keep_wal_on_close(&connection)?;
    tune(&connection, 12 << 10)?;
    Ok(connection)
}

/// Closing such a connection leaves the write-ahead log as it is, as a killed process would.
pub(crate) fn keep_wal_on_close(connection: &Connection) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

fn flags(access: OpenFlags) -> OpenFlags {
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn tune(connection: &Connection, cache_kib: i64) -> Result<(), Fault> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// SQLite gives its log and index files the mode of the database. An existing file is not opened
/// here: closing it would drop the locks that another connection of this process holds on it.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(
            std::fs::set_permissions(path, Permissions::from_mode(0o600))?,
        ),
        Err(error) => Err(error.into()),
    }
}
