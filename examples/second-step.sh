#!/usr/bin/env bash
# Keeping an account safe, with curl and jq: a step-up, a payment PIN, a second step when signing in,
# and the answer "this was not me".
#
#   make run                          in one terminal
#   examples/second-step.sh           in another
#
#   BASE=http://127.0.0.1:8080        the server, in sandbox mode
set -euo pipefail

base=${BASE:-http://127.0.0.1:8080}
password="Plum-Orbit7#Gravel*Lantern"
seen=$(mktemp -d)
trap 'rm -rf "$seen"' EXIT

say() { printf '\n%s\n' "$*"; }

# call METHOD PATH [BODY] [curl options…]: prints the answer, stops if it is an error.
call() {
  local method=$1 path=$2 body=${3:-}
  shift "$(($# < 3 ? $# : 3))"
  local options=(--silent --show-error --fail-with-body --request "$method")
  if [ -n "$body" ]; then
    options+=(--header 'content-type: application/json' --data "$body")
  fi
  curl "${options[@]}" "$@" "$base$path"
}

# outbox FIELD: the newest code or token that went to Alice, not the one before.
outbox() {
  local found last=$seen/$1
  for _ in $(seq 400); do
    found=$(call GET "/sandbox/messages?to=$(jq -rn --arg to "$phone" '$to|@uri')" |
      jq -r --arg field "$1" 'first(.data[] | .[$field] // empty)')
    if [ -n "$found" ] && [ "$found" != "$(cat "$last" 2>/dev/null)" ]; then
      printf '%s' "$found" | tee "$last"
      return
    fi
    sleep 0.05
  done
  printf 'no %s arrived\n' "$1" >&2
  return 1
}

# step_up PURPOSE: proves the password once more; the session goes on with the renewed token.
step_up() {
  local id
  id=$(call POST /v1/step-ups "$(jq -nc --arg p "$1" '{purpose: $p}')" \
    -H "authorization: Bearer $alice" | jq -r .id)
  alice=$(call POST "/v1/step-ups/$id/verify" "$(jq -nc --arg p "$password" '{password: $p}')" \
    -H "authorization: Bearer $alice" | jq -r .token)
}

number=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
phone=$(printf '+86137%08d' $((number % 100000000)))

say "Alice ($phone) signs up"
id=$(call POST /v1/registrations \
  "$(jq -nc --arg phone "$phone" '{phone: $phone, accept_terms: true}')" | jq -r .id)
call POST "/v1/registrations/$id/verify" \
  "$(jq -nc --arg code "$(outbox code)" '{code: $code}')" >/dev/null
signed_up=$(call POST "/v1/registrations/$id/complete" \
  "$(jq -nc --arg password "$password" '{password: $password, name: "Alice Example"}')")
alice=$(jq -r .session.token <<<"$signed_up")
device=$(jq -r .session.device <<<"$signed_up")

say "A payment PIN needs a fresh proof first"
curl -s -X POST "$base/v1/pin" -H 'content-type: application/json' -d '{"pin": "384756"}' \
  -H "authorization: Bearer $alice" | jq -c '{code, purpose, methods}'
step_up set_pin
call POST /v1/pin '{"pin": "384756"}' -H "authorization: Bearer $alice" | jq -c .

say "A code by SMS becomes the second step of signing in"
step_up set_up_factor
call POST /v1/factors/sms '{"accept_notice": true}' -H "authorization: Bearer $alice" | jq -c .
call GET /v1/factors '' -H "authorization: Bearer $alice" | jq -c .

say "Signing in answers with a ticket now …"
ticket=$(call POST /v1/sessions \
  "$(jq -nc --arg id "$phone" --arg p "$password" '{identifier: $id, password: $p}')" \
  -H "tael-device: $device")
jq -c '{state, methods}' <<<"$ticket"
ticket=$(jq -r .ticket <<<"$ticket")
call POST /v1/sessions/second-factor/challenge \
  "$(jq -nc --arg t "$ticket" '{ticket: $t, method: "sms"}')" | jq -c .

say "… and with the code it opens"
again=$(call POST /v1/sessions/second-factor \
  "$(jq -nc --arg t "$ticket" --arg c "$(outbox code)" '{ticket: $t, sms_code: $c}')")
call GET /v1/sessions '' -H "authorization: Bearer $(jq -r .token <<<"$again")" |
  jq -c '.data[0] | {methods, device}'

say "Every such change was told, with a link for whoever did not do it"
link=$(call GET "/sandbox/messages?to=$(jq -rn --arg to "$phone" '$to|@uri')" |
  jq -r 'first(.data[].text | select(contains("/not-me#")))')
call POST /v1/notices/repudiate "$(jq -nc --arg t "${link##*#}" '{token: $t}')" |
  jq -c '{state, notice}'
code=$(curl -s -o /dev/null -w '%{http_code}' "$base/v1/me" -H "authorization: Bearer $alice")
[ "$code" = 401 ]
printf 'every session has ended, and no money leaves\n'
