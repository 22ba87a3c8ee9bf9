//! The tables of the back office.

use db::Migration;

pub(crate) const STEPS: &[Migration] = &[Migration::new("identity.staff", 1, FIRST)];

const FIRST: &[&str] = &[
    "CREATE TABLE operators (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        password_sealed {blob} NOT NULL,
        totp_sealed {blob} NOT NULL,
        totp_step {int64} NOT NULL,
        failures {int64} NOT NULL,
        blocked_until {int64} NOT NULL,
        created_at {int64} NOT NULL,
        ended_at {int64}
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX operators_by_name ON operators (name)",
    "CREATE TABLE operator_sessions (
        token_hash {blob} NOT NULL PRIMARY KEY,
        operator_id TEXT NOT NULL,
        created_at {int64} NOT NULL,
        last_seen_at {int64} NOT NULL,
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator_id)",
    "CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at)",
    "CREATE TABLE operator_bootstrap (
        id {int64} NOT NULL PRIMARY KEY,
        mac {blob} NOT NULL,
        expires_at {int64} NOT NULL,
        used_at {int64}
    ) {strict}",
    "CREATE TABLE operator_unmasks (
        operator_id TEXT NOT NULL,
        place {int64} NOT NULL,
        taken_at {int64} NOT NULL,
        PRIMARY KEY (operator_id, place)
    ) {strict_clustered}",
    "CREATE TABLE staff_requests (
        id TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        user_id {int64},
        object TEXT NOT NULL,
        word TEXT NOT NULL,
        reason_sealed {blob} NOT NULL,
        state TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        decided_by TEXT,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        decided_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX staff_requests_open ON staff_requests (created_at) WHERE state = 'open'",
];
