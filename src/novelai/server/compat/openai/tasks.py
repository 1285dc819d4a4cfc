"""Text tasks that chat programs send to whatever model is chosen: titles, tags, follow-ups.

Open WebUI and LibreChat ask for them after each answer. With a picture model nobody wants another
picture of that: it is answered with a short text, which costs nothing.
"""

import json
import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

import anyio
from starlette.responses import Response

from novelai.errors import NovelAIError
from novelai.server.compat.bodies import json_answer
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.chunks import chunk, completion
from novelai.server.compat.openai.conversation import last_turn, turns_of, without_images
from novelai.server.compat.openai.events import DONE, STOPPED, event_of
from novelai.server.compat.openai.schemas import TaskBody, read_as
from novelai.server.compat.openai.writing import usage_of_text, wants_usage
from novelai.server.http.context import RequestContext
from novelai.server.http.event_stream import EventStream
from novelai.server.model.problems import ProblemError
from novelai.types.base import construct
from novelai.types.chat import DEFAULT_CHAT_MODEL, ChatParams

__all__ = ["answer_task", "is_text_task"]

BEGINNINGS = (
    "### Task:",  # Open WebUI's templates
    "Your task is to reflect the speaker's likely facial expression",
    "You have been provided with a set of responses from various models",
    "Provide a concise, 5-word-or-less title for the conversation",  # LibreChat's
    "Analyze this conversation and provide:",
    "Please generate a concise title (max",
)
INSIDE = "5-word-or-less title for the conversation"
"""In LibreChat's system turn, for some services."""

NAMES = {
    "title_generation": "title",
    "tags_generation": "tags",
    "follow_up_generation": "follow_ups",
    "query_generation": "queries",
    "image_prompt_generation": "prompt",
    "autocomplete_generation": "text",
    "emoji_generation": "",
    "moa_response_generation": "",
    "function_calling": "",
}
"""Tasks as Open WebUI names them in ``metadata``, and the member of the JSON it wants for each."""

MEMBER = re.compile(r'"(title|tags|follow_ups|queries|prompt|text)"')
ASKING = re.compile(
    r"\s*+(?:please )?(?:generate|provide|write|create|suggest|give|summari[sz]e)\b", re.IGNORECASE
)
ABOUT = re.compile(r"\b(?:title|summary|tags?|topic|emoji|name)\b", re.IGNORECASE)
OF_A_CHAT = re.compile(r"\b(?:conversation|chat|messages?|discussion)\b", re.IGNORECASE)
FEW_TOKENS = 200
"""Who lets an answer have so few tokens does not wait for a picture."""

HEAD = 500
"""Characters that tell what a turn is."""

LONGEST_TASK = 12_000
"""Characters of a task that a text model gets."""

PATIENCE = 30.0
"""Seconds for the text model; then a short text has to do."""

PEOPLE = ("USER: ", "User: ", "user: ")
HISTORY, HISTORY_END = "<chat_history>", "</chat_history>"


def is_text_task(fields: Mapping[str, Any]) -> bool:
    """Tell a task for a text model from an order for a picture, by what only tasks have.

    A prompt that has the word task in it is a prompt.
    """
    if _schema_name(fields) is not None:
        return True
    head = last_turn(fields.get("messages"))[0][:HEAD].lstrip()
    if head.startswith(BEGINNINGS):
        return True
    if any(INSIDE in text[:HEAD] for role, text, _ in _turns(fields) if role != "assistant"):
        return True
    if not ASKING.match(head) or not 0 < _tokens(fields) <= FEW_TOKENS:
        return False
    return bool(ABOUT.search(head) and OF_A_CHAT.search(head))


