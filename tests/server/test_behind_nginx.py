"""Behind the real nginx, with the snippet that is shipped and without any: nobody administers."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.cli.processes import novelai, running
from tests.server.behind import ADMINISTERS, address_of, named_server, see_that_it_serves

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not here")

SNIPPET = Path(__file__).parents[2] / "deploy" / "proxies" / "nginx.conf"
BARE = "location / {{ proxy_pass {url}; {more} }}"
KINDS = {
    "1.0": "",
    "1.1": 'proxy_http_version 1.1; proxy_set_header Connection "";',
    "1.1 with the name": "proxy_http_version 1.1; proxy_set_header Host $http_host;",
}


@contextmanager
def nginx(folder, *servers):
    """Run nginx with these `server` blocks; gives a port for each."""
    folder.mkdir()
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in servers]
    ports = [one.getsockname()[1] for one in listening]
    for one in listening:
        one.close()
    blocks = "".join(
        f"server {{ listen 127.0.0.1:{port}; {server} }}\n"
        for port, server in zip(ports, servers, strict=True)
    )
    places = "".join(
        f"{kind}_temp_path {folder}/{kind}; "
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.getuid() == 0 else ""  # else it would become nobody
    (folder / "conf").write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {places}\n{blocks} }}"
    )
    process = subprocess.Popen(["nginx", "-c", folder / "conf", "-e", folder / "errors"])
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", ports[-1])).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        yield ports
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    """A server on which nobody needs a key, behind proxies that nobody told it of."""
    folder = tmp_path_factory.mktemp("hidden")
    with running(*novelai("serve", "--demo", "--port", "0", "--data", str(folder))) as program:
        url, printed = address_of(program)
        servers = [BARE.format(url=url, more=more) for more in KINDS.values()]
        with nginx(folder / "nginx", *servers) as ports:
            yield url, printed, dict(zip(KINDS, ports, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_hides_itself(hidden, kind):
    """Its visitors administer nothing, and over HTTP/1.0 they get nothing without a key at all."""
    _, _, ports = hidden
    with httpx2.Client(base_url=f"http://127.0.0.1:{ports[kind]}") as visitor:
        for method, path, body in ADMINISTERS:
            answer = visitor.request(method, path, json=body)
            assert answer.status_code == (401 if kind == "1.0" else 403), (path, answer.text)
        session = visitor.get("/api/session").json()
        assert "admin" not in (session["key"] or {}).get("scopes", [])
        wrong = visitor.get("/", params={"token": "wrong"})
        assert (wrong.status_code, wrong.headers.get("set-cookie")) == (303, None)
        assert visitor.get("/metrics").status_code == (401 if kind == "1.0" else 200)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_the_printed_address_opens_it(hidden, kind):
    """Who has the token administers, directly and through each proxy; it is kept as a cookie."""
    url, printed, ports = hidden
    query = printed.removeprefix(url)
    base = url if kind is None else f"http://127.0.0.1:{ports[kind]}"
    with httpx2.Client(base_url=base) as owner:
        opened = owner.get(query)
        assert opened.headers["location"] == "/"
        assert "HttpOnly" in opened.headers["set-cookie"]
        assert owner.get("/api/keys").status_code == 200
        assert "admin" in owner.get("/api/session").json()["key"]["scopes"]
    shown = {"Authorization": f"Bearer {query.partition('=')[2]}"}
    assert httpx2.get(f"{base}/api/keys", headers=shown).status_code == 200


def test_at_the_machine_nothing_is_typed(hidden):
    """The documented command draws without a key and without a token; others cannot administer."""
    url, _, _ = hidden
    drawn = subprocess.run(
        ["curl", "-sS", f"{url}/generate?prompt=1girl&size=128x192&steps=1"],
        capture_output=True, check=True, timeout=60,
    ).stdout if shutil.which("curl") else httpx2.get(
        f"{url}/generate", params={"prompt": "1girl", "size": "128x192", "steps": 1}, timeout=60
    ).content  # fmt: skip
    assert drawn.startswith(b"\x89PNG")
    assert httpx2.get(f"{url}/api/keys").status_code == 403
    assert "printed" in httpx2.get(f"{url}/api/keys").json()["detail"]


def test_the_guide_shows_the_snippet():
    """What people copy from the guide is what is tried here."""
    guide = (SNIPPET.parents[2] / "docs" / "guides" / "operations.md").read_text("utf-8")
    lines = SNIPPET.read_text("utf-8").split("\n\n", 1)[1].partition("# Pictures")[2]
    assert lines.rstrip() in guide


def test_the_snippet(tmp_path):
    """With it everybody needs a key, links name the site, and pictures, streams, sockets work."""
    with named_server(tmp_path) as (url, secret):
        snippet = SNIPPET.read_text("utf-8").replace("http://127.0.0.1:8000", url)
        with nginx(tmp_path / "nginx", snippet) as [port]:
            see_that_it_serves(port, secret)
