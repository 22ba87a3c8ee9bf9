//! A copy of the store as of one commit, made while it is written, and the way back.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::{Fault, OpenError, connection};

/// Pages copied between two calls of the progress callback: 1 MiB.
const STEP: i32 = 256;

/// How far a backup has come, in pages of 4 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pages copied.
    pub done: u64,
    /// Pages in all.
    pub total: u64,
}

/// Copies the store of `dir` into the new file `to`, which appears whole or not at all. One
/// snapshot lasts over the whole copy, so writes neither wait for it nor make it start again.
///
/// Works beside a running server too, whose [`Db::backup`](crate::Db::backup) does the same.
///
/// # Errors
///
/// When `to` is already there, or cannot be written.
pub fn backup(dir: &Path, to: &Path, mut progress: impl FnMut(Progress)) -> Result<(), OpenError> {
    if to.exists() {
        return Err(already_there(to));
    }
    let partial = partial(to);
    create_empty(&partial)?;
    let source = connection::open_reader(dir)?;
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    let mut target = Connection::open(&partial)?;
    {
        let copy = Backup::new(&source, &mut target)?;
        loop {
            let step = copy.step(STEP)?;
            let now = copy.progress();
            let total = u64::from(now.pagecount.unsigned_abs());
            let left = u64::from(now.remaining.unsigned_abs());
            progress(Progress {
                done: total.saturating_sub(left),
                total,
            });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::yield_now(),
            }
        }
    }
    target.close().map_err(|(_, error)| error)?;
    publish(&partial, to)
}

/// Puts the backup `from` into the empty or missing directory `dir`, after a check of its pages.
///
/// # Errors
///
/// When `dir` holds anything, or `from` is not a whole store.
pub fn restore(from: &Path, dir: &Path) -> Result<(), OpenError> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    if std::fs::read_dir(dir)?.next().is_some() {
        return Err(already_there(dir));
    }
    let to = connection::file(dir);
    let partial = partial(&to);
    let mut copy = create_empty(&partial)?;
    std::io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()?;
    drop(copy);
    if let Err(error) = check_pages(&partial) {
        std::fs::remove_file(&partial)?;
        return Err(error);
    }
    publish(&partial, &to)
}

fn check_pages(file: &Path) -> Result<(), OpenError> {
    let connection = Connection::open(file)?;
    // A backup is complete without a log; leaving the mode of the log leaves no file beside it.
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    if verdict != "ok" {
        return Err(Fault::corrupt("the backup is damaged").into());
    }
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

fn create_empty(path: &Path) -> Result<File, OpenError> {
    let mut options = File::options();
    Ok(options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?)
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Gives a finished file its name, durably.
fn publish(partial: &Path, to: &Path) -> Result<(), OpenError> {
    File::open(partial)?.sync_all()?;
    std::fs::rename(partial, to)?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

fn already_there(path: &Path) -> OpenError {
    let text = format!("{} is already there and is not replaced", path.display());
    OpenError::Io(std::io::Error::new(std::io::ErrorKind::AlreadyExists, text))
}
