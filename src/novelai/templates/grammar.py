"""The grammar of templates: text, choices and names.

template  = { text | choice | name }
choice    = "<" [ take ] option { "|" option } ">"
take      = n [ "-" m ] "$$" [ joiner "$$" ]
option    = [ weight ] template
weight    = 1 to 100 "x" ( blank | end )
name      = "__" label [ "#" tie ] "__"

Whatever is none of these is text, and text is never changed: NovelAI's own signs (``{}``, ``[]``,
``1.3::x::``, ``|``, ``||a|b||``, ``text:``) are. A ``<`` counts only when its ``>`` comes and a bar
or a take stands at its level.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias

from novelai.errors import TemplateError
from novelai.templates.marks import Mark, find_marks, is_label

__all__ = [
    "Choice",
    "Name",
    "Option",
    "Options",
    "Part",
    "Take",
    "Template",
    "name_key",
    "names_in",
    "parse",
    "read_list",
]

MOST_TAKEN = 100
HEAVIEST = 100
DEEPEST_CHOICE = 8
QUOTED = 60
"""Longest piece of a template that a sentence quotes, in characters."""

FRONT_WEIGHT = re.compile(r"(?P<weight>[0-9]+)x(?:\s+|\Z)")
LINE = re.compile(r"\r\n|\r|\n")
SIGNS = ("<", "__", "\\")
"""A template without any of these is text."""

BLANKS_AND_COMMAS = " \t\f\v\u00a0\u3000\ufeff,"


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a list or a snippet, as it stands in a template.

    Attributes:
        text: all of it, as it was written.
        label: what it calls.
        key: the label as it is compared; see `name_key`.
        tie: places with the same tie get the same pick; empty without one.
        start: where it begins in its template, in characters.
    """

    text: str = field(repr=False)
    label: str = field(repr=False)
    key: str = field(repr=False)
    tie: str
    start: int


@dataclass(frozen=True, slots=True)
class Take:
    """How many options are taken at once, and what stands between them.

    Attributes:
        low: the least, 0 to 100.
        high: the most, ``low`` to 100.
        joiner: stands between two of them.
    """

    low: int
    high: int
    joiner: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Options, of which a roll picks one, or as many as its take says.

    Attributes:
        text: all of it, as it was written.
        options: what can be picked.
        take: how many are picked; ``None``: one.
        start: where it begins in its template, in characters.
    """

    text: str = field(repr=False)
    options: "Options" = field(repr=False)
    take: Take | None
    start: int


Part: TypeAlias = str | Name | Choice
Template: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice or a list.

    Attributes:
        parts: a template.
        text: the same as it was written, without its weight.
        weight: how often it comes, compared with the others; 1 to 100.
    """

    parts: Template = field(repr=False)
    text: str = field(default="", repr=False)
    weight: int = 1


class Options:
    """The options of a choice or a list, ready to be drawn from.

    Args:
        options: in the order in which they were written.
    """

    def __init__(self, options: Iterable[Option]) -> None:
        self._options = tuple(options)
        self._ends = list(accumulate(option.weight for option in self._options))

    def __len__(self) -> int:
        return len(self._options)

    def __iter__(self) -> Iterator[Option]:
        return iter(self._options)

    def __getitem__(self, index: int) -> Option:
        return self._options[index]

    @property
    def total(self) -> int:
        """The sum of all weights."""
        return self._ends[-1] if self._ends else 0

    def index_at(self, point: int, gone: Sequence[int] = ()) -> int:
        """Walk the weights to a point; gives the number of the option that is come to.

        Args:
            point: 0 up to, but without, the sum of the weights of what is left.
            gone: numbers of options that are not there any more, in rising order.
        """
        for index in gone:
            weight = self._options[index].weight
            if point >= self._ends[index] - weight:
                point += weight
        return bisect_right(self._ends, point)


