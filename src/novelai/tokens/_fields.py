"""A field of a prompt: which of its text counts, and in which parts."""

from collections.abc import Callable
from dataclasses import dataclass

from novelai.tokens._characters import utf16_length

__all__ = ["FieldCount", "count_field"]

MOST_PARTS = 6


@dataclass(frozen=True, slots=True)
class FieldCount:
    """How many tokens a prompt, undesired content or a character's field has.

    Attributes:
        tokens: what counts towards the limit: of all parts together on V4 and later, of the
            longest part before.
        parts: of each part of a mix (``a | b``), at most six.
    """

    tokens: int
    parts: tuple[int, ...]


def count_field(text: str, count: Callable[[str], int], *, pooled: bool) -> FieldCount:
    """Count the tokens of a field.

    Args:
        text: as it is sent.
        count: gives the tokens of one part.
        pooled: whether the parts share the limit.
    """
    parts = tuple(map(count, _collapse(text).split("|", MOST_PARTS - 1)))
    return FieldCount(sum(parts) if pooled else max(parts), parts)


def _collapse(text: str) -> str:
    """Leave the longest option of each ``||a|b||``, of equal ones the last; its bars vanish.

    Without its end, a group reaches to the end of the text.
    """
    pieces = text.split("||")
    for index in range(1, len(pieces), 2):
        pieces[index] = max(reversed(pieces[index].split("|")), key=utf16_length)
    return "".join(pieces)
