"""`novelai serve` as a process: it says where it is, keeps secrets, and stops when told."""

import signal
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import httpx2
import pytest
from tests.cli.processes import PATIENCE, novelai, running
from websockets import ConnectionClosed
from websockets.sync.client import connect

from novelai.emulator import Emulator, Fault

PROMPT = "planted-prompt"
PATIENT = {"NOVELAI_SERVER_GRACE": "600"}
"""What would let a server that waits for its visitors outlive the tests' own patience."""


@contextmanager
def serve(*options: str, **environment: str):
    """A server with a data folder of its own."""
    with TemporaryDirectory() as folder:
        command = novelai("serve", "--port", "0", "--data", folder, *options)
        with running(*command, **environment) as program:
            yield program


def address_of(program) -> str:
    return program.wait_for(r"Open (http://[^/\s]+)/\S* or ")[1]


@pytest.fixture(scope="module")
def demo():
    """The demo with its usual pace, so that a stream takes a while."""
    with serve("--demo") as program:
        yield program, address_of(program)


def test_it_says_where_it_is(demo):
    """The line to click is printed, with the note that this is a demo."""
    program, address = demo
    assert address.startswith("http://127.0.0.1:")
    assert "nothing is charged" in program.output
    assert httpx2.get(f"{address}/healthz").json()["demo"] is True


def test_a_prompt_goes_in_and_a_picture_comes_out(demo):
    """The process answers a picture; its log tells the path and not the prompt."""
    program, address = demo
    ask = {"prompt": PROMPT, "size": "128x192", "steps": 1}
    answer = httpx2.get(f"{address}/generate", params=ask)
    assert answer.headers["content-type"] == "image/png"
    program.wait_for(r"GET /generate HTTP/1\.1\" 200")
    assert PROMPT not in program.output


def test_it_stops_with_a_stream_open():
    """An open page does not keep the server from stopping: its stream says goodbye."""
    with serve("--demo", **PATIENT) as program:
        address = address_of(program)
        with httpx2.stream("GET", f"{address}/api/events", timeout=20) as answer:
            coming = answer.iter_lines()
            assert next(coming).startswith("retry:")
            code, _ = program.stop()
            assert "event: bye" in list(coming)
    assert code in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    assert "Traceback" not in program.output


def test_it_stops_with_a_socket_open():
    """A client of ComfyUI's socket is told by a code that the server goes, and does not hold it."""
    with serve("--demo", **PATIENT) as program:
        address = address_of(program).replace("http://", "ws://")
        with connect(f"{address}/ws?clientId=me") as socket:
            assert "status" in socket.recv(20)
            code, _ = program.stop()
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(20)
    assert closed.value.rcvd is not None
    # Going away; or uvicorn, which stops at the same moment, was first: it restarts.
    assert closed.value.rcvd.code in {1001, 1012}
    assert code in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    assert "Traceback" not in program.output


@pytest.fixture(scope="module")
def emulator():
    return Emulator(fast=True)


@pytest.fixture(scope="module")
def url(emulator):
    with emulator.serve() as url:
        yield url


def test_no_secret_is_logged(emulator, url):
    """At the most talkative level, neither token nor prompt reaches the log, come what may."""
    token = "pst-planted-token"
    environment = {"NOVELAI_API_KEY": token, "NOVELAI_BASE_URL": url}
    path = "/ai/generate-image-stream"
    faults = [
        Fault(status=500, path=path),
        Fault(body="hello", path=path),
        Fault(drop=True, path=path),
        Fault(status=401, path=path),
    ]
    with serve("--log-level", "debug", **environment) as program:
        address = address_of(program)
        with httpx2.Client(base_url=address, timeout=20) as visitor:
            answers: list[httpx2.Response] = []
            for fault in faults:  # a free picture: after all but the last it is tried again
                emulator.script(fault)
                ask = {"prompt": PROMPT, "size": "128x192"}
                answers.append(visitor.get("/generate", params=ask))
            answers += [
                visitor.get("/generate", params={"prompt": PROMPT, "steps": 99}),
                visitor.post("/api/jobs", json={"params": {"prompt": PROMPT, "size": "64x64"}}),
                visitor.get("/generate", params={"prompt": PROMPT}, headers={"Host": "evil"}),
                visitor.get(f"/{PROMPT}"),
            ]
        assert [answer.status_code for answer in answers] == [
            200, 200, 200, 502, 422, 503, 403, 404,
        ]  # fmt: skip
        program.wait_for("404")
        program.stop()
    log = program.output.replace(f"GET /{PROMPT} ", "")  # a path is no place for a prompt
    assert PROMPT not in log
    assert token not in log
    for answer in answers[3:6]:
        assert PROMPT not in answer.text
        assert token not in answer.text


def test_it_needs_a_token_or_the_demo(tmp_path):
    """Without a token it does not start, and the sentence names both ways to go on."""
    command = novelai("serve", "--port", "0", "--data", "new")
    with running(*command, cwd=tmp_path) as program:
        assert program.process.wait(PATIENCE) != 0
        program.wait_for("NOVELAI_API_KEY")
        program.wait_for("novelai serve --demo")
        assert "Traceback" not in program.output


def test_it_listens_on_this_machine_only():
    """An address that others can reach is refused before it listens, with the way out."""
    with serve("--demo", "--host", "0.0.0.0") as program:
        assert program.process.wait(PATIENCE) != 0
        program.wait_for("Not listening on 0.0.0.0")
        program.wait_for("novelai keys create")
        assert "Traceback" not in program.output
