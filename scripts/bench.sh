#!/usr/bin/env bash
# Measures this machine: bulk transfers, payments over HTTP and, where PostgreSQL is installed,
# pgbench TPC-B in the same run, so that the ratio says something whatever the machine is; then the
# same payments on that PostgreSQL, all to one account, and at two servers, each in turn with
# pgbench, some rounds.
#
#   PARTS="embedded postgres"   what to measure
#   ACCOUNTS="100000 1000000"   sizes of the bulk run
#   TRANSFERS=2000000           transfers in each bulk run
#   CONNECTIONS=128             connections over HTTP
#   SECONDS_EACH=15             how long payments and pgbench run
#   ROUNDS=3                    rounds on PostgreSQL
#   BENCH_DIR=DIR               where the data goes; must be a real disk [default: ./target/bench]
#   TAEL=FILE                   a program that was built before [default: builds one]
set -euo pipefail
cd "$(dirname "$0")/.."

accounts=${ACCOUNTS:-"100000 1000000"}
transfers=${TRANSFERS:-2000000}
connections=${CONNECTIONS:-128}
seconds=${SECONDS_EACH:-15}
rounds=${ROUNDS:-3}
parts=${PARTS:-"embedded postgres"}
place=${BENCH_DIR:-target/bench}
tael=${TAEL:-}

postgres_bin=
cluster=
postgres_user=

step() {
  printf '\n== %s\n' "$1"
}

# Runs a command of PostgreSQL, which refuses to work as root.
as_postgres() {
  if [ -n "$postgres_user" ]; then
    (cd / && runuser -u "$postgres_user" -- "$@")
  else
    "$@"
  fi
}

stop_cluster() {
  if [ -n "$cluster" ]; then
    as_postgres "$postgres_bin/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$cluster"
  fi
}

find_postgres() {
  local candidate
  for candidate in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin \
    "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ] \
      && { [ -x "$candidate/pgbench" ] || command -v pgbench >/dev/null 2>&1; }; then
      postgres_bin=$candidate
    fi
  done
  if [ "$(id -u)" -eq 0 ] && [ -n "$postgres_bin" ]; then
    for candidate in postgres nobody; do
      if id "$candidate" >/dev/null 2>&1; then
        postgres_user=$candidate
        return
      fi
    done
    postgres_bin=
  fi
}

# Makes a fresh cluster on the same disk, with the settings it comes with, and TPC-B's tables in it.
start_cluster() {
  cluster=$(mktemp -d "$place/postgres.XXXXXX")
  cluster=$(cd "$cluster" && pwd)
  if [ -n "$postgres_user" ]; then
    chown "$postgres_user" "$cluster"
    if ! as_postgres test -w "$cluster"; then
      rmdir "$cluster"
      cluster=$(as_postgres mktemp -d /var/tmp/tael-bench.XXXXXX)
    fi
  fi
  as_postgres "$postgres_bin/initdb" -D "$cluster/data" -A trust -U bench --locale C -E UTF8 >/dev/null
  as_postgres "$postgres_bin/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w \
    -o "-k $cluster -c listen_addresses='' -c max_connections=100" start >/dev/null
  as_postgres "$(program pgbench)" -h "$cluster" -U bench -i -s 32 -q postgres >/dev/null 2>&1
}

# A program of PostgreSQL, from wherever it is.
program() {
  command -v "$postgres_bin/$1" || command -v "$1"
}

# Measures TPC-B: 32 clients, prepared, fsync on. Prints transactions a second.
run_pgbench() {
  as_postgres "$(program pgbench)" -h "$cluster" -U bench -c 32 -j 2 -M prepared -T "$seconds" \
    postgres >"$place/pgbench.txt" 2>/dev/null
  sed -n 's/^tps = \([0-9]*\).*/\1/p' "$place/pgbench.txt"
}

# Payments a second on a fresh database of that cluster; flags of `bench http` follow.
bench_database() {
  as_postgres "$(program psql)" -q -h "$cluster" -U bench postgres \
    -c 'DROP DATABASE IF EXISTS tael WITH (FORCE)' -c 'CREATE DATABASE tael' >/dev/null 2>&1
  bench_http --database "postgres://bench@${cluster//\//%2F}/tael" "$@" >"$place/http-postgres.txt"
  figure "$place/http-postgres.txt" "payments/s"
}

