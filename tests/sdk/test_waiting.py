"""Waiting, told aloud."""

import threading
from functools import partial

import anyio
import httpx2
import pytest
from anyio.lowlevel import checkpoint
from tests.sdk.making import archive, final, frames, png
from tests.sdk.services import COLOURS, KEY, QUICK, Service, reply, streamed, unopened, use
from tests.sdk.test_calls import LOCK, ZIP
from tests.sdk.test_lanes import PATIENCE, settled, until, waiting
from tests.sdk.test_turns import Gate

from novelai import (
    AsyncNovelAI,
    CallerGoneError,
    ConfigurationError,
    ConnectionFailedError,
    NovelAI,
    RateLimitError,
    RetryPolicy,
)
from novelai._limiter import AsyncLane, SyncLane

BUSY = reply(429, b"slow down")
PATIENT = RetryPolicy(base_delay=0.001, max_delay=0.002, max_wait=0.2)


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


class Listener(list):
    """Notes what it is told."""

    def __call__(self, *told):
        self.append(told)


def generate(client):
    return client.image.generate(prompt="a")


def read(client):
    return client.user.get_anlas()


REASONS = {
    "locked": (LOCK, generate, "locked"),
    "rate limited": (BUSY, generate, "rate_limited"),
    "unreachable": (unopened(), generate, "unreachable"),
    "server error": (reply(502), read, "server_error"),
    "lost": (httpx2.ReadError("gone"), read, "unreachable"),
}


@pytest.mark.parametrize("name", REASONS)
def test_a_pause_is_told_with_its_reason(colour, name):
    """Before each pause: why, and how long; then the call goes on."""
    failure, action, reason = REASONS[name]
    told = Listener()
    service = Service(failure, failure, reply(200, ZIP if action is generate else b"{}"))
    use(colour, service, action, on_wait=told)
    assert [(why, place) for why, _, place in told] == [(reason, None)] * 2
    assert all(0 < seconds <= QUICK.max_delay for _, seconds, _ in told)
    assert service.calls == 3


def test_nothing_is_told_of_what_does_not_wait(colour):
    """A call that goes through, or is refused for good, says nothing."""
    told = Listener()
    use(colour, Service(reply(200, ZIP)), generate, on_wait=told)
    with pytest.raises(Exception, match="402"):
        use(colour, Service(reply(402)), generate, on_wait=told)
    with pytest.raises(RateLimitError):
        use(colour, Service(BUSY), generate, on_wait=told, retry=RetryPolicy(max_attempts=1))
    assert told == []


def test_what_retry_after_asks_is_waited(colour):
    """The pause is as long as was asked, though longer than those chosen here."""
    told = Listener()
    service = Service(reply(429, retry_after="0.05"), reply(200, ZIP))
    use(colour, service, generate, on_wait=told, retry=PATIENT)
    assert told == [("rate_limited", 0.05, None)]
    assert service.calls == 2


@pytest.mark.parametrize("asked", ["0.5", "Mon, 07 Nov 2044 00:00:30 GMT"])
def test_too_long_a_pause_is_not_begun(colour, asked):
    """Beyond what is left of `max_wait`, the error comes at once, with what was asked."""
    told = Listener()
    headers = {"retry_after": asked, "date": "Mon, 07 Nov 2044 00:00:00 GMT"}
    service = Service(reply(429, **headers))
    with pytest.raises(RateLimitError) as error:
        use(colour, service, generate, on_wait=told, retry=PATIENT)
    assert (service.calls, told) == (1, [])
    assert error.value.retry_after == (0.5 if asked == "0.5" else 30)


def test_an_async_function_may_listen():
    """It is awaited before the call goes on."""
    told = []

    async def on_wait(reason, seconds, place):
        await checkpoint()
        told.append(reason)

    use("asyncio", Service(LOCK, reply(200, ZIP)), generate, on_wait=on_wait)
    use("trio", Service(LOCK, reply(200, ZIP)), generate, on_wait=on_wait)
    assert told == ["locked", "locked"]


def test_what_the_listener_raises_ends_the_call(colour):
    """It comes out as it is, nothing is sent any more, and the next call has its turn."""

    def on_wait(*_):
        raise LookupError("enough")

    service = Service(LOCK, reply(200, ZIP))

    async def async_action(client):
        with pytest.raises(LookupError, match="enough"):
            await generate(client)
        return await generate(client)

    def action(client):
        with pytest.raises(LookupError, match="enough"):
            generate(client)
        return generate(client)

    chosen = action if colour == "sync" else async_action
    assert len(use(colour, service, chosen, on_wait=on_wait)) == 1
    assert service.calls == 2


