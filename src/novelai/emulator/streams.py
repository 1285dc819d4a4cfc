"""Stream frames: the same map as a length-prefixed msgpack document or as a server-sent event."""

import base64
import json
from typing import Any, Literal

import msgpack

from novelai.emulator.generation import StreamKind

Framing = StreamKind | Literal["text"]
"""How a stream is framed; a text stream is made of server-sent events of its own shapes."""

MEDIA_TYPES: dict[StreamKind, str] = {
    "msgpack": "application/msgpack",
    "sse": "text/event-stream",
}


def encode_frame(frame: dict[str, Any], kind: Framing) -> bytes:
    """Write one frame.

    msgpack: a big-endian 32-bit length, then a map. SSE: `event:`, `data:` and an empty line, with
    the picture in base64. In a text stream only failures are written here.
    """
    if kind == "text":
        return f"data: {json.dumps({'error': frame['message']})}\n\n".encode()
    if kind == "msgpack":
        packed: bytes = msgpack.packb(frame)
        return len(packed).to_bytes(4, "big") + packed
    shown = {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for key, value in frame.items()
    }
    data = json.dumps(shown, separators=(",", ":"))
    return f"event: {frame['event_type']}\ndata: {data}\n\n".encode()


def broken_frame(kind: Framing) -> bytes:
    """Return a frame that ends where it should, but cannot be read."""
    if kind == "msgpack":
        # 0xc1 is the one byte msgpack never uses.
        return b"\x00\x00\x00\x04\xc1\xc1\xc1\xc1"
    if kind == "text":
        return b'data: {"token":\n\n'
    return b'event: intermediate\ndata: {"event_type":"intermediate","image":\n\n'
