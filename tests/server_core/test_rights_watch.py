"""Answers end with the rights of their caller, also when another process took those."""

import time
from collections.abc import AsyncGenerator
from typing import Any

import anyio
import pytest
from sqlalchemy import update
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send
from tests.server_core.conftest import Opening

from novelai.server.http.dependencies import identify
from novelai.server.http.rights_watch import RightsWatch
from novelai.server.keys.service import LOCAL
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.storage.tables import keys

pytestmark = pytest.mark.anyio

SECONDS = 30.0


async def listen(
    services: Services, secret: str, check: float, begun: anyio.Event
) -> list[Message]:
    """Ask for an endless stream with a key; gives what was sent when it has ended."""
    sent: list[Message] = []

    async def endless() -> AsyncGenerator[bytes]:
        yield b": here\n\n"
        begun.set()
        await anyio.sleep_forever()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await identify(scope)
        await StreamingResponse(endless(), media_type="text/event-stream")(scope, receive, send)

    async def receive() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": "/api/events",
        "headers": [(b"authorization", f"Bearer {secret}".encode())],
        "state": {"services": services, "settings": Settings(require_keys=True)},
    }
    with anyio.fail_after(SECONDS):
        await RightsWatch(app, check=check)(scope, receive, send)
    return sent


async def ended_by(services: Services, end: Any, *, check: float) -> bool:
    """Tell whether a stream ends with a sentence when something is done to its key."""
    await services.keys.local()
    key, secret = await services.keys.create(LOCAL, "listener")
    begun, found = anyio.Event(), []

    async def hear() -> None:
        found.extend(await listen(services, secret, check, begun))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hear)
        await begun.wait()
        await end(key)
    return b"has ended" in found[-1]["body"] and not found[-1]["more_body"]


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
async def test_another_process_revokes_a_key(opening: Opening) -> None:
    """Over Postgres, a key that one process revokes ends the streams of the others at once."""
    async with opening(work=False) as here, opening(work=False) as there:

        async def revoke(key: Key) -> None:
            await there.keys.revoke(LOCAL, key.id)

        assert await ended_by(here, revoke, check=1_000.0)


async def test_a_change_that_nobody_tells(opening: Opening) -> None:
    """A key that a command revokes beside a server on SQLite is looked up again after a while."""
    async with opening(work=False) as services:

        async def revoke(key: Key) -> None:
            async with services.context.database.write() as connection:
                query = update(keys).where(keys.c.id == key.id)
                await connection.execute(query.values(revoked_at=time.time()))

        assert await ended_by(services, revoke, check=0.05)
