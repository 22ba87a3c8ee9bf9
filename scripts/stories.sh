#!/usr/bin/env bash
# Tells the wallet's stories in Chromium against the program as built for tests.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/pages.sh
cargo build --workspace --all-targets --locked --quiet
cd e2e
[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error
TAEL_BIN="$PWD/../target/debug/tael" npm test --silent
