use db::Migration;

/// Messages on their way out, and what keeps others from having them sent for money.
pub(super) fn migrations() -> Vec<Migration> {
    vec![
        Migration::new("identity.messages", 1, OUTBOX),
        Migration::new("identity.messages", 2, STRANGERS),
    ]
}

const OUTBOX: &[&str] = &[
    "ALTER TABLE outbox_messages ADD COLUMN unsettled {int64} NOT NULL DEFAULT 0",
    "ALTER TABLE outbox_messages ADD COLUMN subject TEXT",
    "CREATE INDEX outbox_messages_by_subject ON outbox_messages (subject, created_at)
        WHERE subject IS NOT NULL",
];

const STRANGERS: &[&str] = &[
    "CREATE TABLE stranger_sends (
        prefix TEXT NOT NULL,
        seconds {int64} NOT NULL,
        begins_at {int64} NOT NULL,
        sent {int64} NOT NULL,
        used {int64} NOT NULL,
        PRIMARY KEY (prefix, seconds, begins_at)
    ) {strict_clustered}",
    "CREATE INDEX stranger_sends_by_time ON stranger_sends (begins_at)",
    "CREATE TABLE spent_work (
        salt_hash {blob} NOT NULL PRIMARY KEY,
        expires_at {int64} NOT NULL
    ) {strict_clustered}",
    "CREATE INDEX spent_work_by_end ON spent_work (expires_at)",
];
