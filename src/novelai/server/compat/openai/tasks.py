"""Answers to the text tasks that chat programs send to a picture model; see `task_kinds`.

Nobody wants another picture of those: a text of the account's text model answers them, or a short
one that is made here. Either costs nothing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import anyio

from novelai.errors import NovelAIError
from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.conversation import last_turn, turns_of, without_images
from novelai.server.compat.openai.task_kinds import HISTORY, member_of, most_tokens
from novelai.server.http.context import RequestContext
from novelai.server.model.problems import ProblemError
from novelai.types.base import construct
from novelai.types.chat import DEFAULT_CHAT_MODEL, ChatParams

__all__ = ["write_task"]

LONGEST_TASK = 12_000
"""Characters of a task that a text model gets."""

LONGEST_SUBJECT = 500
PATIENCE = 30.0
"""Seconds for the text model; then a short text has to do."""

PEOPLE = ("USER: ", "User: ", "user: ", "Query: ")
HISTORY_END = "</chat_history>"
NOTHING: Mapping[str, Any] = {"array": [], "object": {}, "boolean": False, "integer": 0}
"""What stands in a JSON for a member that nobody here knows, by its type."""


async def write_task(context: RequestContext, fields: Mapping[str, Any]) -> str:
    """Return the answer to a task, in the form that it asks for.

    Args:
        context: who asks.
        fields: of the chat.
    """
    text = await without_images(last_turn(fields.get("messages"))[0], LONGEST_TASK)
    schema = _schema(fields)
    members = list(schema) or [one for one in [member_of(fields)] if one]
    asked = text[:LONGEST_TASK]
    if schema:
        asked += f"\n\nAnswer with one JSON object with the members: {', '.join(members)}."
    written = await _ask_model(context, fields, asked)
    if written and members:
        written = _with_members(written, members)
    return written or _short(members, schema, await _subject(fields, text))


def _schema(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the members of the JSON that a schema wants, each with its form."""
    form = members_of(fields.get("response_format"))
    schema = members_of(form.get("json_schema") or form).get("schema")  # either API's form
    return members_of(members_of(schema).get("properties"))


async def _ask_model(context: RequestContext, fields: Mapping[str, Any], text: str) -> str:
    """Return the text model's answer; nothing where it cannot be asked, or does not answer."""
    try:
        client = await writer_of(context, DEFAULT_CHAT_MODEL)
    except ProblemError as problem:
        if problem.code == "scope":
            raise
        return ""
    limit = {"max_tokens": tokens} if (tokens := most_tokens(fields)) > 0 else {}
    params = construct(ChatParams, limit | {"enable_thinking": False})
    try:
        with anyio.move_on_after(PATIENCE):
            found = await client.text.chat(text, model=DEFAULT_CHAT_MODEL, params=params)
            return found.choices[0].text.strip() if found.choices else ""
    except NovelAIError:
        pass
    return ""


def _with_members(written: str, members: Sequence[str]) -> str:
    """Return the JSON object in a text; nothing if it has not these members."""
    text = written[written.find("{") : written.rfind("}") + 1]
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return text if members_of(document).keys() >= set(members) else ""


async def _subject(fields: Mapping[str, Any], task: str) -> str:
    """Return the latest request in a line: the history inside the task, or the turns before it."""
    text = task.rpartition(HISTORY)[2].partition(HISTORY_END)[0]
    starts = [text.rfind(person) + len(person) for person in PEOPLE if person in text]
    if starts:
        line = text[max(starts) :].partition("\n")[0]
    else:
        turns = turns_of(fields.get("messages"))
        before = [text for role, text, _ in turns if role == "user"][:-1]
        line = await without_images(before[-1], LONGEST_SUBJECT) if before else ""
    return " ".join(line.split())[:LONGEST_SUBJECT].strip(' "')


def _short(members: Sequence[str], schema: Mapping[str, Any], subject: str) -> str:
    title = " ".join(subject.split()[:5])[:40].strip(" ,.;:") or "Pictures"
    if not members:
        return title
    tags = [tag.strip()[:30].strip() for tag in subject.split(",")]
    answers: dict[str, Any] = {
        "title": title,
        "language": "English",
        "tags": [tag for tag in tags if tag][:3] or ["Pictures"],
        "follow_ups": [],
        "queries": [],
        "tool_calls": [],
        "prompt": subject,
        "text": "",
    }
    found = {name: answers.get(name, _nothing(schema.get(name))) for name in members}
    return json.dumps(found, ensure_ascii=False)


def _nothing(form: Any) -> Any:
    return NOTHING.get(str(members_of(form).get("type")), "")
