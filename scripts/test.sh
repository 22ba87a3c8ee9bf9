#!/usr/bin/env bash
# Every check of the project. What a test needs and this machine lacks is installed where that is
# possible (root, apt-get) and named where it is not; no test is passed over in silence.
set -euo pipefail
cd "$(dirname "$0")/.."

# Command, Debian package that has it, what it is for.
tools=(
  "strace:strace:failing every I/O call once"
  "curl:curl:the story in examples/"
  "jq:jq:the story in examples/"
  "initdb:postgresql:the second engine, in clusters of the tests' own"
  "patroni:patroni:a cluster of the tests' own whose primaries die"
  "etcd:etcd-server:a cluster of the tests' own whose primaries die"
  "node:nodejs:the wallet's pages and their checks"
  "npm:npm:the wallet's pages and their checks"
  "aiosmtpd:python3-aiosmtpd:a mail server of the tests' own"
  "python3:python3:the gateway in examples/"
)
# Any Chromium tells the stories; without windows it tells them in a third of the time.
if ! command -v chromium >/dev/null 2>&1; then
  tools+=("chromium-headless-shell:chromium-headless-shell:the wallet's stories")
fi
# Mounting needs root; without it the power cuts are the one thing that is left out, said aloud.
if [ "$(id -u)" -eq 0 ]; then
  tools+=(
    "mkfs.ext4:e2fsprogs:the disk whose power is cut"
    "mount:mount:the disk whose power is cut"
    "perl:perl-base:cutting it"
  )
fi

step() {
  printf '\n== %s\n' "$1"
}

# Debian's packages start a cluster and an etcd of the system's. The tests use neither, so that a
# machine on which this script installs them gets none.
without_daemons() {
  local policy=/usr/sbin/policy-rc.d config=/etc/postgresql-common/createcluster.conf
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  if [[ " $* " == *" postgresql "* || " $* " == *" patroni "* ]] && [ ! -e "$config" ]; then
    apt-get install -y -qq --no-install-recommends postgresql-common
    sed -i 's/^#* *create_main_cluster *=.*/create_main_cluster = false/' "$config"
  fi
  apt-get install -y -qq --no-install-recommends "$@"
  if [ -n "$(trap -p EXIT)" ]; then
    rm -f "$policy"
    trap - EXIT
  fi
}

install_missing() {
  local search="$PATH:/usr/sbin:/sbin" bin
  for bin in /usr/lib/postgresql/*/bin; do
    search="$search:$bin"
  done
  local lines=() packages=() tool command package purpose
  for tool in "${tools[@]}"; do
    IFS=: read -r command package purpose <<<"$tool"
    if ! PATH="$search" command -v "$command" >/dev/null 2>&1; then
      lines+=("  $command (package $package): for $purpose")
      packages+=("$package")
    fi
  done
  if [ "${#packages[@]}" -eq 0 ]; then
    return
  fi
  printf 'The tests need what this machine lacks:\n' >&2
  printf '%s\n' "${lines[@]}" >&2
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf 'Install it and run make test again, on Debian:\n  sudo apt-get install %s\n' \
      "${packages[*]}" >&2
    exit 1
  fi
  apt-get update -qq
  export DEBIAN_FRONTEND=noninteractive
  without_daemons "${packages[@]}"
}

# Stories are told in Chinese too; without these letters every picture of them is boxes.
install_fonts() {
  if fc-list ':lang=zh-cn' 2>/dev/null | grep -q .; then
    return
  fi
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf 'Chinese letters are missing; on Debian:\n  sudo apt-get install fonts-noto-cjk\n' >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    fontconfig fonts-noto-cjk
}

# What npm brings for a folder, unless it is there already.
packages_of() {
  if [ ! -f "$1/node_modules/.package-lock.json" ] \
    || [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
    touch "$1/node_modules/.package-lock.json"
  fi
}

step "tools"
scripts/preflight.sh
install_missing
install_fonts
packages_of web
packages_of e2e

step "pages"
scripts/pages.sh
(cd web && npm run --silent lint && npm run --silent types && npm test --silent \
  && npm run --silent size)
(cd e2e && npm run --silent lint && npm run --silent types)

step "format"
cargo fmt --all --check

step "house rules"
cargo xtask tidy

step "lints"
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

step "build"
cargo build --workspace --all-targets --locked --quiet

step "tests"
# The harnesses that strike PostgreSQL come by themselves.
strikes=(engines:: postgres_chaos:: postgres_failover:: bank_patroni::)
cargo test --workspace --locked --no-fail-fast -- "${strikes[@]/#/--skip=}"

# The folder and the program of each suite that was built for the tests above and matches $1;
# naming packages to cargo would build other ones.
suites() {
  cargo test --workspace --locked --no-run --message-format json 2>/dev/null \
    | jq -r --arg room "$1" 'select(.profile.test and .executable)
        | select(.package_id + " " + .target.name | test($room))
        | [(.manifest_path | sub("/Cargo.toml$"; "")), .executable] | @tsv'
}

step "tests that strike PostgreSQL: both engines side by side, commits, primaries"
# One after the other: who waits for a lease has no time for a neighbour.
suites '/crates/testkit#.* it$' | while IFS=$'\t' read -r folder program; do
  (cd "$folder" && "$program" --test-threads=1 "${strikes[@]}" </dev/null)
done

step "tests of the rooms and the door on PostgreSQL"
suites '/crates/(identity|payments|api)#' | while IFS=$'\t' read -r folder program; do
  (cd "$folder" && TAEL_TEST_ENGINE=postgres "$program" --quiet </dev/null)
done

step "the wallet's stories"
(cd e2e && TAEL_BIN="$PWD/../target/debug/tael" npm test --silent)

step "the house"
cargo xtask house

if [ "$(id -u)" -ne 0 ]; then
  printf '\nEverything holds. Power cuts were not tested: mounting a disk needs root.\n'
else
  printf '\nEverything holds.\n'
fi
