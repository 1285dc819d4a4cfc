"""The turns of a chat, and what is a prompt among them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import anyio.to_thread

from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.errors import refusal
from novelai.server.compat.openai.notes import note_unused

__all__ = [
    "conversation_of",
    "drawable",
    "is_with_documents",
    "last_turn",
    "turns_of",
    "without_images",
]

PIECE = re.compile(
    r"(!\[[^\[\]]*+\]\([^)\s\[]*+\)|<img\b[^<>]*+>|data:image/[\w.+-]++;base64,[A-Za-z0-9+/=]++)"
    r"|[^!<d]{1,4096}+|.",
    re.ASCII | re.DOTALL,
)
"""A picture that a client repeats inside a text, or some of the text beside it.

It matches at every place, and no picture reaches into the next one: nothing is read twice.
"""

SHORT = 100_000
"""Text up to this length is read where it is; more goes to a thread."""

LONGEST_PROMPT = 32_000

WITH_DOCUMENTS = re.compile(
    r"\s*+### Task:\s++Respond to the user query using the provided context"
)
"""How Open WebUI begins a turn in which documents stand in front of what somebody typed."""

TYPED, TYPED_END, DOCUMENTS_END = "<user_query>", "</user_query>", "</context>"


def turns_of(messages: Any) -> list[tuple[str, str, list[str]]]:
    """Return the turns that are objects: role, text, and the pictures beside the text."""
    found: list[tuple[str, str, list[str]]] = []
    for turn in cast("list[Any]", messages) if isinstance(messages, list) else []:
        if isinstance(turn, Mapping):
            members = cast("Mapping[str, Any]", turn)
            content = members.get("content")
            text, images = "\n".join(_texts(content)), _images(content)
            found.append((str(members.get("role")), text, images))
    return found


def conversation_of(given: Any) -> tuple[list[dict[str, str]], list[str]]:
    """Get the turns as NovelAI takes them, and notes on what they lost.

    Parts become one text, roles that the service has not become those it has.

    Raises:
        ProblemError: 400; there are none, or one of them calls a function.
    """
    if not isinstance(given, list) or not given:
        raise refusal("messages", "must be a list of turns")
    turns: list[dict[str, str]] = []
    others = 0
    for index, turn in enumerate(cast("list[Any]", given)):
        if not isinstance(turn, Mapping):
            raise refusal(f"messages.{index}", "must be an object")
        members = cast("Mapping[str, Any]", turn)
        if members.get("tool_calls") or members.get("role") in ("tool", "function"):
            message = "is about a function: NovelAI's text models call none"
            raise refusal(f"messages.{index}", message)
        role = {"developer": "system"}.get(str(members.get("role")), str(members.get("role")))
        content = members.get("content")
        texts = _texts(content)
        others += len(_parts(content)) - len(texts)
        turns.append({"role": role, "content": "\n".join(texts)})
    if not others:
        return turns, []
    reason = "NovelAI's text models read text alone"
    return turns, [note_unused("messages", f"content with {others} other parts", reason)]


def last_turn(messages: Any) -> tuple[str, list[str]]:
    """Return the text of the user's last turn, and the pictures beside it.

    What was said before is no part of the prompt.
    """
    for role, text, images in reversed(turns_of(messages)):
        if role == "user":
            return text, images
    return "", []


def is_with_documents(text: str) -> bool:
    """Return whether a program put documents in front of what somebody typed."""
    return WITH_DOCUMENTS.match(text) is not None


async def drawable(text: str, field: str = "messages") -> str:
    """Return the prompt in a turn: what was typed, without the pictures that it quotes.

    Args:
        text: of the turn.
        field: where it stands, for a refusal.

    Raises:
        ProblemError: 400; there is nothing else, or too much.
    """
    found = await without_images(_typed(text), LONGEST_PROMPT)
    if len(found) > LONGEST_PROMPT:
        raise refusal(field, f"asks for a picture in more than {LONGEST_PROMPT:,} characters")
    if not found.strip():
        raise refusal(field, "must end with a turn of the user that says what to draw")
    return found.strip()


def _typed(text: str) -> str:
    if not is_with_documents(text):
        return text
    _, mark, typed = text.rpartition(TYPED)
    if mark:
        return typed.partition(TYPED_END)[0]
    return text.rpartition(DOCUMENTS_END)[2]


async def without_images(text: str, longest: int) -> str:
    """Return a text with a blank in place of each picture.

    What is longer is cut some way behind that.
    """
    if len(text) <= SHORT:
        return _without_images(text, longest)
    return await anyio.to_thread.run_sync(_without_images, text, longest)


def _without_images(text: str, longest: int) -> str:
    kept: list[str] = []
    length = 0
    for piece in _pieces(text):
        kept.append(piece)
        length += len(piece)
        if length > longest:
            break
    return "".join(kept)


def _pieces(text: str) -> Iterator[str]:
    return (" " if match[1] else match[0] for match in PIECE.finditer(text))


def _parts(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"text": content}]
    return cast("list[Any]", content) if isinstance(content, list) else []


def _texts(content: Any) -> list[str]:
    found = [members_of(part).get("text") for part in _parts(content)]
    return [text for text in found if isinstance(text, str)]


def _images(content: Any) -> list[str]:
    """Return the addresses of the parts that are pictures; one with a text counts as that."""
    found: list[str] = []
    for part in map(members_of, _parts(content)):
        image = part.get("image_url")
        image = members_of(image).get("url", image)
        if isinstance(image, str) and not isinstance(part.get("text"), str):
            found.append(image)
    return found
