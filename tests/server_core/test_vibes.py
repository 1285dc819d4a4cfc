"""Encodings are paid for once, kept, and counted to the last Anlas."""

import threading
from dataclasses import replace
from io import BytesIO

import anyio
import pytest
from PIL import Image
from sqlalchemy import func, select
from tests.server_core.conftest import QUICK, Opening
from tests.server_core.helpers import TOKENS, HandClock, person, picture

from novelai.emulator import Emulator, Fault
from novelai.server.jobs import transitions
from novelai.server.model.artifact import Artifact, encoding_key
from novelai.server.model.job import Job, JobRefusedError, JobRequest, State
from novelai.server.model.key import Key, Limits
from novelai.server.model.params import EncodeVibeParams
from novelai.server.services import Services
from novelai.server.storage.tables import ledger, vibes
from novelai.server.upstream.perform import ENCODING, Output
from novelai.server.worker.attempt import Attempt, spool
from novelai.server.worker.lease import claim, intend
from novelai.server.worker.reaper import reap
from novelai.server.worker.run import EncodedElsewhereError, find_or_claim, run
from novelai.types.generation import GenerateImageParams
from novelai.types.vibe import Vibe

pytestmark = pytest.mark.anyio

MODEL = "nai-diffusion-4-5-full"
ENCODE = "/ai/encode-vibe"
GENERATE = "/ai/generate-image-stream"


