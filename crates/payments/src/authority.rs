//! The tables of what authorises money, beside the books.

/// The steps of this schema, oldest first.
pub(crate) fn migrations() -> Vec<db::Migration> {
    let step = |number, statements| db::Migration::new("payments.authority", number, statements);
    let approvals = db::Migration::new("payments.approvals", 1, APPROVALS);
    let scheduled = db::Migration::new("payments.schedule", 1, SCHEDULED);
    vec![step(1, RESTRAINTS), step(2, COUNTS), approvals, scheduled]
}

const SCHEDULED: &[&str] = &[
    "CREATE TABLE scheduled_transfers (id {int64} NOT NULL PRIMARY KEY, payer {int64} NOT NULL, \
     payee {int64} NOT NULL, minor {int64} NOT NULL, due_at {int64} NOT NULL, next_try_at {int64}, \
     completed_by {int64}) {strict}",
    "CREATE INDEX scheduled_transfers_by_try ON scheduled_transfers (next_try_at, id) \
     WHERE next_try_at IS NOT NULL",
    "CREATE INDEX scheduled_transfers_by_payer ON scheduled_transfers (payer, due_at, id) \
     WHERE completed_by IS NULL",
];

const APPROVALS: &[&str] = &[
    "CREATE TABLE payment_approvals (id TEXT NOT NULL PRIMARY KEY, owner {int64} NOT NULL, digest \
     {blob} NOT NULL, payee {int64} NOT NULL, currency {int64} NOT NULL, minor {int64} NOT NULL, \
     fee {int64} NOT NULL, factors {int64} NOT NULL, state {int64} NOT NULL, attempts {int64} NOT \
     NULL, sealed {blob} NOT NULL, created_at {int64} NOT NULL, expires_at {int64} NOT NULL, \
     used_by {int64}) {strict_clustered}",
    "CREATE INDEX payment_approvals_by_owner ON payment_approvals (owner, state, expires_at)",
    "CREATE INDEX payment_approvals_by_end ON payment_approvals (expires_at)",
    "CREATE TABLE known_payees (owner {int64} NOT NULL, payee {int64} NOT NULL, since {int64} NOT \
     NULL, PRIMARY KEY (owner, payee)) {strict_clustered}",
    "CREATE TABLE unproven_payments (owner {int64} NOT NULL PRIMARY KEY, amount {int64} NOT NULL, \
     payments {int64} NOT NULL) {strict}",
];

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
