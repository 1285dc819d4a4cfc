"""Chats with NovelAI's text models: asked of the owner's account, free on every subscription."""

import secrets
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

from starlette.responses import Response

from novelai.errors import NovelAIError
from novelai.fastapi.problems import problem_of
from novelai.server.compat.bodies import json_answer
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.chunks import chunk, completion
from novelai.server.compat.openai.document import Document
from novelai.server.compat.openai.errors import error_document, refusal
from novelai.server.compat.openai.events import DONE, STOPPED, event_of
from novelai.server.compat.openai.models import OPENAI_TEXT, unknown_model
from novelai.server.compat.openai.schemas import Body, read_as
from novelai.server.http.context import RequestContext
from novelai.server.http.event_stream import EventStream
from novelai.streams import AsyncEventStream
from novelai.types.base import construct
from novelai.types.chat import DEFAULT_CHAT_MODEL, ChatParams
from novelai.types.text_results import ChatEvent, TokenUsage

__all__ = ["text_model", "text_params", "usage_of_text", "wants_usage", "write_chat"]


async def write_chat(context: RequestContext, document: Document) -> Response:
    """Answer a chat with text."""
    fields = document.fields
    body = read_as(Body, fields)
    model = text_model(body.model)
    client = await writer_of(context, model)
    params = construct(ChatParams, text_params(fields, ChatParams))
    messages = _messages(fields.get("messages"))
    name = secrets.token_hex(8)
    if body.stream:
        events = client.text.chat_stream(messages, model=model, params=params)
        return EventStream(
            _pieces(events, name, model, with_usage=wants_usage(fields)),
            stopping=context.services.stopping,
            retry=None,
            bye=STOPPED,
        )
    result = await client.text.chat(messages, model=model, params=params)
    choices = [
        {
            "index": choice.index,
            "message": {"role": "assistant", "content": choice.text},
            "finish_reason": choice.finish_reason or "stop",
        }
        for choice in result.choices
    ]
    answer = completion(name, model, choices) | {"usage": usage_of_text(result.usage)}
    return await json_answer(answer, {"X-Anlas-Cost": "0"})


def text_model(name: str | None) -> str:
    """Return the text model that a name stands for.

    Raises:
        ProblemError: 404; it is the name of something else.
    """
    plain = (name or "").strip() or DEFAULT_CHAT_MODEL
    if OPENAI_TEXT.match(plain):
        raise unknown_model(plain)
    return plain


def text_params(fields: Mapping[str, Any], cls: Any) -> dict[str, Any]:
    """Return the fields that the service knows, by its names; others are left out."""
    known = {name: value for name, value in fields.items() if name in cls.model_fields}
    longest = fields.get("max_completion_tokens")
    if longest is not None and known.get("max_tokens") is None:
        known["max_tokens"] = longest
    if isinstance(known.get("logprobs"), bool):  # in a chat a switch, with a count beside it
        wanted = known.pop("logprobs")
        if wanted:
            known["logprobs"] = fields.get("top_logprobs") or 1
    return {name: value for name, value in known.items() if value is not None}


def usage_of_text(usage: TokenUsage | None) -> dict[str, int]:
    """Return the token count; noughts when the service does not tell it."""
    counted = usage or TokenUsage()
    return {
        "prompt_tokens": counted.prompt_tokens,
        "completion_tokens": counted.completion_tokens,
        "total_tokens": counted.total_tokens,
    }


def _messages(given: Any) -> list[dict[str, str]]:
    """Get the turns; parts become one text, roles that the service has not become those it has."""
    if not isinstance(given, list) or not given:
        raise refusal("messages", "must be a list of turns")
    turns: list[dict[str, str]] = []
    for index, turn in enumerate(cast("list[Any]", given)):
        if not isinstance(turn, Mapping):
            raise refusal(f"messages.{index}", "must be an object")
        members = cast("Mapping[str, Any]", turn)
        role = {"developer": "system"}.get(str(members.get("role")), str(members.get("role")))
        turns.append({"role": role, "content": _join_parts(members.get("content"))})
    return turns


def _join_parts(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = cast("list[Any]", content) if isinstance(content, list) else []
    texts = [
        cast("Mapping[str, Any]", part).get("text") for part in parts if isinstance(part, Mapping)
    ]
    return "\n".join(found for found in texts if isinstance(found, str))


def wants_usage(fields: Mapping[str, Any]) -> bool:
    """Tell from its options that a stream is to end with the token count."""
    options = fields.get("stream_options")
    return isinstance(options, Mapping) and bool(
        cast("Mapping[str, Any]", options).get("include_usage")
    )


async def _pieces(
    events: AsyncEventStream[ChatEvent], name: str, model: str, *, with_usage: bool
) -> AsyncGenerator[bytes]:
    usage: TokenUsage | None = None
    seen: set[int] = set()
    try:
        async with events:
            async for event in events:
                usage = event.usage or usage
                delta: dict[str, Any] = {"content": event.text}
                if event.index not in seen:
                    seen.add(event.index)
                    delta = {"role": "assistant", **delta}
                piece = chunk(
                    name, model, delta, index=event.index, finish_reason=event.finish_reason
                )
                yield event_of(None, piece)
        if with_usage:
            counted: dict[str, Any] = {"choices": [], "usage": usage_of_text(usage)}
            yield event_of(None, chunk(name, model, {}) | counted)
        yield DONE
    except NovelAIError as error:
        yield event_of(None, error_document(problem_of(error).model_dump())[1])
