//! Faults on purpose. A harness that does not notice them proves nothing.

/// Breaks the promise that `TAEL_MUTANT` names: `ack-before-commit` answers a write before it is
/// durable, `synchronous-normal` does not wait for the disk.
pub(crate) fn weaken(options: &mut db::Options) {
    #[expect(
        clippy::disallowed_methods,
        reason = "no setting of the real program may do this"
    )]
    let fault = std::env::var("TAEL_MUTANT").unwrap_or_default();
    match fault.as_str() {
        "ack-before-commit" => options.ack = db::Ack::BeforeCommit,
        "synchronous-normal" => options.synchronous = db::Synchronous::Normal,
        _ => {}
    }
}
