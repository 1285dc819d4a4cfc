"""The JSON documents of a text stream, and the failures among them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from novelai._codecs.cut import broken_stream
from novelai._codecs.sse import ServerSentEvent, SSEDecoder
from novelai._responses import read_message
from novelai.errors import GenerationFailedError, InvalidResponseError

__all__ = ["Documents", "read_document"]

DONE = "[DONE]"
"""The data of the event that ends a stream of the OpenAI-compatible endpoints."""

MAX_DOCUMENT = 16 * 1024 * 1024


class Documents:
    """Bytes of a text stream to JSON objects, however they were cut.

    An answer that is one JSON document instead of a stream is given as a stream of one: failures
    come like that, with status 200 too.

    Attributes:
        done: the service said that the stream is complete.
    """

    def __init__(self) -> None:
        self._events = SSEDecoder(paid=False)
        self._document: bytearray | None = None
        self._decided = False
        self.done = False

    def completing(self, data: bytes) -> int:
        """Return how many bytes would be decoded if these were fed.

        0 if they complete no document.
        """
        return self._events.completing(data) if self._document is None else 0

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """Take the next bytes; give the documents they complete, one by one."""
        if not self._decided and (first := data.lstrip()[:1]):
            self._decided = True
            # No line of an event stream begins with a brace.
            self._document = bytearray() if first == b"{" else None
        if self._document is None:
            yield from self._read(self._events.feed(data))
        elif len(self._document) + len(data) > MAX_DOCUMENT:
            raise broken_stream("a document is implausibly long", paid=False)
        else:
            self._document += data

    def finish(self) -> Iterator[dict[str, Any]]:
        """Say that the stream ended; raise if it ended inside a document."""
        if self._document is None:
            yield from self._read(self._events.finish())
        else:
            self.done = True
            yield read_document(bytes(self._document))

    def _read(self, events: list[ServerSentEvent]) -> Iterator[dict[str, Any]]:
        for event in events:
            if event.data.strip() == DONE:
                self.done = True
            elif not self.done:
                yield _document(event)


def read_document(content: bytes) -> dict[str, Any]:
    """Return the JSON object of a whole answer.

    Raises:
        GenerationFailedError: it tells of a failure, whatever its status.
        InvalidResponseError: it is something else.
    """
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidResponseError("NovelAI's answer is not JSON.", status=200) from error
    if not isinstance(value, dict):
        raise InvalidResponseError("NovelAI's answer is not a JSON object.", status=200)
    document = cast("dict[str, Any]", value)
    refuse_failure(document)
    return document


def refuse_failure(document: Mapping[str, Any]) -> None:
    """Raise if a document tells of a failure: ``error`` as text or object, or ``statusCode``."""
    status = document.get("statusCode")
    failed = isinstance(status, int) and status >= 400
    if not failed and not document.get("error"):
        return
    said = read_message(document) or "no reason was given"
    raise GenerationFailedError(f"NovelAI reported a failure: {said.rstrip('.')}.", status=200)


def _document(event: ServerSentEvent) -> dict[str, Any]:
    try:
        value: object = json.loads(event.data)
    except (ValueError, RecursionError) as error:
        if event.event == "error":
            refuse_failure({"error": event.data})
        raise broken_stream("an event is not JSON", paid=False) from error
    if not isinstance(value, dict):
        raise broken_stream("an event is not an object", paid=False)
    document = cast("dict[str, Any]", value)
    if event.event == "error":
        refuse_failure({"statusCode": 500, **document})
    refuse_failure(document)
    return document
