"""A response, its items and its events, as OpenAI's clients read them."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from novelai.server.compat.bodies import with_notes
from novelai.server.compat.openai.events import event_of
from novelai.server.compat.openai.responses.request import ResponseRequest

__all__ = [
    "Numbered",
    "error_event",
    "message_item",
    "response_document",
    "text_part",
    "usage_document",
]

ECHOED = ("instructions", "max_output_tokens", "previous_response_id", "user")


class Numbered:
    """Writes events with the number that each of a stream has."""

    def __init__(self) -> None:
        self._next = 0

    def number(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return the members of the next event."""
        self._next += 1
        return {"sequence_number": self._next - 1, **members}

    def __call__(self, name: str, **members: Any) -> bytes:
        """Return the next event."""
        return event_of(f"response.{name}", self.number(members))


def response_document(
    request: ResponseRequest,
    response_id: str,
    created_at: float,
    *,
    status: str = "in_progress",
    output: Sequence[Mapping[str, Any]] = (),
    usage: Mapping[str, Any] | None = None,
    model: str = "",
) -> dict[str, Any]:
    """Return a response, finished or not.

    Args:
        request: what was asked for.
        response_id: of it.
        created_at: unix seconds.
        status: ``in_progress``, ``completed`` or ``incomplete``.
        output: what was made.
        usage: the tokens; ``None`` while they are not known.
        model: that answers, if not the one that was named.
    """
    fields = request.fields
    document: dict[str, Any] = {
        "id": response_id,
        "object": "response",
        "created_at": int(created_at),
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        **{name: fields.get(name) for name in ECHOED},
        "metadata": fields.get("metadata") or {},
        "model": model or request.model,
        "output": list(output),
        "parallel_tool_calls": True,
        "reasoning": {"effort": None, "summary": None},
        "store": request.kept,
        "temperature": fields.get("temperature"),
        "text": {"format": {"type": "text"}},
        "tool_choice": fields.get("tool_choice") or "auto",
        "tools": [_without_mask(tool) for tool in fields.get("tools") or ()],
        "top_p": fields.get("top_p"),
        "truncation": "disabled",
        "usage": usage,
    }
    if status != "in_progress":
        document["completed_at"] = int(time.time())
        document = with_notes(document, request.notes)
    return document


def message_item(item_id: str, text: str | None, *, status: str = "completed") -> dict[str, Any]:
    """Return a message; without text it has only begun."""
    return {
        "id": item_id,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": [] if text is None else [text_part(text)],
    }


def text_part(text: str) -> dict[str, Any]:
    """Return the text of a message."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def usage_document(given: int, made: int) -> dict[str, Any]:
    """Return the tokens of a response."""
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }


def error_event(numbered: Numbered, error: Mapping[str, Any]) -> bytes:
    """Return the last event of a stream that failed; clients read it in one of two forms."""
    told = {name: error.get(name) for name in ("code", "message", "param")}
    return event_of("error", numbered.number({**told, "error": error}))


def _without_mask(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tool.items() if name != "input_image_mask"}
