"""Server-sent events as OpenAI's clients read them."""

import json
from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from fastapi.sse import format_sse_event

__all__ = ["DONE", "STOPPED", "event_of", "large_event"]

DONE = format_sse_event(data_str="[DONE]")


def event_of(name: str | None, document: Mapping[str, Any]) -> bytes:
    """Return an event; its name also stands inside, as ``type``."""
    named = document if name is None else {"type": name, **document}
    return format_sse_event(data_str=json.dumps(named), event=name)


async def large_event(name: str | None, document: Mapping[str, Any]) -> bytes:
    """Return an event of megabytes, written in a thread."""
    return await anyio.to_thread.run_sync(event_of, name, document)


STOPPED = event_of(
    None,
    {
        "error": {
            "message": "The server stops. What was begun goes on, and lands in the gallery.",
            "type": "server_error",
            "param": None,
            "code": "stopped",
        }
    },
)
"""The last event when the server stops."""
