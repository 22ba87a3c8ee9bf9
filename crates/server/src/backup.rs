use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
};

use indicatif::ProgressBar;

use crate::{
    cli::DataArgs,
    data_dir::{self, DataDir, MODE_FILE, STORE_FILE, make_file},
    failure::{During as _, Failure},
    keys::{LEDGER_KEY, ServerKeys, read_roots, root_name},
    settings, terminal,
};

/// `tael backup`: a copy of the data directory as of one commit, keys included. Neither a running
/// server nor its callers wait for it.
pub(crate) fn run(args: &DataArgs, to: &Path) -> Result<(), Failure> {
    let dir = DataDir::open(&settings::data_of(args)?)?;
    // Keys that are missing or open to others are found before the long part, not by the restore.
    ServerKeys::open(&dir)?;
    make_empty(to, "--to")?;
    let bar = terminal::progress("copying", "pages");
    let copied = db::backup(dir.path(), &to.join(STORE_FILE), |progress| {
        follow(&bar, progress)
    });
    bar.finish_and_clear();
    copied.during("copying the store")?;
    copy_secrets(dir.path(), to)?;
    terminal::say(&format!(
        "backed up {} to {}; keep it as secret as the data, the keys are in it",
        dir.path().display(),
        to.display()
    ));
    Ok(())
}

/// Makes a directory for its owner only, or takes one that has nothing in it.
pub(crate) fn make_empty(path: &Path, flag: &str) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .during(format_args!("making {}", path.display()))?;
    if data_dir::is_empty(path)? {
        return Ok(());
    }
    Err(Failure::used_wrongly(format!(
        "{} is not empty and is not overwritten: give another directory with {flag}",
        path.display()
    )))
}

/// Copies the keys and, last, the mode: what has a mode is complete.
pub(crate) fn copy_secrets(from: &Path, to: &Path) -> Result<(), Failure> {
    let copy = |file: &str| {
        let bytes = fs::read(from.join(file))?;
        make_file(&to.join(file), &bytes)
    };
    let keys = to.join("keys");
    DirBuilder::new()
        .mode(0o700)
        .create(&keys)
        .during("making a directory for the keys")?;
    let roots = read_roots(&DataDir::open(from)?)?;
    let names = roots.into_keys().map(root_name);
    for name in names.chain([LEDGER_KEY.to_owned()]) {
        copy(&format!("keys/{name}")).during(format_args!("copying the key {name}"))?;
    }
    copy(MODE_FILE).during("copying the mode")
}

fn follow(bar: &ProgressBar, progress: db::Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}
