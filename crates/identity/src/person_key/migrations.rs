//! The tables of keys: people's own, those that outlive a root, and how far sealing anew has come.

use db::Migration;

pub(crate) const STEPS: &[Migration] = &[Migration::new("identity.keys", 1, FIRST)];

const FIRST: &[&str] = &[
    "CREATE TABLE user_keys (
        user_id {int64} NOT NULL PRIMARY KEY,
        key_sealed {blob},
        created_at {int64} NOT NULL,
        shredded_at {int64}
    ) {strict}",
    "CREATE TABLE kept_keys (
        label TEXT NOT NULL PRIMARY KEY,
        key_sealed {blob} NOT NULL
    ) {strict_clustered}",
    "CREATE TABLE key_progress (
        task TEXT NOT NULL PRIMARY KEY,
        generation {int64} NOT NULL,
        cursor_at TEXT NOT NULL,
        looked_at {int64} NOT NULL,
        changed {int64} NOT NULL,
        changed_this_walk {int64} NOT NULL,
        is_done {int64} NOT NULL,
        moved_at {int64} NOT NULL
    ) {strict_clustered}",
];
