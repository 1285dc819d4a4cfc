"""
Requests being made: `python -m bench.workers.bodies '{"kind": "ours", "base": …}'`.

Says what it takes to make a body of parameters, and for how long the event loop stands still while
a large picture becomes part of one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from random import Random
from statistics import median
from typing import Any

from PIL import Image

from bench.measure import usage
from bench.workers.job import answer, given

TOKEN = "pst-" + "0" * 64
WANTED = {"prompt": "1girl, cat ears, maid", "model": "nai-diffusion-4-5-full", "size": "portrait"}
TICK = 0.001


def source() -> bytes:
    """Return a picture of about 1 MB to start from."""
    size = (832, 1216)
    noise = Image.frombytes("L", size, Random(3).randbytes(size[0] * size[1]))
    buffer = BytesIO()
    Image.merge("RGB", [noise.point([value >> 6 for value in range(256)])] * 3).resize(
        (1664, 2432)
    ).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def ours() -> Callable[[], bytes]:
    """Build a body with this package."""
    from bench.body import generation_request

    return generation_request


def sdk() -> Callable[[], str]:
    """Build a body with novelai-sdk."""
    from novelai import NovelAI
    from novelai.types import GenerateImageParams

    client = NovelAI(api_key=TOKEN)
    return lambda: (
        GenerateImageParams(**WANTED).to_api_request(client).model_dump_json(exclude_none=True)
    )


def cpu_ms(build: Callable[[], Any], seconds: float) -> float:
    """Return the CPU time of one body."""
    build()
    done, before = 0, usage()
    until = time.perf_counter() + seconds
    while done == 0 or time.perf_counter() < until:
        build()
        done += 1
    return (usage().cpu_ms - before.cpu_ms) / done


def image_to_image(kind: str, base: str, picture: bytes) -> Callable[[], Awaitable[Any]]:
    """Return a call that generates from a picture."""
    from novelai import AsyncNovelAI
    from novelai.types import GenerateImageParams, I2iParams

    client = AsyncNovelAI(api_key=TOKEN, image_base=base)

    async def call() -> None:
        # novelai-sdk takes no bytes, but an opened picture.
        image = Image.open(BytesIO(picture)) if kind == "sdk" else picture
        params = GenerateImageParams(**WANTED, i2i=I2iParams(image=image, strength=0.7))
        await client.image.generate(params)

    return call


async def longest_block(call: Callable[[], Awaitable[Any]]) -> float:
    """Return the longest time in milliseconds for which the loop ran nothing else."""
    longest, ended = 0.0, False

    async def tick() -> None:
        nonlocal longest
        while not ended:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            longest = max(longest, time.perf_counter() - began - TICK)

    ticking = asyncio.create_task(tick())
    await call()
    ended = True
    await ticking
    return longest * 1000


async def blocks(job: dict[str, Any]) -> list[float]:
    """Return the longest block of each of some calls, after one that imports."""
    call = image_to_image(job["kind"], job["base"], source())
    await call()
    return [await longest_block(call) for _ in range(job["calls"])]


if __name__ == "__main__":
    job = given()
    build = {"ours": ours, "sdk": sdk}[job["kind"]]()
    found = asyncio.run(blocks(job))
    answer(cpu_ms=cpu_ms(build, job["seconds"]), block_ms=median(found))
