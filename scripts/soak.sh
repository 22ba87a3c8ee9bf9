#!/usr/bin/env bash
# The long forms of the harnesses. What they found, and under which conditions, is written down in
# docs/reliability.md; `make test` runs their short forms.
set -euo pipefail
cd "$(dirname "$0")/.."

# Commits through the proxy, failovers of a synchronous cluster.
COMMITS="${COMMITS:-50000}"
FAULTS="${FAULTS:-30}"
# Payments of the real program whose histories are judged, on each engine.
PAYMENTS="${PAYMENTS:-1000000}"
# Traces of 200 operations on both engines.
TRACES="${TRACES:-1000}"

step() {
  printf '\n== %s\n' "$1"
}

step "build"
cargo build --release --locked --quiet --package testkit --bin soak --package server --bin tael
export TAEL_BIN="$PWD/target/release/tael"
soak=target/release/soak

step "histories of $PAYMENTS payments"
"$soak" histories "$PAYMENTS"

step "histories of $PAYMENTS payments at two servers on one PostgreSQL"
"$soak" shared "$PAYMENTS"

step "$TRACES traces on both engines"
"$soak" engines "$TRACES"

step "$COMMITS commits, a tenth of them struck"
"$soak" chaos "$COMMITS"

step "$FAULTS faults of a synchronous cluster, one every 20 seconds"
"$soak" failover "$FAULTS"

step "$FAULTS faults under two servers of the program"
"$soak" house "$FAULTS"

step "the mutant: asynchronous replication must lose"
if "$soak" asynchronous 6; then
  printf 'Nothing was lost: the harness does not see what it is for.\n'
  exit 1
fi

printf '\nEverything holds.\n'
