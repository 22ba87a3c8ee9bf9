#!/usr/bin/env bash
# The main job with curl and jq: two people sign up, one gets a Token and activates it, puts money
# in and pays the other; both see it in their records, and the receipt is verified offline.
#
#   make run                          in one terminal
#   examples/main-job.sh              in another
#
#   BASE=http://127.0.0.1:8080        the server, in sandbox mode
#   TAEL=target/release/tael          the program that verifies the receipt
#   OUT=DIR                           where the receipt is saved [default: a temporary directory]
set -euo pipefail

base=${BASE:-http://127.0.0.1:8080}
root=$(cd "$(dirname "$0")/.." && pwd)
tael=${TAEL:-$root/target/release/tael}
out=${OUT:-$(mktemp -d)}

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

# outbox CONTACT FIELD: the newest code or token that went to a contact. In sandbox mode messages
# wait here instead of leaving the machine.
outbox() {
  local found
  for _ in $(seq 100); do
    found=$(call GET "/sandbox/messages?to=$(jq -rn --arg to "$1" '$to|@uri')" |
      jq -r --arg field "$2" 'first(.data[] | .[$field] // empty)')
    if [ -n "$found" ]; then
      printf '%s' "$found"
      return
    fi
    sleep 0.05
  done
  printf 'no %s for %s arrived\n' "$2" "$1" >&2
  return 1
}

# sign_up FIELD CONTACT NAME: prints the bearer token of the new person's session.
sign_up() {
  local id
  id=$(call POST /v1/registrations \
    "$(jq -nc --arg field "$1" --arg contact "$2" '{($field): $contact, accept_terms: true}')" |
    jq -r .id)
  call POST "/v1/registrations/$id/verify" \
    "$(jq -nc --arg code "$(outbox "$2" code)" '{code: $code}')" >/dev/null
  call POST "/v1/registrations/$id/complete" \
    "$(jq -nc --arg name "$3" '{password: "Plum-Orbit7#Gravel*Lantern", name: $name}')" |
    jq -r .session.token
}

number=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
alice_phone=$(printf '+86138%08d' $((number % 100000000)))
bob_email="bob.$number@example.com"

say "Alice ($alice_phone) and Bob ($bob_email) sign up"
alice=$(sign_up phone "$alice_phone" "Alice Example")
bob=$(sign_up email "$bob_email" "Bob Example")

say "Alice asks for a Token; it travels only in the message"
pending=$(call POST /v1/security-tokens '{"channel": "sms"}' -H "authorization: Bearer $alice")
jq -c . <<<"$pending"
token_id=$(jq -r .id <<<"$pending")
token=$(outbox "$alice_phone" token)

say "… and activates it in the session that asked"
call POST "/v1/security-tokens/$token_id/activate" \
  "$(jq -nc --arg token "$token" '{token: $token}')" -H "authorization: Bearer $alice" | jq -c .

say "Alice puts 100.00 CNY in"
call POST /v1/top-ups '{"channel": "sandbox", "money": {"amount": 10000, "currency": "CNY"}}' \
  -H "authorization: Bearer $alice" -H "idempotency-key: $(key)" | jq -c .

payment=$(jq -nc --arg to "$bob_email" \
  '{to: {email: $to}, money: {amount: 1234, currency: "CNY"}, note: "for the tea"}')
say "What would it cost to pay Bob 12.34 CNY?"
call POST /v1/transfers/preview "$payment" -H "authorization: Bearer $alice" | jq -c .

say "Alice pays Bob with her Token"
payment_key=$(key)
authorized=$(jq -c --arg token "$token" '.authorization = {security_token: $token}' <<<"$payment")
transfer=$(call POST /v1/transfers "$authorized" \
  -H "authorization: Bearer $alice" -H "idempotency-key: $payment_key")
jq . <<<"$transfer"
transfer_id=$(jq -r .id <<<"$transfer")

say "The same request again is answered the same way; nobody is paid twice"
again=$(call POST /v1/transfers "$authorized" \
  -H "authorization: Bearer $alice" -H "idempotency-key: $payment_key")
[ "$again" = "$transfer" ]

say "Both see it in their records"
for person in "$alice" "$bob"; do
  call GET '/v1/transactions?limit=1' '' -H "authorization: Bearer $person" | jq -c '.data[0]'
done
call GET /v1/wallet '' -H "authorization: Bearer $bob" | jq -c '.accounts[0]'

say "The receipt is saved and verified without asking anybody"
call GET "/v1/transfers/$transfer_id/receipt" '' -H "authorization: Bearer $alice" \
  >"$out/receipt.json"
"$tael" verify-receipt "$out/receipt.json"
printf 'saved as %s\n' "$out/receipt.json"
