"""Chats with NovelAI's text models: asked of the owner's account, free on every subscription."""

import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import Response

from novelai.errors import InvalidParamsError, NovelAIError
from novelai.server.compat.bodies import json_answer, members_of, with_notes
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.chunks import chunk, completion
from novelai.server.compat.openai.conversation import conversation_of
from novelai.server.compat.openai.document import Document
from novelai.server.compat.openai.errors import error_of
from novelai.server.compat.openai.events import DONE, STOPPED, event_of
from novelai.server.compat.openai.models import OPENAI_TEXT, naming, unknown_model
from novelai.server.compat.openai.schemas import Body, read_as
from novelai.server.compat.openai.text_fields import check_text_fields
from novelai.server.http.context import RequestContext
from novelai.server.http.error_handlers import problem_in
from novelai.server.http.event_stream import EventStream
from novelai.server.http.job_results import notes_header
from novelai.server.model.problems import ProblemError
from novelai.streams import AsyncEventStream
from novelai.types.base import construct
from novelai.types.chat import DEFAULT_CHAT_MODEL, ChatParams, CompletionParams
from novelai.types.text_results import ChatEvent, TokenUsage

__all__ = [
    "FREE",
    "answer_with",
    "named_events",
    "stream_of",
    "text_model",
    "text_params",
    "usage_of_text",
    "write_chat",
]

T = TypeVar("T", ChatParams, CompletionParams)

FREE = {"X-Anlas-Cost": "0"}


async def write_chat(context: RequestContext, document: Document) -> Response:
    """Answer a chat with text."""
    fields = document.fields
    body = read_as(Body, fields)
    model = text_model(body.model)
    notes = check_text_fields(fields)
    messages, left_out = conversation_of(fields.get("messages"))
    notes += left_out
    client = await writer_of(context, model)
    params = text_params(fields, ChatParams)
    name = secrets.token_hex(8)
    if body.stream:
        events = client.text.chat_stream(messages, model=model, params=params)
        pieces = _pieces(events, name, model, notes, with_usage=_wants_usage(fields))
        return stream_of(context, pieces, notes)
    with naming(model):
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
    return await json_answer(with_notes(answer, notes), FREE | notes_header(notes))


async def answer_with(
    context: RequestContext, fields: Mapping[str, Any], model: str, text: str
) -> Response:
    """Answer a chat with a text that is there already, as the model that was asked."""
    name = secrets.token_hex(8)
    if read_as(Body, fields).stream:
        return stream_of(
            context, _one_piece(name, model, text, with_usage=_wants_usage(fields)), []
        )
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    document = completion(name, model, [choice]) | {"usage": usage_of_text(None)}
    return await json_answer(document, FREE)


def text_model(name: str | None) -> str:
    """Return the text model that a name stands for.

    Raises:
        ProblemError: 404; it is the name of something else.
    """
    plain = (name or "").strip() or DEFAULT_CHAT_MODEL
    if OPENAI_TEXT.match(plain) or not plain.isprintable():
        raise unknown_model(plain)
    return plain


LARGEST = 2**31 - 1
"""Of a whole number; NovelAI fails at what it cannot hold."""

LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""What OpenAI's APIs call the most tokens of an answer."""


LONGEST_ANSWER = 1_024
"""Tokens of an answer in a chat that names no limit: what NovelAI's page offers at most."""


def text_params(fields: Mapping[str, Any], kind: type[T]) -> T:
    """Return how an answer is to be written: the fields that the service knows, by its names.

    Chat programs mostly name no limit: what our own client takes then would cut their answers.

    Raises:
        InvalidParamsError: a value is wrong; its field is named as the client named it.
    """
    known = {name: value for name, value in fields.items() if name in kind.model_fields}
    limit = next((name for name in LIMITS if fields.get(name) is not None), LIMITS[0])
    unlimited = LONGEST_ANSWER if kind is ChatParams else None
    known[LIMITS[0]] = unlimited if fields.get(limit) is None else fields[limit]
    if isinstance(known.get("logprobs"), bool):  # in a chat a switch, with a count beside it
        wanted = known.pop("logprobs")
        if wanted:
            known["logprobs"] = fields.get("top_logprobs") or 1
    large = [name for name, value in known.items() if _is_large(value)]
    try:
        if large:
            raise InvalidParamsError([(name, "is too large a number") for name in large])
        return construct(kind, {n: value for n, value in known.items() if value is not None})
    except InvalidParamsError as error:
        problems = [(limit if name == LIMITS[0] else name, why) for name, why in error.problems]
        raise InvalidParamsError(problems) from None


def _is_large(value: object) -> bool:
    return isinstance(value, int) and abs(value) > LARGEST


def usage_of_text(usage: TokenUsage | None) -> dict[str, int]:
    """Return the token count; noughts when the service does not tell it."""
    counted = usage or TokenUsage()
    return {
        "prompt_tokens": counted.prompt_tokens,
        "completion_tokens": counted.completion_tokens,
        "total_tokens": counted.total_tokens,
    }


def stream_of(
    context: RequestContext, pieces: AsyncGenerator[bytes], notes: Sequence[str]
) -> EventStream:
    """Return a stream of text, with its notes in a header, too."""
    return EventStream(
        pieces,
        stopping=context.services.stopping,
        headers=notes_header(notes),
        retry=None,
        bye=STOPPED,
    )


async def _one_piece(
    name: str, model: str, text: str, *, with_usage: bool
) -> AsyncGenerator[bytes]:
    yield event_of(None, chunk(name, model, {"role": "assistant", "content": text}))
    yield event_of(None, chunk(name, model, {}, finish_reason="stop"))
    if with_usage:
        yield event_of(None, _counted(name, model, None))
    yield DONE


def _counted(name: str, model: str, usage: TokenUsage | None) -> dict[str, Any]:
    counted: dict[str, Any] = {"choices": [], "usage": usage_of_text(usage)}
    return chunk(name, model, {}) | counted


def _wants_usage(fields: Mapping[str, Any]) -> bool:
    """Tell from its options that a stream is to end with the token count."""
    return bool(members_of(fields.get("stream_options")).get("include_usage"))


async def named_events(
    events: AsyncEventStream[ChatEvent], model: str
) -> AsyncGenerator[ChatEvent]:
    """Yield what a text model writes.

    Raises:
        ProblemError: 404; the account has no such model.
    """
    with naming(model):
        async with events:
            async for event in events:
                yield event


async def _pieces(
    events: AsyncEventStream[ChatEvent],
    name: str,
    model: str,
    notes: Sequence[str],
    *,
    with_usage: bool,
) -> AsyncGenerator[bytes]:
    usage: TokenUsage | None = None
    seen: set[int] = set()
    try:
        async with aclosing(named_events(events, model)) as written:
            async for event in written:
                usage = event.usage or usage
                delta: dict[str, Any] = {"content": event.text}
                if event.index not in seen:
                    seen.add(event.index)
                    delta = {"role": "assistant", **delta}
                piece = chunk(
                    name, model, delta, index=event.index, finish_reason=event.finish_reason
                )
                yield event_of(None, with_notes(piece, notes if event.finish_reason else ()))
        if with_usage:
            yield event_of(None, _counted(name, model, usage))
        yield DONE
    except (NovelAIError, ProblemError) as error:
        yield event_of(None, error_of(problem_in(error)))
