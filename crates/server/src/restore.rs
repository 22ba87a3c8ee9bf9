use std::path::Path;

use crate::{
    backup, check,
    cli::DataArgs,
    data_dir::{DataDir, STORE_FILE},
    failure::{During as _, Failure},
    keys::ServerKeys,
    settings, terminal,
};

/// `tael restore`: a new data directory out of a backup, checked by replay before anybody uses it.
pub(crate) fn run(from: &Path, args: &DataArgs) -> Result<(), Failure> {
    let backup = DataDir::open(from)?;
    ServerKeys::open(&backup)?;
    let to = settings::data_of(args)?;
    backup::make_empty(&to, "--data")?;
    terminal::say(&format!("restoring {} to {}", from.display(), to.display()));
    db::restore(&from.join(STORE_FILE), &to).during("copying the store")?;
    backup::copy_secrets(from, &to)?;
    let restored = DataDir::open(&to)?;
    let report = check::replay(&restored)?;
    check::report_to_people(&report, &restored.path().display().to_string())
}
