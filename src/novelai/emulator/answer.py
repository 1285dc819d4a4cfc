"""An answer as a value: handlers return it, the edge sends it, faults bend it on the way."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from novelai.emulator.errors import Refusal, error_body
from novelai.emulator.streams import Framing

JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back to the client.

    Attributes:
        status: HTTP status.
        content_type: Value of that header.
        body: The whole body, or None when `frames` are sent one by one.
        frames: The parts of a stream in order.
        stream: How the stream is framed, for faults inside it.
        headers: Further headers.
        known_length: Send `content-length`; successful pictures come chunked instead.
    """

    status: int = 200
    content_type: str = JSON
    body: bytes | None = b""
    frames: AsyncIterator[bytes] | None = None
    stream: Framing | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    known_length: bool = True


def json_answer(document: Any, status: int = 200) -> Answer:
    """Return a JSON document as an answer."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return Answer(status=status, body=body)


def refusal_answer(refusal: Refusal) -> Answer:
    """Return a refusal as an answer."""
    return Answer(status=refusal.status, body=refusal.body())


def render_error(status: int, message: str) -> Answer:
    """Return an error that no handler raised."""
    return Answer(status=status, body=error_body(status, message))
