"""One way to ask for pictures, whoever answers: the worlds a contract test runs in.

``inside``  `AsyncNovelAI` and the emulator in one process, joined without a socket
``http``    `AsyncNovelAI` over HTTP
``threads`` `NovelAI` over HTTP, called from a thread
``server`` `AsyncNovelAI` over HTTP with a key of `novelai serve`, behind which is the emulator
``server threads`` the same with `NovelAI`
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from random import Random
from typing import Any

import anyio
import httpx2
from PIL import Image

from novelai import AsyncNovelAI, NovelAI, RetryPolicy
from novelai.emulator import Emulator
from novelai.pictures import GeneratedImage
from novelai.types import ImageEvent

WORLDS = ("inside", "http", "threads")
SERVER_WORLDS = ("server", "server threads")
SMALL = (128, 192)
"""A size that is drawn in no time."""

QUICK = RetryPolicy(base_delay=0.01, max_delay=0.05)
"""The usual decisions, with pauses for tests."""


class AsyncWorld:
    """Calls an `AsyncNovelAI`."""

    def __init__(self, client: AsyncNovelAI) -> None:
        self.client = client

    async def generate(self, *params: Any, **fields: Any) -> list[GeneratedImage]:
        return await self.client.image.generate(*params, **fields)

    async def watch(self, *params: Any, **fields: Any) -> list[ImageEvent]:
        async with self.client.image.generate_stream(*params, **fields) as events:
            return [event async for event in events]

    async def encode_vibe(self, *image: Any, **fields: Any) -> bytes:
        return await self.client.image.encode_vibe(*image, **fields)

    async def anlas(self) -> int:
        return await self.client.user.get_anlas()


class ThreadWorld:
    """Calls a `NovelAI`, each call in a thread of its own."""

    def __init__(self, client: NovelAI) -> None:
        self.client = client

    async def generate(self, *params: Any, **fields: Any) -> list[GeneratedImage]:
        return await _in_thread(lambda: self.client.image.generate(*params, **fields))

    async def watch(self, *params: Any, **fields: Any) -> list[ImageEvent]:
        def watched() -> list[ImageEvent]:
            with self.client.image.generate_stream(*params, **fields) as events:
                return list(events)

        return await _in_thread(watched)

    async def encode_vibe(self, *image: Any, **fields: Any) -> bytes:
        return await _in_thread(lambda: self.client.image.encode_vibe(*image, **fields))

    async def anlas(self) -> int:
        return await _in_thread(self.client.user.get_anlas)


async def _in_thread(call: Any) -> Any:
    return await anyio.to_thread.run_sync(call)


World = AsyncWorld | ThreadWorld


@asynccontextmanager
async def world_of(
    kind: str, emulator: Emulator, url: str, **options: Any
) -> AsyncGenerator[World]:
    """A client in one of the worlds; `options` are the client's own."""
    options = {
        "api_key": emulator.token,
        "base_url": url,
        "retry": QUICK,
        "rng": Random(0),
        **options,
    }
    if kind.endswith("threads"):
        # No certificates are loaded: nothing here is encrypted, and it takes 30 ms each time.
        with NovelAI(transport=httpx2.HTTPTransport(verify=False), **options) as client:
            yield ThreadWorld(client)
        return
    inside = kind == "inside"
    transport = (
        httpx2.ASGITransport(app=emulator.app)
        if inside
        else httpx2.AsyncHTTPTransport(verify=False)
    )
    async with AsyncNovelAI(transport=transport, **options) as client:
        yield AsyncWorld(client)


def opened(picture: GeneratedImage) -> Image.Image:
    """The pixels of a picture, alpha set aside."""
    return Image.open(BytesIO(picture.data)).convert("RGB")


def painted(colour: str, size: tuple[int, int] = SMALL) -> Image.Image:
    """A source picture of one colour."""
    return Image.new("RGB", size, colour)


async def until(happened: Callable[[], object]) -> None:
    """Wait for something that another thread or program does."""
    with anyio.fail_after(20):
        while not happened():  # noqa: ASYNC110 - what is waited for has no event
            await anyio.sleep(0.005)


def sent_to(emulator: Emulator, path: str = "/ai/generate-image") -> list[Any]:
    """What the emulator was asked on a path."""
    return [request for request in emulator.requests if request.path == path]
