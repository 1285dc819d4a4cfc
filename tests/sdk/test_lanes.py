"""Turns: in order, and never lost."""

import signal
import threading
import time

import anyio
import pytest
from anyio.lowlevel import checkpoint

from novelai import CallerGoneError
from novelai._limiter import AsyncLane, SyncLane

PATIENCE = 10.0


def until(condition):
    """Wait for a condition that other threads bring about."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def waiting(lane):
    return len(lane._waiting)


def queue_up(lane, names, done, *, first=0):
    """Start threads that wait in the order of their names."""
    threads = []
    for place, name in enumerate(names, 1):

        def take(name=name):
            with lane.turn():
                done.append(name)

        thread = threading.Thread(target=take)
        thread.start()
        until(lambda place=place: waiting(lane) == first + place)
        threads.append(thread)
    return threads


def test_threads_are_served_in_order():
    """First come, first served."""
    lane, done = SyncLane(1), []
    with lane.turn():
        threads = queue_up(lane, "abcdefgh", done)
        assert done == []
    for thread in threads:
        thread.join(PATIENCE)
    assert "".join(done) == "abcdefgh"


def test_a_wide_lane_lets_several_in():
    """As many turns are held at once as the lane is wide."""
    lane, done = SyncLane(2), []
    with lane.turn(), lane.turn():
        (thread,) = queue_up(lane, "a", done)
    thread.join(PATIENCE)
    assert done == ["a"]


class Interrupted(BaseException):
    pass


def interrupt_the_wait(lane, meanwhile):
    """Wait for a turn in this thread, and be interrupted there by a signal."""

    def handler(_signal, _frame):
        meanwhile()
        raise Interrupted

    def interrupt():
        until(lambda: waiting(lane) == 1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handler)
    helper = threading.Thread(target=interrupt)
    helper.start()
    try:
        with pytest.raises(Interrupted), lane.turn():
            pytest.fail("the turn was given")
    finally:
        helper.join(PATIENCE)
        signal.signal(signal.SIGUSR1, before)


def free(lane):
    """Whether a turn can be had at once."""
    done = []
    thread = threading.Thread(target=lambda: done.append(lane._enter()))
    thread.start()
    thread.join(PATIENCE)
    lane._leave()
    return done == [None]


def test_an_interrupted_thread_frees_its_place():
    """Who gives up while waiting is not served, and keeps nobody."""
    lane = SyncLane(1)
    lane._enter()
    interrupt_the_wait(lane, lambda: None)
    assert waiting(lane) == 0
    lane._leave()
    assert free(lane)


def test_a_turn_given_to_a_thread_that_gives_up_is_passed_on():
    """A turn handed over in the moment of an interruption is not lost."""
    lane = SyncLane(1)
    lane._enter()
    interrupt_the_wait(lane, lane._leave)
    assert free(lane)


def test_a_turn_ends_with_an_error():
    """What fails inside a turn ends it."""
    lane = SyncLane(1)
    with pytest.raises(ValueError, match="inside"), lane.turn():
        raise ValueError("inside")
    assert free(lane)


async def never():
    await anyio.sleep_forever()


WATCHED = pytest.mark.parametrize("gone", [None, never], ids=["plain", "watched"])


async def settled():
    """Let every task run until it waits."""
    for _ in range(20):
        await checkpoint()


async def take(lane, name, done, gone=None):
    async with lane.turn(gone):
        done.append(name)


@pytest.mark.anyio
@WATCHED
async def test_tasks_are_served_in_order(gone):
    """First come, first served, watched or not."""
    lane, done = AsyncLane(1), []
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks, lane.turn(gone):
            for name in "abcdefgh":
                tasks.start_soon(take, lane, name, done, gone)
                await settled()
            assert done == []
    assert "".join(done) == "abcdefgh"


@pytest.mark.anyio
@WATCHED
async def test_a_cancelled_task_frees_its_place(gone):
    """Who is cancelled while waiting is not served; the next one is."""
    lane, done = AsyncLane(1), []
    with anyio.fail_after(PATIENCE):
        async with (
            anyio.create_task_group() as tasks,
            lane.turn(),
            anyio.create_task_group() as leaving,
        ):
            leaving.start_soon(take, lane, "a", done, gone)
            await settled()
            tasks.start_soon(take, lane, "b", done, gone)
            await settled()
            leaving.cancel_scope.cancel()
    assert done == ["b"]


@pytest.mark.anyio
@WATCHED
async def test_a_turn_given_to_a_cancelled_task_is_passed_on(gone):
    """A turn handed over in the moment of a cancellation is not lost."""
    lane, done = AsyncLane(1), []
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as leaving:
            async with lane.turn():
                leaving.start_soon(take, lane, "a", done, gone)
                await settled()
            leaving.cancel_scope.cancel()  # the turn is on its way to the task
        await take(lane, "b", done, gone)
    assert done[-1] == "b"


@pytest.mark.anyio
async def test_a_caller_who_went_away_frees_its_place():
    """The watcher ends the waiting, with an error of its own."""
    lane, done, left = AsyncLane(1), [], anyio.Event()

    async def leave():
        with pytest.raises(CallerGoneError):
            await take(lane, "a", done, left.wait)

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            async with lane.turn():
                tasks.start_soon(leave)
                await settled()
                left.set()
                await settled()
            await take(lane, "b", done)
    assert done == ["b"]


@pytest.mark.anyio
async def test_who_has_begun_is_not_watched_any_more():
    """A caller who leaves during its turn does not end it: it is paid for."""
    lane, done, left = AsyncLane(1), [], anyio.Event()
    with anyio.fail_after(PATIENCE):
        async with lane.turn(left.wait):
            left.set()
            await settled()
            done.append("a")
        await take(lane, "b", done, left.wait)
    assert done == ["a", "b"]


@pytest.mark.anyio
async def test_a_turn_is_not_lost_while_its_watcher_ends():
    """Cancelled between getting the turn and using it, a task gives it back."""
    lane, done = AsyncLane(1), []
    watching, ending, end = anyio.Event(), anyio.Event(), anyio.Event()

    async def slow_to_end():
        watching.set()
        try:
            await anyio.sleep_forever()
        finally:
            ending.set()
            with anyio.CancelScope(shield=True):
                await end.wait()

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as leaving:
            async with lane.turn():
                leaving.start_soon(take, lane, "a", done, slow_to_end)
                await watching.wait()
            await ending.wait()
            leaving.cancel_scope.cancel()
            end.set()
        await take(lane, "b", done)
    assert done == ["b"]
