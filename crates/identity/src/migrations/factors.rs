//! Step-ups, notices, devices, second factors, and what a session knows of its proofs.

use db::Migration;

pub(super) const STEPS: &[Migration] = &[
    Migration::new("identity.factors", 1, FIRST),
    Migration::new("identity.factors", 2, SECOND),
    Migration::new("identity.factors", 3, THIRD),
    Migration::new("identity.factors", 4, FOURTH),
];

const FIRST: &[&str] = &[
    "ALTER TABLE sessions ADD COLUMN device_id TEXT",
    "ALTER TABLE sessions ADD COLUMN name_sealed {blob}",
    "ALTER TABLE sessions ADD COLUMN is_restricted {int64} NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN previous_hash {blob}",
    "ALTER TABLE sessions ADD COLUMN previous_until {int64}",
    "CREATE INDEX sessions_by_previous ON sessions (previous_hash)
        WHERE previous_hash IS NOT NULL",
    "CREATE TABLE session_proofs (
        session_id TEXT NOT NULL,
        method TEXT NOT NULL,
        proven_at {int64} NOT NULL,
        PRIMARY KEY (session_id, method)
    ) {strict_clustered}",
    "CREATE TABLE step_ups (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        session_id TEXT NOT NULL,
        purpose TEXT NOT NULL,
        resource TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts {int64} NOT NULL,
        method TEXT,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX step_ups_by_session ON step_ups (session_id, purpose)",
    "CREATE INDEX step_ups_by_end ON step_ups (expires_at)",
    "CREATE TABLE notices (
        link_hash {blob} NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        kind TEXT NOT NULL,
        object TEXT NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        repudiated_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX notices_by_end ON notices (expires_at)",
];

const SECOND: &[&str] = &[
    "CREATE TABLE devices (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        secret_hash {blob} NOT NULL,
        name_sealed {blob},
        seen_sealed {blob} NOT NULL,
        first_seen_at {int64} NOT NULL,
        last_seen_at {int64} NOT NULL,
        removed_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX devices_by_user ON devices (user_id)",
    "CREATE UNIQUE INDEX devices_by_secret ON devices (secret_hash, user_id)
        WHERE removed_at IS NULL",
    "CREATE INDEX sessions_by_device ON sessions (device_id) WHERE device_id IS NOT NULL",
    "CREATE INDEX notices_by_user ON notices (user_id, kind, created_at)",
    "CREATE TABLE totps (
        user_id {int64} NOT NULL PRIMARY KEY,
        secret_sealed {blob} NOT NULL,
        last_step {int64} NOT NULL,
        created_at {int64} NOT NULL,
        activated_at {int64},
        expires_at {int64} NOT NULL
    ) {strict}",
    "CREATE TABLE sms_factors (
        user_id {int64} NOT NULL PRIMARY KEY,
        enabled_at {int64} NOT NULL
    ) {strict}",
    "CREATE TABLE recovery_codes (
        user_id {int64} NOT NULL,
        selector TEXT NOT NULL,
        verifier_sealed {blob} NOT NULL,
        created_at {int64} NOT NULL,
        used_at {int64},
        PRIMARY KEY (user_id, selector)
    ) {strict_clustered}",
    "CREATE TABLE pins (
        user_id {int64} NOT NULL PRIMARY KEY,
        verifier_sealed {blob} NOT NULL,
        failures {int64} NOT NULL,
        locked_until {int64} NOT NULL,
        set_at {int64} NOT NULL,
        reset_at {int64}
    ) {strict}",
    "CREATE TABLE sign_in_tickets (
        ticket_hash {blob} NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        epoch {int64} NOT NULL,
        device_sealed {blob} NOT NULL,
        presented_hash {blob},
        attempts {int64} NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        consumed_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX sign_in_tickets_by_end ON sign_in_tickets (expires_at)",
];

/// Several security tokens at a time, with names and a history.
const THIRD: &[&str] = &[
    "DROP INDEX security_tokens_active",
    "ALTER TABLE security_tokens ADD COLUMN name_sealed {blob}",
    "ALTER TABLE security_tokens ADD COLUMN replaces TEXT",
    "ALTER TABLE security_tokens ADD COLUMN last_used_at {int64}",
    "CREATE TABLE security_token_events (
        id {blob} NOT NULL PRIMARY KEY,
        token_id TEXT NOT NULL,
        event TEXT NOT NULL,
        session_id TEXT,
        device_id TEXT,
        at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX security_token_events_by_token ON security_token_events (token_id, at)",
];

/// Passkeys.
const FOURTH: &[&str] = &[
    "CREATE TABLE passkeys (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        credential_hash {blob} NOT NULL,
        name_sealed {blob} NOT NULL,
        material_sealed {blob} NOT NULL,
        is_synced {int64} NOT NULL,
        created_at {int64} NOT NULL,
        last_used_at {int64}
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential_hash)",
    "CREATE INDEX passkeys_by_user ON passkeys (user_id)",
    "CREATE TABLE passkey_handles (
        user_id {int64} NOT NULL PRIMARY KEY,
        handle {blob} NOT NULL
    ) {strict}",
    "CREATE UNIQUE INDEX passkey_handles_by_handle ON passkey_handles (handle)",
    "CREATE TABLE passkey_challenges (
        purpose TEXT NOT NULL,
        subject TEXT NOT NULL,
        user_id {int64},
        state_sealed {blob} NOT NULL,
        expires_at {int64} NOT NULL,
        used_at {int64},
        PRIMARY KEY (purpose, subject)
    ) {strict_clustered}",
    "CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at)",
];
