"""A stranger makes the server work for nothing: hardly a byte of theirs is read."""

import json
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from socket import create_connection
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from tests.server.test_process import address_of, serve

from novelai.server.app import create_app
from novelai.server.http.body_limit import MOST_VALUES, UNKNOWN, BodyLimit
from novelai.server.settings import Settings

PIECE = 8_192
ENDLESS = 100 * UNKNOWN
SPENDING = ("POST", "PUT", "PATCH", "DELETE")


def routes():
    """Method and address of every route of the server, its doors too."""
    app = create_app(Settings(demo=True, _env_file=None))
    for route in iter_route_contexts(app.router.routes):
        if route.path != "/ws":
            path = re.sub(r"\{[^}]*\}", "nothing", route.path)
            for method in route.methods or ("GET",):
                yield method, path
    yield "POST", "/nowhere"
    yield "POST", "/k/nvp_wrong/api/jobs"


ROUTES = sorted(set(routes()) | {(method, path) for method in SPENDING for _, path in routes()})


class Asked:
    """One request with an endless body, asked without a server in between.

    Attributes:
        taken: bytes of it that were read.
    """

    def __init__(self, server, method, path, *, announced, piece=b"x" * PIECE, text="", **headers):
        self.taken, self.status, self.body = 0, None, b""
        self._size = len(text) or ENDLESS
        self._piece, self._text = piece, text.encode()
        sent = {"host": "127.0.0.1:8000", "content-type": "application/json"} | headers
        sent |= (
            {"content-length": str(self._size)} if announced else {"transfer-encoding": "chunked"}
        )
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "state": dict(server.app_state),
        }
        server.portal.call(lambda: server.app(self._scope, self._receive, self._send))

    async def _receive(self):
        if self.taken >= self._size:
            return {"type": "http.disconnect"}
        piece = self._text[self.taken : self.taken + PIECE] or self._piece
        self.taken += len(piece)
        return {"type": "http.request", "body": piece, "more_body": self.taken < self._size}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")


@pytest.mark.parametrize("announced", [True, False])
def test_hardly_a_byte_of_a_stranger_is_read(keyed, announced):
    """No route reads more than 64 KiB before it knows who sends them, announced or in pieces."""
    assert len(ROUTES) > 200
    too_much, taken_by_strangers = {}, {}
    for method, path in ROUTES:
        asked = Asked(keyed, method, path, announced=announced)
        if asked.taken > UNKNOWN:
            too_much[method, path] = asked.taken
        if asked.status is None or asked.status < 400:
            taken_by_strangers[method, path] = asked.status
    assert too_much == {}
    # Logging out needs no key, and a folder of files sends elsewhere: no body is looked at.
    answered = {path for method, path in taken_by_strangers if method in SPENDING}
    assert answered <= {"/api/session", "/assets"}


@pytest.mark.parametrize("announced", [True, False])
def test_a_stranger_is_told_who_may(keyed, announced):
    """A long body without a key is answered 401 at once, in a sentence."""
    asked = Asked(keyed, "POST", "/api/jobs", announced=announced)
    assert asked.status == 401
    assert json.loads(asked.body)["code"] == "unauthenticated"
    assert asked.taken == (0 if announced else UNKNOWN)


def test_a_long_body_of_somebody_is_read(keyed, make_key):
    """Who shows a key is read to the end."""
    _, secret = make_key()
    shown = {"authorization": f"Bearer {secret}"}
    asked = Asked(keyed, "POST", "/api/uploads", announced=False, **shown)
    assert asked.taken == ENDLESS
    assert asked.status == 422  # it is no picture


def test_a_bot_shows_its_key_first(keyed, make_key):
    """A key in a long body is found in its beginning; a wrong one, or none, is not read on."""
    _, secret = make_key()
    wish = {"steps": 99, "more": "x" * 3 * UNKNOWN}
    documents = [
        ({"token": secret} | wish, 422),  # no picture has so many steps
        ({"token": "nvs_wrong"} | wish, 401),
        (wish | {"token": secret}, 401),
        (wish, 401),
    ]
    for announced in (True, False):
        for document, status in documents:
            text = json.dumps(document)
            asked = Asked(keyed, "POST", "/nai2api/api/jobs", announced=announced, text=text)
            assert asked.status == status
            assert status == 422 or asked.taken <= UNKNOWN


@pytest.mark.parametrize("path", ["/api/jobs", "/v1/images/generations", "/sdapi/v1/txt2img"])
def test_json_of_a_million_values_is_not_taken(visitor, path):
    """Whoever it is: JSON that would take seconds to read is refused while it comes."""
    asked = Asked(visitor, "POST", path, announced=False, piece=b"[[],[],[],[]," * 500)
    assert asked.status == 413
    assert f"{MOST_VALUES:,} values" in asked.body.decode()
    assert asked.taken < ENDLESS / 2


def test_a_text_with_many_commas_is_taken(visitor):
    """A body that is no JSON may hold any bytes."""
    answer = visitor.post("/api/uploads", content=b"\x89PNG" + b"," * 2 * MOST_VALUES)
    assert answer.status_code == 422


def test_a_stranger_who_drips_is_not_waited_for(keyed):
    """A body that does not come is given up after a while, unless its caller is known."""
    sent = []

    async def read(_scope, receive, _send):
        await receive()

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [],
        "state": dict(keyed.app_state),
    }
    limited = BodyLimit(read, limit=1, patience=0.01)
    keyed.portal.call(lambda: limited(scope, anyio.sleep_forever, send))
    assert sent[0]["status"] == 401


def resident(process):
    """The memory of a process, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


LARGE = 60 * 1024 * 1024
TARGETS = ["/api/jobs", "/v1/images/generations", "/sdapi/v1/txt2img", "/nai2api/api/jobs",
           "/ai/generate-image", "/mcp", "/prompt", "/api/session"]  # fmt: skip


def post_without_a_key(address, path, *, announced, answers):
    """Send 60 MiB of small lists, as fast as they are taken, until an answer comes."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    length = f"Content-Length: {LARGE}" if announced else "Transfer-Encoding: chunked"
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    piece = b"[[],[],[],[]]," * 4_681
    if not announced:
        piece = b"%x\r\n%s\r\n" % (len(piece), piece)
    with create_connection((host, port), 30) as socket:
        with suppress(OSError):
            socket.sendall(f"{head}{length}\r\n\r\n".encode())
            for _ in range(LARGE // len(piece)):
                socket.sendall(piece)
        with suppress(OSError):
            answers.append(socket.recv(4096).split(b"\r\n")[0])


def test_a_crowd_of_strangers_is_not_noticed():
    """While eight strangers post 60 MiB each, others are answered, and the server stays small."""
    with serve("--demo", "--require-keys") as program:
        address = address_of(program)
        answers, slowest = [], 0.0
        with httpx2.Client(base_url=address, timeout=30) as visitor:
            visitor.get("/healthz").raise_for_status()
            before = most = resident(program.process)
            threads = [
                threading.Thread(
                    target=post_without_a_key,
                    args=(address, path),
                    kwargs={"announced": number % 2 == 0, "answers": answers},
                )
                for number, path in enumerate(TARGETS)
            ]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                begun = time.monotonic()
                visitor.get("/healthz").raise_for_status()
                slowest = max(slowest, time.monotonic() - begun)
                most = max(most, resident(program.process))
                time.sleep(0.02)
    assert len(answers) == len(TARGETS)
    assert {answer.split()[1] for answer in answers} == {b"401"}
    assert most - before < 150 * 1024 * 1024
    assert slowest < 5  # it was 25 seconds; here a machine may be busy