def test_a_copy_may_listen_for_itself(colour):
    """`with_options(on_wait=...)` is for one caller among many."""
    mine, others = Listener(), Listener()
    service = Service(LOCK, reply(200, ZIP))
    use(colour, service, lambda client: generate(client.with_options(on_wait=mine)), on_wait=others)
    assert ([reason for reason, _, _ in mine], others) == (["locked"], [])


def test_nobody_is_told_after_a_stream_began(colour):
    """From the first byte on there is nothing to wait for."""
    told = Listener()
    pieces = streamed(frames(final(png())))

    def watch(client):
        return list(client.image.generate_stream(prompt="a"))

    async def watch_async(client):
        return [event async for event in client.image.generate_stream(prompt="a")]

    chosen = watch if colour == "sync" else watch_async
    use(colour, Service(LOCK, pieces), chosen, on_wait=told)
    assert [reason for reason, _, _ in told] == ["locked"]


# Places in the line.


def line_up(lane, names, places, *, gone=()):
    """Start threads that wait in this order and note each place they are told."""
    threads = {}
    for count, name in enumerate(names, 1):

        def tell(place, name=name):
            places.append((name, place))
            if (name, place) in gone:
                raise LookupError(name)

        def take(tell=tell):
            try:
                with lane.turn(tell):
                    pass
            except LookupError:
                pass

        threads[name] = threading.Thread(target=take)
        threads[name].start()
        until(lambda count=count: len(places) == count)
    return threads


def places_of(places, name):
    return [place for who, place in places if who == name]


def test_threads_are_told_their_place_and_each_change():
    """From where they joined down to 1, each place once."""
    lane, places = SyncLane(1), []
    with lane.turn():
        threads = line_up(lane, "abcd", places)
        assert places == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    for thread in threads.values():
        thread.join(PATIENCE)
    for start, name in enumerate("abcd", 1):
        told = places_of(places, name)
        # A thread may sleep through a change; what it is told is true and falls.
        assert told[0] == start
        assert told == sorted(set(told), reverse=True)


def test_threads_behind_one_that_leaves_move_up():
    """Who gives up, by an exception of the listener, frees its place for the others."""
    lane, places = SyncLane(1), []
    with lane.turn():
        threads = line_up(lane, "abc", places, gone={("a", 1)})
        threads["a"].join(PATIENCE)
        until(lambda: places_of(places, "c")[-1] == 2)
        assert places_of(places, "b")[-1] == 1
        assert waiting(lane) == 2
    for thread in threads.values():
        thread.join(PATIENCE)


def test_threads_that_do_not_listen_stand_in_the_line():
    """They count, and are not woken for nothing."""
    lane, places, go_on = SyncLane(1), [], threading.Event()

    def hold():
        with lane.turn():
            go_on.wait(PATIENCE)

    with lane.turn():
        silent = threading.Thread(target=hold)
        silent.start()
        until(lambda: waiting(lane) == 1)
        threads = line_up(lane, "b", places)
        assert places == [("b", 2)]
    until(lambda: places_of(places, "b")[-1] == 1)
    go_on.set()
    silent.join(PATIENCE)
    threads["b"].join(PATIENCE)


def test_a_thread_called_while_it_listens_keeps_its_turn():
    """A turn that comes while the listener is still busy is not lost."""
    lane, told, go_on = SyncLane(1), threading.Event(), threading.Event()
    done = []

    def tell(_place):
        told.set()
        assert go_on.wait(PATIENCE)

    def take():
        with lane.turn(tell):
            done.append(1)

    thread = threading.Thread(target=take)
    with lane.turn():
        thread.start()
        assert told.wait(PATIENCE)
    go_on.set()
    thread.join(PATIENCE)
    assert done == [1]


async def never():
    await anyio.sleep_forever()


WATCHED = pytest.mark.parametrize("gone", [None, never], ids=["plain", "watched"])


async def take(lane, tell, gone=None, done=None):
    async with lane.turn(gone, tell):
        if done is not None:
            done.append(1)


def listener(places, name):
    async def tell(place):
        places.append((name, place))

    return tell


@pytest.mark.anyio
@WATCHED
async def test_tasks_are_told_their_place_and_each_change(gone):
    """From where they joined down to 1, each place once."""
    lane, places = AsyncLane(1), []
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks, lane.turn():
            for name in "abc":
                tasks.start_soon(take, lane, listener(places, name), gone)
                await settled()
            assert places == [("a", 1), ("b", 2), ("c", 3)]
            # Each has its turn for one moment only.
    assert places_of(places, "a") == [1]
    assert places_of(places, "b") in ([2], [2, 1])
    assert places_of(places, "c")[0] == 3


