"""A server with a name, and what has to work through whatever proxy stands in front of it."""

import re
import socket
from contextlib import contextmanager

import httpx2
from tests.cli.processes import novelai, running
from websockets.sync.client import connect

__all__ = ["ADMINISTERS", "NAME", "address_of", "named_server", "see_that_it_serves"]

NAME = "pictures.example.org"
NAMED = {
    "NOVELAI_SERVER_ALLOWED_HOSTS": NAME,
    "NOVELAI_SERVER_TRUSTED_PROXIES": "127.0.0.1",
    "NOVELAI_SERVER_PUBLIC_URL": f"https://{NAME}",
}
ADMINISTERS = [
    ("GET", "/api/keys", None),
    ("POST", "/api/keys", {"name": "mine", "scopes": ["admin"]}),
    ("POST", "/api/keys/local/path", None),
    ("GET", "/api/accounts", None),
    ("POST", "/api/accounts", {"token": "pst-planted"}),
    ("POST", "/api/links", {"params": {"prompt": "a"}}),
    ("POST", "/api/jobs", {"params": {"prompt": "a"}, "webhook": "https://example.com/"}),
    ("POST", "/api/queue", {"paused": True}),
]


def address_of(program):
    """Where it listens, and the address with the token that it printed."""
    printed = program.wait_for(r"Open (\S+) or ")[1]
    return re.match(r"http://[^/]+", printed)[0], printed


@contextmanager
def named_server(folder):
    """Run a server as the guide says for one behind a proxy; gives its address and a key."""
    data = str(folder / "data")
    with running(
        *novelai("keys", "create", "me", "--admin", "--demo", "--data", data, "--json"),
        cwd=folder,
    ) as made:
        secret = made.wait_for(r'"secret": "(nvs_[^"]+)"')[1]
        made.process.wait(60)
    command = novelai("serve", "--demo", "--port", "0", "--data", data)
    with running(*command, cwd=folder, **NAMED) as program:
        url, printed = address_of(program)
        assert "token" not in printed
        yield url, secret


def see_that_it_serves(port, secret):
    """Everybody needs a key, links name the site, and pictures, streams and sockets work."""
    shown = {"Authorization": f"Bearer {secret}"}
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Host": NAME}, timeout=60
    ) as visitor:
        for method, path, body in ADMINISTERS:
            assert visitor.request(method, path, json=body).status_code == 401, path
        assert visitor.get("/api/state").status_code == 401
        assert visitor.get("/api/keys", headers=shown).status_code == 200
        order = {"params": {"prompt": "a", "size": "128x192", "steps": 2}}
        link = visitor.post("/api/links", json=order, headers=shown).json()["url"]
        assert link.startswith(f"https://{NAME}/generate?")
        login = visitor.post("/api/session", json={"key": secret})
        assert "Secure" in login.headers["set-cookie"]
        with visitor.stream("GET", "/api/events", headers=shown) as events:
            assert next(events.iter_lines()).startswith("retry:")
        there = socket.create_connection(("127.0.0.1", port))
        with connect(f"ws://{NAME}/ws", sock=there, additional_headers=shown) as talk:
            assert "status" in talk.recv(20)
