"""A caller who waits: who leaves is noticed, and what was begun ends as it should."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
from starlette.types import Message

from novelai.server.http.disconnects import CallerLeftError, send_body, until_gone, while_there

pytestmark = pytest.mark.anyio

MORE: Message = {"type": "http.request", "body": b"", "more_body": False}
GONE: Message = {"type": "http.disconnect"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def receiving(*messages: Message) -> tuple[Callable[[], Awaitable[Message]], list[Message]]:
    """A connection that brings these and is silent then; and what is left of them."""
    left = list(messages)

    async def receive() -> Message:
        if not left:
            await anyio.sleep_forever()
        return left.pop(0)

    return receive, left


async def test_who_stays_gets_what_the_work_gives() -> None:
    """Also where that is nothing."""
    for value in ("a picture", None, 0):

        async def work(value: object = value) -> object:
            await anyio.lowlevel.checkpoint()
            return value

        receive, _ = receiving(MORE)
        assert await while_there(receive, work) == value


async def test_who_leaves_ends_the_work() -> None:
    """It is cancelled where it waits, and the caller's leaving is told as such."""
    reached: list[str] = []

    async def work() -> None:
        reached.append("begun")
        try:
            await anyio.sleep_forever()
        finally:
            reached.append("ended")

    receive, left = receiving(MORE, MORE, GONE, MORE)
    with anyio.fail_after(20), pytest.raises(CallerLeftError):
        await while_there(receive, work)
    assert reached == ["begun", "ended"]
    assert left == [MORE], "nothing is read behind the end"


async def test_what_fails_is_raised_as_it_is() -> None:
    """Not in a group; and before anything is said of a caller who left."""

    async def work() -> None:
        raise LookupError("of the work")

    receive, _ = receiving()
    with pytest.raises(LookupError, match=r"^of the work$"):
        await while_there(receive, work)


async def test_who_waits_may_be_cancelled() -> None:
    """The server's own end is no leaving of the caller."""
    receive, _ = receiving()
    ended = False
    with anyio.move_on_after(0):
        try:
            await while_there(receive, anyio.sleep_forever)
        except CallerLeftError:
            pytest.fail("nobody left")
        finally:
            ended = True
    assert ended


async def test_only_an_end_is_an_end() -> None:
    """Further pieces of a request do not cancel."""
    receive, left = receiving(MORE, MORE)
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_gone, receive, scope)
            await anyio.wait_all_tasks_blocked()
            assert (left, scope.cancel_called) == ([], False)
            tasks.cancel_scope.cancel()
    receive, _ = receiving(GONE)
    with anyio.CancelScope() as scope:
        await until_gone(receive, scope)
    assert scope.cancel_called


async def test_pieces_of_an_answer() -> None:
    """Each tells whether others follow."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await send_body(send, b"one")
    await send_body(send, b"two", more=False)
    assert sent == [
        {"type": "http.response.body", "body": b"one", "more_body": True},
        {"type": "http.response.body", "body": b"two", "more_body": False},
    ]
