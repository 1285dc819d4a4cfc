"""A response of a text model, or a short text that answers a task."""

import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from starlette.responses import Response

from novelai.errors import NovelAIError
from novelai.server.compat.bodies import json_answer
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.errors import error_of
from novelai.server.compat.openai.responses.documents import (
    Numbered,
    error_event,
    message_item,
    response_document,
    text_part,
    usage_document,
)
from novelai.server.compat.openai.responses.request import ResponseRequest
from novelai.server.compat.openai.responses.turns import Turn
from novelai.server.compat.openai.writing import FREE, named_events, stream_of, text_params
from novelai.server.http.context import RequestContext
from novelai.server.http.error_handlers import problem_in
from novelai.server.http.job_results import notes_header
from novelai.server.model.problems import ProblemError
from novelai.types.chat import ChatParams
from novelai.types.text_results import ChatEvent, TokenUsage

__all__ = ["Keep", "begin_writing", "say", "write"]

Keep = Callable[[str, dict[str, Turn]], None]
"""Keeps an answer: its id, and what its items said."""


class _Written:
    """A text that grows."""

    def __init__(self) -> None:
        self.text = ""
        self.finish = "stop"
        self.usage = TokenUsage()

    def add(self, event: ChatEvent) -> None:
        self.text += event.text
        self.finish = event.finish_reason or self.finish
        self.usage = event.usage or self.usage

    @property
    def status(self) -> str:
        return "incomplete" if self.finish == "length" else "completed"


async def begin_writing(
    context: RequestContext, request: ResponseRequest, model: str, messages: list[dict[str, str]]
) -> AsyncGenerator[ChatEvent]:
    """Return what a text model writes, before it has begun.

    Raises:
        ProblemError: 403 or 503; the key may not, or there is no account.
        InvalidParamsError: a value is wrong.
    """
    client = await writer_of(context, model)
    params = text_params(request.fields, ChatParams)

    async def pieces() -> AsyncGenerator[ChatEvent]:
        events = client.text.chat_stream(messages, model=model, params=params)
        async with aclosing(named_events(events, model)) as written:
            async for event in written:
                if event.index == 0:
                    yield event

    return pieces()


async def say(text: str) -> AsyncGenerator[ChatEvent]:
    """Yield a text that is there already."""
    yield ChatEvent(text=text, finish_reason="stop")


async def write(
    context: RequestContext, request: ResponseRequest, pieces: AsyncGenerator[ChatEvent], keep: Keep
) -> Response:
    """Answer with a text, at once or piece by piece."""
    names = f"resp_{secrets.token_hex(12)}", f"msg_{secrets.token_hex(12)}"
    if request.stream:
        return stream_of(context, _events(request, names, pieces, keep), request.notes)
    written = _Written()
    async with aclosing(pieces):
        async for event in pieces:
            written.add(event)
    document = _document(request, names, written, time.time(), keep)
    return await json_answer(document, FREE | notes_header(request.notes))


def _document(
    request: ResponseRequest,
    names: tuple[str, str],
    written: _Written,
    created_at: float,
    keep: Keep,
) -> dict[str, Any]:
    """Return the whole answer, which may be named from now on."""
    response_id, item_id = names
    keep(response_id, {item_id: Turn(role="assistant", text=written.text)})
    return response_document(
        request,
        response_id,
        created_at,
        status=written.status,
        output=[message_item(item_id, written.text, status=written.status)],
        usage=usage_document(written.usage.prompt_tokens, written.usage.completion_tokens),
    )


async def _events(
    request: ResponseRequest, names: tuple[str, str], pieces: AsyncGenerator[ChatEvent], keep: Keep
) -> AsyncGenerator[bytes]:
    numbered, written, created_at = Numbered(), _Written(), time.time()
    begun = response_document(request, names[0], created_at)
    yield numbered("created", response=begun)
    yield numbered("in_progress", response=begun)
    item = {"output_index": 0, "item_id": names[1], "content_index": 0}
    started = message_item(names[1], None, status="in_progress")
    yield numbered("output_item.added", output_index=0, item=started)
    yield numbered("content_part.added", **item, part=text_part(""))
    try:
        async for delta in _deltas(pieces, written):
            yield numbered("output_text.delta", **item, delta=delta, logprobs=[])
    except (NovelAIError, ProblemError) as error:
        yield error_event(numbered, error_of(problem_in(error))["error"])
        return
    yield numbered("output_text.done", **item, text=written.text, logprobs=[])
    yield numbered("content_part.done", **item, part=text_part(written.text))
    document = _document(request, names, written, created_at, keep)
    yield numbered("output_item.done", output_index=0, item=document["output"][0])
    yield numbered(written.status, response=document)


async def _deltas(pieces: AsyncGenerator[ChatEvent], written: _Written) -> AsyncIterator[str]:
    async with aclosing(pieces):
        async for event in pieces:
            written.add(event)
            if event.text:
                yield event.text
