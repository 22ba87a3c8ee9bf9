//! The tables of what authorises money, beside the books.

/// The steps of this schema, oldest first.
pub(crate) fn migrations() -> Vec<db::Migration> {
    let step = |number, statements| db::Migration::new("payments.authority", number, statements);
    vec![step(1, RESTRAINTS), step(2, COUNTS)]
}

const RESTRAINTS: &[&str] = &[
    "CREATE TABLE restraints (owner {int64} NOT NULL PRIMARY KEY, debit {int64} NOT NULL, \
         credit {int64} NOT NULL) {strict}",
];

const COUNTS: &[&str] = &[
    "ALTER TABLE accounts ADD COLUMN day_count {int64} NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD COLUMN year {int64} NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD COLUMN year_out {int64} NOT NULL DEFAULT 0",
    "ALTER TABLE accounts ADD COLUMN lifetime_out {int64} NOT NULL DEFAULT 0",
    "CREATE TABLE count_eras (after_record {int64} NOT NULL PRIMARY KEY, offset_seconds {int64} \
     NOT NULL, reach {int64} NOT NULL) {strict}",
    "CREATE TABLE own_limits (owner {int64} NOT NULL, currency {int64} NOT NULL, per_payment \
     {int64}, per_day {int64}, PRIMARY KEY (owner, currency)) {strict_clustered}",
    "CREATE TABLE allowances (id TEXT NOT NULL PRIMARY KEY, owner {int64} NOT NULL, currency \
     {int64} NOT NULL, per_payment {int64}, per_day {int64}, per_month {int64}, lifetime {int64}, \
     count_per_day {int64}, day {int64} NOT NULL, day_sum {int64} NOT NULL, day_count {int64} NOT \
     NULL, month {int64} NOT NULL, month_sum {int64} NOT NULL, lifetime_sum {int64} NOT NULL, \
     is_open {int64} NOT NULL) {strict_clustered}",
    "CREATE TABLE allowance_uses (record {int64} NOT NULL PRIMARY KEY, allowance TEXT NOT NULL) \
     {strict}",
];
