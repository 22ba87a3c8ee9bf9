//! The data directory: `mode`, `keys/` and the store. Its mode is fixed when it is made, so that
//! play money and real money never meet in one ledger.

use std::{
    fmt,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::failure::{During as _, Failure};

/// The file that says what the data are for.
pub const MODE_FILE: &str = "mode";

/// The file that says that there is a store: `db` makes it first.
pub const STORE_FILE: &str = "store.db";

/// What the data in a directory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Production,
    Sandbox,
}

impl Mode {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Production, Self::Sandbox]
            .into_iter()
            .find(|mode| mode.name() == text.trim_end())
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A data directory whose mode is known.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
    mode: Mode,
}

impl DataDir {
    /// Opens the directory for a server in `mode`, making it if it is missing or empty. A directory
    /// of the other mode, or one with other people's files, is refused.
    pub fn open_or_make(path: &Path, mode: Mode) -> Result<Self, Failure> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| unusable(path, &error))?;
        Self::refuse_other_mode(path, mode)?;
        if read_mode(path)?.is_none() && is_empty(path)? {
            make_file(&path.join(MODE_FILE), mode.name().as_bytes())
                .during("marking the data directory")?;
        }
        Self::open(path)
    }

    /// Refuses a directory that was made in the other mode; one that is still to be made is fine.
    pub fn refuse_other_mode(path: &Path, mode: Mode) -> Result<(), Failure> {
        match read_mode(path)? {
            Some(made) if made != mode => Err(other_mode(path, made)),
            _ => Ok(()),
        }
    }

    /// Opens a directory that a server made, in whichever mode.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        match read_mode(path)? {
            Some(mode) => Ok(Self {
                path: path.to_owned(),
                mode,
            }),
            None if !path.exists() => Err(Failure::used_wrongly(format!(
                "there is no data directory {}: give another one with --data",
                path.display()
            ))),
            None => Err(foreign(path)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Where the keys are.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// Whether a store was made here.
    pub fn has_store(&self) -> bool {
        self.path.join(STORE_FILE).exists()
    }
}

/// Whether nothing but what a fresh volume brings along is in the directory.
pub fn is_empty(path: &Path) -> Result<bool, Failure> {
    for entry in fs::read_dir(path).map_err(|error| unusable(path, &error))? {
        let entry = entry.map_err(|error| unusable(path, &error))?;
        if entry.file_name() != "lost+found" {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes a file that only its owner may read, whole and durable or not at all; leaves one that is
/// there alone.
pub fn make_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let dir = path.parent().expect("a file in a directory has a parent");
    fs::File::open(dir)?.sync_all()
}

fn read_mode(path: &Path) -> Result<Option<Mode>, Failure> {
    match fs::read_to_string(path.join(MODE_FILE)) {
        Ok(text) => Mode::parse(&text).map(Some).ok_or_else(|| foreign(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, &error)),
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::used_wrongly(format!(
        "the data directory {} cannot be used: {error}",
        path.display()
    ))
}

fn foreign(path: &Path) -> Failure {
    Failure::used_wrongly(format!(
        "{} has files in it but is not a data directory of Tael: give an empty or a new one with \
         --data",
        path.display()
    ))
}

fn other_mode(path: &Path, made: Mode) -> Failure {
    let remedy = match made {
        Mode::Sandbox => "start with --sandbox, or give another --data for real money",
        Mode::Production => "start without --sandbox, or give another --data to try things out",
    };
    Failure::used_wrongly(format!(
        "{} was made in {made} mode and stays so: {remedy}",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn said(result: Result<DataDir, Failure>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_directory_keeps_the_mode_it_was_made_in() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("new/data");
        let made = DataDir::open_or_make(&path, Mode::Sandbox).unwrap();
        assert_eq!(made.mode(), Mode::Sandbox);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(DataDir::open(&path).unwrap().mode(), Mode::Sandbox);
        DataDir::open_or_make(&path, Mode::Sandbox).unwrap();
        let refused = said(DataDir::open_or_make(&path, Mode::Production));
        assert!(refused.contains("was made in sandbox mode"), "{refused}");
    }

    #[test]
    fn a_directory_with_other_files_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("lost+found")).unwrap();
        assert!(is_empty(dir.path()).unwrap());
        fs::write(dir.path().join("thesis.tex"), "x").unwrap();
        let refused = said(DataDir::open_or_make(dir.path(), Mode::Production));
        assert!(
            refused.contains("not a data directory of Tael"),
            "{refused}"
        );
        assert!(said(DataDir::open(dir.path())).contains("not a data directory of Tael"));
        assert!(said(DataDir::open(&dir.path().join("no"))).contains("there is no data directory"));
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        make_file(&path, b"first").unwrap();
        make_file(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