def name_key(label: str) -> str:
    """Return a label as it is compared: case, width, ``_`` and runs of blanks do not matter.

    Empty when it holds neither a letter nor a digit: no list is called so.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    key = " ".join(folded.replace("_", " ").split())
    return key if is_label(key) else ""


def names_in(parts: Iterable[Part]) -> Iterator[Name]:
    """Yield every name in a template, those in options that may never be picked included."""
    for part in parts:
        if isinstance(part, Name):
            yield part
        elif isinstance(part, Choice):
            for option in part.options:
                yield from names_in(option.parts)


def parse(text: str) -> Template:
    """Take a template apart: text as strings, names and choices as what they are.

    Reads it once from left to right and takes time in proportion to its length.

    Args:
        text: the template; any text is one.

    Raises:
        TemplateError: a weight, a take, or choices in each other more than 8 deep.
    """
    if not any(sign in text for sign in SIGNS):
        return (text,) if text else ()
    return _Builder(text, find_marks(text)).build()


def read_list(text: str) -> Options:
    r"""Read the options of a list: one a line, a weight in front.

    Blank lines and lines that begin with ``#`` do not count, ``\#`` does; blanks and commas at
    both ends go. Each line is a template of its own, outside of any choice: bars in it are text.

    Raises:
        TemplateError: as for `parse`.
    """
    lines = (line.strip(BLANKS_AND_COMMAS) for line in LINE.split(text))
    return Options(_read_line(line) for line in lines if line and not line.startswith("#"))


def _read_line(line: str) -> Option:
    weight, rest = _cut_weight(line)
    rest = rest.strip(BLANKS_AND_COMMAS)
    if rest.startswith("\\#"):
        rest = rest[1:]
    return Option(parse(rest), rest, weight)


def _cut_weight(text: str, start: int = 0) -> tuple[int, str]:
    """Cut the weight off the front of an option; without one it is 1.

    Args:
        text: the option as it was written.
        start: where it begins in its template.
    """
    found = FRONT_WEIGHT.match(text)
    if found is None:
        return 1, text
    digits = found["weight"].lstrip("0")
    if not digits or len(digits) > 3 or int(digits) > HEAVIEST:
        raise TemplateError(
            f'A weight is 1 to {HEAVIEST}: "{_shorten(text)}".',
            kind="weight",
            start=start,
            end=start + len(text),
        )
    return int(digits), text[found.end() :]


def _shorten(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


@dataclass(slots=True)
class _Draft:
    """A template in the making: the whole one, or the options of a choice.

    Attributes:
        opener: what begins the choice; ``None`` for the whole template.
        start: where the present option begins.
        parts: those of the present option.
        texts: pieces that become one part.
        options: those that are complete.
    """

    opener: Mark | None = None
    start: int = 0
    parts: list[Part] = field(default_factory=list[Part])
    texts: list[str] = field(default_factory=list[str])
    options: list[Option] = field(default_factory=list[Option])

    def add(self, part: Name | Choice) -> None:
        self.join()
        self.parts.append(part)

    def join(self) -> None:
        if text := "".join(self.texts):
            self.parts.append(text)
        self.texts.clear()


class _Builder:
    """Makes a template of a text and its marks."""

    def __init__(self, text: str, marks: Iterable[Mark]) -> None:
        self._text = text
        self._marks = marks
        self._drafts = [_Draft()]

    def build(self) -> Template:
        at = 0
        for mark in self._marks:
            self._drafts[-1].texts.append(self._text[at : mark.start])
            self._take_in(mark)
            at = mark.end
        whole = self._drafts[0]
        whole.texts.append(self._text[at:])
        whole.join()
        return tuple(whole.parts)

    def _take_in(self, mark: Mark) -> None:
        draft = self._drafts[-1]
        match mark:
            case Mark(kind="name", found=re.Match() as found):
                draft.add(_name_of(found))
            case Mark(kind="open"):
                self._open(mark)
            case Mark(kind="close"):
                self._end_option(draft, mark)
                self._drafts.pop()
                self._drafts[-1].add(self._choice(draft, mark))
            case Mark(kind="bar" | "double"):
                self._end_option(draft, mark)
                if mark.kind == "double":
                    draft.options.append(Option(()))
            case _:
                raw = mark.kind == "inner" and draft.opener is None
                draft.texts.append(self._text[mark.start if raw else mark.start + 1 : mark.end])

    def _open(self, mark: Mark) -> None:
        if len(self._drafts) > DEEPEST_CHOICE:
            raise TemplateError(
                f"Choices stand in choices more than {DEEPEST_CHOICE} deep.",
                kind="too_deep",
                start=mark.start,
                end=mark.end,
            )
        self._drafts.append(_Draft(mark, mark.end))

    def _end_option(self, draft: _Draft, mark: Mark) -> None:
        draft.join()
        parts, draft.parts = draft.parts, []
        written = self._text[draft.start : mark.start].lstrip()
        whole = written.rstrip()
        weight, text = _cut_weight(whole, mark.start - len(written))
        if parts and isinstance(parts[-1], str):
            parts[-1] = parts[-1].rstrip()
        if parts and isinstance(parts[0], str):
            parts[0] = parts[0].lstrip()[len(whole) - len(text) :]
        kept = tuple(part for part in parts if part != "")
        draft.options.append(Option(kept, text, weight))
        draft.start = mark.end

    def _choice(self, draft: _Draft, mark: Mark) -> Choice:
        opener = draft.opener or mark
        return Choice(
            text=self._text[opener.start : mark.end],
            options=Options(draft.options),
            take=_read_take(opener.found) if opener.found else None,
            start=opener.start,
        )


def _name_of(found: re.Match[str]) -> Name:
    label = found["label"]
    return Name(found[0], label, name_key(label), found["tie"] or "", found.start())


def _read_take(found: re.Match[str]) -> Take:
    low, high = _number(found["low"]), _number(found["high"] or found["low"])
    joiner = ", " if found["joiner"] is None else found["joiner"]
    if max(low, high) > MOST_TAKEN:
        sentence = f"At most {MOST_TAKEN} options are taken at once."
    elif high < low:
        sentence = f'"{low}-{high}$$" is no number of options; write {high}-{low}$$.'
    else:
        return Take(low, high, joiner)
    raise TemplateError(sentence, kind="take", start=found.start(), end=found.end())


def _number(digits: str) -> int:
    """Read a number that matters up to 100; Python refuses to read very long ones."""
    short = digits.lstrip("0")[: len(str(MOST_TAKEN)) + 1]
    return int(short or "0")
