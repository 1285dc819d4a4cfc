"""Chat answers in OpenAI's shape, whole and in pieces."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["chunk", "completion"]


def completion(
    name: str,
    model: str,
    choices: Sequence[Mapping[str, Any]],
    *,
    kind: str = "chat.completion",
) -> dict[str, Any]:
    """Return a whole answer."""
    return {
        "id": f"chatcmpl-{name}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
        "choices": list(choices),
    }


def chunk(
    name: str,
    model: str,
    delta: Mapping[str, Any],
    *,
    index: int = 0,
    finish_reason: str | None = None,
) -> dict[str, Any]:
    """Return a piece of an answer."""
    choice = {"index": index, "delta": dict(delta), "finish_reason": finish_reason}
    return completion(name, model, [choice], kind="chat.completion.chunk")
