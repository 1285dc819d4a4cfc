"""``POST /v1/responses``: with a picture model it draws, with a text model it writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.conversation import conversation_of
from novelai.server.compat.openai.document import read_document
from novelai.server.compat.openai.notes import note_unknown
from novelai.server.compat.openai.responses.memory import ResponseMemory
from novelai.server.compat.openai.responses.pictures import NATIVE, draw
from novelai.server.compat.openai.responses.request import read_request
from novelai.server.compat.openai.responses.text import begin_writing, say, write
from novelai.server.compat.openai.responses.turns import Turn, messages_of
from novelai.server.compat.openai.task_kinds import is_text_task
from novelai.server.compat.openai.tasks import write_task
from novelai.server.compat.openai.text_fields import PROGRAMS_OWN
from novelai.server.compat.openai.writing import text_model
from novelai.server.http.context import RequestContext
from novelai.types.chat import ChatParams

__all__ = ["respond"]

KNOWN = (
    frozenset(ChatParams.model_fields)
    | PROGRAMS_OWN
    | {
        "background", "conversation", "input", "instructions", "max_output_tokens",
        "max_tool_calls", "model", "previous_response_id", "prompt", "reasoning", "stream",
        "stream_options", "text", "tool_choice", "tools", "truncation",
    }
)  # fmt: skip


async def respond(context: RequestContext) -> Response:
    """Answer a request for a response."""
    fields = (await read_document(context.http)).fields
    memory, key_id = ResponseMemory.of(context), context.key.id
    earlier = memory.conversation(key_id, str(fields.get("previous_response_id")))
    request = read_request(fields, lambda name: memory.item(key_id, name), earlier)
    known = KNOWN if request.tool is None else KNOWN | NATIVE
    request = replace(request, notes=[*request.notes, *note_unknown(fields, known)])

    def keep(response_id: str, items: Mapping[str, Turn]) -> None:
        if request.kept:
            memory.keep(key_id, response_id, request.turns, items)

    messages = messages_of(request.turns)
    if request.tool is None:
        model = text_model(request.model)
        turns, notes = conversation_of(messages)
        pieces = await begin_writing(context, request, model, turns)
        request = replace(request, model=model, notes=[*request.notes, *notes])
        return await write(context, request, pieces, keep)
    chat = _as_chat(fields, messages)
    if is_text_task(chat):
        return await write(context, request, say(await write_task(context, chat)), keep)
    return await draw(context, request, keep)


def _as_chat(fields: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the request as a chat says it, to find out whether it is a task."""
    return {
        "messages": list(messages),
        "metadata": fields.get("metadata"),
        "max_tokens": fields.get("max_output_tokens"),
        "response_format": members_of(fields.get("text")).get("format"),
    }
