"""What a request for a response wants: a text or a picture, and of which model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.errors import refusal
from novelai.server.compat.openai.models import OPENAI_TEXT, is_image_model
from novelai.server.compat.openai.notes import note_unused
from novelai.server.compat.openai.responses.turns import Recall, Turn, read_turns
from novelai.server.compat.openai.schemas import Body, read_as
from novelai.server.compat.openai.text_fields import (
    FORM_REASON,
    NO_CALLS,
    PICTURE_CALLS,
    PICTURE_FORM,
    REASONING,
    SCHEMA,
    wants_form,
)

__all__ = ["ResponseRequest", "read_request"]

TOOL = "image_generation"
NOT_HERE = ("conversation", "background", "prompt")
"""Fields whose loss would change the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRequest:
    """A response that is wanted.

    Attributes:
        fields: of the request.
        model: as the client named it.
        turns: of the conversation, the instructions first.
        tool: settings of the picture; ``None`` where a text is wanted.
        offered: the client knows pictures as results of a tool.
        stream: tell while it is made.
        notes: what is not taken as it was asked for.
    """

    fields: Mapping[str, Any] = field(repr=False)
    model: str
    turns: Sequence[Turn] = field(repr=False)
    tool: Mapping[str, Any] | None
    offered: bool
    stream: bool
    notes: Sequence[str]

    @property
    def kept(self) -> bool:
        """Whether the answer may be named by a later request."""
        return self.fields.get("store") is not False


def read_request(
    fields: Mapping[str, Any], recall: Recall, earlier: Sequence[Turn] | None
) -> ResponseRequest:
    """Read a request.

    Args:
        fields: of it.
        recall: finds items that are named only.
        earlier: the turns up to ``previous_response_id``, if they are known.

    Raises:
        ProblemError: 400; it cannot be understood, or asks for what is not here.
    """
    for name in NOT_HERE:
        if fields.get(name):
            raise refusal(name, "is not to be had here")
    body = read_as(Body, {name: fields.get(name) for name in ("model", "stream")})
    model = (body.model or "").strip()
    before: list[Turn] = []
    if fields.get("previous_response_id") is not None:
        if earlier is None:
            message = "names an answer that is not kept here; send the conversation"
            raise refusal("previous_response_id", message)
        before = [turn for turn in earlier if turn.role != "system"]
    instructions = _instructions(fields.get("instructions"))
    turns = [*instructions, *before, *read_turns(fields.get("input"), recall)]
    tools = _tools(fields)
    pictures = [tool for tool in tools if tool.get("type") == TOOL]
    draws = _draws(fields, model, pictures)
    notes = _notes(fields, tools, draws=draws)
    return ResponseRequest(
        fields=fields,
        model=model,
        turns=turns,
        tool=(pictures or [{}])[0] if draws else None,
        offered=bool(pictures),
        stream=bool(body.stream),
        notes=notes,
    )


def _instructions(given: Any) -> list[Turn]:
    if given is None or given == "":
        return []
    if not isinstance(given, str):
        raise refusal("instructions", "must be text")
    return [Turn(role="system", text=given)]


def _tools(fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given: Any = fields.get("tools") or []
    listed: list[Any] = cast("list[Any]", given) if isinstance(given, list) else [None]
    if not all(isinstance(tool, Mapping) for tool in listed):
        raise refusal("tools", "must be a list of objects")
    return [] if fields.get("tool_choice") == "none" else listed


def _draws(fields: Mapping[str, Any], model: str, pictures: Sequence[Mapping[str, Any]]) -> bool:
    """Decide whether a picture is drawn, which no model here decides by itself.

    Raises:
        ProblemError: 400; another tool must be called, or a picture is left to a model that calls
            none.
    """
    others = len(fields.get("tools") or ()) > len(pictures)
    forced = _is_forced(fields.get("tool_choice"), only_pictures=bool(pictures) and not others)
    if is_image_model(model) or (pictures and (forced or not model or OPENAI_TEXT.match(model))):
        return True
    if not pictures:
        return False
    raise refusal(
        "tools",
        f"cannot have {TOOL}: NovelAI's text models call none. For a picture set tool_choice to "
        f'{{"type": "{TOOL}"}}, or ask a picture model',
    )


def _is_forced(choice: Any, *, only_pictures: bool) -> bool:
    if choice in (None, "auto", "none"):
        return False
    kind = members_of(choice).get("type")
    if kind == TOOL or (choice == "required" and only_pictures):
        return True
    raise refusal("tool_choice", f'must be auto, none or {{"type": "{TOOL}"}}')


def _notes(
    fields: Mapping[str, Any], tools: Sequence[Mapping[str, Any]], *, draws: bool
) -> list[str]:
    reason = PICTURE_CALLS if draws else NO_CALLS
    notes = [
        note_unused("tools", tool.get("type"), reason) for tool in tools if tool.get("type") != TOOL
    ]
    form = wants_form(members_of(fields.get("text")).get("format"))
    if form == SCHEMA and not draws:
        raise refusal("text.format", f"cannot be {form}: {FORM_REASON}")
    if form is not None:
        notes.append(note_unused("text.format", form, PICTURE_FORM if draws else FORM_REASON))
    effort = members_of(fields.get("reasoning")).get("effort")
    if effort is not None:
        notes.append(note_unused("reasoning.effort", effort, REASONING))
    return notes
