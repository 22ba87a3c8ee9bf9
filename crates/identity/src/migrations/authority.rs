//! What authorises money: freezes and access tokens.

pub(super) const FREEZES: &[&str] = &[
    "CREATE TABLE freezes (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        kind TEXT NOT NULL,
        set_by TEXT NOT NULL,
        reason_sealed {blob},
        created_at {int64} NOT NULL,
        lifted_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX freezes_by_user ON freezes (user_id, id)",
    "CREATE TABLE freeze_marks (
        user_id {int64} NOT NULL PRIMARY KEY,
        revision {int64} NOT NULL,
        settled {int64} NOT NULL
    ) {strict}",
    "CREATE INDEX freeze_marks_unsettled ON freeze_marks (user_id) WHERE settled < revision",
    "CREATE TABLE freeze_requests (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64},
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX freeze_requests_by_end ON freeze_requests (expires_at)",
];

pub(super) const ACCESS_TOKENS: &[&str] = &[
    "CREATE TABLE access_tokens (
        id TEXT NOT NULL PRIMARY KEY,
        user_id {int64} NOT NULL,
        session_id TEXT NOT NULL,
        sealed {blob} NOT NULL,
        scopes TEXT NOT NULL,
        payees TEXT NOT NULL,
        networks TEXT NOT NULL,
        state TEXT NOT NULL,
        channel TEXT NOT NULL,
        epoch {int64} NOT NULL,
        life_seconds {int64} NOT NULL,
        overlap_seconds {int64} NOT NULL,
        created_at {int64} NOT NULL,
        claimed_at {int64},
        expires_at {int64} NOT NULL,
        last_used_at {int64},
        ended_at {int64}
    ) {strict_clustered}",
    "CREATE INDEX access_tokens_by_user ON access_tokens (user_id, id)",
    "CREATE TABLE access_token_keys (
        key_id TEXT NOT NULL PRIMARY KEY,
        token_id TEXT NOT NULL,
        mac {blob} NOT NULL,
        valid_until {int64}
    ) {strict_clustered}",
    "CREATE INDEX access_token_keys_by_token ON access_token_keys (token_id)",
];
