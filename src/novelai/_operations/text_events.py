"""The stream of a story model: tokens, put in order by their position."""

from collections.abc import Callable, Iterator
from typing import Any

from novelai._codecs.cut import broken_stream, cut_stream
from novelai._codecs.tokens import unpack_tokens
from novelai._operations.documents import Documents
from novelai._operations.logprobs import token_logprobs
from novelai.types.text_results import TextEvent

__all__ = ["Decode", "TextEventDecoder", "TokenReader"]

Decode = Callable[[list[int]], str]
"""Tokens to text: the ``decode`` of any tokenizer."""

INCOMPLETE = "\ufffd"


class TokenReader:
    """Pieces of an answer to text.

    Args:
        width: bytes of a token when they come as numbers; ``None`` when they come as text.
        decode: makes text of numbers; without it only the numbers are given.
    """

    def __init__(self, width: int | None, decode: Decode | None) -> None:
        self._width = width
        self._decode = decode
        self._tokens: list[int] = []
        self._given = 0

    def read(self, piece: str, *, final: bool) -> tuple[str, tuple[int, ...]]:
        """Text and tokens of the next piece.

        A character may take several tokens: text is held back until it is whole.

        Raises:
            ValueError: the piece is not what it should be.
        """
        if self._width is None:
            return piece, ()
        tokens = unpack_tokens(piece, self._width)
        if self._decode is None:
            return "", tokens
        self._tokens += tokens
        text = self._decode(self._tokens)
        if text.endswith(INCOMPLETE) and not final:
            return "", tokens
        fresh, self._given = text[self._given :], len(text)
        return fresh, tokens


class TextEventDecoder:
    """Bytes of a native text stream to events in order of their position, however they were cut.

    Args:
        reader: makes text of the pieces.
    """

    def __init__(self, reader: TokenReader) -> None:
        self._reader = reader
        self._documents = Documents()
        self._waiting: dict[int, dict[str, Any]] = {}
        self._next = 0
        self._arrived = 0
        self._complete = False
        self._request_id: str | None = None

    def begin(self, request_id: str) -> None:
        """Take the id of the request that is answered."""
        self._request_id = request_id

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed; 0 if they complete no event."""
        return self._documents.completing(data)

    def feed(self, data: bytes) -> Iterator[TextEvent]:
        """Take the next bytes; give the events they complete, one by one."""
        for document in self._documents.feed(data):
            yield from self._arrive(document)

    def finish(self) -> Iterator[TextEvent]:
        """Say that the stream ended; raise if it ended before its last token."""
        if not self._complete:
            for document in self._documents.finish():
                yield from self._arrive(document)
        for position in sorted(self._waiting):
            yield self._event(position, self._waiting.pop(position))
        if not self._complete:
            raise cut_stream(paid=False)

    def _arrive(self, document: dict[str, Any]) -> Iterator[TextEvent]:
        if "output" in document:  # the whole text at once, where a stream was expected
            document = {"token": document["output"], "final": True, **document}
        if "token" not in document:
            return  # new to this version, and passed over
        position = document.get("ptr")
        if not isinstance(position, int):
            position = self._arrived
        self._arrived += 1
        self._complete = self._complete or document.get("final") is True
        if position >= self._next:
            self._waiting[position] = document
        while self._next in self._waiting:
            ready, self._next = self._next, self._next + 1
            yield self._event(ready, self._waiting.pop(ready))

    def _event(self, position: int, document: dict[str, Any]) -> TextEvent:
        piece = document["token"]
        final = document.get("final") is True
        if not isinstance(piece, str):
            raise broken_stream("a token is not text", paid=False)
        try:
            text, tokens = self._reader.read(piece, final=final)
        except ValueError as error:
            raise broken_stream(str(error), paid=False) from error
        return TextEvent(
            text=text,
            position=position,
            final=final,
            token_ids=tokens,
            logprobs=token_logprobs(document.get("logprobs")),
            request_id=self._request_id,
        )
