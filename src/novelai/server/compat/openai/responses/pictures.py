"""A response that is a picture, as the tool ``image_generation`` gives it."""

import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from novelai.server.compat.bodies import in_base64
from novelai.server.compat.job_batch import BatchImage
from novelai.server.compat.openai.answer import cost_of, encode_as_asked, usage_of, vendor_of
from novelai.server.compat.openai.conversation import drawable
from novelai.server.compat.openai.document import Document
from novelai.server.compat.openai.drawing import Drawing, begin_drawing
from novelai.server.compat.openai.errors import error_of, refusal
from novelai.server.compat.openai.events import large_event
from novelai.server.compat.openai.image_request import read_image_request
from novelai.server.compat.openai.images import address_of
from novelai.server.compat.openai.models import is_image_model
from novelai.server.compat.openai.notes import note_taken, note_unknown, note_unused
from novelai.server.compat.openai.responses.documents import (
    Numbered,
    error_event,
    message_item,
    response_document,
    text_part,
    usage_document,
)
from novelai.server.compat.openai.responses.request import ResponseRequest
from novelai.server.compat.openai.responses.text import Keep
from novelai.server.compat.openai.responses.turns import DRAWN, Turn
from novelai.server.compat.openai.schemas import ImageBody
from novelai.server.http.context import RequestContext
from novelai.server.model.problems import ProblemError

__all__ = ["draw"]

SETTINGS = (
    "size", "quality", "background", "output_format", "output_compression", "partial_images",
    "input_fidelity", "moderation",
)  # fmt: skip
"""What the tool says of the picture, in the words of the images API."""

OF_THE_TOOL = frozenset({"type", "model", "action", "input_image_mask", *SETTINGS})
OF_A_RESPONSE = frozenset({"model", "prompt", "n", "stream", "response_format"})
NATIVE = (frozenset(ImageBody.model_fields) - OF_A_RESPONSE - {*SETTINGS}) | {"novelai"}
"""Fields of NovelAI's, which stand beside the input."""


async def draw(context: RequestContext, request: ResponseRequest, keep: Keep) -> Response:
    """Answer with a picture, at once or with pictures in the making."""
    fields, notes = await _image_fields(context, request)
    document = Document(fields=fields, files={})
    asked = await read_image_request(context, document, context.http.headers, "generation")
    if request.model and not is_image_model(request.model):
        notes.append(note_taken("model", request.model, asked.params.model))
    asked = replace(asked, notes=[*request.notes, *notes, *asked.notes])
    drawing = await begin_drawing(context, asked)
    request = replace(request, notes=drawing.notes)
    name = f"resp_{secrets.token_hex(12)}"
    if request.stream:
        return drawing.stream(_events(drawing, request, name, keep))

    async def tell(found: Sequence[BatchImage]) -> dict[str, Any]:
        output = [
            await _call_with_picture(drawing, found[0]),
            await _message(drawing, request, found[0]),
        ]
        keep(name, _items_of(drawing))
        return _document(drawing, request, name, found[0], output)

    return await drawing.answer(tell)


