"""Many callers, one generation at a time."""

import threading

import anyio
import anyio.lowlevel
import httpx2
import pytest
from tests.sdk.making import archive, final, frames, png
from tests.sdk.services import KEY, QUICK, streamed
from tests.sdk.test_lanes import PATIENCE, until, waiting

from novelai import AsyncNovelAI, CallerGoneError, ConcurrentGenerationError, NovelAI

ZIP = archive(png())
NAMES = "abcdefgh"


class Locked(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Refuses a second generation while one is running, as the service does."""

    def __init__(self):
        self.running = 0
        self.served = []
        self.refused = 0
        self.gate = threading.Event()
        self.async_gate = None

    def begin(self, request):
        if self.running:
            self.refused += 1
            return httpx2.Response(429, json={"message": "Concurrent generation is locked"})
        self.running += 1
        self.served.append(request.content.split(b'"input":"')[1][:1].decode())
        return None

    def handle_request(self, request):
        request.read()
        refusal = self.begin(request)
        if refusal is not None:
            return refusal
        assert self.gate.wait(PATIENCE)
        self.running -= 1
        return httpx2.Response(200, content=ZIP)

    async def handle_async_request(self, request):
        await request.aread()
        refusal = self.begin(request)
        if refusal is not None:
            return refusal
        try:
            await (self.async_gate or anyio.lowlevel).checkpoint()
        finally:
            self.running -= 1
        return httpx2.Response(200, content=ZIP)


class Gate:
    """Holds every request until it is opened."""

    def __init__(self):
        self.open = anyio.Event()

    async def checkpoint(self):
        await self.open.wait()


def test_threads_generate_one_by_one_in_order():
    """Eight threads on one client get eight pictures, first come first served."""
    service, done = Locked(), []
    with NovelAI(KEY, transport=service) as client:
        lane = client._driver._slots.find().lane
        threads = []
        for place, name in enumerate(NAMES):

            def generate(name=name):
                done.append((name, len(client.image.generate(prompt=name))))

            threads.append(threading.Thread(target=generate))
            threads[-1].start()
            until(lambda place=place: len(service.served) + waiting(lane) == place + 1)
        service.gate.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert "".join(service.served) == NAMES
    assert ([count for _, count in done], service.refused) == ([1] * 8, 0)


@pytest.mark.anyio
async def test_tasks_generate_one_by_one_in_order():
    """Eight tasks on one client get eight pictures, first come first served."""
    service, done = Locked(), []
    async with AsyncNovelAI(KEY, transport=service) as client:

        async def generate(name):
            done.append(len(await client.image.generate(prompt=name)))

        async with anyio.create_task_group() as tasks:
            for name in NAMES:
                tasks.start_soon(generate, name)
                await anyio.lowlevel.checkpoint()
    assert (len(service.served), done, service.refused) == (8, [1] * 8, 0)
    assert sorted(service.served) == list(NAMES)


@pytest.mark.anyio
async def test_who_gives_up_while_waiting_sends_nothing():
    """A cancelled task and a caller who went away leave the queue; the others are served."""
    service = Locked()
    service.async_gate = gate = Gate()
    left = anyio.Event()
    async with AsyncNovelAI(KEY, transport=service) as client:

        async def generate(name, *, patient=True):
            caller = client if patient else client.until(left.wait)
            if patient:
                await caller.image.generate(prompt=name)
            else:
                with pytest.raises(CallerGoneError) as caught:
                    await caller.image.generate(prompt=name)
                assert caught.value.charged == "no"

        async def queued():
            for _ in range(30):
                await anyio.lowlevel.checkpoint()

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(generate, "a")
                await queued()
                async with anyio.create_task_group() as leaving:
                    leaving.start_soon(generate, "b")
                    await queued()
                    tasks.start_soon(lambda: generate("c", patient=False))
                    await queued()
                    tasks.start_soon(generate, "d")
                    await queued()
                    leaving.cancel_scope.cancel()
                left.set()
                await queued()
                gate.open.set()
    assert service.served == ["a", "d"]


@pytest.mark.anyio
async def test_a_generation_that_began_goes_on_when_its_caller_leaves():
    """It is paid for, so its picture is still received."""
    service = Locked()
    service.async_gate = gate = Gate()
    left = anyio.Event()
    pictures = []
    async with AsyncNovelAI(KEY, transport=service) as client:

        async def generate():
            pictures.extend(await client.until(left.wait).image.generate(prompt="a"))

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(generate)
                while not service.served:
                    await anyio.lowlevel.checkpoint()
                left.set()
                for _ in range(30):
                    await anyio.lowlevel.checkpoint()
                gate.open.set()
    assert len(pictures) == 1


@pytest.mark.anyio
async def test_two_programs_on_one_account():
    """Another client's generation is waited out; past the limit, the error is typed."""
    service = Locked()
    service.async_gate = gate = Gate()
    options = {"transport": service, "retry": QUICK}
    async with AsyncNovelAI(KEY, **options) as one, AsyncNovelAI(KEY, **options) as other:
        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:

                async def first():
                    await one.image.generate(prompt="a")

                tasks.start_soon(first)
                while not service.served:
                    await anyio.lowlevel.checkpoint()
                with pytest.raises(ConcurrentGenerationError):
                    await other.image.generate(prompt="b")
                gate.open.set()
            assert len(await other.image.generate(prompt="b")) == 1
    assert (service.served, service.refused > 1) == (["a", "b"], True)


@pytest.mark.anyio
async def test_a_wider_client_asks_several_at_once():
    """`concurrency` is for servers that queue on their side."""
    gate, asked = Gate(), []

    async def answer(request):
        asked.append(request)
        await gate.checkpoint()
        return httpx2.Response(200, content=ZIP)

    transport = httpx2.MockTransport(answer)
    async with AsyncNovelAI(KEY, transport=transport, concurrency=3) as client:

        async def generate():
            await client.image.generate(prompt="a")

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(generate)
                for _ in range(60):
                    await anyio.lowlevel.checkpoint()
                assert len(asked) == 3
                gate.open.set()
    assert len(asked) == 4


def test_a_stream_keeps_its_turn_until_it_is_closed():
    """While one thread watches, another waits."""
    service = httpx2.MockTransport(streamed(frames(final(png()))))
    done = []
    with NovelAI(KEY, transport=service) as client:
        lane = client._driver._slots.find().lane
        with client.image.generate_stream(prompt="a") as stream:
            next(stream)
            thread = threading.Thread(
                target=lambda: done.extend(client.image.generate_stream(prompt="b"))
            )
            thread.start()
            until(lambda: waiting(lane) == 1)
            assert done == []
        thread.join(PATIENCE)
    assert len(done) == 1
