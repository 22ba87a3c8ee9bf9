//! What authorises money: freezes.

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
