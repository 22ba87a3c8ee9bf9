#!/usr/bin/env bash
# A new root key for what is sealed, beside a running server that goes on serving: which keys there
# are, a new one, and the end of the old one.
#
#   make run                                    in one terminal
#   DATA=… examples/new-root-key.sh             in another
#
#   TAEL=target/debug/tael                      the program
#   DATA=~/.local/share/tael                    the server's data directory
#   BASE=http://127.0.0.1:8080                  the server
set -euo pipefail

tael=${TAEL:-target/debug/tael}
base=${BASE:-http://127.0.0.1:8080}
: "${DATA:?must name the data directory of the server}"

say() { printf '\n%s\n' "$*"; }

say "Which root keys there are, and how much is sealed under each"
"$tael" keys list --data "$DATA"

say "A new one; everything is sealed anew under it while the server works"
"$tael" keys rotate --data "$DATA"
curl --silent --show-error --fail "$base/readyz"
say "Copy keys/root-2.key to where this server's secrets are kept, then let the old one go"
"$tael" keys list --data "$DATA"
"$tael" keys retire --data "$DATA" --generation 1
curl --silent --show-error --fail "$base/readyz"
