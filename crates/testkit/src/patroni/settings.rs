use std::{path::Path, time::Duration};

/// How long a primary that is gone keeps its lease. Patroni 3.0 accepts less than the 20 s that
/// version 4 insists on; the shortest by its own rule is `loop_wait + 2 retry_timeout`.
pub const LEASE: Duration = Duration::from_secs(8);
/// Of the superuser on the loopback of a cluster that lives for minutes.
pub(super) const PASSWORD: &str = "tests-only";

/// Whether a commit waits for a standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Synchronous and strict: without a standby in step nothing is acknowledged.
    Synchronous,
    /// A commit waits for its own node alone. Money is lost this way; here it is the mutant.
    Asynchronous,
}

pub(super) struct Paths<'a> {
    pub(super) place: &'a Path,
    pub(super) bin: &'a Path,
}

/// The file of one node; ports are of PostgreSQL, of Patroni and of etcd.
pub(super) fn node(
    number: usize,
    [port, rest, etcd]: [u16; 3],
    mode: Mode,
    Paths { place, bin }: &Paths<'_>,
) -> String {
    let (place, bin) = (place.display(), bin.display());
    let is_synchronous = mode == Mode::Synchronous;
    let lease = LEASE.as_secs();
    format!(
        r#"scope: wallet
name: node{number}
restapi: {{listen: "127.0.0.1:{rest}", connect_address: "127.0.0.1:{rest}"}}
etcd3: {{hosts: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    ttl: {lease}
    loop_wait: 1
    retry_timeout: 3
    maximum_lag_on_failover: 1048576
    primary_start_timeout: 0
    synchronous_mode: {is_synchronous}
    synchronous_mode_strict: {is_synchronous}
    synchronous_node_count: 1
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        wal_level: replica
        hot_standby: "on"
        wal_log_hints: "on"
        max_connections: 100
        max_wal_senders: 8
        max_replication_slots: 8
        synchronous_commit: "on"
        idle_in_transaction_session_timeout: 5s
        tcp_user_timeout: 5s
  initdb: [{{encoding: UTF8}}, {{locale: C}}, data-checksums]
  pg_hba:
  - local all all trust
  - host replication replicator 127.0.0.1/32 scram-sha-256
  - host all all 127.0.0.1/32 scram-sha-256
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: {place}/data{number}
  bin_dir: {bin}
  pgpass: {place}/pgpass{number}
  basebackup: [{{checkpoint: fast}}]
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  authentication:
    superuser: {{username: postgres, password: {PASSWORD}}}
    replication: {{username: replicator, password: {PASSWORD}}}
    rewind: {{username: rewinder, password: {PASSWORD}}}
  parameters:
    unix_socket_directories: "{place}"
    shared_buffers: 32MB
    password_encryption: scram-sha-256
tags: {{nofailover: false, noloadbalance: false, clonefrom: false, nosync: false}}
"#
    )
}
