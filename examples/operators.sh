#!/usr/bin/env bash
# The back office with curl and jq: the first administrator, operators with roles, a person found and
# frozen, and lifted again by two.
#
#   tael serve --sandbox --data DIR   once, then stop it: the token is made beside a stopped server
#   BOOTSTRAP=$(tael operator bootstrap --data DIR)
#   tael serve --sandbox --data DIR --operators-listen 127.0.0.1:8081
#   BOOTSTRAP=$BOOTSTRAP examples/operators.sh
#
#   BASE=http://127.0.0.1:8080        the people's door, in sandbox mode
#   OPS=http://127.0.0.1:8081         the operators' door
set -euo pipefail

base=${BASE:-http://127.0.0.1:8080}
ops=${OPS:-http://127.0.0.1:8081}
bootstrap=${BOOTSTRAP:?the output of tael operator bootstrap}
staff='Copper-Harbor9#Lattice*Moon'

say() { printf '\n%s\n' "$*"; }

# call METHOD URL [BODY] [BEARER]: prints the answer, stops if it is an error.
call() {
  local options=(--silent --show-error --fail-with-body --request "$1")
  if [ -n "${3:-}" ]; then
    options+=(--header 'content-type: application/json' --data "$3")
  fi
  if [ -n "${4:-}" ]; then
    options+=(--header "authorization: Bearer $4")
  fi
  curl "${options[@]}" "$2"
}

# totp URI: the code that an authenticator app shows now for otpauth://…?secret=… (RFC 6238).
totp() {
  local secret key counter mac offset
  secret=$(sed -E 's/.*[?&]secret=([A-Z2-7]+).*/\1/' <<<"$1")
  while [ $((${#secret} % 8)) -ne 0 ]; do secret="$secret="; done
  key=$(base32 -d <<<"$secret" | od -An -v -tx1 | tr -d ' \n')
  counter=$(printf '%016x' $(($(date +%s) / 30)))
  mac=$(sed 's/../\\x&/g' <<<"$counter" | xargs -0 printf '%b' | head -c 8 |
    openssl dgst -sha1 -mac HMAC -macopt "hexkey:$key" -r | cut -c1-40)
  offset=$((2 * 16#${mac:39:1}))
  printf '%06d' $(((16#${mac:offset:8} & 0x7fffffff) % 1000000))
}

# sign_in NAME URI: prints the bearer of an operator's new session.
sign_in() {
  call POST "$ops/ops/v1/sessions" "$(jq -nc --arg name "$1" --arg password "$staff" \
    --arg totp "$(totp "$2")" '{name: $name, password: $password, totp: $totp}')" | jq -r .token
}

# hire NAME ROLE: makes an operator and prints the address for their authenticator app.
hire() {
  call POST "$ops/ops/v1/operators" "$(jq -nc --arg name "$1" --arg role "$2" \
    --arg password "$staff" '{name: $name, password: $password, role: $role}')" "$admin" |
    jq -r .totp_uri
}

# outbox CONTACT FIELD: the newest code that went to a contact of the sandbox.
outbox() {
  local found
  for _ in $(seq 100); do
    found=$(call GET "$base/sandbox/messages?to=$(jq -rn --arg to "$1" '$to|@uri')" |
      jq -r --arg field "$2" 'first(.data[] | .[$field] // empty)')
    if [ -n "$found" ]; then
      printf '%s' "$found"
      return
    fi
    sleep 0.05
  done
  return 1
}

say 'The first administrator, once, with the token from the server:'
made=$(call POST "$ops/ops/v1/bootstrap" "$(jq -nc --arg token "$bootstrap" \
  --arg password "$staff" '{token: $token, name: "first.admin", password: $password}')")
jq -c .operator <<<"$made"
admin=$(sign_in first.admin "$(jq -r .totp_uri <<<"$made")")

say 'Colleagues: one talks to people, two watch for fraud.'
support=$(sign_in support.one "$(hire support.one support)")
one=$(sign_in risk.one "$(hire risk.one risk)")
two=$(sign_in risk.two "$(hire risk.two risk)")

say 'A person signs up at the other door.'
registration=$(call POST "$base/v1/registrations" '{"email": "carol@example.com", "accept_terms": true}' |
  jq -r .id)
call POST "$base/v1/registrations/$registration/verify" \
  "$(jq -nc --arg code "$(outbox carol@example.com code)" '{code: $code}')" >/dev/null
person=$(call POST "$base/v1/registrations/$registration/complete" \
  '{"password": "Plum-Orbit7#Gravel*Lantern", "name": "Carol Reed"}')
user=$(jq -r .user.id <<<"$person")
session=$(jq -r .session.token <<<"$person")

say 'Support finds her by her exact address, masked:'
call POST "$ops/ops/v1/people/find" '{"identifier": "carol@example.com"}' "$support" |
  jq -c '{masked_name, contacts}'

say 'Support freezes her money; lifting it takes two who watch for fraud.'
freeze=$(call POST "$ops/ops/v1/people/$user/freezes" \
  '{"kind": "debit", "reason": "phone was stolen"}' "$support" | jq -r .id)
wish=$(call POST "$ops/ops/v1/unfreezings" "$(jq -nc --arg user "$user" --arg freeze "$freeze" \
  '{user: $user, freeze: $freeze, reason: "new phone, seen in person"}')" "$one" | jq -r .id)
call POST "$ops/ops/v1/requests/$wish/approve" '' "$one" | jq -r .code || true
call POST "$ops/ops/v1/requests/$wish/approve" '' "$two" | jq -c '{kind, state}'

say 'Her session is nothing here, and theirs is nothing there:'
call GET "$ops/ops/v1/me" '' "$session" | jq -r .code || true
call GET "$base/v1/me" '' "$admin" | jq -r .code || true

say 'What the log says about her:'
call GET "$ops/ops/v1/audit?user=$user" '' "$one" | jq -r '.data[] | "\(.actor) \(.action)"'
