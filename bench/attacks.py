"""Requests that are meant to stop a server: how long the others wait, and what memory they take.

    .venv/bin/python -m bench.attacks [NAME ...]

Each runs against a server of its own that asks for keys, beside somebody who asks ``/healthz`` all
the time. The exit code is 1 when that took longer than `WAIT` or memory grew by more than `GROWTH`.
Other work on the machine counts against the server: run it alone.
"""

import json
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

__all__ = ["main"]

WAIT = 0.2
"""Seconds for ``/healthz``."""

GROWTH = 150
"""MiB of resident memory."""

MIB = 1024 * 1024
CHAT = "/v1/chat/completions"


@dataclass
class Server:
    """A running server, and a key for it."""

    url: str
    secret: str
    process: int

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def post(self, path: str, content: bytes, *, known: bool = True) -> int:
        """Send a body; gives the status, or 0 when the connection was ended."""
        headers = {"Content-Type": "application/json"}
        if known:
            headers["Authorization"] = f"Bearer {self.secret}"
        try:
            with httpx2.Client(base_url=self.url, timeout=120) as client:
                return client.post(path, content=content, headers=headers).status_code
        except httpx2.TransportError:
            return 0

    def resident(self) -> float:
        """MiB of memory that it holds."""
        text = Path(f"/proc/{self.process}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", text)
        assert found is not None
        return int(found[1]) / 1024


@dataclass
class Watch:
    """Asks ``/healthz`` again and again on a thread of its own."""

    server: Server
    longest: float = 0.0
    most: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask until told to stop."""
        with httpx2.Client(base_url=self.server.url, timeout=60) as client:
            while not self._over.is_set():
                begun = time.perf_counter()
                client.get("/healthz").raise_for_status()
                self.longest = max(self.longest, time.perf_counter() - begun)
                self.most = max(self.most, self.server.resident())
                time.sleep(0.02)

    @contextmanager
    def while_it_runs(self) -> Iterator[None]:
        """Watch for the length of a block."""
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *texts: bytes) -> bytes:
    """Return a grey picture as a small file, with text chunks."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    rows = [packer.compress(row * 1024) for _ in range(height // 1024)]
    data = b"".join([*rows, packer.compress(row * (height % 1024)), packer.flush()])
    chunks = b"".join(_chunk(b"tEXt", text) for text in texts)
    return b"\x89PNG\r\n\x1a\n" + head + chunks + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _at_once(number: int, call: Callable[[], int]) -> str:
    with ThreadPoolExecutor(number) as threads:
        found = [one.result() for one in [threads.submit(call) for _ in range(number)]]
    return " ".join(map(str, sorted(set(found))))


def _ask_for_a_chat(text: str) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": text}]}).encode()


def large_json(server: Server) -> str:
    """60 MiB of empty lists from a stranger."""
    return str(server.post("/api/jobs", b"[" + b"[]," * (20 * MIB) + b"[]]", known=False))


def large_known_json(server: Server) -> str:
    """The same from somebody with a key."""
    return str(server.post("/api/jobs", b"[" + b"[]," * (20 * MIB) + b"[]]"))


def _hold(server: Server, beginning: bytes, number: int) -> str:
    """Send so many beginnings, wait a while, and count how many are still taken."""
    held = []
    for _ in range(number):
        connection = socket.create_connection(server.address, timeout=60)
        connection.sendall(beginning)
        held.append(connection)
    refused = 0
    for connection in held:
        connection.settimeout(25)
        try:
            refused += connection.recv(4096)[:12] != b"HTTP/1.1 200"
        except ConnectionResetError:
            refused += 1
        except TimeoutError:
            pass
        connection.close()
    return f"{refused} of {number} ended"


def open_bodies(server: Server) -> str:
    """Ten chunked bodies of a stranger that never end."""
    head = b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    return _hold(server, head + b"10000\r\n" + b"[" * 0x10000 + b"\r\n", 10)


def open_headers(server: Server) -> str:
    """A hundred requests whose headers never end."""
    return _hold(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n", 100)


def blanks(server: Server) -> str:
    """A picture whose settings are blanks before a name that fails."""
    text = b"parameters\x00a\nSteps: 1, " + b" " * 40_000 + b"x"
    return _at_once(2, lambda: server.post("/api/metadata", png(64, 64, text)))


def chunks(server: Server) -> str:
    """A picture with 300,000 texts."""
    return str(server.post("/api/metadata", png(64, 64, *[b"a\x00b"] * 300_000)))


def pictures_in_a_chat(server: Server) -> str:
    """A chat that begins a picture 160,000 times."""
    return str(server.post(CHAT, _ask_for_a_chat("![" * 160_000)))


def brackets(server: Server) -> str:
    """Chats of 300,000 brackets of each kind."""
    found = {server.post(CHAT, _ask_for_a_chat(sign * 300_000)) for sign in "[{(<\\`"}
    return " ".join(map(str, sorted(found)))


def tall_pictures(server: Server) -> str:
    """Six pictures of 1 x 31,000,000 to look into at once."""
    picture = png(1, 31_000_000)
    return _at_once(6, lambda: server.post("/api/metadata", picture))


def square_pictures(server: Server) -> str:
    """Six pictures of 31 megapixels to look into at once."""
    picture = png(5568, 5568)
    return _at_once(6, lambda: server.post("/api/metadata", picture))


ATTACKS = (
    large_json, large_known_json, open_bodies, open_headers, blanks, chunks, pictures_in_a_chat,
    brackets, tall_pictures, square_pictures,
)  # fmt: skip


@contextmanager
def serving() -> Iterator[Server]:
    """Run a demo server that asks for keys."""
    novelai = str(Path(sys.executable).parent / "novelai")
    with tempfile.TemporaryDirectory() as folder:
        place = ["--demo", "--data", folder]
        made = subprocess.run(
            [novelai, "keys", "create", "me", "--json", *place],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        secret = json.loads(made.stdout)["secret"]
        command = [
            novelai, "serve", "--port", "0", "--require-keys", "--log-level", "warning", *place,
        ]  # fmt: skip
        said = Path(folder) / "said"
        with (
            said.open("wb") as file,
            subprocess.Popen(command, stdout=file, stderr=file) as process,
        ):
            try:
                while not (found := re.search(r"Open (\S+)/ ", said.read_text())):
                    time.sleep(0.1)
                yield Server(found[1], secret, process.pid)
            finally:
                process.terminate()


def main(*names: str) -> int:
    """Run all attacks, or those that are named, and print what they did."""
    wrong = 0
    print(f"{'attack':<22}{'answer':<22}{'seconds':>8}{'/healthz ms':>13}{'grew MiB':>10}")
    chosen = [one for one in ATTACKS if one.__name__ in names or not names]
    for attack in chosen:
        with serving() as server:
            quiet = Watch(server)
            with quiet.while_it_runs():
                server.post(
                    "/api/metadata", png(64, 64)
                )  # what is loaded for the first of its kind
                server.post(CHAT, _ask_for_a_chat("![a](b)"))
            before, watch, begun = server.resident(), Watch(server), time.perf_counter()
            with watch.while_it_runs():
                answer = attack(server)
                time.sleep(0.5)  # so that it is asked at least once
            took, grew = time.perf_counter() - begun, watch.most - before
            bad = watch.longest > WAIT or grew > GROWTH
            wrong += bad
            print(
                f"{attack.__name__:<22}{answer:<22}{took:>8.1f}{watch.longest * 1000:>13.0f}"
                f"{grew:>10.0f}{'  MISSED' if bad else ''}",
                flush=True,
            )
    print(f"{len(chosen)} attacks, {wrong} missed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