async def _image_fields(
    context: RequestContext, request: ResponseRequest
) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a request for images, and notes on what has no place in it."""
    tool = request.tool or {}
    last = next((turn for turn in reversed(request.turns) if turn.role == "user"), None)
    if last is None:
        raise refusal("input", "must end with a turn of the user that says what to draw")
    fields = {name: request.fields[name] for name in NATIVE if name in request.fields}
    fields |= {name: tool[name] for name in SETTINGS if tool.get(name) is not None}
    named = request.model if is_image_model(request.model) else tool.get("model")
    fields |= {
        "prompt": await drawable(last.text, "input"),
        "model": named,
        "stream": request.stream,
    }
    images, notes = await _images(context, request, last, str(tool.get("action") or "auto"))
    if images:
        fields["image"] = images
    if tool.get("input_image_mask"):
        fields["mask"] = tool["input_image_mask"]
    return fields, [*notes, *note_unknown(tool, OF_THE_TOOL)]


async def _images(
    context: RequestContext, request: ResponseRequest, last: Turn, action: str
) -> tuple[list[Any], list[str]]:
    """Return the pictures to start from: those beside the request, or one that was drawn.

    A drawn one counts when it is named behind the request, or when the action is to edit.
    """
    drawn = next((turn.drawn for turn in reversed(request.turns) if turn.drawn), None)
    if action == "generate":
        if not (last.images or request.turns[-1].drawn):
            return [], []
        return [], [note_unused("input", "a picture", "action is generate")]
    if last.images or drawn is None:
        return list(last.images), []
    if action != "edit" and not request.turns[-1].drawn:
        reason = "the picture before is changed only where action is edit"
        return [], [note_unused("tools.action", action, reason)]
    if not drawn.startswith(DRAWN):
        return [drawn], []
    images = await context.services.images.of_job(drawn.removeprefix(DRAWN))
    if not images:
        raise refusal("input", "names a picture that is not here")
    return [{"file_id": images[0].id}], []


async def _call_with_picture(drawing: Drawing, image: BatchImage) -> dict[str, Any]:
    """Return the finished item: the picture as base64, whatever form a link would have."""
    data, media_type = await encode_as_asked(image, drawing.image_request)
    return {
        **_call_item(drawing, "completed"),
        "result": await in_base64(data),
        "revised_prompt": None,
        "output_format": media_type.removeprefix("image/"),
        "novelai": vendor_of(image),
    }


def _call_item(drawing: Drawing, status: str) -> dict[str, Any]:
    asked = drawing.image_request
    return {
        "id": DRAWN + drawing.jobs[0].id,
        "type": "image_generation_call",
        "status": status,
        "action": "generate" if asked.operation == "generation" else "edit",
        **asked.shown,
    }


async def _message(drawing: Drawing, request: ResponseRequest, image: BatchImage) -> dict[str, Any]:
    """Return what is said behind the picture.

    Agents ask again until there is a message, and would draw once more. Programs that asked a
    picture model as if it wrote get a link in it.
    """
    text = "" if request.offered else f"![image]({await address_of(drawing.context, image)})"
    return message_item(f"msg_{drawing.jobs[0].id}", text)


def _document(
    drawing: Drawing,
    request: ResponseRequest,
    name: str,
    image: BatchImage,
    output: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    used = usage_of([image], tokens_per_anlas=drawing.context.settings.tokens_per_anlas)
    document = response_document(
        request,
        name,
        image.job.created_at,
        status="completed",
        output=output,
        usage=usage_document(used["input_tokens"], used["output_tokens"]),
        model=request.model or image.job.model or "",
    )
    return document | {"novelai": vendor_of(image, anlas=cost_of([image]))}


def _items_of(drawing: Drawing) -> dict[str, Turn]:
    """Return what a later request can name: the picture, by its id."""
    drawn = DRAWN + drawing.jobs[0].id
    return {drawn: Turn(role="assistant", drawn=drawn)}


async def _events(
    drawing: Drawing, request: ResponseRequest, name: str, keep: Keep
) -> AsyncGenerator[bytes]:
    numbered = Numbered()
    place = {"output_index": 0, "item_id": DRAWN + drawing.jobs[0].id}
    begun = response_document(request, name, time.time())
    try:
        yield numbered("created", response=begun)
        yield numbered("in_progress", response=begun)
        started = {**_call_item(drawing, "in_progress"), "result": None}
        yield numbered("output_item.added", output_index=0, item=started)
        yield numbered("image_generation_call.in_progress", **place)
        yield numbered("image_generation_call.generating", **place)
        index = 0
        async for seen in drawing.previews():
            shown = {"partial_image_b64": await in_base64(seen.data), "partial_image_index": index}
            yield numbered("image_generation_call.partial_image", **place, **shown)
            index += 1
        image = (await drawing.all())[0]
        item = await _call_with_picture(drawing, image)
        yield numbered("image_generation_call.completed", **place)
        done = numbered.number({"output_index": 0, "item": item})
        yield await large_event("response.output_item.done", done)
        message = await _message(drawing, request, image)
        for event in _message_events(numbered, message):
            yield event
        keep(name, _items_of(drawing))
        document = _document(drawing, request, name, image, [item, message])
        end = numbered.number({"response": document})
        yield await large_event("response.completed", end)
        await drawing.mark_delivered()
    except ProblemError as problem:
        yield error_event(numbered, error_of(problem)["error"])
    finally:
        drawing.leave()


def _message_events(numbered: Numbered, message: Mapping[str, Any]) -> list[bytes]:
    """Return the events of the message behind the picture."""
    text = message["content"][0]["text"]
    place = {"output_index": 1, "item_id": message["id"], "content_index": 0}
    started = message_item(message["id"], None, status="in_progress")
    return [
        numbered("output_item.added", output_index=1, item=started),
        numbered("content_part.added", **place, part=text_part("")),
        *([numbered("output_text.delta", **place, delta=text, logprobs=[])] if text else []),
        numbered("output_text.done", **place, text=text, logprobs=[]),
        numbered("content_part.done", **place, part=text_part(text)),
        numbered("output_item.done", output_index=1, item=message),
    ]
