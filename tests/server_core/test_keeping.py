"""What came of a paid call is kept: how long that is tried, and what is believed of it later.

Time is trio's own here, and passes only when everybody waits.
"""

from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest
import trio
import trio.testing
from sqlalchemy.exc import IntegrityError, OperationalError

from novelai.server.model.artifact import Artifact, EncodingKey, sha256_of
from novelai.server.model.job import Job
from novelai.server.storage.blobs import BlobMissingError, Blobs, image_path
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.upstream.perform import Output
from novelai.server.worker.attempt import forget, look, retry_forever, spool

pytestmark = pytest.mark.anyio

PAUSES = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
"""Seconds: each twice the last one, up to five."""

VIBE = EncodingKey(source="1" * 64, model="m", info_extracted=0.7)
CALL = cast("Job", SimpleNamespace(id="job_1", fence=3, spent=2))
LISTED = "spool/job_1-3-2"


@pytest.fixture
def anyio_backend():
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


class Memory:
    """A store in memory that refuses what it is told to.

    Args:
        full: parts of the paths for which there is no room.
    """

    def __init__(self, full: Sequence[str] = ()) -> None:
        self.files: dict[str, bytes] = {}
        self.full = full

    async def put(self, path: str, data: bytes) -> None:
        await anyio.lowlevel.checkpoint()
        if any(part in path for part in self.full):
            raise StorageUnavailableError(f"No room for {path}.")
        self.files[path] = data

    async def get(self, path: str) -> bytes:
        await anyio.lowlevel.checkpoint()
        try:
            return self.files[path]
        except KeyError:
            raise BlobMissingError(path) from None

    async def look(self, path: str) -> Any:
        await anyio.lowlevel.checkpoint()
        data = self.files.get(path)
        return None if data is None else SimpleNamespace(size=len(data))

    async def delete(self, path: str) -> None:
        await anyio.lowlevel.checkpoint()
        del self.files[path]


def store(**options: Any) -> tuple[Memory, Blobs]:
    """Return a store, and the same as the code under test has it."""
    memory = Memory(**options)
    return memory, cast("Blobs", memory)


def product(position: int, data: bytes) -> Output:
    return Output(
        position=position, data=data, media_type="image/png", width=64, height=128, seed=7
    )


PRODUCTS = [product(0, b"first"), product(1, b"the second")]
MADE = [
    Artifact(
        position=one.position,
        sha256=sha256_of(one.data),
        media_type="image/png",
        size=len(one.data),
        width=64,
        height=128,
        seed=7,
    )
    for one in PRODUCTS
]


@pytest.mark.parametrize("trouble", [OSError("full"), OperationalError("s", {}, ValueError())])
async def test_it_is_tried_again_until_it_succeeds(trouble) -> None:
    """A database or a store that fails is asked again, ever more rarely, and at last every 5 s."""
    times: list[float] = []

    async def fails_nine_times() -> str:
        times.append(trio.current_time())
        if len(times) <= len(PAUSES):
            raise trouble
        return "kept"

    assert await retry_forever("it", fails_nine_times) == "kept"
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert pauses == pytest.approx(PAUSES)


@pytest.mark.parametrize("trouble", [IntegrityError("s", {}, ValueError()), ValueError("x")])
async def test_what_waiting_does_not_mend_is_told_at_once(trouble) -> None:
    """A row that cannot be, or a fault of the program, is raised by the first attempt."""
    attempts: list[float] = []

    async def fails() -> None:
        attempts.append(trio.current_time())
        raise trouble

    with pytest.raises(type(trouble)):
        await retry_forever("it", fails)
    assert len(attempts) == 1


async def test_an_attempt_is_not_cut_off() -> None:
    """Whoever gives up does so between two attempts: one that has begun comes to its end."""
    begun = kept = 0

    async def keep() -> None:
        nonlocal begun, kept
        begun += 1
        await anyio.sleep(1)
        kept += 1
        raise OSError("full")

    with anyio.move_on_after(0.5) as scope:
        await retry_forever("it", keep)
    assert (scope.cancelled_caught, begun, kept) == (True, 1, 1)


async def test_what_waits_is_said_without_its_values(caplog) -> None:
    """The log names what has to wait and the kind of trouble; a statement's values are no part."""

    async def keep() -> None:
        if not caplog.records:
            raise OperationalError("UPDATE", {"prompt": "a secret"}, ValueError("a secret"))

    await retry_forever("the end of job_1", keep)
    assert [record.getMessage() for record in caplog.records] == [
        "the end of job_1 has to wait: OperationalError"
    ]


async def test_what_was_spooled_is_found() -> None:
    """Pictures and their list survive the worker; once the database knows, the list goes."""
    memory, blobs = store()
    assert await look(blobs, CALL) == []
    assert await spool(blobs, CALL, PRODUCTS) == MADE
    assert memory.files[image_path(MADE[1].sha256)] == b"the second"
    assert await look(blobs, CALL) == MADE
    await forget(blobs, CALL)
    assert await look(blobs, CALL) == []
    assert set(memory.files) == {image_path(one.sha256) for one in MADE}


@pytest.mark.parametrize("other", [{"id": "job_2"}, {"fence": 4}, {"spent": 0}])
async def test_a_list_belongs_to_one_call(other) -> None:
    """Another job, another run, or another call of the same run finds nothing of it."""
    _, blobs = store()
    await spool(blobs, CALL, PRODUCTS)
    assert await look(blobs, cast("Job", SimpleNamespace(**{**vars(CALL), **other}))) == []


async def test_an_encoded_vibe_keeps_its_key() -> None:
    """The list of an encoded vibe says which vibe it is."""
    _, blobs = store()
    (made,) = await spool(blobs, CALL, PRODUCTS[:1], VIBE)
    assert made.vibe == VIBE
    assert await look(blobs, CALL) == [made]


@pytest.mark.parametrize("place", [0, 1])
async def test_a_list_is_believed_only_whole(place) -> None:
    """A list that names a picture which is missing, or cut off, is none."""
    memory, blobs = store()
    await spool(blobs, CALL, PRODUCTS)
    path = image_path(MADE[place].sha256)
    whole = memory.files.pop(path)
    assert await look(blobs, CALL) == []
    memory.files[path] = whole[:-1]
    assert await look(blobs, CALL) == []
    memory.files[path] = whole
    assert await look(blobs, CALL) == MADE


@pytest.mark.parametrize("full", [MADE[0].sha256, MADE[1].sha256, LISTED])
async def test_what_has_no_room_is_told(full) -> None:
    """Whatever of it could not be written, the failure is raised, as itself and not in a group."""
    memory, blobs = store(full=[full])
    with pytest.raises(StorageUnavailableError, match=full):
        await spool(blobs, CALL, PRODUCTS)
    assert len(memory.files) == len(PRODUCTS)  # the rest was written all the same
    memory.full = ()
    assert await spool(blobs, CALL, PRODUCTS) == MADE
    assert await look(blobs, CALL) == MADE
