"""One generation at a time: within a client, between programs, and when a caller gives up."""

import threading

import anyio
import pytest
from tests.contract.worlds import QUICK, SMALL, sent_to, until, world_of

from novelai import ConcurrentGenerationError, RetryPolicy
from novelai.emulator import Fault

pytestmark = pytest.mark.anyio

WISH = {"size": SMALL, "steps": 4}
STREAM = "/ai/generate-image-stream"


def prompts(emulator) -> list[str]:
    """What was asked for, in the order in which it arrived."""
    return [request.body["input"].partition(",")[0] for request in emulator.requests]


async def test_callers_of_one_client_wait_in_order(world, emulator):
    """Eight callers at once get eight pictures, one after another, and nobody is refused."""
    pictures = {}

    async def ask(prompt: str) -> None:
        pictures[prompt] = await world.generate(prompt=prompt, **WISH)

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(ask, f"girl {number}")
    assert len(pictures) == 8
    assert {request.status for request in sent_to(emulator)} == {200}
    for prompt, (picture,) in pictures.items():
        assert picture.metadata.prompt.startswith(prompt)


async def test_tasks_are_served_as_they_came(emulator, url):
    """Waiting tasks get their turns in the order in which they asked."""
    async with world_of("http", emulator, url) as world, anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(lambda n=number: world.generate(prompt=f"girl {n}", **WISH))
    assert prompts(emulator) == [f"girl {number}" for number in range(6)]


async def test_streams_and_calls_share_the_line(world, emulator):
    """A stream holds its turn until it ends, like any other generation."""
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(lambda n=number: world.watch(prompt=f"girl {n}", **WISH))
            tasks.start_soon(lambda n=number: world.generate(prompt=f"boy {n}", **WISH))
    assert [request.status for request in emulator.requests] == [200] * 6


async def test_another_program_is_waited_out(world, emulator):
    """While another program generates on the account, the client asks again until it is free."""
    emulator.account().generating = True
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: world.generate(prompt="girl", **WISH))
        # More often than any other failure would be tried: a lock is waited out by time.
        await until(lambda: len(emulator.requests) > RetryPolicy().max_attempts)
        emulator.account().generating = False
    *refused, last = [request.status for request in emulator.requests]
    assert set(refused) == {429}
    assert last == 200


@pytest.mark.parametrize("kinds", [("http", "threads"), ("http", "http"), ("threads", "threads")])
async def test_two_programs_on_one_account(emulator, url, kinds):
    """Two clients that know nothing of each other both get all their pictures."""
    pictures = []
    async with (
        world_of(kinds[0], emulator, url) as one,
        world_of(kinds[1], emulator, url) as other,
        anyio.create_task_group() as tasks,
    ):

        async def ask(client) -> None:
            pictures.extend(await client.generate(prompt="girl", **WISH))

        for _ in range(3):
            tasks.start_soon(ask, one)
            tasks.start_soon(ask, other)
    assert len(pictures) == 6
    assert sum(request.completed for request in emulator.requests) == 6


@pytest.mark.parametrize("kind", ["inside", "http", "threads"])
async def test_patience_ends(emulator, url, kind):
    """Past the time the policy allows, the error says so, and how long it waited."""
    emulator.account().generating = True
    hurried = RetryPolicy(base_delay=0.01, max_delay=0.02, max_wait=0.1)
    async with world_of(kind, emulator, url, retry=hurried) as world:
        with pytest.raises(ConcurrentGenerationError) as caught:
            await world.generate(prompt="girl", **WISH)
        assert (caught.value.status, caught.value.charged) == (429, "no")
        assert "locked" in caught.value.message
        assert "Waited" in caught.value.message
        emulator.account().generating = False
        assert len(await world.generate(prompt="girl", **WISH)) == 1


async def test_who_gives_up_frees_the_place(emulator, url):
    """A cancelled caller is never sent, and those behind it move up."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold))
    async with world_of("http", emulator, url) as world, anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: world.generate(prompt="first", **WISH))
        await until(lambda: emulator.requests)
        second = anyio.CancelScope()

        async def give_up() -> None:
            with second:
                await world.generate(prompt="second", **WISH)

        tasks.start_soon(give_up)
        tasks.start_soon(lambda: world.generate(prompt="third", **WISH))
        await anyio.wait_all_tasks_blocked()
        second.cancel()
        hold.set()
    assert prompts(emulator) == ["first", "third"]


async def test_who_gives_up_in_the_middle_frees_the_turn(emulator, url):
    """A caller cancelled while its generation runs lets the next one have its turn."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold))
    async with world_of("http", emulator, url) as world:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: world.generate(prompt="first", **WISH))
                await until(lambda: emulator.requests)
                scope.cancel()
        assert len(await world.generate(prompt="second", **WISH)) == 1
    hold.set()


async def test_accounts_do_not_wait_for_each_other(emulator, url):
    """Clients with tokens of different accounts generate side by side."""
    hold = threading.Event()
    emulator.script(Fault(stall=hold, path=STREAM))
    async with (
        world_of("http", emulator, url, retry=QUICK) as one,
        world_of("http", emulator, url, api_key="pst-somebody-else") as other,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(lambda: one.watch(prompt="first", **WISH))
        await until(lambda: emulator.requests)
        assert len(await other.generate(prompt="second", **WISH)) == 1
        hold.set()
