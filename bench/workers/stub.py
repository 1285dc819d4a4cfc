"""
NovelAI reduced to its answers: every generation is answered at once, with bytes built beforehand.

    python -m bench.workers.stub '{"folder": …}'

prints its ports (the second speaks TLS), the file with the authority that signed its certificate,
and the picture's length and digest as a line of JSON, and ends when its standard input ends. It
looks at nothing but the path and whether the body asks for msgpack, and takes any number of
requests at once.
"""

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
import sys
import tempfile
import threading
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.picture import Replies, build
from bench.workers.job import given

OPUS = {
    "tier": 3,
    "active": True,
    "expiresAt": 4_000_000_000,
    "perks": {},
    "trainingStepsLeft": {"fixedTrainingStepsLeft": 10_000, "purchasedTrainingSteps": 0},
    "usage": {"percent": 100, "isNegative": False, "timeUntilNextPercent": 0},
}
"""The account, for servers that price a picture before they ask for it."""

CHUNK = 32 * 1024
"""NovelAI answers in chunks, without saying how long the whole will be."""


def head(media_type: str) -> bytes:
    """Return the start of an answer of unknown length."""
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode("ascii")


def chunked(media_type: str, pieces: tuple[bytes, ...]) -> bytes:
    """Return a whole answer, each piece in a chunk of its own."""
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head(media_type) + chunks + b"0\r\n\r\n"


def cut(data: bytes) -> tuple[bytes, ...]:
    """Cut a body into chunks of equal length."""
    return tuple(data[start : start + CHUNK] for start in range(0, len(data), CHUNK))


class Answers:
    """Whole answers by what was asked for."""

    def __init__(self, replies: Replies) -> None:
        self.archive = chunked("binary/octet-stream", cut(replies.archive))
        self.msgpack = chunked("application/msgpack", replies.msgpack)
        self.sse = chunked("text/event-stream", replies.sse)
        self.subscription = chunked("application/json", (json.dumps(OPUS).encode(),))

    def to(self, path: bytes, body: bytes) -> bytes:
        """Return the answer to a request."""
        if path.startswith(b"/user/subscription"):
            return self.subscription
        if not path.startswith(b"/ai/generate-image-stream"):
            return self.archive
        return self.msgpack if b"msgpack" in body else self.sse


class Connection(asyncio.Protocol):
    """One connection that stays open for as many requests as the client sends."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._received = bytearray()

    def connection_made(self, transport: Any) -> None:
        """Keep the transport to answer on."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            start = bytes(self._received[:end])
            total = end + 4 + body_length(start)
            if len(self._received) < total:
                return
            body = bytes(self._received[end + 4 : total])
            del self._received[:total]
            self._transport.write(self._answers.to(start.split(b" ", 2)[1], body))


def body_length(start: bytes) -> int:
    """Return the length of the body that follows a request's head."""
    for line in start.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def certified(authority: Path) -> ssl.SSLContext:
    """Make a certificate for this machine; write what clients have to trust into a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    authority.write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "both.pem")
        both.write_bytes(private + pem)
        context.load_cert_chain(both)
    return context


async def main() -> None:
    """Answer until standard input ends."""
    job = given()
    replies = build()
    answers = Answers(replies)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    authority = Path(job["folder"], "authority.pem")
    secret = await loop.create_server(
        lambda: Connection(answers), "127.0.0.1", 0, ssl=certified(authority)
    )
    ended = asyncio.Event()
    ready = {
        "port": server.sockets[0].getsockname()[1],
        "tls_port": secret.sockets[0].getsockname()[1],
        "authority": str(authority),
        "length": len(replies.png),
        "sha256": sha256(replies.png).hexdigest(),
    }
    print(json.dumps(ready), flush=True)
    threading.Thread(
        target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True
    ).start()
    await ended.wait()


def run() -> None:
    """Run on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main())
    else:
        uvloop.run(main())


if __name__ == "__main__":
    run()
