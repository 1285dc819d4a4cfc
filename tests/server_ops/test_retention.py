"""What is old is forgotten, on both databases, by a clock that is set."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.server_core.helpers import PAID, person, picture

from novelai.server.keys import ledger
from novelai.server.model.job import JobRequest
from novelai.server.retention.service import RetentionPeriods, RetentionReport, apply_retention
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
    """Services with a paid picture that a webhook was promised to be told of."""
    async with opening(clock=clock) as services:
        key = await person(services)
        order = JobRequest(params=picture("old", **PAID).params, webhook="https://example.com/")
        submitted = await services.jobs.submit(key, order)
        job = await services.jobs.wait(key, submitted.job.id, 20)
        assert job is not None
        yield services, key, job


async def count(services, table):
    async with services.context.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def test_nothing_is_forgotten_before_its_time(aged, clock):
    """A job of yesterday, its picture and a session stay."""
    services, key, _ = aged
    await services.sessions.begin(key)
    clock.ahead = 6 * DAY
    assert await apply_retention(services, RetentionPeriods()) == RetentionReport()
    assert (
        await count(services, jobs)
        == await count(services, images)
        == await count(services, sessions)
        == 1
    )


async def test_an_old_job_is_forgotten_and_its_picture_stays(aged, clock):
    """With what was to be told of it; what was spent still counts."""
    services, key, job = aged
    clock.ahead = 20 * DAY
    assert (await apply_retention(services, RetentionPeriods(jobs=10))).jobs == 1
    assert await count(services, jobs) == await count(services, deliveries) == 0
    [image] = await services.images.of_job(job.id)
    assert await services.images.data(image)
    async with services.context.database.read() as connection:
        used = await ledger.spending(connection, key.id, await clock.now(connection))
    assert used.windows["month"] == job.cost


async def test_a_waiting_job_is_never_too_old(opening, clock):
    """However long it waits."""
    async with opening(clock=clock, work=False) as services:
        key = await person(services)
        await services.jobs.submit(key, picture())
        clock.ahead = 1000 * DAY
        assert (await apply_retention(services, RetentionPeriods(jobs=1))).jobs == 0
        assert await count(services, jobs) == 1


async def test_an_old_bin_is_emptied(aged, clock):
    """Bytes and all; what is not in the bin stays."""
    services, key, job = aged
    [image] = await services.images.of_job(job.id)
    other = await services.jobs.submit(key, picture("kept"))
    await services.jobs.wait(key, other.job.id, 20)
    await services.images.bin(key, [image.id])
    clock.ahead = 29 * DAY
    assert (await apply_retention(services, RetentionPeriods())).binned == 0
    clock.ahead = 31 * DAY
    assert (await apply_retention(services, RetentionPeriods())).binned == 1
    assert await count(services, images) == 1
    with pytest.raises(BlobMissingError):
        await services.images.data(image)


async def test_uploads_and_orphans_go(aged, clock):
    """What was handed in and not used, and bytes that nobody knows of; a picture's bytes stay."""
    services, key, job = aged
    handed_in = BytesIO()
    Image.new("RGB", (64, 64)).save(handed_in, "PNG")
    await services.uploads.add(key, handed_in.getvalue())
    orphan = await services.context.blobs.put_image(b"nobody knows of this")
    clock.ahead = 6 * DAY
    done = await apply_retention(services, RetentionPeriods())
    assert (done.uploads, done.orphans) == (0, 1)
    with pytest.raises(BlobMissingError):
        await services.context.blobs.image(orphan)
    clock.ahead = 8 * DAY
    assert (await apply_retention(services, RetentionPeriods())).uploads == 1
    [image] = await services.images.of_job(job.id)
    assert await services.images.data(image)


async def test_zero_days_keep_everything(aged, clock):
    """For ever; sessions end by themselves."""
    services, key, job = aged
    [image] = await services.images.of_job(job.id)
    await services.images.bin(key, [image.id])
    await services.sessions.begin(key)
    clock.ahead = 10_000 * DAY
    done = await apply_retention(services, RetentionPeriods(binned=0, jobs=0, uploads=0))
    assert done == RetentionReport(sessions=1)
    assert await count(services, images) == 1
