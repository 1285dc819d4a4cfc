"""``/v1/chat/completions``: with a picture model it draws, with a text model it writes."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from novelai.server.compat.bodies import in_base64, with_notes
from novelai.server.compat.job_batch import BatchImage
from novelai.server.compat.openai.answer import cost_of, encode_as_asked, usage_of, vendor_of
from novelai.server.compat.openai.chunks import chunk, completion
from novelai.server.compat.openai.conversation import drawable, last_turn
from novelai.server.compat.openai.document import Document, read_document
from novelai.server.compat.openai.drawing import Drawing, begin_drawing
from novelai.server.compat.openai.errors import error_of
from novelai.server.compat.openai.events import DONE, event_of, large_event
from novelai.server.compat.openai.image_request import ImageRequest, read_image_request
from novelai.server.compat.openai.images import address_of
from novelai.server.compat.openai.models import is_image_model
from novelai.server.compat.openai.notes import note_unused
from novelai.server.compat.openai.schemas import Body, ChatImageBody, ImageBody, read_as
from novelai.server.compat.openai.task_kinds import is_text_task
from novelai.server.compat.openai.tasks import write_task
from novelai.server.compat.openai.text_fields import (
    KNOWN,
    PICTURE_CALLS,
    PICTURE_FORM,
    note_tools,
    wants_form,
)
from novelai.server.compat.openai.writing import answer_with, write_chat
from novelai.server.http.context import RequestContext
from novelai.server.model.problems import ProblemError

__all__ = ["chat"]

OTHER = (KNOWN - frozenset(ImageBody.model_fields)) | {"stream", "return_base64"}
"""Fields that only a chat has."""


async def chat(context: RequestContext) -> Response:
    """Answer a chat."""
    document = await read_document(context.http)
    fields = document.fields
    body = read_as(Body, fields)
    model = body.model or ""
    if not (is_image_model(model) or (not model and _wants_image(fields))):
        return await write_chat(context, document)
    if is_text_task(fields):
        return await answer_with(context, fields, model, await write_task(context, fields))
    drawing = await begin_drawing(context, await _image_request(context, document))
    if body.stream:
        return drawing.stream(_events(drawing, model))

    async def tell(found: Sequence[BatchImage]) -> dict[str, Any]:
        message = {"role": "assistant", **await _content(drawing, found)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return completion(found[0].job.id, model, [choice]) | _account(drawing, found)

    return await drawing.answer(tell)


def _wants_image(fields: Mapping[str, Any]) -> bool:
    modalities = fields.get("modalities")
    return isinstance(modalities, list) and "image" in modalities


async def _image_request(context: RequestContext, document: Document) -> ImageRequest:
    turn, images = last_turn(document.fields.get("messages"))
    fields = {name: value for name, value in document.fields.items() if name not in OTHER}
    fields["prompt"] = await drawable(turn)
    if images:
        fields["image"] = images
    body = read_as(ChatImageBody, document.fields)
    as_url = body.response_format == "url" or body.return_base64 is False
    fields["response_format"] = "url" if as_url else "b64_json"
    notes = note_tools(document.fields, PICTURE_CALLS)
    if form := wants_form(document.fields.get("response_format")):
        notes.append(note_unused("response_format", form, PICTURE_FORM))
    given = Document(fields=fields, files={})
    found = await read_image_request(context, given, context.http.headers, "generation")
    return replace(found, notes=[*notes, *found.notes])


async def _content(drawing: Drawing, found: Sequence[BatchImage]) -> dict[str, Any]:
    urls: list[str] = []
    for one in found:
        if drawing.image_request.as_url:
            urls.append(await address_of(drawing.context, one))
        else:
            data, media_type = await encode_as_asked(one, drawing.image_request)
            urls.append(f"data:{media_type};base64,{await in_base64(data)}")
    return {
        "content": "\n\n".join(f"![image]({url})" for url in urls),
        "images": [
            {"type": "image_url", "index": index, "image_url": {"url": url}}
            for index, url in enumerate(urls)
        ],
    }


def _account(drawing: Drawing, found: Sequence[BatchImage]) -> dict[str, Any]:
    usage = usage_of(found, tokens_per_anlas=drawing.context.settings.tokens_per_anlas)
    return {
        "usage": {
            "prompt_tokens": usage["input_tokens"],
            "completion_tokens": usage["output_tokens"],
            "total_tokens": usage["total_tokens"],
        },
        "novelai": vendor_of(found[0], anlas=cost_of(found)),
    }


async def _events(drawing: Drawing, model: str) -> AsyncGenerator[bytes]:
    """Yield the chunks of a chat.

    Progress goes into ``reasoning_content``, no part of the answer.
    """
    name = drawing.jobs[0].id
    try:
        yield event_of(None, chunk(name, model, {"role": "assistant", "content": ""}))
        told = 0.0
        async for seen in drawing.every_preview():
            if (now := time.monotonic()) - told >= 1.0:
                told = now
                step = f"Step {seen.step + 1} of {seen.steps}\n"
                delta = {"content": "", "reasoning_content": step}
                yield event_of(None, chunk(name, model, delta))
        found = await drawing.all()
        shown = chunk(name, model, await _content(drawing, found))
        yield await large_event(None, shown)
        end = chunk(name, model, {}, finish_reason="stop") | _account(drawing, found)
        yield event_of(None, with_notes(end, drawing.notes))
        yield DONE
        await drawing.mark_delivered()
    except ProblemError as problem:
        yield event_of(None, error_of(problem))
    finally:
        drawing.leave()
        await drawing.take_back()
