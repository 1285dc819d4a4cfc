"""One client in several processes and on several event loops; real connections, real forks."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import httpx2
import pytest
from tests.sdk.making import archive, final, frames, png, preview
from tests.sdk.services import KEY, Service, reply, streamed

from novelai import AsyncNovelAI, ConfigurationError, NovelAI
from novelai.emulator import Emulator

PICTURE = png()
ZIP = archive(PICTURE)
PROGRAM = Path(__file__).with_name("owners.py")
FORKING = (
    {"fork": 5, "prefork": 6, "fork async": 5, "fork inside": 6} if hasattr(os, "fork") else {}
)
LOOPING = {
    "run": 1,
    "trio": 1,
    "threads": 3,
    "close in the middle": 1,
    "close elsewhere": 1,
    "bare loop": 1,
}
PROGRAMS = FORKING | LOOPING
"""Those of `owners.py`, and how many pictures each makes in a round."""

ROUNDS = 2


@pytest.fixture(scope="module")
def served():
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture(scope="module")
def ran(served):
    """All programs, one after another: starting Python takes longer than they do."""
    emulator, url = served
    warned = ("-W", "default::ResourceWarning", "-W", "ignore::DeprecationWarning")
    return subprocess.run(
        [sys.executable, *warned, str(PROGRAM), url, emulator.token, str(ROUNDS), *PROGRAMS],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_everybody_gets_the_own_picture(ran, program):
    """Whichever process or loop asks, it gets what it asked for, and nobody waits for ever."""
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    mine = [line for line in lines if line["program"] == program]
    assert [line["came"] for line in mine] == [line["asked"] for line in mine]
    assert len(mine) == PROGRAMS[program] * ROUNDS, ran.stderr


def test_nothing_is_left_open(ran):
    """No program ends in an error, and connections are closed with their loops."""
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_client_may_be_made_before_its_loop(served):
    """A client made at import time works in loop after loop, asyncio's and trio's."""
    emulator, url = served
    client = AsyncNovelAI(emulator.token, base_url=url)
    for backend in ("asyncio", "trio", "asyncio"):
        assert anyio.run(client.user.get_anlas, backend=backend) > 0
    anyio.run(client.close)


@pytest.mark.parametrize("given", ["transport", "http_client"])
def test_what_was_handed_in_serves_one_loop(given):
    """A transport of another loop is refused before anything is sent, with what to do."""
    service = Service(reply(200, ZIP))
    handed = service if given == "transport" else httpx2.AsyncClient(transport=service)
    client = AsyncNovelAI(KEY, **{given: handed})

    async def generate():
        return await client.image.generate(prompt="a")

    async def watch():
        async with client.image.generate_stream(prompt="a") as events:
            return [event async for event in events]

    assert asyncio.run(generate())[0].data == PICTURE
    for call in (generate, watch, client.user.get_subscription):
        with pytest.raises(ConfigurationError, match="one client") as caught:
            asyncio.run(call())
        assert caught.value.charged == "no"
    assert service.calls == 1
    asyncio.run(client.close())


@pytest.mark.parametrize("kind", [httpx2.MockTransport, httpx2.ASGITransport])
def test_a_transport_without_connections_serves_every_loop(kind):
    """Transports that hold no connection may be used on loop after loop."""

    async def app(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": ZIP})

    client = AsyncNovelAI(
        KEY, transport=kind(reply(200, ZIP) if kind is httpx2.MockTransport else app)
    )
    for _ in range(2):
        pictures = asyncio.run(client.image.generate(prompt="a"))
        assert pictures[0].data == PICTURE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("given", ["transport", "http_client"])
def test_what_was_handed_in_serves_one_process(given):
    """A forked child is told that the transport is its parent's; nothing is sent."""
    service = Service(reply(200, ZIP))
    handed = service if given == "transport" else httpx2.Client(transport=service)
    client = NovelAI(KEY, **{given: handed})
    client.image.generate(prompt="a")
    assert in_a_child(lambda: client.image.generate(prompt="b")) == "ConfigurationError no"
    assert in_a_child(client.close) == "nothing"
    client.close()
    assert service.closed == (given == "transport")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_stream_is_read_where_it_was_begun():
    """A forked child cannot take the parent's stream away; the parent reads it to its end."""
    pieces = [frames(preview(1)), frames(preview(2)), frames(final(PICTURE))]
    client = NovelAI(KEY, transport=httpx2.MockTransport(streamed(*pieces)))
    with client.image.generate_stream(prompt="a") as events:
        next(events)
        assert in_a_child(lambda: list(events)) == "ConfigurationError unknown"
        assert len(list(events)) == 2
    client.close()


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_closed_client_says_so(colour):
    """After `close` every call is refused before it is sent."""
    service = httpx2.MockTransport(reply(200, ZIP))
    if colour == "sync":
        client = NovelAI(KEY, transport=service)
        client.close()
        client.close()
        with pytest.raises(ConfigurationError, match="closed") as caught:
            client.image.generate(prompt="a")
    else:
        other = AsyncNovelAI(KEY, transport=service)
        asyncio.run(other.close())
        asyncio.run(other.close())
        with pytest.raises(ConfigurationError, match="closed") as caught:
            asyncio.run(other.image.generate(prompt="a"))
    assert caught.value.charged == "no"


def in_a_child(action) -> str:
    """Fork, do something in the child, and tell how it ended."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            action()
            said = "nothing"
        except BaseException as error:  # noqa: BLE001 - the parent is told
            said = f"{type(error).__name__} {getattr(error, 'charged', error)}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said
