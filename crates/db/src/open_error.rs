//! Why a store could not be opened.

use std::path::PathBuf;

use crate::Fault;

/// Why a store could not be opened. Nothing was changed, unless a migration had already committed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another program uses the directory.
    #[error("{} is locked by {}: only one server may use a data directory", path.display(),
        pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}")))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The process that holds it, as it wrote down itself.
        pid: Option<u32>,
    },
    /// The directory is on a network file system, where locks and syncs cannot be trusted.
    #[error("{} is on a network file system; the data directory must be on a local disk", path.display())]
    NetworkDisk {
        /// The data directory.
        path: PathBuf,
    },
    /// The SQLite in this binary is one that can corrupt a database.
    #[error("SQLite {version} is too old: 3.51.3 or newer is needed")]
    OldSqlite {
        /// As SQLite counts: 3051003 is 3.51.3.
        version: i32,
    },
    /// The directory was written by a newer program.
    #[error("the data is newer than this program: it has migration {number} of {room}")]
    NewerSchema {
        /// The room whose schema is newer.
        room: String,
        /// The unknown step.
        number: i64,
    },
    /// A migration that was applied has another text now.
    #[error("migration {number} of {room} was changed after it had been applied")]
    ChangedMigration {
        /// The room of the step.
        room: String,
        /// The step.
        number: i64,
    },
    /// The list of migrations has a gap or a double.
    #[error("migration {number} of {room} is out of order")]
    Misnumbered {
        /// The room of the step.
        room: String,
        /// The step.
        number: i64,
    },
    /// The directory cannot be used.
    #[error("the data directory cannot be used: {0}")]
    Io(#[from] std::io::Error),
    /// The store cannot be used.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        OpenError::Fault(error.into())
    }
}