def source(colour: int) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), (colour, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def with_vibes(*colours: int, prompt: str = "a cat") -> JobRequest:
    """A free picture but for its vibes, which have no encoding yet."""
    found = tuple(Vibe(image=source(colour)) for colour in colours)
    params = GenerateImageParams(prompt=prompt, model=MODEL, size=(128, 128), steps=2, vibes=found)
    return JobRequest(params=params)


def asked(emulator: Emulator, path: str) -> int:
    return sum(one.path == path and one.status == 200 for one in emulator.requests)


async def ended(services: Services, key: Key, order: JobRequest) -> Job:
    return await end_of(services, key, (await services.jobs.submit(key, order)).job)


async def end_of(services: Services, key: Key, job: Job) -> Job:
    with anyio.fail_after(20):
        while True:
            subscription = services.context.bus.subscribe()
            found = await services.jobs.read(key, job.id)
            assert found is not None
            if found.ended:
                return found
            await subscription.wait_for(job.id)


async def used(services: Services) -> int:
    async with services.context.database.read() as connection:
        return (await connection.execute(select(func.sum(ledger.c.anlas)))).scalar_one()


async def test_paid_once(services: Services, emulator: Emulator) -> None:
    """A vibe is encoded for the first picture and taken from what was kept for the second."""
    key = await person(services)
    first = await ended(services, key, with_vibes(1, 2))
    second = await ended(services, key, with_vibes(2, 1, prompt="a dog"))
    encoding = EncodeVibeParams(image=source(2), model=MODEL)
    third = await ended(services, key, JobRequest(params=encoding))
    assert [job.state for job in (first, second, third)] == [State.SUCCEEDED] * 3
    assert [job.cost for job in (first, second, third)] == [4, 0, 0]
    assert asked(emulator, ENCODE) == 2
    assert await used(services) == 4 == 10_000 - emulator.account(TOKENS[0]).anlas


async def test_an_encoding_job_fills_the_same_shelf(services: Services, emulator: Emulator) -> None:
    """What an encoding job made is used by a picture, and listed as the caller's vibe."""
    key = await person(services)
    made = await ended(
        services, key, JobRequest(params=EncodeVibeParams(image=source(3), model=MODEL))
    )
    picture = await ended(services, key, with_vibes(3))
    assert (made.cost, picture.cost) == (2, 0)
    assert asked(emulator, ENCODE) == 1
    assert [vibe.model for vibe in await services.vibes.list(key)] == [MODEL]


async def test_a_picture_that_is_refused_behind_its_vibes(
    services: Services, emulator: Emulator
) -> None:
    """Two encodings are kept when their picture is refused: it costs 4 Anlas, and says so."""
    emulator.script(Fault(status=400, path=GENERATE))
    key = await person(services)
    job = await ended(services, key, with_vibes(4, 5))
    assert (job.state, job.charged, job.cost) == (State.FAILED, "yes", 4)
    assert await used(services) == 4
    again = await ended(services, key, with_vibes(4, 5, prompt="again"))
    assert (again.state, again.cost) == (State.SUCCEEDED, 0)


async def test_a_crash_behind_an_encoding(opening: Opening, emulator: Emulator) -> None:
    """A vibe that came before the worker died is found in the spool, and never encoded again."""
    async with opening(work=False) as services:
        key = await person(services)
        await services.jobs.submit(key, with_vibes(6))
        claimed = await claim(services.context)
        assert claimed is not None
        job, account = claimed
        assert await intend(services.context, job, anlas_before=account.anlas, price=2)
        emulator.account(TOKENS[0]).charge(2)
        encoding = Output(position=0, data=b"encoding", media_type=ENCODING)
        wanted = await encoding_key(source(6), MODEL, 0.7)
        await spool(services.context.blobs, job, [encoding], wanted)
        services.context.mine.clear()
        await reap(services.context, everything=True)
    async with opening() as services:
        found = await end_of(services, key, job)
        async with services.context.database.read() as connection:
            kept = (await connection.execute(select(vibes.c.source))).scalars().all()
        assert await used(services) == 2
    assert (found.state, found.cost, kept) == (State.SUCCEEDED, 2, [wanted.source])
    assert asked(emulator, ENCODE) == 0


async def test_two_accounts_need_the_same_vibe(services: Services, emulator: Emulator) -> None:
    """Of two jobs that need the same new vibe on two accounts, one pays for it, and both use it."""
    gate = threading.Event()
    emulator.script(Fault(stall=gate, path=ENCODE))
    key = await person(services, TOKENS[:2])
    orders = [with_vibes(7), with_vibes(7, prompt="a dog")]
    jobs = [(await services.jobs.submit(key, order)).job for order in orders]
    for job in jobs:
        await begun(services, key, job)
    gate.set()
    both = [await end_of(services, key, job) for job in jobs]
    assert [job.state for job in both] == [State.SUCCEEDED] * 2
    assert sorted(job.cost or 0 for job in both) == [0, 2]
    assert asked(emulator, ENCODE) == 1
    assert await used(services) == 2


async def begun(services: Services, key: Key, job: Job) -> None:
    with anyio.fail_after(20):
        while True:
            subscription = services.context.bus.subscribe()
            found = await services.jobs.read(key, job.id)
            if found is not None and found.state is not State.QUEUED:
                return
            await subscription.wait_for(job.id)


async def test_a_key_for_what_is_free(services: Services, emulator: Emulator) -> None:
    """An encoded vibe is free: the price says so, and a key for what is free may use it."""
    owner = await person(services)
    await ended(services, owner, with_vibes(9))
    free, _ = await services.keys.create(owner.owner_id, "free", Limits(free_only=True))
    order = with_vibes(9, prompt="a dog")
    cost = await services.costs.cost(free, order.params)
    assert (cost.anlas, cost.free, cost.estimate["total_anlas"], cost.warnings) == (0, True, 0, [])
    job = await ended(services, free, order)
    encoding = EncodeVibeParams(image=source(9), model=MODEL)
    again = await ended(services, free, JobRequest(params=encoding))
    assert [(one.state, one.cost_max) for one in (job, again)] == [(State.SUCCEEDED, 0)] * 2
    assert asked(emulator, ENCODE) == 1
    with pytest.raises(JobRefusedError, match="only what is free"):
        await services.jobs.submit(free, with_vibes(9, 10))


@pytest.mark.parametrize("end", ["kept", "failed", "died", "unknown"])
async def test_a_vibe_under_way_is_waited_for(opening: Opening, end: str) -> None:
    """A vibe that another job encodes is not begun again, unless that failed or its worker died."""
    async with opening(work=False, timing=replace(QUICK, encoding=0.0)) as services:
        context, key = services.context, await person(services, TOKENS[:2])
        for prompt in ("a cat", "a dog"):
            await services.jobs.submit(key, with_vibes(8, prompt=prompt))
        claimed = [found for found in (await claim(context), await claim(context)) if found]
        one, other = (Attempt(context, *found) for found in claimed)
        wanted = await encoding_key(source(8), MODEL, 0.7)
        assert await find_or_claim(one, wanted) is None
        with pytest.raises(EncodedElsewhereError):
            await find_or_claim(other, wanted)
        if end == "kept":
            await encoded(one, wanted.name)
        elif end == "failed":
            async with context.database.write() as connection:
                await transitions.requeue(
                    connection, context.bus, one.job, run_after=9e9, free_at=0
                )
        else:
            sent = end == "unknown"
            assert not sent or await intend(context, one.job, anlas_before=9, price=2)
            await reap(context, everything=True)
        if end == "unknown":
            await run(context, *claimed[1])
            waiting = await services.jobs.read(key, other.job.id)
            free = await services.accounts.read(key.owner_id, other.account.id)
            assert waiting is not None
            assert (waiting.state, waiting.charged) == (State.QUEUED, "no")
            assert free is not None
            assert free.job_id is None
            return
        found = await find_or_claim(other, wanted)
        assert (found is None) is (end != "kept")


async def test_a_rewritten_job_keeps_what_it_paid(opening: Opening, emulator: Emulator) -> None:
    """What was paid for a job's vibes stays reserved and counted when it becomes another job."""
    emulator.script(Fault(status=429, path=GENERATE))
    clock = HandClock()
    async with opening(work=False, clock=clock) as services:
        key = await person(services)
        job = (await services.jobs.submit(key, with_vibes(11))).job
        await run(services.context, *(await claim(services.context) or ()))
        for order, cost_max in ((with_vibes(11, 12, 13), 6), (picture(), 2)):
            changed = await services.queue.change(key, job.id, params=order.params)
            assert changed is not None
            assert (changed.spent, changed.cost_max, changed.charged) == (2, cost_max, "yes")
            assert await used(services) == cost_max
        clock.time += 60
        await run(services.context, *(await claim(services.context) or ()))
        done = await services.jobs.read(key, job.id)
        assert done is not None
        assert (done.state, done.cost) == (State.SUCCEEDED, 2)
        assert await used(services) == 2 == 10_000 - emulator.account(TOKENS[0]).anlas


async def encoded(attempt: Attempt, data: str) -> None:
    """An attempt's vibe came, and is kept."""
    wanted = await encoding_key(source(8), MODEL, 0.7)
    product = Output(position=0, data=data.encode(), media_type=ENCODING)
    made: list[Artifact] = await spool(attempt.context.blobs, attempt.job, [product], wanted)
    attempt.price = 2
    await attempt.keep_encoding(made[0])
