"""What is old is forgotten, on both databases, by a clock that is set."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.server_core.helpers import PAID, person, picture

from novelai.server.keys import ledger
from novelai.server.model.job_request import Order
from novelai.server.retention.service import Keep, Tidied, tidy
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.clock import Clock
from novelai.server.storage.tables import deliveries, images, jobs, sessions

pytestmark = pytest.mark.anyio
DAY = 86_400.0


class Moved(Clock):
    """A clock that can be put forward."""

    ahead = 0.0

    async def now(self, connection):
        return await super().now(connection) + self.ahead


@pytest.fixture
def clock():
    return Moved()


@pytest.fixture
async def aged(opening, clock):
    """A room with a paid picture that a webhook was promised to be told of."""
    async with opening(clock=clock) as room:
        key = await person(room)
        order = Order(params=picture("old", **PAID).params, webhook="https://example.com/")
        submitted = await room.jobs.submit(key, order)
        job = await room.jobs.wait(key, submitted.job.id, 20)
        assert job is not None
        yield room, key, job


async def count(room, table):
    async with room.parts.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def test_nothing_is_forgotten_before_its_time(aged, clock):
    """A job of yesterday, its picture and a session stay."""
    room, key, _ = aged
    await room.sessions.begin(key)
    clock.ahead = 6 * DAY
    assert await tidy(room, Keep()) == Tidied()
    assert await count(room, jobs) == await count(room, images) == await count(room, sessions) == 1


async def test_an_old_job_is_forgotten_and_its_picture_stays(aged, clock):
    """With what was to be told of it; what was spent still counts."""
    room, key, job = aged
    clock.ahead = 20 * DAY
    assert (await tidy(room, Keep(jobs=10))).jobs == 1
    assert await count(room, jobs) == await count(room, deliveries) == 0
    [image] = await room.images.of_job(job.id)
    assert await room.images.data(image)
    async with room.parts.database.read() as connection:
        used = await ledger.spending(connection, key.id, await clock.now(connection))
    assert used.windows["month"] == job.cost


async def test_a_waiting_job_is_never_too_old(opening, clock):
    """However long it waits."""
    async with opening(clock=clock, work=False) as room:
        key = await person(room)
        await room.jobs.submit(key, picture())
        clock.ahead = 1000 * DAY
        assert (await tidy(room, Keep(jobs=1))).jobs == 0
        assert await count(room, jobs) == 1


async def test_an_old_bin_is_emptied(aged, clock):
    """Bytes and all; what is not in the bin stays."""
    room, key, job = aged
    [image] = await room.images.of_job(job.id)
    other = await room.jobs.submit(key, picture("kept"))
    await room.jobs.wait(key, other.job.id, 20)
    await room.images.bin(key, [image.id])
    clock.ahead = 29 * DAY
    assert (await tidy(room, Keep())).binned == 0
    clock.ahead = 31 * DAY
    assert (await tidy(room, Keep())).binned == 1
    assert await count(room, images) == 1
    with pytest.raises(BlobMissingError):
        await room.images.data(image)


async def test_uploads_and_orphans_go(aged, clock):
    """What was handed in and not used, and bytes that nobody knows of; a picture's bytes stay."""
    room, key, job = aged
    handed_in = BytesIO()
    Image.new("RGB", (64, 64)).save(handed_in, "PNG")
    await room.uploads.add(key, handed_in.getvalue())
    orphan = await room.parts.blobs.put_picture(b"nobody knows of this")
    clock.ahead = 6 * DAY
    done = await tidy(room, Keep())
    assert (done.uploads, done.orphans) == (0, 1)
    with pytest.raises(BlobMissingError):
        await room.parts.blobs.picture(orphan)
    clock.ahead = 8 * DAY
    assert (await tidy(room, Keep())).uploads == 1
    [image] = await room.images.of_job(job.id)
    assert await room.images.data(image)


async def test_zero_days_keep_everything(aged, clock):
    """For ever; sessions end by themselves."""
    room, key, job = aged
    [image] = await room.images.of_job(job.id)
    await room.images.bin(key, [image.id])
    await room.sessions.begin(key)
    clock.ahead = 10_000 * DAY
    done = await tidy(room, Keep(binned=0, jobs=0, uploads=0))
    assert done == Tidied(sessions=1)
    assert await count(room, images) == 1
