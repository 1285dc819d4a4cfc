"""What other programs embed: A1111's and its relatives' ``parameters``, ComfyUI's graphs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, cast

__all__ = ["OtherSettings", "is_a1111", "read_other"]

STEPS = "Steps: "
NEGATIVE = "Negative prompt: "
FIELD = re.compile(
    r'\s*+(?:(\w[\w \-/]{0,60}+):\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+"(?=,|$)|[^,]*+)|[^,]*+)(?:,|$)'
)
"""All up to the next comma, which may stand inside quotes; a name and its value where it is such.

It matches at every place, so that nothing is read twice: pictures of strangers come here.
"""

GRAPHS = ("prompt", "workflow")
MOST_FIELDS = 100
LONGEST = 100_000
"""Characters of A1111's text that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSettings:
    """What another program wrote into a picture.

    Attributes:
        tool: the program whose form it has: ``"A1111"`` or ``"ComfyUI"``.
        prompt: A1111's prompt.
        negative_prompt: A1111's undesired content.
        fields: the rest of A1111's settings by name, for example ``{"Seed": "99"}``.
        text: A1111's text as it was written.
        graphs: ComfyUI's by name: ``"prompt"``, ``"workflow"``.
    """

    tool: Literal["A1111", "ComfyUI"]
    prompt: str | None = field(default=None, repr=False)
    negative_prompt: str | None = field(default=None, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    text: str | None = field(default=None, repr=False)
    graphs: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]], repr=False
    )


def is_a1111(text: str) -> bool:
    """Return whether a text has A1111's form, and is not a document."""
    return STEPS in text and not text.lstrip().startswith("{")


def read_other(texts: Mapping[str, Any]) -> OtherSettings | None:
    """Read what another program wrote among a picture's texts; ``None`` without such."""
    parameters = texts.get("parameters")
    if isinstance(parameters, str):
        return _a1111(parameters[:LONGEST])
    read = {name: _graph(texts.get(name)) for name in GRAPHS}
    graphs = {name: graph for name, graph in read.items() if graph is not None}
    return OtherSettings(tool="ComfyUI", graphs=graphs) if graphs else None


def _a1111(text: str) -> OtherSettings:
    """Prompt, ``Negative prompt: ...``, then a line of ``Name: value, ...``."""
    lines = text.strip().split("\n")
    fields = _fields(lines.pop()) if STEPS in lines[-1] else {}
    prompt, _, negative = "\n".join(lines).partition(NEGATIVE)
    return OtherSettings(
        tool="A1111",
        prompt=prompt.strip(),
        negative_prompt=negative.strip(),
        fields=fields,
        text=text,
    )


def _fields(line: str) -> dict[str, str]:
    named = (match for match in FIELD.finditer(line) if match[1])
    return {match[1].strip(): match[2].strip().strip('"') for match in islice(named, MOST_FIELDS)}


def _graph(value: Any) -> Mapping[str, Any] | None:
    try:
        graph: object = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", graph) if isinstance(graph, dict) and graph else None
