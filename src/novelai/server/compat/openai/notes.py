"""Notes: each difference between what was asked for and what was taken, in a plain sentence."""

from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["note_taken", "note_unknown", "note_unused"]

LONGEST_VALUE = 40
"""Characters of a value that are shown; what is longer is text that somebody typed."""

MOST_UNKNOWN = 10


def note_taken(field: str, asked: object, value: object) -> str:
    """Return the note on a value in whose place another one was taken."""
    return f"{field}: {_shown(asked)} was asked for, {_shown(value)} was taken."


def note_unused(field: str, asked: object, reason: str) -> str:
    """Return the note on a value without a counterpart."""
    return f"{field}: {_shown(asked)} was asked for and is not used: {reason}."


def note_unknown(fields: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Return a note for each field that means nothing here; of very many, for the first ones."""
    names = [name for name, value in fields.items() if name not in known and value is not None]
    return [
        note_unused(_shown(name), fields[name], "there is no such field here")
        for name in names[:MOST_UNKNOWN]
    ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = str(value)
    return text if len(text) <= LONGEST_VALUE and text.isprintable() else "a value"
