"""Where in a text something may mean something: brackets, bars, names, escapes.

One pass with a stack, and no look ahead: whether a ``<`` means anything, its ``>`` decides.
"""

import re
from operator import attrgetter
from typing import NamedTuple

__all__ = ["LABEL", "Mark", "find_marks", "is_label"]

# Letters may come apart from their marks: so they do in names of files on macOS.
LABEL = r"(?!_)[\w \u3000\u0300-\u036f\u3099\u309a./'&+()-]{1,64}?(?<!_)"
TIE = r"[^\W_]{1,16}"
MARK = re.compile(
    rf"""
      \\(?P<escape>__{LABEL}(?:\#{TIE})?__|__|<)
    | \\(?P<inner>[>|\\])
    | (?P<name>__(?P<label>{LABEL})(?:\#(?P<tie>{TIE}))?__)
    | (?P<open><)(?!3(?![^\W_]|[-$]))  # <3 is a heart
    | (?P<close>>)
    | (?P<double>\|\|)
    | (?P<bar>\|)
    """,
    re.VERBOSE,
)
TAKE = re.compile(r"(?P<low>[0-9]+)(?:-(?P<high>[0-9]+))?\$\$(?:(?P<joiner>[^$|<>]*)\$\$)?")
BARS = frozenset({"bar", "double"})


def is_label(text: str) -> bool:
    """Tell a label from a face: ``__-__`` calls nothing."""
    return any(map(str.isalnum, text))


class Mark(NamedTuple):
    """A place in a template that means something; ordered by where it is.

    Attributes:
        start: where it begins.
        end: where it ends.
        kind: the group of `MARK`.
        found: the match of a name, or of the take behind an ``open``.
    """

    start: int
    end: int
    kind: str
    found: re.Match[str] | None = None


class _Frame:
    """A ``<`` whose ``>`` has not come yet.

    Attributes:
        opener: the ``<``, with its take.
        bars: those at its level.
        solid: something but bars and blanks stands in it.
    """

    __slots__ = ("bars", "opener", "solid")

    def __init__(self, opener: Mark) -> None:
        self.opener = opener
        self.bars: list[Mark] = []
        self.solid = False

    def marks(self, close: Mark) -> tuple[Mark, ...]:
        """Return the marks of the choice that ends here; none if it is text after all."""
        bars = _separators(self.bars)
        if self.solid and (bars or self.opener.found):
            return (self.opener, *bars, close)
        return ()


def find_marks(text: str) -> list[Mark]:
    """Find all that means something, in the order in which it stands there."""
    marks: list[Mark] = []
    frames: list[_Frame] = []
    last = text.rfind(">")
    at = seen = 0
    while found := MARK.search(text, at):
        kind = found.lastgroup or ""
        start, at = found.span()
        if (kind == "inner" and not frames) or (kind == "name" and not is_label(found["label"])):
            at = start + 1
            continue
        if frames and not frames[-1].solid:
            solid = kind not in BARS and kind != "close"
            frames[-1].solid = solid or bool(text[seen:start].strip())
        if kind == "open":
            if start < last:  # no other one can come to its end
                take = TAKE.match(text, at)
                at = take.end() if take else at
                frames.append(_Frame(Mark(start, at, kind, take)))
        elif kind == "close":
            if frames:
                marks += frames.pop().marks(Mark(start, at, kind))
        elif kind in BARS:
            if frames:
                frames[-1].bars.append(Mark(start, at, kind))
        else:
            marks.append(Mark(start, at, kind, found))
        seen = at
    return sorted(marks, key=attrgetter("start"))


def _separators(bars: list[Mark]) -> list[Mark]:
    """Leave out NovelAI's groups, ``||a|b||``, with all bars in them; a lone ``||`` stays."""
    found: list[Mark] = []
    group: int | None = None
    for bar in bars:
        if bar.kind == "double" and group is not None:
            del found[group:]
            group = None
            continue
        if bar.kind == "double":
            group = len(found)
        found.append(bar)
    return found
