#!/usr/bin/env python3
"""Takes the messages of a production server, verifies each, and prints it as a line of JSON.

    examples/sms-webhook.py 9000 secret.txt

The secret is `whsec_` and base64 of at least 24 random bytes, in a file that only you can read:

    (umask 077; printf 'whsec_%s' "$(head -c 32 /dev/urandom | base64)" >secret.txt)

In tael.toml:

    [[sms]]
    gateway = "webhook"
    endpoint = "http://127.0.0.1:9000/"
    secret_file = "secret.txt"
    private = true

A real one hands the text to its provider before it answers, and remembers `webhook-id`: a message
with an id that was taken before is the same message.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

# Seconds that a request may be old or early (Standard Webhooks).
TOLERANCE = 300

port, secret_file = int(sys.argv[1]), sys.argv[2]
with open(secret_file, encoding="ascii") as file:
    key = base64.b64decode(file.read().strip().removeprefix("whsec_"))
taken = set()


def is_genuine(headers, body):
    """The signature is one of those shown, over id, time and body; and the time is now."""
    stamp = headers["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > TOLERANCE:
        return False
    signed = f"{headers['webhook-id']}.{stamp}.".encode() + body
    right = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    shown = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(one, f"v1,{right}") for one in shown)


class Gateway(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not is_genuine(self.headers, body):
            self.answer(401, {"error": "not signed by whom it should be"})
            return
        message = json.loads(body)["data"]
        if message["id"] not in taken:
            taken.add(message["id"])
            print(json.dumps(message, ensure_ascii=False), flush=True)
        self.answer(200, {"id": message["id"]})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Requests carry codes; they are not logged."""


HTTPServer(("127.0.0.1", port), Gateway).serve_forever()