async def answer_task(context: RequestContext, fields: Mapping[str, Any], model: str) -> Response:
    """Answer a task with text of the account's text model, or with a short one of our own.

    Args:
        context: who asks.
        fields: of the chat.
        model: as the client named it.
    """
    text = await without_images(last_turn(fields.get("messages"))[0], LONGEST_TASK)
    member = _schema_name(fields)
    if member is None:
        found = MEMBER.search(text.partition(HISTORY)[0])
        member = found[1] if found else ""
    answer = await _write_text(context, fields, text[:LONGEST_TASK], member)
    if answer is None:
        answer = _short(member, await _subject(fields, text))
    name = secrets.token_hex(8)
    if read_as(TaskBody, fields).stream:
        pieces = _pieces(name, model, answer, with_usage=wants_usage(fields))
        return EventStream(pieces, stopping=context.services.stopping, retry=None, bye=STOPPED)
    message = {"role": "assistant", "content": answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    document = completion(name, model, [choice]) | {"usage": usage_of_text(None)}
    return await json_answer(document, {"X-Anlas-Cost": "0"})


def _turns(fields: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    return turns_of(fields.get("messages"))


def _schema_name(fields: Mapping[str, Any]) -> str | None:
    metadata = fields.get("metadata")
    if not isinstance(metadata, Mapping):
        return None
    return NAMES.get(str(cast("Mapping[str, Any]", metadata).get("task")))


def _tokens(fields: Mapping[str, Any]) -> int:
    return read_as(TaskBody, fields).max_tokens or 0


async def _write_text(
    context: RequestContext, fields: Mapping[str, Any], text: str, member: str
) -> str | None:
    """Return the text model's answer.

    ``None`` without one, or when it is not of the shape asked for.
    """
    try:
        client = await writer_of(context, DEFAULT_CHAT_MODEL)
    except ProblemError as problem:
        if problem.code == "scope":
            raise
        return None
    limit = {"max_tokens": tokens} if (tokens := _tokens(fields)) > 0 else {}
    params = construct(ChatParams, limit | {"enable_thinking": False})
    written = ""
    try:
        with anyio.move_on_after(PATIENCE):
            found = await client.text.chat(text, model=DEFAULT_CHAT_MODEL, params=params)
            written = found.choices[0].text.strip() if found.choices else ""
    except NovelAIError:
        return None
    if member:
        return _with_member(written, member)
    return written or None


def _with_member(written: str, member: str) -> str | None:
    """Return the JSON object in a text, if it has this member."""
    text = written[written.find("{") : written.rfind("}") + 1]
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text if isinstance(document, dict) and member in document else None


async def _subject(fields: Mapping[str, Any], task: str) -> str:
    """Return the latest request in a line: the history inside the task, or the turns before it."""
    text = task.rpartition(HISTORY)[2].partition(HISTORY_END)[0]
    starts = [text.rfind(person) + len(person) for person in PEOPLE if person in text]
    if starts:
        line = text[max(starts) :].partition("\n")[0]
    else:
        before = [text for role, text, _ in _turns(fields) if role == "user"][:-1]
        line = await without_images(before[-1], HEAD) if before else ""
    return " ".join(line.split())[:HEAD].strip(' "')


def _short(member: str, subject: str) -> str:
    title = " ".join(subject.split()[:5])[:40].strip(" ,.;:") or "Pictures"
    tags = [tag.strip()[:30].strip() for tag in subject.split(",")]
    answers: dict[str, Any] = {
        "title": title,
        "tags": [tag for tag in tags if tag][:3] or ["Pictures"],
        "follow_ups": [],
        "queries": [],
        "prompt": subject,
        "text": "",
    }
    return json.dumps({member: answers[member]}, ensure_ascii=False) if member else title


async def _pieces(name: str, model: str, answer: str, *, with_usage: bool) -> AsyncGenerator[bytes]:
    yield event_of(None, chunk(name, model, {"role": "assistant", "content": answer}))
    yield event_of(None, chunk(name, model, {}, finish_reason="stop"))
    if with_usage:
        counted: dict[str, Any] = {"choices": [], "usage": usage_of_text(None)}
        yield event_of(None, chunk(name, model, {}) | counted)
    yield DONE
