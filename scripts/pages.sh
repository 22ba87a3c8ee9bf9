#!/bin/sh
# Builds the wallet's pages into web/dist, from where cargo takes them into the program. Pages that
# are newer than their sources are left alone. Without Node it says so, and the program serves the
# API alone.
set -eu
cd "$(dirname "$0")/../web"

node_needed=20.19

is_recent() {
  command -v npm >/dev/null 2>&1 || return 1
  version=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  [ -n "$version" ] || return 1
  major=${version% *} minor=${version#* }
  [ "$major" -gt "${node_needed%.*}" ] && return 0
  [ "$major" -eq "${node_needed%.*}" ] && [ "$minor" -ge "${node_needed#*.}" ]
}

if ! is_recent; then
  if [ -f dist/index.html ]; then
    printf 'Node %s or later is missing: the pages that were built before are used.\n' "$node_needed" >&2
  else
    printf '%s\n' "Node $node_needed or later is missing: the program is built without the wallet's pages." \
      "  Debian, Ubuntu:  sudo apt-get install nodejs npm" \
      "  macOS:           brew install node" >&2
  fi
  exit 0
fi

if [ ! -f node_modules/.package-lock.json ] \
  || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  printf "Getting what the wallet's pages are built with\n"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

if [ ! -f dist/index.html ] || [ -n "$(find . -name node_modules -prune -o -name dist -prune \
  -o -type f -newer dist/index.html -print | head -n 1)" ]; then
  printf "Building the wallet's pages\n"
  npm run --silent build -w @tael/app -- --logLevel warn
fi
