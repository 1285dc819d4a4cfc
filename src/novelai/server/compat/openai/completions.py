"""``/v1/completions``: a text model goes on from a raw prompt."""

import secrets
from collections.abc import AsyncGenerator
from typing import cast

from starlette.responses import Response

from novelai.server.compat.bodies import json_answer, with_notes
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.chunks import completion
from novelai.server.compat.openai.document import read_document
from novelai.server.compat.openai.errors import refusal
from novelai.server.compat.openai.events import DONE, event_of
from novelai.server.compat.openai.models import is_image_model, naming
from novelai.server.compat.openai.schemas import Body, read_as
from novelai.server.compat.openai.text_fields import check_text_fields
from novelai.server.compat.openai.writing import (
    FREE,
    stream_of,
    text_model,
    text_params,
    usage_of_text,
)
from novelai.server.http.context import RequestContext
from novelai.server.http.job_results import notes_header
from novelai.types.chat import CompletionParams

__all__ = ["complete"]


async def complete(context: RequestContext) -> Response:
    """Answer a prompt with text. A stream brings it in one piece."""
    fields = (await read_document(context.http)).fields
    body = read_as(Body, fields)
    model = text_model(body.model)
    if is_image_model(model):
        raise refusal("model", "draws pictures: ask /v1/images/generations")
    given = fields.get("prompt")
    if not isinstance(given, (str, list)) or not given:
        raise refusal("prompt", "must be text or tokens")
    prompt = cast("str | list[int]", given)
    notes = check_text_fields(fields)
    client = await writer_of(context, model)
    params = text_params(fields, CompletionParams)
    with naming(model):
        result = await client.text.complete(prompt, model=model, params=params)
    choices = [
        {
            "index": choice.index,
            "text": choice.text,
            "finish_reason": choice.finish_reason or "stop",
            "logprobs": None,
        }
        for choice in result.choices
    ]
    answer = completion(secrets.token_hex(8), model, choices, kind="text_completion")
    answer["usage"] = usage_of_text(result.usage)
    answer = with_notes(answer, notes)
    if not body.stream:
        return await json_answer(answer, FREE | notes_header(notes))

    async def pieces() -> AsyncGenerator[bytes]:
        yield event_of(None, answer)
        yield DONE

    return stream_of(context, pieces(), notes)
