"""The turns of a conversation, read from the items of an input."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.errors import refusal

__all__ = ["DRAWN", "Recall", "Turn", "messages_of", "read_turns"]

DRAWN = "ig_"
"""How the ids of drawn pictures begin; behind it stands the job that drew it."""

ROLES = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
TEXTS = frozenset({"input_text", "output_text", "text", "summary_text", "refusal"})
OF_NO_MEANING = frozenset({"reasoning", "compaction"})
"""Items that only the model which made them can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What somebody said, or a picture that was drawn.

    Attributes:
        role: ``user``, ``assistant`` or ``system``.
        text: what was said.
        images: pictures beside the text: data URLs, or ``{"file_id": …}`` of the gallery.
        drawn: the id of a picture that was drawn, or the picture itself as base64.
    """

    role: str
    text: str = ""
    images: Sequence[Any] = ()
    drawn: str | None = None


Recall = Callable[[str], Turn | None]
"""Gives what an earlier answer said, by its id."""


def read_turns(given: Any, recall: Recall) -> list[Turn]:
    """Return the turns of an input.

    Args:
        given: a text, or a list of items.
        recall: finds items that are named only.

    Raises:
        ProblemError: 400; an item cannot be understood, or is of a kind that is not here.
    """
    if isinstance(given, str):
        return [Turn(role="user", text=given)]
    if not isinstance(given, list) or not given:
        raise refusal("input", "must be text, or a list of items")
    found = [
        _read_item(item, f"input.{index}", recall)
        for index, item in enumerate(cast("list[Any]", given))
    ]
    return [turn for turn in found if turn is not None]


def messages_of(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return the turns as those of a chat; a picture that was drawn is none."""
    return [
        {
            "role": turn.role,
            "content": [
                {"type": "text", "text": turn.text},
                *({"type": "image_url", "image_url": image} for image in turn.images),
            ],
        }
        for turn in turns
        if turn.drawn is None
    ]


def _read_item(item: Any, where: str, recall: Recall) -> Turn | None:
    if not isinstance(item, Mapping):
        raise refusal(where, "must be an object")
    members = cast("Mapping[str, Any]", item)
    kind = str(members.get("type") or ("message" if "role" in members else "item_reference"))
    if kind in OF_NO_MEANING:
        return None
    if kind == "message":
        return _read_message(members, where)
    if kind == "image_generation_call":
        drawn = members.get("result") or members.get("id")
        return Turn(role="assistant", drawn=str(drawn))
    if kind == "item_reference":
        return _find(str(members.get("id")), where, recall)
    raise refusal(where, f"is a {kind[:40]!r}: here are messages and pictures only")


def _find(item_id: str, where: str, recall: Recall) -> Turn:
    found = Turn(role="assistant", drawn=item_id) if item_id.startswith(DRAWN) else recall(item_id)
    if found is None:
        raise refusal(where, "names an answer that is not kept here; send what it said")
    return found


def _read_message(members: Mapping[str, Any], where: str) -> Turn:
    role = ROLES.get(str(members.get("role")))
    if role is None:
        raise refusal(f"{where}.role", f"must be one of {', '.join(ROLES)}")
    content = members.get("content")
    if isinstance(content, str):
        return Turn(role=role, text=content)
    if not isinstance(content, list):
        raise refusal(f"{where}.content", "must be text, or a list of parts")
    texts: list[str] = []
    images: list[Any] = []
    for index, part in enumerate(cast("list[Any]", content)):
        _read_part(part, f"{where}.content.{index}", texts, images)
    return Turn(role=role, text="\n".join(texts), images=images)


def _read_part(part: Any, where: str, texts: list[str], images: list[Any]) -> None:
    members = members_of(part)
    kind = str(members.get("type"))
    text = members.get("refusal" if kind == "refusal" else "text")
    if kind in TEXTS and isinstance(text, str):
        texts.append(text)
    elif kind == "input_image" and members.get("image_url"):
        images.append(members["image_url"])
    elif kind == "input_image" and members.get("file_id"):
        images.append({"file_id": members["file_id"]})
    else:
        raise refusal(where, "must be text or a picture (input_text, output_text, input_image)")
