use db::Migration;

/// The life of an account: passwords, recovery, contacts, confirmation, review, closing.
pub(super) fn migrations() -> Vec<Migration> {
    vec![
        Migration::new("identity.life", 1, PASSWORDS),
        Migration::new("identity.life", 2, RECOVERY),
        Migration::new("identity.life", 3, CONTACTS),
        Migration::new("identity.life", 4, CONFIRMATIONS),
        Migration::new("identity.life", 5, LEAVING),
        Migration::new("identity.life", 6, DOCUMENTS),
        Migration::new("identity.life", 7, CENTRE),
    ]
}

const PASSWORDS: &[&str] = &[
    "ALTER TABLE passwords ADD COLUMN snoozed_until {int64}",
    "ALTER TABLE passwords ADD COLUMN compromised_at {int64}",
    "CREATE TABLE password_history (
        user_id {int64} NOT NULL,
        replaced_at {int64} NOT NULL,
        verifier_sealed {blob} NOT NULL,
        PRIMARY KEY (user_id, replaced_at)
    ) {strict_clustered}",
    "CREATE TABLE try_counts (
        kind TEXT NOT NULL,
        subject {blob} NOT NULL,
        taken {int64} NOT NULL,
        renews_at {int64} NOT NULL,
        PRIMARY KEY (kind, subject)
    ) {strict_clustered}",
    "CREATE INDEX try_counts_by_end ON try_counts (renews_at)",
];

const RECOVERY: &[&str] = &[
    "CREATE TABLE recoveries (
        id TEXT NOT NULL PRIMARY KEY,
        ticket_hash {blob} NOT NULL,
        user_id {int64},
        contact_kind TEXT,
        contact_index {blob},
        contact_sealed {blob},
        locale TEXT NOT NULL,
        state TEXT NOT NULL,
        proofs TEXT NOT NULL,
        epoch {int64} NOT NULL,
        password_at {int64} NOT NULL,
        is_reviewed {int64} NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX recoveries_by_end ON recoveries (expires_at)",
    "CREATE TABLE recovery_cases (
        id TEXT NOT NULL PRIMARY KEY,
        recovery_id TEXT NOT NULL,
        user_id {int64},
        contact_kind TEXT NOT NULL,
        contact_index {blob} NOT NULL,
        contact_sealed {blob} NOT NULL,
        statement_sealed {blob} NOT NULL,
        state TEXT NOT NULL,
        created_at {int64} NOT NULL,
        decided_at {int64},
        decided_by TEXT
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX recovery_cases_by_recovery ON recovery_cases (recovery_id)",
    "CREATE INDEX recovery_cases_by_state ON recovery_cases (state, id)",
    "CREATE TABLE outgoing_holds (
        user_id {int64} NOT NULL PRIMARY KEY,
        held_until {int64} NOT NULL
    ) {strict}",
];

const CONTACTS: &[&str] = &[
    "CREATE TABLE contact_changes (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        kind TEXT NOT NULL,
        contact_index {blob} NOT NULL,
        contact_sealed {blob} NOT NULL,
        replaces {blob},
        state TEXT NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        verified_at {int64},
        effective_at {int64},
        old_kind TEXT,
        old_index {blob},
        old_sealed {blob},
        old_designated {int64}
    ) {strict_clustered}",
    "CREATE INDEX contact_changes_by_user ON contact_changes (user_id, created_at)",
    "CREATE INDEX contact_changes_due ON contact_changes (effective_at) WHERE state = 'cooling'",
    "CREATE INDEX contact_changes_by_end ON contact_changes (expires_at)",
];

const CONFIRMATIONS: &[&str] = &[
    "CREATE TABLE device_confirmations (
        id TEXT NOT NULL PRIMARY KEY,
        purpose TEXT NOT NULL,
        step_up TEXT,
        asked_by {int64},
        nonce_hash {blob} NOT NULL,
        nonce_until {int64} NOT NULL,
        pickup_hash {blob} NOT NULL,
        state TEXT NOT NULL,
        device_sealed {blob} NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        scanned_by {int64},
        scanned_in TEXT,
        claim_hash {blob},
        approved_by {int64},
        approved_epoch {int64},
        redeem_until {int64}
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX device_confirmations_by_nonce ON device_confirmations (nonce_hash)",
    "CREATE INDEX device_confirmations_by_end ON device_confirmations (expires_at)",
];

const LEAVING: &[&str] = &[
    "CREATE TABLE closings (
        user_id {int64} NOT NULL PRIMARY KEY,
        requested_at {int64} NOT NULL,
        closes_at {int64} NOT NULL,
        reason_sealed {blob},
        completed_at {int64}
    ) {strict}",
    "CREATE INDEX closings_due ON closings (closes_at) WHERE completed_at IS NULL",
    "CREATE TABLE exports (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        state TEXT NOT NULL,
        body_sealed {blob},
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX exports_by_user ON exports (user_id)",
    "CREATE INDEX exports_waiting ON exports (state, id)",
];

const DOCUMENTS: &[&str] = &[
    "CREATE TABLE verifications (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        level {int64} NOT NULL,
        state TEXT NOT NULL,
        identity_index {blob} NOT NULL,
        claim_sealed {blob} NOT NULL,
        created_at {int64} NOT NULL,
        submitted_at {int64},
        seconded_by TEXT,
        decided_by TEXT,
        decided_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX verifications_by_user ON verifications (user_id, id)",
    "CREATE INDEX verifications_by_state ON verifications (state, submitted_at)",
    "CREATE TABLE identity_claims (
        identity_index {blob} NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE TABLE verification_files (
        id TEXT NOT NULL PRIMARY KEY,
        verification_id TEXT NOT NULL,
        user_id {int64} NOT NULL,
        side TEXT NOT NULL,
        media_type TEXT NOT NULL,
        sha256 {blob} NOT NULL,
        body_sealed {blob} NOT NULL,
        created_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX verification_files_by_side ON verification_files (verification_id, side)",
    "CREATE TABLE tiers (
        user_id {int64} NOT NULL PRIMARY KEY,
        tier {int64} NOT NULL,
        since {int64} NOT NULL
    ) {strict}",
];

const CENTRE: &[&str] = &[
    "CREATE TABLE preferences (
        user_id {int64} NOT NULL PRIMARY KEY,
        time_zone TEXT NOT NULL,
        quiet_from {int64},
        quiet_to {int64},
        payments_by TEXT NOT NULL,
        product_by TEXT NOT NULL
    ) {strict}",
    "CREATE TABLE security_reviews (
        user_id {int64} NOT NULL PRIMARY KEY,
        reviewed_at {int64} NOT NULL
    ) {strict}",
];
