"""How chat programs word the tasks that they send to whatever model is chosen.

A title, tags or follow-up questions are asked for after each answer, also of a picture model.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.conversation import is_with_documents, last_turn, turns_of
from novelai.server.compat.openai.schemas import TaskBody, read_as

__all__ = ["is_text_task", "member_of", "most_tokens", "named_member"]


class TaskKind(NamedTuple):
    """A way to ask for a text.

    Attributes:
        program: that words it so.
        turn: where it stands: ``last``, the user's last turn, or ``system``, one of the program.
        wording: what it has at its head, and no prompt for a picture has.
        member: of the JSON it wants, where the turn of the user does not show it.
    """

    program: str
    turn: str
    wording: re.Pattern[str]
    member: str


KINDS = tuple(
    TaskKind(program, turn, re.compile(wording), member)
    for program, turn, wording, member in (
        ("Open WebUI", "last", r"\A### Task:\s", ""),
        ("Open WebUI", "last", r"\AYour task is to reflect the speaker's likely facial expr", ""),
        ("Open WebUI", "last", r"\AYou have been provided with a set of responses from var", ""),
        ("Open WebUI", "system", r"\AAvailable Tools: ", "tool_calls"),
        ("LibreChat", "last", r"\AProvide a concise, 5-word-or-less title for the conversati", ""),
        ("LibreChat", "last", r"\AAnalyze this conversation and provide:", ""),
        ("LibreChat", "last", r"\AWrite a concise title for this conversation", ""),
        ("LibreChat", "last", r"\APlease generate a concise title \(max", ""),
        ("LibreChat", "system", r"5-word-or-less title for the conversation", ""),
        ("NextChat", "last", r"\APlease generate a four to five word title summarizing our ", ""),
        ("NextChat", "system", r"\ASummarize the discussion briefly in 200 words", ""),
        ("Chatbox", "last", r"\ABased on the chat history, give this conversation a name", ""),
        ("Cherry Studio", "system", r"\ASummarize the conversation into a title in ", ""),
        ("LobeChat", "system", r"\AYou are a professional conversation summarizer\.", ""),
    )
)

NAMES = {
    "title_generation": "title",
    "tags_generation": "tags",
    "follow_up_generation": "follow_ups",
    "query_generation": "queries",
    "image_prompt_generation": "prompt",
    "autocomplete_generation": "text",
    "function_calling": "tool_calls",
    "emoji_generation": "",
    "moa_response_generation": "",
}
"""Tasks as Open WebUI names them in ``metadata``, and the member of the JSON it wants for each."""

MEMBER = re.compile(r'"(title|tags|follow_ups|queries|prompt|text|tool_calls)"')
HISTORY = "<chat_history>"

ASKING = re.compile(
    r"\s*+(?:please )?(?:generate|provide|write|create|suggest|give|summari[sz]e)\b", re.IGNORECASE
)
ABOUT = re.compile(r"\b(?:title|summary|tags?|topic|emoji|name)\b", re.IGNORECASE)
OF_A_CHAT = re.compile(r"\b(?:conversation|chat|messages?|discussion)\b", re.IGNORECASE)
SYSTEM = ("system", "developer")
FEW_TOKENS = 200
"""Who lets an answer have so few tokens does not wait for a picture."""

HEAD = 500
"""Characters that tell what a turn is."""


def is_text_task(fields: Mapping[str, Any]) -> bool:
    """Tell a task for a text model from an order for a picture, by what only tasks have.

    A prompt that has the word task in it is a prompt, and so is one with documents in front.
    """
    if named_member(fields) is not None or _find_kind(fields) is not None:
        return True
    head = _last_words(fields)[:HEAD]
    if not ASKING.match(head) or not 0 < most_tokens(fields) <= FEW_TOKENS:
        return False
    return bool(ABOUT.search(head) and OF_A_CHAT.search(head))


def member_of(fields: Mapping[str, Any]) -> str:
    """Return the member of the JSON that a task asks for; empty where it asks for plain text."""
    named = named_member(fields)
    if named is not None:
        return named
    kind = _find_kind(fields)
    found = MEMBER.search(_last_words(fields).partition(HISTORY)[0])
    return kind.member if kind and kind.member else found[1] if found else ""


def _find_kind(fields: Mapping[str, Any]) -> TaskKind | None:
    last = _last_words(fields)[:HEAD]
    turns = turns_of(fields.get("messages"))
    own = [text[:HEAD].lstrip() for role, text, _ in turns if role in SYSTEM]
    heads = {"last": [] if is_with_documents(last) else [last], "system": own}
    return next((one for one in KINDS if any(map(one.wording.search, heads[one.turn]))), None)


def _last_words(fields: Mapping[str, Any]) -> str:
    return last_turn(fields.get("messages"))[0].lstrip()


def named_member(fields: Mapping[str, Any]) -> str | None:
    """Return the same for a task that is named beside the chat; ``None`` if it is not."""
    return NAMES.get(str(members_of(fields.get("metadata")).get("task")))


def most_tokens(fields: Mapping[str, Any]) -> int:
    """Return how many tokens the answer may have; 0 if that is not said."""
    return read_as(TaskBody, fields).max_tokens or 0
