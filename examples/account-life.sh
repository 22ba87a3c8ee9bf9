#!/usr/bin/env bash
# The life of an account with curl and jq: a person signs in on a second device by QR code, adds an
# e-mail address, finds their lost account, takes a copy of their data, and leaves.
#
#   make run                          in one terminal
#   examples/account-life.sh          in another
#
#   BASE=http://127.0.0.1:8080        the server, in sandbox mode
#   PHONE=+86138…                     the person's number [default: a new one]
set -euo pipefail

base=${BASE:-http://127.0.0.1:8080}
phone=${PHONE:-+86139$(printf '%08d' $((RANDOM * 3051 % 100000000)))}
email="life$RANDOM$RANDOM@example.com"
password='Plum-Orbit7#Gravel*Lantern'
next='Cobalt-Meadow4#Saddle*Whistle'
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

# outbox CONTACT FIELD: the newest code or token that went to a contact, not the one before.
outbox() {
  local found last
  last=$seen/$(printf '%s' "$1.$2" | tr -c '[:alnum:].' _)
  for _ in $(seq 400); do
    found=$(call GET "/sandbox/messages?to=$(jq -rn --arg to "$1" '$to|@uri')" |
      jq -r --arg field "$2" 'first(.data[] | .[$field] // empty)')
    if [ -n "$found" ] && [ "$found" != "$(cat "$last" 2>/dev/null)" ]; then
      printf '%s' "$found" | tee "$last"
      return
    fi
    sleep 0.05
  done
  printf 'no %s for %s arrived\n' "$2" "$1" >&2
  return 1
}

# step_up PURPOSE: proves the password once more and goes on with the renewed session.
step_up() {
  local id
  id=$(call POST /v1/step-ups "{\"purpose\": \"$1\"}" --header "authorization: Bearer $session" | jq -r .id)
  session=$(call POST "/v1/step-ups/$id/verify" "$(jq -nc --arg p "$2" '{password: $p}')" \
    --header "authorization: Bearer $session" | jq -r .token)
}

# me METHOD PATH [BODY]: the same, signed in.
me() { call "$1" "$2" "${3:-}" --header "authorization: Bearer $session"; }

say "1. Sign up with $phone"
id=$(call POST /v1/registrations "$(jq -nc --arg p "$phone" '{phone: $p, accept_terms: true}')" | jq -r .id)
call POST "/v1/registrations/$id/verify" "{\"code\": \"$(outbox "$phone" code)\"}" >/dev/null
session=$(call POST "/v1/registrations/$id/complete" \
  "$(jq -nc --arg p "$password" '{password: $p, name: "王小明"}')" | jq -r .session.token)

say '2. Get a Token'
token_id=$(me POST /v1/security-tokens '{"channel": "sms"}' | jq -r .id)
token=$(outbox "$phone" token)
me POST "/v1/security-tokens/$token_id/activate" "{\"token\": \"$token\"}" | jq -c '{id, state}'

say '3. Sign in on a second screen by QR code'
shown=$(call POST /v1/device-confirmations '{"purpose": "sign_in"}')
confirmation=$(jq -r .id <<<"$shown")
nonce=$(jq -r '.url | split("#")[1]' <<<"$shown")
me POST /v1/device-confirmations/scan "{\"nonce\": \"$nonce\"}" | jq -c '{action, browser, is_same_network}'
me POST "/v1/device-confirmations/$confirmation/approve" "{\"security_token\": \"$token\"}" | jq -c .state
call POST "/v1/device-confirmations/$confirmation/redeem" '' \
  --header "tael-pickup: $(jq -r .pickup <<<"$shown")" | jq -c '{id, expires_at}'

say "4. Add $email; the phone agrees, so it counts at once"
step_up change_contact "$password"
contact=$(me POST /v1/contacts "{\"email\": \"$email\"}" | jq -r .id)
me POST "/v1/contacts/$contact/verify" "{\"code\": \"$(outbox "$email" code)\"}" | jq -c '{state, agreed_by}'
me POST "/v1/contacts/$contact/confirm-old" "{\"code\": \"$(outbox "$phone" code)\"}" | jq -c '{state}'

say '5. Take a copy of the data'
step_up export_data "$password"
export_id=$(me POST /v1/exports | jq -r .id)
until [ "$(me GET "/v1/exports/$export_id" | jq -r .state)" = ready ]; do sleep 0.1; done
me POST "/v1/exports/$export_id/download" | jq -c '{format, person: .person.name, contacts: (.person.contacts | length)}'

say '6. Find the lost account: a code to the phone, a new password'
begun=$(call POST /v1/recoveries "$(jq -nc --arg p "$phone" '{identifier: $p}')")
recovery=/v1/recoveries/$(jq -r .id <<<"$begun")
held=(--header "tael-recovery: $(jq -r .secret <<<"$begun")")
call POST "$recovery/verify" "{\"code\": \"$(outbox "$phone" code)\"}" "${held[@]}" | jq -c '{state, methods}'
call POST "$recovery/reset" "$(jq -nc --arg p "$next" '{password: $p}')" "${held[@]}" | jq -c '{state, hold_until}'
session=$(call POST /v1/sessions \
  "$(jq -nc --arg i "$email" --arg p "$next" '{identifier: $i, password: $p}')" | jq -r .token)

say '7. Leaving waits until the hold of the recovery is over, and says so'
me GET /v1/closing | jq -c '{state, obstacles: [.obstacles[].code]}'
