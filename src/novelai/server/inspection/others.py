"""What other programs embed: A1111's and its relatives' ``parameters``, ComfyUI's graph."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from itertools import islice
from typing import Any, cast

from PIL import Image

from novelai.server.inspection.cleaning import clean_json, clean_text

__all__ = ["comment_of", "read_other_program"]

EXIF = 0x8769
USER_COMMENT = 0x9286
NEGATIVE = "Negative prompt: "
FIELD = re.compile(
    r'\s*+(?:(\w[\w \-/]{0,60}+):\s*+("[^"\\]*+(?:\\.[^"\\]*+)*+"(?=,|$)|[^,]*+)|[^,]*+)(?:,|$)'
)
"""All up to the next comma, which may stand inside quotes; a name and its value where it is such.

It matches at every place, so that nothing is read twice: pictures of strangers come here.
"""

MOST_FIELDS = 100
LONGEST = 100_000


def read_other_program(texts: Mapping[str, Any], comment: str | None) -> Mapping[str, Any] | None:
    """Read what another program wrote, or ``None``.

    Args:
        texts: of PNG chunks.
        comment: EXIF's comment, where there is one.
    """
    parameters = texts.get("parameters")
    if not isinstance(parameters, str) and comment and "Steps: " in comment:
        parameters = comment
    if isinstance(parameters, str):
        return _a1111(parameters[:LONGEST])
    graphs = {name: _graph(texts.get(name)) for name in ("prompt", "workflow")}
    if any(graph is not None for graph in graphs.values()):
        return {"tool": "ComfyUI", **clean_json(graphs)}
    return None


def comment_of(data: bytes) -> str | None:
    """Return the comment in a picture's EXIF, in whichever of its encodings; nothing is decoded."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "WEBP", "PNG")) as image:
            value: Any = image.getexif().get_ifd(EXIF).get(USER_COMMENT)
    except Exception:  # noqa: BLE001 - damage makes Pillow raise anything; it says nothing then
        return None
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        return None
    kind, body = value[:8], value[8 : 8 + 4 * LONGEST]
    if kind == b"UNICODE\0":
        # The order of bytes is not stated; zeros are the upper half of most characters.
        order = "utf-16-be" if body[::2].count(0) >= body[1::2].count(0) else "utf-16-le"
        return body.decode(order, "replace")
    return (body if kind in (b"ASCII\0\0\0", b"\0" * 8) else value).decode("utf-8", "replace")


def _a1111(text: str) -> Mapping[str, Any]:
    """Prompt, ``Negative prompt: ...``, then a line of ``Name: value, ...``."""
    lines = text.strip().split("\n")
    fields: dict[str, str] = {}
    if lines and "Steps: " in lines[-1]:
        fields = _fields(lines.pop())
    prompt, _, negative = "\n".join(lines).partition(NEGATIVE)
    return {
        "tool": "A1111",
        "prompt": clean_text(prompt.strip()),
        "negative_prompt": clean_text(negative.strip()),
        "fields": fields,
        "text": clean_text(text),
    }


def _fields(line: str) -> dict[str, str]:
    named = (match for match in FIELD.finditer(line[:LONGEST]) if match[1])
    return {
        clean_text(match[1].strip(), 60): clean_text(match[2].strip().strip('"'), 1_000)
        for match in islice(named, MOST_FIELDS)
    }


def _graph(text: Any) -> Mapping[str, Any] | None:
    try:
        graph: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", graph) if isinstance(graph, dict) else None
