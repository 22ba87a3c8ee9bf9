//! The tables of this room. Personal data is sealed; it is looked up by blind indexes and hashes.

mod authority;
mod factors;
mod life;
mod messages;
mod places;

use db::Migration;

/// The steps of this room's schema, oldest first.
pub fn migrations() -> Vec<Migration> {
    let mut steps = vec![
        Migration::new("identity", 1, FIRST),
        Migration::new("identity.authority", 1, authority::FREEZES),
        Migration::new("identity.authority", 2, authority::ACCESS_TOKENS),
    ];
    steps.extend_from_slice(factors::STEPS);
    steps.extend_from_slice(places::STEPS);
    steps.extend(life::migrations());
    steps.extend(crate::audit::STEPS);
    steps.extend(crate::person_key::STEPS);
    steps.extend(messages::migrations());
    steps.extend_from_slice(crate::operator::STEPS);
    steps
}

const FIRST: &[&str] = &[
    "CREATE TABLE users (
        id {int64} NOT NULL PRIMARY KEY,
        name_sealed {blob} NOT NULL,
        locale TEXT NOT NULL,
        state TEXT NOT NULL,
        epoch {int64} NOT NULL,
        created_at {int64} NOT NULL
    ) {strict}",
    "CREATE TABLE contacts (
        contact_index {blob} NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        kind TEXT NOT NULL,
        contact_sealed {blob} NOT NULL,
        is_designated {int64} NOT NULL,
        verified_at {int64} NOT NULL,
        attempt_notice_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX contacts_by_user ON contacts (user_id)",
    "CREATE TABLE consents (
        user_id {int64} NOT NULL,
        document TEXT NOT NULL,
        version TEXT NOT NULL,
        accepted_at {int64} NOT NULL,
        PRIMARY KEY (user_id, document, version)
    ) {strict_clustered}",
    "CREATE TABLE registrations (
        id TEXT NOT NULL PRIMARY KEY,
        contact_kind TEXT NOT NULL,
        contact_index {blob} NOT NULL,
        contact_sealed {blob} NOT NULL,
        locale TEXT NOT NULL,
        state TEXT NOT NULL,
        terms_version TEXT NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX registrations_by_end ON registrations (expires_at)",
    "CREATE TABLE codes (
        id {blob} NOT NULL PRIMARY KEY,
        purpose TEXT NOT NULL,
        subject TEXT NOT NULL,
        mac {blob} NOT NULL,
        attempts {int64} NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        superseded_at {int64},
        consumed_at {int64}
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX codes_live ON codes (purpose, subject)
        WHERE superseded_at IS NULL AND consumed_at IS NULL",
    "CREATE INDEX codes_by_end ON codes (expires_at)",
    "CREATE TABLE code_sends (
        address_index {blob} NOT NULL,
        sent_at {int64} NOT NULL
    ) {strict}",
    "CREATE INDEX code_sends_by_address ON code_sends (address_index, sent_at)",
    "CREATE INDEX code_sends_by_time ON code_sends (sent_at)",
    "CREATE TABLE passwords (
        user_id {int64} NOT NULL PRIMARY KEY,
        verifier_sealed {blob} NOT NULL,
        changed_at {int64} NOT NULL
    ) {strict}",
    "CREATE TABLE sign_in_guards (
        user_id {int64} NOT NULL,
        bucket TEXT NOT NULL,
        failures {int64} NOT NULL,
        blocked_until {int64} NOT NULL,
        PRIMARY KEY (user_id, bucket)
    ) {strict_clustered}",
    "CREATE TABLE sessions (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        token_hash {blob} NOT NULL,
        epoch {int64} NOT NULL,
        created_at {int64} NOT NULL,
        authenticated_at {int64} NOT NULL,
        last_seen_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        revoked_at {int64},
        device_sealed {blob} NOT NULL
    ) {strict_clustered}",
    "CREATE UNIQUE INDEX sessions_by_token ON sessions (token_hash)",
    "CREATE INDEX sessions_by_user ON sessions (user_id)",
    "CREATE INDEX sessions_by_end ON sessions (expires_at)",
    "CREATE TABLE security_tokens (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        state TEXT NOT NULL,
        session_id TEXT NOT NULL,
        mac {blob} NOT NULL,
        channel TEXT NOT NULL,
        delivered_to_sealed {blob} NOT NULL,
        wrong_tries {int64} NOT NULL,
        created_at {int64} NOT NULL,
        activated_at {int64},
        expires_at {int64} NOT NULL,
        ended_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX security_tokens_by_user ON security_tokens (user_id, state)",
    "CREATE UNIQUE INDEX security_tokens_active ON security_tokens (user_id)
        WHERE state = 'active'",
    "CREATE TABLE inbox_messages (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        template TEXT NOT NULL,
        body_sealed {blob} NOT NULL,
        created_at {int64} NOT NULL,
        read_at {int64},
        secret_until {int64}
    ) {strict_clustered}",
    "CREATE INDEX inbox_messages_by_user ON inbox_messages (user_id, id)",
    "CREATE INDEX inbox_messages_with_secrets ON inbox_messages (secret_until)
        WHERE secret_until IS NOT NULL",
    "CREATE TABLE outbox_messages (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64},
        channel TEXT NOT NULL,
        contact_index {blob} NOT NULL,
        contact_sealed {blob} NOT NULL,
        body_sealed {blob},
        template TEXT NOT NULL,
        state TEXT NOT NULL,
        tries {int64} NOT NULL,
        next_try_at {int64} NOT NULL,
        created_at {int64} NOT NULL,
        expires_at {int64} NOT NULL,
        sent_at {int64},
        receipt TEXT,
        fault TEXT
    ) {strict_clustered}",
    "CREATE INDEX outbox_messages_due ON outbox_messages (next_try_at, id)
        WHERE state = 'queued'",
    "CREATE INDEX outbox_messages_settled ON outbox_messages (created_at)
        WHERE state <> 'queued'",
    "CREATE TABLE sandbox_messages (
        id TEXT NOT NULL PRIMARY KEY,
        channel TEXT NOT NULL,
        contact_index {blob},
        user_id {int64},
        body_sealed {blob} NOT NULL,
        sent_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX sandbox_messages_by_time ON sandbox_messages (sent_at, id)",
    "CREATE INDEX sandbox_messages_by_contact ON sandbox_messages (contact_index, sent_at)",
    "CREATE INDEX sandbox_messages_by_user ON sandbox_messages (user_id, sent_at)",
];