@pytest.mark.anyio
@WATCHED
async def test_tasks_behind_one_that_leaves_move_up(gone):
    """Cancelled or gone, who leaves frees its place for those behind."""
    lane, places, left = AsyncLane(1), [], anyio.Event()

    async def leave():
        with pytest.raises(CallerGoneError):
            await take(lane, listener(places, "a"), left.wait)

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks, lane.turn():
            tasks.start_soon(leave)
            await settled()
            async with anyio.create_task_group() as leaving:
                leaving.start_soon(take, lane, listener(places, "b"), gone)
                await settled()
                tasks.start_soon(take, lane, listener(places, "c"), gone)
                await settled()
                left.set()
                await settled()
                assert places_of(places, "b") == [2, 1]
                leaving.cancel_scope.cancel()
            await settled()
            assert places_of(places, "c") == [3, 2, 1]


@pytest.mark.anyio
@WATCHED
async def test_a_task_whose_listener_fails_leaves(gone):
    """Its exception comes out bare, and the next one has the turn."""
    lane, done = AsyncLane(1), []

    async def fail(_place):
        raise LookupError("enough")

    async def leave():
        with pytest.raises(LookupError, match="enough"):
            await take(lane, fail, gone)

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            async with lane.turn():
                tasks.start_soon(leave)
                await settled()
            await take(lane, None, gone, done)
    assert done == [1]


@pytest.mark.anyio
@WATCHED
async def test_a_task_called_while_it_listens_keeps_its_turn(gone):
    """A turn that comes while the listener is still busy is not lost."""
    lane, done, go_on = AsyncLane(1), [], anyio.Event()

    async def tell(_place):
        await go_on.wait()

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            async with lane.turn():
                tasks.start_soon(take, lane, tell, gone, done)
                await settled()
            assert done == []
            go_on.set()
        await take(lane, None, gone, done)
    assert done == [1, 1]


def test_threads_on_one_client_know_their_place():
    """`on_wait` is told of the turn by the thread that waits."""
    open_now, told = threading.Event(), Listener()

    def answer(_request):
        assert open_now.wait(PATIENCE)
        return httpx2.Response(200, content=ZIP)

    with NovelAI(KEY, transport=httpx2.MockTransport(answer), on_wait=told) as client:
        lane = client._driver._slots.find().lane
        threads = []
        for count in range(3):
            threads.append(threading.Thread(target=partial(generate, client)))
            threads[-1].start()
            until(lambda count=count: lane._free == 0 and len(told) == count)
        assert told == [("turn", None, 1), ("turn", None, 2)]
        open_now.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert told[2:] in ([], [("turn", None, 1)])


@pytest.mark.anyio
async def test_tasks_on_one_client_know_their_place():
    """A bot can tell each of its people where they stand, also beside `until`."""
    gate, told = Gate(), {}

    async def answer(_request):
        await gate.checkpoint()
        return httpx2.Response(200, content=archive(png()))

    async with AsyncNovelAI(KEY, transport=httpx2.MockTransport(answer)) as client:

        async def ask(name):
            told[name] = Listener()
            await generate(client.until(never).with_options(on_wait=told[name]))

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as tasks:
                for name in "abc":
                    tasks.start_soon(ask, name)
                    await settled()
                assert told == {"a": [], "b": [("turn", None, 1)], "c": [("turn", None, 2)]}
                gate.open.set()
    assert told["c"][1:] in ([], [("turn", None, 1)])


def test_a_listener_that_stops_iterating_ends_nothing_quietly(colour):
    """`next` of an empty iterator inside the listener is no end of the call with nothing."""
    service = Service(unopened(), reply(200, ZIP))
    with pytest.raises((StopIteration, RuntimeError)):
        use(colour, service, generate, on_wait=lambda *_: next(iter(())))
    assert service.calls == 1


@pytest.mark.parametrize("failure", [KeyError("x"), ConfigurationError("x")])
def test_a_failing_listener_sends_nothing(colour, failure):
    """Raised before the first attempt could be repeated: the count says that none was."""

    def on_wait(*_):
        raise failure

    service = Service(unopened())
    with pytest.raises(type(failure)) as error:
        use(colour, service, generate, on_wait=on_wait)
    assert error.value is failure
    assert service.calls == 1
    with pytest.raises(ConnectionFailedError):
        use(colour, service, generate)
