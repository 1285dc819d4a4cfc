"""The frames of a stream: one map, as msgpack behind its length, or as a server-sent event."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Literal

import msgpack
from fastapi.sse import format_sse_event

from novelai.fastapi.streaming import EVENTS

__all__ = ["KEEPALIVE", "MEDIA_TYPES", "Framing", "frame"]

Framing = Literal["msgpack", "sse"]

MEDIA_TYPES: Mapping[Framing, str] = {
    "msgpack": "application/msgpack",
    "sse": EVENTS,
}

KEEPALIVE = format_sse_event(comment="waiting")
"""A comment, which keeps proxies from closing a server-sent stream."""


def frame(fields: Mapping[str, Any], framing: Framing) -> bytes:
    """One frame; bytes become base64 where JSON carries them."""
    if framing == "msgpack":
        packed: bytes = msgpack.packb(dict(fields))
        return len(packed).to_bytes(4, "big") + packed
    shown = {
        name: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for name, value in fields.items()
    }
    text = json.dumps(shown, separators=(",", ":"))
    return format_sse_event(data_str=text, event=fields["event_type"])
