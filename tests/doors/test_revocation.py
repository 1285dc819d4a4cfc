"""Whoever loses a right in the middle of an answer hears nothing more of it."""

import json
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest
from tests.doors.native.asking import body as native_body
from tests.doors.test_comfy_workflows import workflow
from websockets import ConnectionClosed
from websockets.sync.client import connect

from novelai.emulator import Fault
from novelai.server.keys.service import LOCAL
from novelai.server.keys.sessions import COOKIE
from novelai.server.model.job import State
from novelai.server.model.key import Limits

SECONDS = 30
"""For what ought to take a moment, on a machine that is busy."""

IMAGE = {"model": "nai-diffusion-4-5-full", "prompt": "1girl", "size": "128x192", "stream": True}
CHAT = {"model": IMAGE["model"], "stream": True, "messages": [{"role": "user", "content": "1girl"}]}
MCP = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
        "name": "generate_image",
        "arguments": {"prompt": "1girl", "size": "128x192"},
        "_meta": {"progressToken": 1},
    },
}
STREAMS = {
    "events": ("GET", "/api/events", None),
    "a job": ("GET", "/api/jobs/{job}/events", None),
    "openai pictures": ("POST", "/v1/images/generations", IMAGE | {"partial_images": 1}),
    "openai chat": ("POST", "/v1/chat/completions", CHAT),
    "native": ("POST", "/ai/generate-image-stream", native_body()),
    "mcp": ("POST", "/mcp", MCP),
}
"""Every kind of stream, by how it is asked for."""

SENTENCES = {
    "events": "event: bye",
    "a job": "event: bye",
    "openai pictures": '"error"',
    "openai chat": '"error"',
    "native": "has ended",
    "mcp": "has ended",
}


@pytest.fixture
def held(upstream, keyed):
    """NovelAI begins each picture and does not end it before the test does."""
    goes_on = threading.Event()
    fault = Fault(stall=goes_on, at="after", path="/ai/generate-image-stream", times=9)
    upstream[0].script(fault)
    yield
    goes_on.set()
    owner = keyed.run(keyed.services.keys.local())
    for job in keyed.run(keyed.services.jobs.list(owner, states=(State.RUNNING, State.QUEUED))):
        keyed.run(keyed.services.jobs.wait(owner, job.id, 15.0))


@contextmanager
def stream(server, secret, kind):
    """An open stream: its first bytes are here; gives its lines."""
    method, path, document = STREAMS[kind]
    headers = {"Accept": "application/json, text/event-stream"}
    if secret:
        headers["Authorization"] = f"Bearer {secret}"
    if "{job}" in path:
        order = {"params": {"prompt": "1girl", "size": "128x192"}}
        job = httpx2.post(f"{server.url}/api/jobs", json=order, headers=headers).json()
        path = path.format(job=job["id"])
    asking = httpx2.stream(
        method, server.url + path, json=document, headers=headers, timeout=SECONDS
    )
    with asking as answer:
        assert answer.status_code == 200, answer.read()
        lines = answer.iter_lines()
        yield lines


def change(server, key, **limits):
    server.run(server.services.keys.limit(key.owner_id, key.id, Limits(free_only=False, **limits)))


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("kind", STREAMS)
def test_a_revoked_key_hears_no_more(keyed, kind):
    """Each kind of stream of a revoked key ends at once, with a sentence where there is a place."""
    key, secret = keyed.make()
    with stream(keyed, secret, kind) as lines:
        while kind != "events" and not keyed.run(keyed.services.jobs.list(key)):
            time.sleep(0.01)  # a stream may open before its job is made
        revoke(keyed, key)
        rest = "\n".join(lines)
    assert SENTENCES[kind] in rest


def test_what_still_holds_goes_on(keyed):
    """A change that takes nothing away ends nothing, nor does the end of another key."""
    key, secret = keyed.make()
    other, _ = keyed.make()
    with stream(keyed, secret, "events") as lines:
        next(lines)
        change(keyed, key, weight=2.0)
        keyed.run(keyed.services.keys.revoke(LOCAL, other.id))
        order = {"params": {"prompt": "1girl", "size": "128x192"}}
        headers = {"Authorization": f"Bearer {secret}"}
        httpx2.post(f"{keyed.url}/api/jobs", json=order, headers=headers)
        assert any(line == "event: job.done" for line in lines)


def narrow(server, key):
    change(server, key, scopes=("generate",))


def revoke(server, key):
    server.run(server.services.keys.revoke(key.owner_id, key.id))


@pytest.mark.parametrize("end", [narrow, revoke])
def test_an_administrator_of_before_hears_no_prompt(keyed, end):
    """Whose rights were taken hears of no picture that another key asks for afterwards."""
    key, secret = keyed.make(scopes=("generate", "read", "admin"))
    _, other = keyed.make()
    with stream(keyed, secret, "events") as lines:
        next(lines)
        end(keyed, key)
        order = {"params": {"prompt": "planted", "size": "128x192"}}
        headers = {"Authorization": f"Bearer {other}", "Prefer": "wait=30"}
        assert httpx2.post(f"{keyed.url}/api/jobs", json=order, headers=headers).is_success
        rest = list(lines)
    assert "event: bye" in rest
    assert not any(line.startswith("event: job") for line in rest)


def test_a_key_that_expires_ends_its_stream(keyed):
    """A stream goes on no longer than its key, although nobody says a word."""
    _, secret = keyed.make(expires_at=time.time() + 1.0)
    with stream(keyed, secret, "events") as lines:
        assert "event: bye" in list(lines)


def test_logging_out_ends_the_streams_of_a_session(keyed):
    """A session that ends takes its open streams along; the key's own go on."""
    key, secret = keyed.make()
    with httpx2.Client(base_url=keyed.url, timeout=SECONDS) as browser:
        assert browser.post("/api/session", json={"key": secret}).is_success
        assert COOKIE in browser.cookies
        with browser.stream("GET", "/api/events") as answer, stream(keyed, secret, "events") as own:
            lines = answer.iter_lines()
            next(lines)
            next(own)
            assert browser.delete("/api/session").status_code == 204
            assert "event: bye" in list(lines)
            revoke(keyed, key)  # the other was open until now: it says goodbye only here
            assert "event: bye" in list(own)


def test_a_closed_address_ends_its_stream(keyed):
    """When the secret in an address is taken back, what was opened with it ends."""
    key, _ = keyed.make()
    path = keyed.run(keyed.services.keys.open_path(LOCAL, key.id))
    with httpx2.stream("GET", f"{keyed.url}/k/{path}/api/events", timeout=SECONDS) as answer:
        lines = answer.iter_lines()
        next(lines)
        keyed.run(keyed.services.keys.close_path(LOCAL, key.id))
        assert "event: bye" in list(lines)


def hear_all(socket):
    while True:
        socket.recv(SECONDS)


@pytest.mark.usefixtures("held")
def test_a_revoked_key_loses_its_socket(keyed):
    """ComfyUI's socket is closed with a sentence when its key is revoked."""
    key, secret = keyed.make()
    headers = {"Authorization": f"Bearer {secret}"}
    address = keyed.url.replace("http://", "ws://")
    with connect(f"{address}/ws?clientId=me", additional_headers=headers) as socket:
        assert json.loads(socket.recv(SECONDS))["type"] == "status"
        asked = {"prompt": workflow(), "client_id": "me"}
        assert httpx2.post(f"{keyed.url}/prompt", json=asked, headers=headers).is_success
        revoke(keyed, key)
        with pytest.raises(ConnectionClosed) as closed:
            hear_all(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert "has ended" in closed.value.rcvd.reason
