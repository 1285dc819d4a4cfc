"""Full disks, stores that do not answer, prices that rise: nothing is lost or paid twice."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from obstore.store import LocalStore
from tests.server_core.conftest import QUICK
from tests.server_core.helpers import PAID, TOKENS, connect_to, person, picture
from tests.server_core.orders import source
from tests.server_core.scenes import until

from novelai.emulator import Emulator
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.key import Key
from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs, write_whole
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.storage.secrets import Vault
from novelai.server.worker.context import ChangeTracker
from novelai.types.tools import UpscaleParams

pytestmark = pytest.mark.anyio


class Refusing(Blobs):
    """A store that takes, or gives, nothing while it is told so; it counts what it refused."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        super().__init__(LocalStore(folder), folder)
        self.full = self.away = False
        self.refused = 0

    async def put(self, path: str, data: bytes) -> None:
        self._look(refuses=self.full)
        await super().put(path, data)

    async def get(self, path: str) -> bytes:
        self._look(refuses=self.away)
        return await super().get(path)

    def _look(self, *, refuses: bool) -> None:
        if refuses:
            self.refused += 1
            raise StorageUnavailableError("No space left.")


@pytest.fixture
def store(tmp_path: Path) -> Refusing:
    return Refusing(tmp_path / "refusing")


@asynccontextmanager
async def services_on(
    url: str, upstream: str, store: Blobs
) -> AsyncGenerator[tuple[Services, Key]]:
    async with open_services(
        url=url,
        blobs=store,
        vault=Vault([b"k" * 32]),
        connect=connect_to(upstream),
        timing=QUICK,
        grace=5.0,
    ) as services:
        yield services, await person(services)


async def ended(services: Services, key: Key, job: Job) -> Job:
    with anyio.fail_after(30):
        found = await services.jobs.wait(key, job.id, 30)
    assert found is not None
    return found


async def test_a_full_disk_loses_no_paid_picture(
    url: str, upstream: str, store: Refusing, emulator: Emulator
) -> None:
    """A picture that was paid for waits for room on the disk; it is neither lost nor paid again."""
    async with services_on(url, upstream, store) as (services, key):
        store.full = True
        job = (await services.jobs.submit(key, picture(**PAID))).job
        await until(lambda: store.refused >= 3 and emulator.account(TOKENS[0]).anlas < 10_000)
        running = await services.jobs.read(key, job.id)
        assert running is not None
        assert running.state is State.RUNNING
        store.full = False
        done = await ended(services, key, job)
        assert (done.state, done.cost) == (State.SUCCEEDED, job.cost_max)
        assert emulator.account(TOKENS[0]).anlas == 10_000 - job.cost_max


async def test_a_store_that_is_away(
    url: str, upstream: str, store: Refusing, emulator: Emulator
) -> None:
    """A job whose picture cannot be read just now waits, uncharged, and runs later."""
    async with services_on(url, upstream, store) as (services, key):
        store.away = True
        job = (
            await services.jobs.submit(key, JobRequest(params=UpscaleParams(image=source(1))))
        ).job
        await until(lambda: store.refused)
        subscription = services.context.bus.subscribe()
        while (waiting := await services.jobs.read(key, job.id)) and waiting.state is State.RUNNING:
            await subscription.wait_for(job.id)
        assert waiting is not None
        assert (waiting.state, waiting.charged) == (State.QUEUED, "no")
        assert emulator.account(TOKENS[0]).anlas == 10_000
        store.away = False
        assert (await ended(services, key, job)).state is State.SUCCEEDED


async def test_the_price_rose(services: Services, emulator: Emulator) -> None:
    """A job that would cost more than was set aside, because Opus ended, is not sent."""
    key = await person(services)
    account = emulator.account(TOKENS[0])
    (stored,) = await services.accounts.list(key.owner_id)
    await services.accounts.enable(key.owner_id, stored.id, enabled=False)
    await services.accounts.enable(key.owner_id, stored.id, enabled=True)
    async with services.context.database.write() as connection:
        await connection.exec_driver_sql("UPDATE owners SET paused = TRUE")
    job = (await services.jobs.submit(key, picture(size=(1024, 1024)))).job
    account.tier = 1
    async with services.context.database.write() as connection:
        await connection.exec_driver_sql("UPDATE accounts SET balance_at = 0")
        await connection.exec_driver_sql("UPDATE owners SET paused = FALSE")
    done = await ended(services, key, job)
    assert (done.state, done.cost, done.error and done.error["code"]) == (
        State.FAILED, 0, "PriceRose",
    )  # fmt: skip
    assert account.anlas == 10_000


def test_a_watch() -> None:
    """Only what has not changed for a whole time has stood that long."""
    watch = ChangeTracker()
    assert watch.seconds_unchanged({"a": 1, "b": 1}, 10.0) == {"a": 0.0, "b": 0.0}
    assert watch.seconds_unchanged({"a": 1, "b": 2}, 15.0) == {"a": 5.0, "b": 0.0}
    assert watch.seconds_unchanged({"b": 2}, 16.0) == {"b": 1.0}
    assert watch.seconds_unchanged({"a": 1}, 20.0) == {"a": 0.0}


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """What cannot be written leaves nothing behind, and what was there stays as it is."""
    write_whole(tmp_path, "a/b/c", b"first")
    write_whole(tmp_path, "a/b/c", b"second")
    assert (tmp_path / "a/b/c").read_bytes() == b"second"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="Not a directory"):
        write_whole(tmp_path, "file/x", b"data")
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, "taken", b"data")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "file", "taken"]


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A store that takes nothing says in a sentence that what is in it is kept."""
    blobs = Blobs.local(tmp_path / "b")
    (tmp_path / "b/pictures").write_bytes(b"in the way")
    with pytest.raises(StorageUnavailableError, match="is kept, and jobs wait"):
        await blobs.put_image(b"data")
