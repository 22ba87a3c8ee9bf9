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
  "patroni:patroni:the failover of three PostgreSQL nodes"
  "etcd:etcd-server:the consensus store of those nodes"
)
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

step "tools"
scripts/preflight.sh
install_missing

step "format"
cargo fmt --all --check

step "house rules"
cargo xtask tidy

step "lints"
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

step "build"
cargo build --workspace --all-targets --locked --quiet

step "tests"
cargo test --workspace --locked --no-fail-fast

step "the house"
cargo xtask house

if [ "$(id -u)" -ne 0 ]; then
  printf '\nEverything holds. Power cuts were not tested: mounting a disk needs root.\n'
else
  printf '\nEverything holds.\n'
fi
