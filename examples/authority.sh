#!/usr/bin/env bash
# What authorises money, with curl and jq: a program gets an access token with caps and pays within
# them; then its owner freezes everything in one call, and lifts it.
#
#   make run                          in one terminal
#   examples/authority.sh             in another
#
#   BASE=http://127.0.0.1:8080        the server, in sandbox mode
set -euo pipefail

base=${BASE:-http://127.0.0.1:8080}

say() { printf '\n%s\n' "$*"; }

# A name for one intention; the same key again is the same intention again.
key() { cat /proc/sys/kernel/random/uuid; }

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

# refused CODE METHOD PATH BODY [curl options…]: the call must be refused with this code.
refused() {
  local code=$1 answer
  shift
  if answer=$(call "$@"); then
    printf 'not refused: %s\n' "$answer" >&2
    return 1
  fi
  jq -c '{status, code, limit_name, limit, used}' <<<"$answer"
  [ "$(jq -r .code <<<"$answer")" = "$code" ]
}

# outbox CONTACT: the newest code that went to a contact.
outbox() {
  local found
  for _ in $(seq 400); do
    found=$(call GET "/sandbox/messages?to=$(jq -rn --arg to "$1" '$to|@uri')" |
      jq -r 'first(.data[].code // empty)')
    if [ -n "$found" ] && [ "$found" != "${2:-}" ]; then
      printf '%s' "$found"
      return
    fi
    sleep 0.05
  done
  printf 'no code for %s arrived\n' "$1" >&2
  return 1
}

password='Plum-Orbit7#Gravel*Lantern'

# sign_up CONTACT NAME: prints the bearer token of the new person's session.
sign_up() {
  local id
  id=$(call POST /v1/registrations \
    "$(jq -nc --arg email "$1" '{email: $email, accept_terms: true}')" | jq -r .id)
  call POST "/v1/registrations/$id/verify" \
    "$(jq -nc --arg code "$(outbox "$1")" '{code: $code}')" >/dev/null
  call POST "/v1/registrations/$id/complete" \
    "$(jq -nc --arg name "$2" --arg password "$password" '{password: $password, name: $name}')" |
    jq -r .session.token
}

# step_up PURPOSE RESOURCE: proves once more who is there; the session's secret is a new one.
step_up() {
  local id
  id=$(call POST /v1/step-ups \
    "$(jq -nc --arg purpose "$1" --arg resource "$2" '{purpose: $purpose, resource: $resource}')" \
    -H "authorization: Bearer $alice" | jq -r .id)
  alice=$(call POST "/v1/step-ups/$id/verify" \
    "$(jq -nc --arg password "$password" '{password: $password}')" \
    -H "authorization: Bearer $alice" | jq -r .token)
}

number=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
alice_email="alice.$number@example.com"
bob_email="bob.$number@example.com"

say "Alice and Bob sign up; Alice puts 100.00 CNY in"
alice=$(sign_up "$alice_email" "Alice Example")
sign_up "$bob_email" "Bob Example" >/dev/null
call POST /v1/top-ups '{"channel": "sandbox", "money": {"amount": 10000, "currency": "CNY"}}' \
  -H "authorization: Bearer $alice" -H "idempotency-key: $(key)" | jq -c .money
used=$(outbox "$alice_email")

say "Alice proves herself and asks for an access token for her till: 10.00 CNY in all, Bob alone"
step_up create_access_token ''
token_id=$(call POST /v1/access-tokens "$(jq -nc --arg bob "$bob_email" '{
    name: "till", scopes: ["transfers:create"], payees: [$bob], expires_in_days: 30,
    channel: "email", caps: {currency: "CNY", lifetime: 1000}}')" \
  -H "authorization: Bearer $alice" | jq -r .id)

say "A code travels; the secret is shown once, where it was asked for"
till=$(call POST "/v1/access-tokens/$token_id/claim" \
  "$(jq -nc --arg code "$(outbox "$alice_email" "$used")" '{code: $code}')" \
  -H "authorization: Bearer $alice" | jq -r .secret)
printf '%s…\n' "${till:0:21}"

payment=$(jq -nc --arg to "$bob_email" '{to: {email: $to}, money: {amount: 600, currency: "CNY"}}')
say "The till pays 6.00, without Alice's Token; another 6.00 is above its cap"
call POST /v1/transfers "$payment" \
  -H "authorization: Bearer $till" -H "idempotency-key: $(key)" | jq -c '{state, money}'
refused cap_exceeded POST /v1/transfers "$payment" \
  -H "authorization: Bearer $till" -H "idempotency-key: $(key)"

say "Alice sets a PIN, and approves exactly one payment on her phone"
step_up set_pin ''
call POST /v1/pin '{"pin": "384756"}' -H "authorization: Bearer $alice" >/dev/null
call POST /v1/transfers/preview "$payment" -H "authorization: Bearer $alice" |
  jq -c '{payee, factor_sets, warnings, delay_offer}'
approval=$(call POST /v1/payment-approvals "$payment" -H "authorization: Bearer $alice" | jq -r .id)
call POST "/v1/payment-approvals/$approval/approve" '{"pin": "384756"}' \
  -H "authorization: Bearer $alice" | jq -c '{state, digest}'
approved=$(jq -c --arg id "$approval" '. + {authorization: {approval: $id}}' <<<"$payment")
call POST /v1/transfers "$approved" \
  -H "authorization: Bearer $alice" -H "idempotency-key: $(key)" | jq -c '{state, money}'
refused approval_void POST /v1/transfers "$approved" \
  -H "authorization: Bearer $alice" -H "idempotency-key: $(key)"

say "A payment that arrives in two hours is called back"
later=$(call POST /v1/transfers \
  "$(jq -c '. + {delay_seconds: 7200, authorization: {pin: "384756"}}' <<<"$payment")" \
  -H "authorization: Bearer $alice" -H "idempotency-key: $(key)")
jq -c '{state, arrives_at}' <<<"$later"
call GET /v1/wallet '' -H "authorization: Bearer $alice" | jq -c '.accounts[0] | {posted, held, available}'
call POST "/v1/transfers/$(jq -r .id <<<"$later")/cancel" '' -H "authorization: Bearer $alice" |
  jq -c '{state}'

say "Alice freezes her money: from the answer on nothing leaves"
freeze=$(call POST /v1/freezes '{"kind": "debit"}' -H "authorization: Bearer $alice" | jq -r .id)
refused account_frozen POST /v1/transfers "$payment" \
  -H "authorization: Bearer $till" -H "idempotency-key: $(key)"

say "… and lifts it, with a proof; the till stays suspended until its secret is renewed"
step_up lift_freeze "$freeze"
call POST "/v1/freezes/$freeze/lift" '{}' -H "authorization: Bearer $alice" | jq -c '{kind, lifted_at}'
refused unauthenticated POST /v1/transfers "$payment" \
  -H "authorization: Bearer $till" -H "idempotency-key: $(key)"

say "What she may send, and what is used of it"
call GET /v1/limits '' -H "authorization: Bearer $alice" | jq -c '.currencies[0].windows[]'

say "What happened to her account, newest first"
call GET '/v1/security/events?limit=5' '' -H "authorization: Bearer $alice" |
  jq -c '.data[] | {action, actor, object}'
