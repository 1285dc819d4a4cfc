"""The transport of our own against servers that others wrote."""

import asyncio
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import httpx2
import pytest
import uvicorn
from tests.sdk.scripted import authority, contexts

from novelai._transport import WHOLE
from novelai._transport.direct import DirectTransport

LARGE = Random(1).randbytes(3 * 1024 * 1024)


async def application(scope, receive, send):
    """Answer a large body by length or in chunks, an echo's digest, or nothing."""
    if scope["type"] != "http":
        return
    digest, more = sha256(), True
    while more:
        message = await receive()
        digest.update(message.get("body", b""))
        more = message.get("more_body", False)
    headers, pieces, status = [], [LARGE], 200
    if scope["path"] == "/length":
        headers = [(b"content-length", str(len(LARGE)).encode())]
    elif scope["path"] == "/digest":
        pieces = [digest.hexdigest().encode()]
    elif scope["path"] == "/nothing":
        pieces, status = [b""], 204
    else:
        pieces = [LARGE[start : start + 50_000] for start in range(0, len(LARGE), 50_000)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


class Announcing(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def uvicorn_server(http, tls):
    if http == "httptools":
        pytest.importorskip("httptools")
    config = uvicorn.Config(
        application,
        port=0,
        http=http,
        ws="none",
        log_level="critical",
        lifespan="off",
        loop="asyncio",
    )
    config.load()
    config.ssl = contexts()[0] if tls else None
    server = Announcing(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    server.ready.wait()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


class Old(BaseHTTPRequestHandler):
    """Python's own server: says all headers by hand, and closes after each answer in HTTP/1.0."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        if self.protocol_version == "HTTP/1.1":
            self.send_header("Content-Length", str(len(LARGE)))
        self.end_headers()
        self.wfile.write(LARGE)

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(LARGE)))
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def python_server(version):
    handler = type("Handler", (Old,), {"protocol_version": version})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}
http {{
  access_log off; keepalive_requests 3; ssi on; ssi_types *;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{plain}; listen 127.0.0.1:{tls} ssl;
    ssl_certificate {folder}/pem; ssl_certificate_key {folder}/pem; root {folder};
    location /length {{ ssi off; }}
    location /kept {{ keepalive_timeout 60; }}
    location /brief {{ keepalive_timeout 1ms; alias {folder}/chunks; }}
  }}
}}
"""


@contextmanager
def nginx(folder):
    """Serve files: `length` as it is, others in chunks, and three requests on a connection."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
    (folder / "pem").write_bytes(b"".join(authority()))
    for name in ("length", "chunks"):
        (folder / name).write_bytes(LARGE)
    user = "user root;\n" if os.getuid() == 0 else ""  # else it would become nobody
    (folder / "conf").write_text(user + NGINX.format(folder=folder, plain=ports[0], tls=ports[1]))
    process = subprocess.Popen(["nginx", "-c", folder / "conf", "-e", folder / "errors"])
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", ports[1])).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        yield ports
    finally:
        process.terminate()
        process.wait(20)


async def post(client, url, content=b"a", *, whole=True):
    found = await client.post(url, content=content, extensions={WHOLE: whole})
    return found.status_code, found.content


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_uvicorn(http, tls):
    """Large bodies both ways, in chunks and by length; one connection serves as long as it may."""

    async def main(url):
        transport = DirectTransport(contexts()[1])
        async with httpx2.AsyncClient(transport=transport, timeout=60) as client:
            for whole in (True, False):
                for path in ("/length", "/chunks"):
                    assert await post(client, url + path, whole=whole) == (200, LARGE)
            digest = sha256(LARGE).hexdigest().encode()
            assert await post(client, url + "/digest", LARGE) == (200, digest)
            assert await post(client, url + "/nothing") == (204, b"")
            head = await client.head(url + "/length")
            assert (head.headers["content-length"], head.content) == (str(len(LARGE)), b"")
            assert len(transport._open) == 1
            calls = (post(client, url + "/chunks", whole=bool(i % 2)) for i in range(6))
            assert await asyncio.gather(*calls) == [(200, LARGE)] * 6
            assert len(transport._open) == 6

    with uvicorn_server(http, tls) as port:
        asyncio.run(main(f"http{'s' if tls else ''}://localhost:{port}"))


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_pythons_own_server(version):
    """Bodies that end with the connection, and a version before keeping it was the rule."""

    async def main(url):
        transport = DirectTransport(contexts()[1])
        async with httpx2.AsyncClient(transport=transport, timeout=60) as client:
            for _ in range(2):
                assert await post(client, url) == (200, LARGE)
                assert (await client.head(url)).content == b""
            assert len(transport._idle) == (version == "HTTP/1.1")

    with python_server(version) as port:
        asyncio.run(main(f"http://127.0.0.1:{port}"))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nginx(scheme, tmp_path_factory):
    """By length and in chunks; it ends connections after three requests, or at once."""

    async def main(url):
        transport = DirectTransport(contexts()[1])
        async with httpx2.AsyncClient(transport=transport, timeout=60) as client:
            for turn in range(12):
                path = ("/length", "/chunks", "/brief")[turn % 3]
                extensions = {WHOLE: turn % 2 == 0}
                found = await client.get(url + path, extensions=extensions)
                assert found.content == LARGE
                assert ("content-length" in found.headers) == (path == "/length")
            missing = await client.get(url + "/missing")
            assert missing.status_code == 404

    with nginx(tmp_path_factory.mktemp("nginx")) as (plain, tls):
        asyncio.run(main(f"{scheme}://localhost:{plain if scheme == 'http' else tls}"))
