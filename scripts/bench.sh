#!/usr/bin/env bash
# Measures this machine: bulk transfers, payments over HTTP and, where PostgreSQL is installed,
# pgbench TPC-B in the same run, so that the ratio says something whatever the machine is.
#
#   ACCOUNTS="100000 1000000"   sizes of the bulk run
#   TRANSFERS=2000000           transfers in each bulk run
#   CONNECTIONS=128             connections over HTTP
#   SECONDS_EACH=15             how long payments and pgbench run
#   BENCH_DIR=DIR               where the data goes; must be a real disk [default: ./target/bench]
#   TAEL=FILE                   a program that was built before [default: builds one]
set -euo pipefail
cd "$(dirname "$0")/.."

accounts=${ACCOUNTS:-"100000 1000000"}
transfers=${TRANSFERS:-2000000}
connections=${CONNECTIONS:-128}
seconds=${SECONDS_EACH:-15}
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

# Measures TPC-B in a fresh cluster on the same disk: 32 clients, prepared, fsync on. Leaves what
# pgbench says in pgbench.txt.
run_pgbench() {
  local bench
  bench=$(command -v "$postgres_bin/pgbench" || command -v pgbench)
  cluster=$(mktemp -d "$place/postgres.XXXXXX")
  cluster=$(cd "$cluster" && pwd)
  if [ -n "$postgres_user" ]; then
    chown "$postgres_user" "$cluster"
    if ! as_postgres test -w "$cluster"; then
      rmdir "$cluster"
      cluster=$(as_postgres mktemp -d /var/tmp/tael-bench.XXXXXX)
    fi
  fi
  as_postgres "$postgres_bin/initdb" -D "$cluster/data" -A trust -U bench >/dev/null
  as_postgres "$postgres_bin/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w \
    -o "-k $cluster -c listen_addresses='' -c max_connections=64" start >/dev/null
  as_postgres "$bench" -h "$cluster" -U bench -i -s 32 -q postgres >/dev/null 2>&1
  as_postgres "$bench" -h "$cluster" -U bench -c 32 -j 2 -M prepared -T "$seconds" postgres \
    >"$place/pgbench.txt" 2>/dev/null
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
find_postgres
if [ -n "$postgres_bin" ]; then
  run_pgbench
  tps=$(sed -n 's/^tps = \([0-9]*\).*/\1/p' "$place/pgbench.txt")
  printf 'pgbench TPC-B, 32 clients, prepared: %s transactions/s\n' "$tps"
  printf 'payments over HTTP against pgbench: %s times\n' "$(ratio "$paid" "$tps")"
else
  printf 'PostgreSQL is not installed here: no pgbench beside it (package postgresql).\n'
fi
