"""A service on a socket that does as it is told: reads so much, says so much, and leaves."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

STALL = object()
"""Do nothing more until the other side leaves."""


@dataclass
class Scripted:
    """What came of it.

    Attributes:
        port: where it listens.
        steps: what it does on the connections that come from now on.
        heard: bytes of requests that it read, for each connection.
        left: set when a connection has ended on either side.
        accepted: set when a connection was accepted.
        said: set when it said something.
    """

    port: int
    steps: tuple
    heard: list[bytearray] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    said: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def asked(self):
        """How many connections brought any byte of a request."""
        return sum(bool(heard) for heard in self.heard)


async def hear(connection, heard, until):
    """Read until so many bytes, or a request as a whole, came; false if the other side left."""
    loop = asyncio.get_running_loop()
    while not (len(heard) >= until if isinstance(until, int) else is_request(heard)):
        size = min(until - len(heard), 65_536) if isinstance(until, int) else 65_536
        data = await loop.sock_recv(connection, size)
        if not data:
            return False
        heard += data
    return True


def is_request(heard):
    head, blank, body = bytes(heard).partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
    return bool(blank)


async def take(step, connection, service, heard):
    """Do one step; return false if the other side left."""
    loop = asyncio.get_running_loop()
    if step is STALL:
        return await hear(connection, bytearray(), 2**40)
    if isinstance(step, bytes):
        await loop.sock_sendall(connection, step)
        service.said.set()
        return True
    if isinstance(step, asyncio.Event):
        return await step.wait()
    came = bytearray()
    alive = await hear(connection, came, step)
    heard += came
    return alive


@asynccontextmanager
async def scripted(*steps, again=True, reset=False):
    """Serve, on each connection, step by step.

    A step is a number of bytes to read (``None``: a whole request), bytes to say, an event to wait
    for, or `STALL`. With ``again`` the steps begin anew on the same connection.
    """
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    service = Scripted(listener.getsockname()[1], steps)
    tasks = set()

    async def play(connection):
        heard, plan = bytearray(), service.steps
        service.heard.append(heard)
        with connection, suppress(OSError):
            for step in cycle(plan) if again else plan:
                if not await take(step, connection, service, heard):
                    return
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def serve():
        while True:
            connection, _ = await loop.sock_accept(listener)
            service.accepted.set()
            task = loop.create_task(play(connection))
            tasks.add(task)
            task.add_done_callback(lambda _: service.left.set())

    tasks.add(loop.create_task(serve()))
    try:
        yield service
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        listener.close()


@cache
def authority():
    """Return a certificate's authority, and contexts of both sides; made once for a run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem, private


def contexts():
    """Return TLS settings of a service, and of clients who trust it."""
    pem, private = authority()
    service = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        path.write_bytes(private + pem)
        service.load_cert_chain(path)
    client = ssl.create_default_context(cadata=pem.decode())
    return service, client
