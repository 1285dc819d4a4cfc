"""Two machines on one Postgres and one bucket; and the bucket in the place of a folder."""

import time
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest
from tests.server_core.chaos import Node
from tests.server_core.conftest import NUMBERS, QUICK
from tests.server_core.helpers import connect_to, person, picture
from tests.server_core.node import blobs_at
from tests.server_core.orders import source

from novelai.emulator import Emulator
from novelai.server.images.filter import Filter
from novelai.server.images.sweep import expire_uploads, sweep_orphans
from novelai.server.model.job import State
from novelai.server.services import open_services
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.clock import Clock
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.storage.secrets import Vault

pytestmark = pytest.mark.anyio

DAY = 86_400.0


@pytest.fixture(scope="session")
def endpoint() -> Generator[str]:
    """An S3-compatible server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def place(endpoint: str) -> str:
    """A fresh bucket, as nodes are told of it."""
    import boto3

    name = f"bucket-{next(NUMBERS)}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket=name)
    client.close()
    return f"s3://{name}?{endpoint}"


async def test_a_bucket_keeps_bytes_as_a_folder_does(place: str) -> None:
    """The same bytes have one name; what is deleted is gone, and deleting twice is fine."""
    blobs = blobs_at(place)
    assert blobs.shared
    name = await blobs.put_image(b"data")
    assert await blobs.put_image(b"data") == name
    assert await blobs.image(name) == b"data"
    (entry,) = [one async for page in blobs.pages("pictures/") for one in page]
    assert (entry.size, entry.written_at > 0) == (4, True)
    for _ in range(2):
        await blobs.delete_image(name)
    assert not await blobs.exists(entry.name)
    with pytest.raises(BlobMissingError):
        await blobs.image(name)


async def test_a_bucket_that_is_not_there(endpoint: str) -> None:
    """A bucket that does not answer is told in a sentence that says what happens to jobs."""
    with pytest.raises(StorageUnavailableError, match="bucket of pictures"):
        await blobs_at(f"s3://nowhere?{endpoint}").put("a", b"b")


async def test_two_machines(
    postgres_url: str, place: str, upstream: str, emulator: Emulator
) -> None:
    """A machine without a worker hands in a job, watches another one draw it, and shows it."""
    async with open_services(
        url=postgres_url,
        blobs=blobs_at(place),
        vault=Vault([b"k" * 32]),
        connect=connect_to(upstream),
        work=False,
    ) as services:
        key = await person(services)
        heard = services.context.bus.listen(key.owner_id)
        other = Node("work", postgres_url, place, upstream, 0)
        try:
            await other.ready()
            job = (await services.jobs.submit(key, picture(steps=8))).job
            preview = None
            with anyio.fail_after(30):
                async for event in heard:
                    if event.name == "preview":
                        preview = await services.context.previews.get(job.id) or preview
                    if event.data.get("state") == "succeeded":
                        break
            assert preview is not None
            assert preview.startswith(b"\xff\xd8")
            done = await services.jobs.wait(key, job.id, 20)
            assert done is not None
            assert done.state is State.SUCCEEDED
            (image,) = await services.images.find(key, Filter(job_id=job.id))
            assert (await services.images.data(image)).startswith(b"\x89PNG")
            assert (await services.images.thumbnail(image))[8:12] == b"WEBP"
        finally:
            other.kill()
    assert emulator.account(emulator.token).locked_out == 0


@pytest.mark.parametrize("kind", ["folder", "bucket"])
async def test_orphans_are_swept(
    kind: str, url: str, upstream: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Old bytes that nobody refers to are removed; what is used, or fresh, stays."""
    shelf = str(tmp_path / "b") if kind == "folder" else request.getfixturevalue("place")
    blobs = blobs_at(shelf)
    async with open_services(
        url=url,
        blobs=blobs,
        vault=Vault([b"k" * 32]),
        connect=connect_to(upstream),
        timing=QUICK,
    ) as services:
        key = await person(services)
        handed_in = await services.uploads.add(key, source(1))
        job = (await services.jobs.submit(key, picture())).job
        await services.jobs.wait(key, job.id, 20)
        (image,) = await services.images.find(key, Filter())
        await services.images.thumbnail(image)
        orphan = await blobs.put_image(b"nobody's")
        await blobs.put("spool/job_gone-1-0", b"[]")
        database = services.context.database
        fresh = await sweep_orphans(database, blobs, now=time.time(), older_than=DAY)
        assert fresh.removed == 0
        later = time.time() + 2 * DAY
        swept = await sweep_orphans(database, blobs, now=later, older_than=DAY)
        assert (swept.removed, swept.looked_at) == (2, 5)
        assert not await blobs.exists(f"pictures/{orphan[:2]}/{orphan}")
        assert await services.images.data(image)
        assert await blobs.image(handed_in.sha256)
        clock = Clock(lambda: later)
        assert await expire_uploads(database, blobs, services.context.clock, older_than=DAY) == 0
        if database.is_sqlite:
            assert await expire_uploads(database, blobs, clock, older_than=DAY) == 1
            assert await services.uploads.read(key, handed_in.sha256) is None
            with pytest.raises(BlobMissingError):
                await blobs.image(handed_in.sha256)
