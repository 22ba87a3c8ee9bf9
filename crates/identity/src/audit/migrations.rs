//! The tables of the audit log.

use db::Migration;

pub(crate) const STEPS: &[Migration] = &[Migration::new("identity.audit", 1, FIRST)];

const FIRST: &[&str] = &[
    "CREATE TABLE audit_log (
        seq {int64} NOT NULL PRIMARY KEY,
        at {int64} NOT NULL,
        actor_kind TEXT NOT NULL,
        actor_id TEXT NOT NULL,
        subject {int64},
        action TEXT NOT NULL,
        object TEXT NOT NULL,
        session_id TEXT,
        device_hash {blob},
        mac {blob} NOT NULL
    ) {strict}",
    "CREATE INDEX audit_log_by_subject ON audit_log (subject, seq)",
    "CREATE TABLE audit_head (
        id {int64} NOT NULL PRIMARY KEY,
        seq {int64} NOT NULL,
        mac {blob}
    ) {strict}",
];
