#!/usr/bin/env bash
# Serves the pages with hot reload at http://localhost:5173, before a server in sandbox mode with
# demo data. TAEL_ADDRESS names a server that runs already; then none is started.
set -euo pipefail
cd "$(dirname "$0")/.."

server=
stop() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
}
trap stop EXIT

scripts/preflight.sh
scripts/pages.sh
if [ -z "${TAEL_ADDRESS:-}" ]; then
  cargo build --locked --package server --bin tael
  ./target/debug/tael serve --sandbox --demo --public-url http://localhost:5173 &
  server=$!
fi
cd web
npm run dev