/// Every SQL constant of this room, for the test that prepares them all.
pub fn statements() -> Vec<db::Sql> {
    let rooms = [
        crate::allowance::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::checkup::STATEMENTS,
        crate::closing::SHRED_STATEMENTS,
        crate::closing::STATEMENTS,
        crate::access_token::STATEMENTS,
        crate::code::STATEMENTS,
        crate::freeze::STATEMENTS,
        crate::device::STATEMENTS,
        crate::guard::STATEMENTS,
        crate::confirmation::STATEMENTS,
        crate::contact::change::STATEMENTS,
        crate::export::STATEMENTS,
        crate::hold::STATEMENTS,
        crate::inbox::STATEMENTS,
        crate::network::STATEMENTS,
        crate::notice::STATEMENTS,
        crate::operator::STATEMENTS,
        crate::outbox::STATEMENTS,
        crate::passkey::STATEMENTS,
        crate::password::STATEMENTS,
        crate::pin::STATEMENTS,
        crate::recovery_code::STATEMENTS,
        crate::person_key::STATEMENTS,
        crate::preferences::STATEMENTS,
        crate::pumping::STATEMENTS,
        crate::recovery::REVIEW_STATEMENTS,
        crate::recovery::STATEMENTS,
        crate::registration::STATEMENTS,
        crate::reseal::STATEMENTS,
        crate::sandbox::STATEMENTS,
        crate::security_token::EVENT_STATEMENTS,
        crate::security_token::STATEMENTS,
        crate::session::STATEMENTS,
        crate::sms::STATEMENTS,
        crate::step_up::STATEMENTS,
        crate::ticket::STATEMENTS,
        crate::totp::STATEMENTS,
        crate::user::STATEMENTS,
        crate::verification::STATEMENTS,
        crate::work::STATEMENTS,
    ];
    let columns = crate::reseal::COLUMNS.iter();
    let walks = columns.flat_map(crate::reseal::statements_of);
    rooms.concat().into_iter().chain(walks).collect()
}
