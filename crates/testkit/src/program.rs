use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The binary `tael`: the one `TAEL_BIN` names, or built here now.
pub fn tael() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| named("TAEL_BIN").unwrap_or_else(|| build("tael", &[])))
}

/// The same program with a deliberate fault that a harness must notice.
pub fn mutant() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        named("TAEL_MUTANT_BIN").unwrap_or_else(|| build("tael-mutant", &["--features", "mutants"]))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration but its environment"
)]
fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// Builds one binary of the workspace; its dependencies are the ones the tests were built with.
fn build(binary: &str, flags: &[&str]) -> PathBuf {
    let root = root();
    let cargo = named("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root)
        .args(["build", "--quiet", "-p", "server", "--bin", binary]);
    let status = command.args(flags).status().expect("cargo starts");
    assert!(status.success(), "building {binary} failed");
    let target = named("CARGO_TARGET_DIR").unwrap_or_else(|| root.join("target"));
    target.join("debug").join(binary)
}

/// The root of the workspace.
pub fn root() -> &'static Path {
    let room = Path::new(env!("CARGO_MANIFEST_DIR"));
    room.parent()
        .and_then(Path::parent)
        .expect("crates/testkit lies two levels down")
}

/// A directory of its own for one test, removed when dropped.
///
/// # Panics
/// If the temporary directory cannot be written.
pub fn scratch(name: &str) -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix(&format!("tael-{name}-"))
        .tempdir()
        .expect("a scratch directory")
}

/// True if this test may mount and trace.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
