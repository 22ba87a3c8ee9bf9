//! Where people sign in from.

pub(super) const STEPS: &[db::Migration] = &[db::Migration::new("identity.places", 1, FIRST)];

const FIRST: &[&str] = &["CREATE TABLE known_networks (
        user_id {int64} NOT NULL,
        network {blob} NOT NULL,
        first_seen_at {int64} NOT NULL,
        PRIMARY KEY (user_id, network)
    ) {strict_clustered}"];
