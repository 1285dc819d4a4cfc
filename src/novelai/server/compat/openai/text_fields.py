"""Fields of a chat that NovelAI's text models do not take: refused aloud, or told by a note."""

from collections.abc import Mapping
from typing import Any

from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.errors import refusal
from novelai.server.compat.openai.notes import note_unknown, note_unused
from novelai.types.chat import CompletionParams

__all__ = ["check_text_fields", "note_tools", "wants_form"]

CALLS = ("tools", "functions", "web_search_options")
"""What a model may call. Chat programs offer their tools with every message."""

CHOICES = ("tool_choice", "function_call")
FREE = ("none", "auto")
"""Choices that leave it to the model."""

SCHEMA = "json_schema"

PROGRAMS_OWN = frozenset(
    {
        "user", "metadata", "store", "service_tier", "parallel_tool_calls", "safety_identifier",
        "prompt_cache_key", "prompt_cache_retention", "chat_id", "session_id", "id", "include",
    }
)  # fmt: skip
"""Fields that say nothing of the answer."""

KNOWN = (
    frozenset(CompletionParams.model_fields)
    | PROGRAMS_OWN
    | {*CALLS, *CHOICES}
    | {
        "messages", "prompt", "model", "stream", "stream_options", "max_completion_tokens",
        "top_logprobs", "response_format", "modalities", "reasoning_effort", "verbosity", "audio",
    }
)  # fmt: skip

NO_CALLS = "NovelAI's text models call no functions"
PICTURE_CALLS = "a picture model calls no functions"
FORM_REASON = "NovelAI's text models write text"
PICTURE_FORM = "a picture model draws"

REASONING = "enable_thinking says whether the model thinks before it answers"


def check_text_fields(fields: Mapping[str, Any]) -> list[str]:
    """Return notes on the fields that a text model leaves out.

    NovelAI passes over tools and JSON schemas without a word. A program reads an answer without a
    call; what it cannot read is one that has to be a call, or of a schema. That an answer is to be
    JSON stands in its prompt, too.

    Raises:
        ProblemError: 400; the program could not read the answer.
    """
    notes = note_tools(fields, NO_CALLS)
    form = wants_form(fields.get("response_format"))
    if form == SCHEMA:
        raise refusal("response_format", f"cannot be {form}: {FORM_REASON}")
    if form is not None:
        notes.append(note_unused("response_format", form, FORM_REASON))
    if fields.get("audio") or "audio" in str(fields.get("modalities")):
        raise refusal("modalities", "cannot have audio: ask /v1/audio/speech")
    notes += [
        note_unused(name, fields[name], reason)
        for name, reason in (("reasoning_effort", REASONING), ("verbosity", "the prompt says it"))
        if fields.get(name) is not None
    ]
    return [*notes, *note_unknown(fields, KNOWN)]


def note_tools(fields: Mapping[str, Any], reason: str) -> list[str]:
    """Return a note on tools that are offered, and why none is called.

    Raises:
        ProblemError: 400; one of them must be called.
    """
    for name in CHOICES:
        if fields.get(name) not in (None, *FREE):
            raise refusal(name, f"must be auto or none: {reason}")
    return [note_unused(name, fields[name], reason) for name in CALLS if fields.get(name)]


def wants_form(given: object) -> str | None:
    """Return the form of an answer that is no plain text; ``None`` for text."""
    kind = members_of(given).get("type", given)
    return str(kind) if kind in ("json_object", SCHEMA) else None
