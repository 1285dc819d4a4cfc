"""
One client at work: `python -m bench.workers.client '{"kind": "ours", "base": …}'`.

The kinds that begin with `sdk` run in an environment that has novelai-sdk, `api` in one that has
novelai-api, the others in ours: the first is imported as `novelai`, too, and the documented part of
the interface is the same.
"""

import asyncio
import zipfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from hashlib import sha256
from io import BytesIO
from typing import Any

from bench.workers.floor import Floor
from bench.workers.job import One, answer, drive, given

TOKEN = "pst-" + "0" * 64
WANTED = {"prompt": "1girl, cat ears, maid", "model": "nai-diffusion-4-5-full", "size": "portrait"}
Job = dict[str, Any]
Kind = Callable[[Job], AbstractAsyncContextManager[One]]


class Check:
    """Makes sure that what is measured gives the picture; the digest is compared once."""

    def __init__(self, job: Job) -> None:
        self._length: int | None = job.get("length")
        self._digest: str | None = job.get("sha256")

    def __call__(self, data: bytes) -> None:
        """Raise unless these are the bytes of the picture, where the job knows them."""
        if self._length is not None and len(data) != self._length:
            raise RuntimeError(f"got {len(data)} bytes instead of {self._length}")
        if self._digest is not None and sha256(data).hexdigest() != self._digest:
            raise RuntimeError("got other bytes than were sent")
        self._digest = None


def client_of(job: Job, *, straight: bool) -> Any:
    """Return this package's client; unless `straight`, on httpx2's own transport."""
    import httpx2

    from novelai import AsyncNovelAI

    return AsyncNovelAI(
        TOKEN,
        base_url=job["base"],
        concurrency=job["in_flight"],
        transport=None if straight else httpx2.AsyncHTTPTransport(),
    )


def ours(read: Callable[[Any], bytes], *, straight: bool = True) -> Kind:
    """Generate with this package; `read` takes the bytes out of the picture."""

    @asynccontextmanager
    async def kind(job: Job) -> AsyncGenerator[One]:
        from novelai.types import GenerateImageParams

        check, params = Check(job), GenerateImageParams(**WANTED)
        async with client_of(job, straight=straight) as client:

            async def one() -> None:
                check(read((await client.image.generate(params))[0]))

            yield one

    return kind


def saved(picture: Any) -> bytes:
    """Save a picture as PNG, as programs do."""
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def ours_streamed(framing: str, *, straight: bool = True) -> Kind:
    """Watch a generation with this package."""

    @asynccontextmanager
    async def kind(job: Job) -> AsyncGenerator[One]:
        from novelai.types import GenerateImageParams

        check, params = Check(job), GenerateImageParams(**WANTED)
        async with client_of(job, straight=straight) as client:

            async def one() -> None:
                events = [
                    event async for event in client.image.generate_stream(params, framing=framing)
                ]
                check(events[-1].data)

            yield one

    return kind


def posted(*, unzip: bool) -> Kind:
    """Send the same body with httpx2 alone, and perhaps take the picture out of the answer."""

    @asynccontextmanager
    async def kind(job: Job) -> AsyncGenerator[One]:
        import httpx2

        check = Check(job)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client:

            async def one() -> None:
                url = f"{job['base']}/ai/generate-image"
                reply = await client.post(url, content=job["body"].encode())
                reply.raise_for_status()
                if unzip:
                    check(unzipped(reply.content))

            yield one

    return kind


def unzipped(content: bytes) -> bytes:
    """Take the picture out of the archive."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read(archive.infolist()[0])


def sdk(use: Callable[[Any], object]) -> Kind:
    """Generate with novelai-sdk; its pictures hold no bytes, so none are compared."""

    @asynccontextmanager
    async def kind(job: Job) -> AsyncGenerator[One]:
        from novelai import AsyncNovelAI
        from novelai.types import GenerateImageParams

        params = GenerateImageParams(**WANTED)
        async with AsyncNovelAI(api_key=TOKEN, image_base=job["base"]) as client:

            async def one() -> None:
                picture = (await client.image.generate(params))[0]
                use(picture)
                if picture.size != (832, 1216):
                    raise RuntimeError(f"got a picture of {picture.size}")

            yield one

    return kind


@asynccontextmanager
async def sdk_streamed(job: Job) -> AsyncGenerator[One]:
    """Watch a generation with novelai-sdk: text only, pictures left in base64."""
    from novelai import AsyncNovelAI
    from novelai.types import GenerateImageStreamParams

    params = GenerateImageStreamParams(**WANTED)
    async with AsyncNovelAI(api_key=TOKEN, image_base=job["base"]) as client:

        async def one() -> None:
            events = [event async for event in client.image.generate_stream(params)]
            if events[-1].event_type != "final":
                raise RuntimeError("the stream has no picture")

        yield one


@asynccontextmanager
async def api(job: Job) -> AsyncGenerator[One]:
    """Generate with novelai-api, on the session that its examples make."""
    from aiohttp import ClientSession
    from novelai_api import NovelAIAPI, _low_level
    from novelai_api.ImagePreset import ImageModel, ImagePreset

    check, model = Check(job), ImageModel.Anime_v45_Full
    preset = ImagePreset.from_default_config(model)
    _low_level.IMAGE_API_ADDRESS = job["base"]
    async with ClientSession() as session:
        client = NovelAIAPI(session)
        client.headers["Authorization"] = f"Bearer {TOKEN}"

        async def one() -> None:
            pictures = client.high_level.generate_image(WANTED["prompt"], model, preset)
            found = [data async for _, data in pictures]
            check(found[0])

        yield one


@asynccontextmanager
async def floor(job: Job) -> AsyncGenerator[One]:
    """Post the same body by hand, and unpack the picture."""
    check, by_hand = Check(job), Floor(job, "/ai/generate-image", job["body"].encode())

    async def one() -> None:
        check(await by_hand.picture())

    yield one
    by_hand.close()


@asynccontextmanager
async def floor_streamed(job: Job) -> AsyncGenerator[One]:
    """Take a stream of msgpack frames by hand."""
    import msgpack

    body = b'{"parameters":{"stream":"msgpack"}}'
    check, by_hand = Check(job), Floor(job, "/ai/generate-image-stream", body)

    async def one() -> None:
        frames = [msgpack.unpackb(memoryview(chunk)[4:]) for chunk in await by_hand.post()]
        check(frames[-1]["image"])

    yield one
    by_hand.close()


KINDS: dict[str, Kind] = {
    "ours": ours(lambda picture: picture.data),
    "ours-saved": ours(saved),
    "ours-httpx2": ours(lambda picture: picture.data, straight=False),
    "ours-msgpack": ours_streamed("msgpack"),
    "ours-sse": ours_streamed("sse"),
    "ours-httpx2-msgpack": ours_streamed("msgpack", straight=False),
    "post": posted(unzip=False),
    "post-unzip": posted(unzip=True),
    "sdk": sdk(lambda picture: picture.size),
    "sdk-saved": sdk(saved),
    "sdk-stream": sdk_streamed,
    "api": api,
    "floor": floor,
    "floor-msgpack": floor_streamed,
}


async def main(job: Job) -> None:
    """Work as the job says, and answer what it took."""
    async with KINDS[job["kind"]](job) as one:
        answer(**await drive(one, in_flight=job["in_flight"], seconds=job["seconds"]))


if __name__ == "__main__":
    asyncio.run(main(given()))
