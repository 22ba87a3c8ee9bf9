#!/usr/bin/python3
"""A mail server for tests, on Debian's python3-aiosmtpd: keeps what arrives in a Maildir.

usage: mail_server.py PORT MAILDIR [--starttls CERT KEY | --tls CERT KEY] [--user NAME PASSWORD]
"""

import argparse
import asyncio
import ssl

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("maildir")
parser.add_argument("--starttls", nargs=2)
parser.add_argument("--tls", nargs=2)
parser.add_argument("--user", nargs=2)
options = parser.parse_args()


class House(Mailbox):
    """Knows nobody whose name begins with `nobody`, and is busy for `later`."""

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("nobody"):
            return "550 no such mailbox: " + address
        if address.startswith("later"):
            return "451 try again: " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"


def context(files):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*files)
    return made


def known(server, session, envelope, mechanism, shown):
    name, password = (word.encode() for word in options.user)
    is_known = shown.login == name and shown.password == password
    # Not handled: the server says 535.
    return AuthResult(success=is_known, handled=False)


def talk():
    wants_user = options.user is not None
    return SMTP(
        House(options.maildir),
        hostname="mail.test",
        tls_context=context(options.starttls) if options.starttls else None,
        require_starttls=options.starttls is not None,
        authenticator=known if wants_user else None,
        auth_required=wants_user,
        # Credentials are asked for inside TLS only; from the first byte is TLS as well.
        auth_require_tls=options.tls is None,
    )


async def main():
    loop = asyncio.get_running_loop()
    wrapped = context(options.tls) if options.tls else None
    server = await loop.create_server(talk, "127.0.0.1", options.port, ssl=wrapped)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
