"""The one writer of streams: pieces in order, a failure in its place, an end for everyone."""

import re
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai.fastapi.streaming import PieceStream

PACKAGE = Path(__file__).parents[2] / "src" / "novelai"
BY_HAND = re.compile(r"""\b(event|data|retry|id): ?[^"'\n]*\\n""")
"""A field of an event in a literal, with its end of line."""


class Talk(PieceStream):
    """Says of a failure what it is."""

    async def refuse(self, failure: Exception, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 409, "headers": []})

    def describe(self, failure: Exception) -> bytes:
        return b"failed: " + str(failure).encode()


class Line:
    """The other end: keeps what is sent, leaves after so many pieces if told to."""

    def __init__(self, leave_after: int | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self.left = anyio.Event()
        self._leave_after = leave_after

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if len(self.bodies) == self._leave_after:
            self.left.set()

    @property
    def bodies(self) -> list[bytes]:
        return [one["body"] for one in self.sent if one["type"] == "http.response.body"]

    @property
    def status(self) -> int:
        return self.sent[0]["status"]


def answered(answer: PieceStream, **options: Any) -> Line:
    async def run() -> Line:
        line = Line(**options)
        with anyio.fail_after(10):
            await answer({"type": "http"}, line.receive, line.send)
        return line

    return anyio.run(run)


class Source:
    """Pieces, then a failure or silence where asked for; knows that it was closed."""

    def __init__(
        self, pieces: list[bytes], failure: Exception | None = None, *, silent: bool = False
    ) -> None:
        self.pieces, self.failure, self.silent = pieces, failure, silent
        self.is_closed = False

    async def read(self) -> Any:
        try:
            for piece in self.pieces:
                yield piece
            if self.failure is not None:
                raise self.failure
            if self.silent:
                await anyio.sleep_forever()
        finally:
            self.is_closed = True


@given(st.lists(st.binary(min_size=1)), st.integers(0, 3))
def test_pieces_arrive_in_order(pieces: list[bytes], ahead: int) -> None:
    """Every piece, as it was, once; then the end."""
    source = Source(pieces)
    line = answered(PieceStream(source.read(), ahead=ahead))
    assert line.status == 200
    assert line.bodies == [*pieces, b""]
    assert [one["more_body"] for one in line.sent[1:]] == [True] * len(pieces) + [False]
    assert source.is_closed


def test_a_failure_before_the_first_piece() -> None:
    """It has the answer to itself, with a status of its own; one not asked for is raised."""
    line = answered(Talk(Source([], KeyError("x")).read(), failures=(KeyError,)))
    assert (line.status, line.bodies) == (409, [])
    with pytest.raises(KeyError):
        answered(PieceStream(Source([], KeyError("x")).read(), failures=(KeyError,)))
    with pytest.raises(ExceptionGroup):
        answered(Talk(Source([], KeyError("x")).read(), failures=(ValueError,)))


def test_a_failure_in_the_middle() -> None:
    """It is the last piece."""
    source = Source([b"one"], ValueError("no more"))
    line = answered(Talk(source.read(), failures=(ValueError,)))
    assert (line.status, line.bodies) == (200, [b"one", b"failed: no more", b""])


def test_silence_is_filled() -> None:
    """The answer begins with a sign of life when nothing comes, and it goes on so."""
    source = Source([], silent=True)
    line = answered(PieceStream(source.read(), keepalive=0.001, sign=b"~"), leave_after=3)
    assert line.bodies[:3] == [b"~"] * 3
    assert source.is_closed


def test_an_opening_waits_for_nothing() -> None:
    """It is sent before the first piece is there, empty or not."""
    for opening, first in ((b"hello", [b"hello"]), (b"", [])):
        source = Source([b"one"])
        line = answered(PieceStream(source.read(), opening=opening))
        assert line.bodies == [*first, b"one", b""]


def test_a_closing_is_the_last() -> None:
    """What is said at the end is followed by nothing, however much there would be to come."""

    async def closing() -> bytes:
        await anyio.lowlevel.checkpoint()
        return b"bye"

    source = Source([b"one"], silent=True)
    line = answered(PieceStream(source.read(), closing=closing))
    assert line.bodies[-2:] == [b"bye", b""]
    assert source.is_closed


def test_who_leaves_gets_no_more() -> None:
    """The source is closed when the caller goes, in silence and between pieces."""
    source = Source([b"one", b"two"], silent=True)
    line = answered(PieceStream(source.read()), leave_after=2)
    assert line.bodies == [b"one", b"two"]
    assert source.is_closed


def test_headers_of_a_stream() -> None:
    """No length, no storing, no proxy that collects; what the caller sets stays."""
    answer = PieceStream(Source([]).read(), headers={"Cache-Control": "no-cache", "X-A": "b"})
    assert dict(answer.headers) == {
        "cache-control": "no-cache",
        "x-a": "b",
        "x-accel-buffering": "no",
        "content-type": "text/event-stream; charset=utf-8",
    }


def test_no_event_is_written_by_hand() -> None:
    """FastAPI writes them all, but for one program that wants fields in another order."""
    found = [
        path.relative_to(PACKAGE).as_posix()
        for folder in ("fastapi", "server")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if BY_HAND.search(path.read_text("utf-8"))
    ]
    assert found == ["server/compat/naifu.py"]
    assert BY_HAND.search(r'yield f"event: x\ndata: {text}\n\n"')
