"""Inpainting results put together by the worker: what came is kept first, and never lost."""

import time
from collections.abc import AsyncGenerator
from io import BytesIO

import pytest
from PIL import Image
from tests.server_core.conftest import Opening
from tests.server_core.helpers import HandClock, person
from tests.server_core.orders import EDGE, MODEL, source
from tests.server_core.scenes import begun, doubted, read, watch_doubtful

from novelai.emulator import EMULATOR_PUBLIC_KEY
from novelai.metadata import extract_metadata, verify_signature
from novelai.server.images.filter import Filter
from novelai.server.images.sweep import sweep_orphans
from novelai.server.model.image import Image as GalleryImage
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.upstream.perform import Output
from novelai.server.worker.attempt import Attempt, look, spool
from novelai.server.worker.composing import compose_made
from novelai.server.worker.finish import finish_call
from novelai.server.worker.reconciler import reconcile
from novelai.server.worker.run import run
from novelai.types.generation import GenerateImageParams
from novelai.types.inpaint import InpaintParams

pytestmark = pytest.mark.anyio

COLOUR = (3, 90, 160)
FAR = (EDGE - 1, EDGE - 1)


@pytest.fixture
def url(url_with_tables: str) -> str:
    return url_with_tables


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def services(opening: Opening, clock: HandClock) -> AsyncGenerator[Services]:
    async with opening(work=False, clock=clock) as services:
        yield services


@pytest.fixture
async def key(services: Services) -> Key:
    return await person(services)


def corner() -> bytes:
    """A mask for the upper left cell."""
    buffer = BytesIO()
    mask = Image.new("L", (EDGE, EDGE))
    mask.paste(255, (0, 0, 8, 8))
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def order(*, steps: int = 20, **options: bool) -> JobRequest:
    """Repaint the upper left corner of a picture in one colour."""
    inpaint = InpaintParams(image=source(3), mask=corner(), **options)
    size = (EDGE, EDGE)
    return JobRequest(
        params=GenerateImageParams(
            prompt="hat", size=size, steps=steps, model=MODEL, inpaint=inpaint
        )
    )


async def only(services: Services, key: Key) -> GalleryImage:
    (image,) = await services.images.find(key, Filter())
    return image


def far(data: bytes) -> tuple[int, ...]:
    """The colour of the corner that is not repainted."""
    return Image.open(BytesIO(data)).convert("RGB").getpixel(FAR)


async def test_the_gallery_has_both(services: Services, key: Key) -> None:
    """A picture is shown put together, with its settings; beside it is what NovelAI signed."""
    job, account = await begun(services, key, order())
    await run(services.context, job, account)
    image = await only(services, key)
    shown = await services.images.data(image)
    received = await services.images.data(image, received=True)
    assert far(shown) == COLOUR != far(received)
    assert verify_signature(received, public_key=EMULATOR_PUBLIC_KEY)
    before, after = extract_metadata(received), extract_metadata(shown)
    assert (after.png_info, after.alpha_info) == (before.png_info, before.alpha_info)
    assert after.settings is not None
    assert after.settings.prompt.startswith("hat")
    assert (image.bytes, image.width) == (len(shown), EDGE)
    done = await read(services, job)
    assert (done.state, done.error) == (State.SUCCEEDED, None)
    assert [one["received"] for one in done.result or ()] == [image.received]


async def test_it_can_be_switched_off(services: Services, key: Key) -> None:
    """With ``compose`` off the picture is what NovelAI sent."""
    job, account = await begun(services, key, order(compose=False))
    await run(services.context, job, account)
    image = await only(services, key)
    assert image.received is None
    data = await services.images.data(image, received=True)
    assert verify_signature(data, public_key=EMULATOR_PUBLIC_KEY)


async def test_deleted_for_good_both_go(services: Services, key: Key) -> None:
    """A sweep leaves both as long as the picture is there; deleting it takes both."""
    job, account = await begun(services, key, order())
    await run(services.context, job, account)
    image = await only(services, key)
    mine = {f"pictures/{one[:2]}/{one}" for one in (image.sha256, str(image.received))}
    blobs = services.context.blobs
    later = time.time() + 10 * 86_400
    await sweep_orphans(services.context.database, blobs, now=later)
    assert mine <= set(await blobs.names("pictures/"))
    assert await services.images.purge(key, [image.id]) == 1
    assert mine.isdisjoint(await blobs.names("pictures/"))


async def spooled(services: Services, job: Job, data: bytes) -> None:
    """Leave what a worker leaves that died when NovelAI's answer was kept."""
    product = Output(position=0, data=data, media_type="image/png", seed=7, width=EDGE, height=EDGE)
    await spool(services.context.blobs, job, [product])


async def test_a_worker_that_died_in_between(
    services: Services, key: Key, clock: HandClock
) -> None:
    """Whoever finds the picture of a dead worker puts it together."""
    job = await doubted(services, key, order(steps=29))
    await spooled(services, job, received())
    await watch_doubtful(services, clock)
    assert await reconcile(services.context)
    image = await only(services, key)
    assert far(await services.images.data(image)) == COLOUR
    assert await services.images.data(image, received=True) == received()
    assert await look(services.context.blobs, job) == []


def received(edge: int = EDGE) -> bytes:
    """What NovelAI might send, of one colour."""
    buffer = BytesIO()
    Image.new("RGB", (edge, edge), "gold").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (received(64), "the result has 64x64 pixels, the picture 128x128"),
        (b"\x89PNG\r\n\x1a\n cut off", "the result is damaged"),
    ],
)
async def test_what_cannot_be_put_together_is_kept(
    services: Services, key: Key, data: bytes, why: str
) -> None:
    """The job succeeds with the picture as it came, and says why it is that."""
    job, account = await begun(services, key, order(steps=29))
    attempt = Attempt(services.context, job, account)
    attempt.price = job.cost_max
    product = Output(position=0, data=data, media_type="image/png", width=64, height=64)
    await finish_call(attempt, [product])
    image = await only(services, key)
    assert (image.received, await services.images.data(image)) == (None, data)
    done = await read(services, job)
    assert (done.state, done.cost) == (State.SUCCEEDED, job.cost_max)
    assert done.error == {
        "code": "NotComposed",
        "detail": f"The picture is as NovelAI sent it, and not laid over the original: {why}.",
    }


async def test_the_original_may_be_gone(services: Services, key: Key) -> None:
    """A picture whose original was lost meanwhile is kept as it came."""
    job, _ = await begun(services, key, order())
    await spooled(services, job, received())
    blobs = services.context.blobs
    made = await look(blobs, job)
    for name in await blobs.names("pictures/"):
        if not name.endswith(made[0].sha256):
            await blobs.delete(name)
    kept, note = await compose_made(blobs, job, made)
    assert kept == made
    assert note is not None
    assert note["detail"].endswith("the original is gone.")