# The middle one of the numbers.
middle() {
  printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

# Everything in turn, so that what else the machine does meets all of it.
compare_on_postgres() {
  local round tps one hot two all_tps=() all_one=() all_hot=() all_two=()
  for round in $(seq "$rounds"); do
    tps=$(run_pgbench)
    one=$(bench_database)
    hot=$(bench_database --hot 100)
    two=$(bench_database --servers 2)
    all_tps+=("$tps") all_one+=("$one") all_hot+=("$hot") all_two+=("$two")
    printf 'round %s: pgbench %s, payments %s (%s times), to one account %s, at two servers %s\n' \
      "$round" "$tps" "$one" "$(ratio "$one" "$tps")" "$hot" "$two"
  done
  tps=$(middle "${all_tps[@]}") one=$(middle "${all_one[@]}")
  hot=$(middle "${all_hot[@]}") two=$(middle "${all_two[@]}")
  printf 'in the middle: pgbench TPC-B %s transactions/s\n' "$tps"
  printf 'payments over HTTP: %s/s, %s times pgbench\n' "$one" "$(ratio "$one" "$tps")"
  printf 'all to one account: %s/s, %s of uniform\n' "$hot" "$(ratio "$hot" "$one")"
  printf 'at two servers: %s/s, %s of one\n' "$two" "$(ratio "$two" "$one")"
}

# Makes its server's data where it runs.
bench_http() {
  (cd "$place" && "$tael" bench http --connections "$connections" --duration "$seconds" "$@")
}

# The whole number in front of or behind the words $2 in the file $1.
figure() {
  grep -m1 -F "$2" "$1" | tr -d ',' | grep -oE '[0-9]+' | head -n 1
}

# $1 / $2 with two decimals.
ratio() {
  awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "?" }'
}

trap stop_cluster EXIT
if [ -z "$tael" ]; then
  scripts/preflight.sh
  scripts/pages.sh
  cargo build --release --locked --package server --bin tael
  tael=target/release/tael
fi
tael=$(realpath "$tael")
mkdir -p "$place"
printf '%s cores, %s\n' "$(nproc)" "$(uname -srm)"

measure_embedded() {
  local count data
  for count in $accounts; do
    step "bulk: $transfers transfers between $count accounts, batch 8189"
    data=$(mktemp -d "$place/ledger.XXXXXX")
    "$tael" bench ledger --data "$data" --accounts "$count" --transfers "$transfers" --batch 8189 \
      | tee "$place/ledger-$count.txt"
    rm -rf "$data"
  done

  step "HTTP: $connections connections, $seconds s, as many as are answered"
  bench_http | tee "$place/http.txt"
  paid=$(figure "$place/http.txt" "payments/s")

  step "HTTP: $connections connections, $seconds s, half that load"
  bench_http --rate "$((paid / 2))" | tee "$place/http-half.txt"

  step "HTTP: every payment to one account"
  bench_http --hot 100 | tee "$place/http-hot.txt"
  hot=$(figure "$place/http-hot.txt" "payments/s")

  step "side by side"
  for count in $accounts; do
    printf 'bulk, %s accounts: %s transfers/s\n' "$count" \
      "$(figure "$place/ledger-$count.txt" "transfers/s")"
  done
  printf 'over HTTP: %s payments/s\n' "$paid"
  printf 'all to one account: %s payments/s, %s of uniform\n' "$hot" "$(ratio "$hot" "$paid")"
}

find_postgres
if [[ " $parts " == *" embedded "* ]]; then
  measure_embedded
fi
if [ -z "$postgres_bin" ]; then
  printf 'PostgreSQL is not installed here: no pgbench beside it (package postgresql).\n'
  exit 0
fi
start_cluster
if [[ " $parts " == *" embedded "* ]]; then
  tps=$(run_pgbench)
  printf 'pgbench TPC-B, 32 clients, prepared: %s transactions/s\n' "$tps"
  printf 'payments over HTTP against pgbench: %s times\n' "$(ratio "$paid" "$tps")"
fi
if [[ " $parts " == *" postgres "* ]]; then
  step "on PostgreSQL: $connections connections, $seconds s each, $rounds rounds"
  compare_on_postgres
fi
