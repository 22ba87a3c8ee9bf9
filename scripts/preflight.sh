#!/bin/sh
# Says what is missing for a build, and how to get it, before anything is built.
set -u

rust_needed=1.95
missing=0

lacks() {
  printf '%s\n' "$1" >&2
  missing=1
}

# True if version $1 is at least $2, both MAJOR.MINOR.
is_at_least() {
  [ "${1%%.*}" -gt "${2%%.*}" ] && return 0
  [ "${1%%.*}" -eq "${2%%.*}" ] && [ "${1#*.}" -ge "${2#*.}" ]
}

if ! command -v cargo >/dev/null 2>&1 || ! command -v rustc >/dev/null 2>&1; then
  lacks "Rust is missing. Get it from https://rustup.rs:
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
and open a new shell, or run: . \"\$HOME/.cargo/env\""
else
  rust=$(rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
  if [ -z "$rust" ]; then
    lacks "rustc does not tell its version. Try: rustup toolchain install stable"
  elif ! is_at_least "$rust" "$rust_needed"; then
    lacks "Rust $rust is too old; Tael needs $rust_needed. Run: rustup update stable"
  fi
fi

# SQLite is part of the program and compiled with it.
if ! command -v cc >/dev/null 2>&1 && ! command -v gcc >/dev/null 2>&1 \
  && ! command -v clang >/dev/null 2>&1; then
  lacks "A C compiler is missing; SQLite is compiled into the program. Get one:
  Debian, Ubuntu:  sudo apt-get install build-essential
  Fedora:          sudo dnf install gcc
  Alpine:          sudo apk add build-base
  macOS:           xcode-select --install"
fi

exit "$missing"
