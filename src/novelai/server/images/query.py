"""What people type into the search box.

Words must all be there, in the prompt or in a character's; the last one may be begun only;
``-word`` must not be there; ``"two words"`` must follow each other; ``neg:word`` must be in what
was not wanted. Fields: ``seed:1``, ``model:4.5``, ``size:832x1216``, ``after:2026-11-01``,
``before:2026-12-01``, ``door:openai``, ``from:img_…``; each may have ``-`` in front, too.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from novelai.catalogue import image_models, known_model
from novelai.server.images.words import SEPARATORS, Phrase, phrase_of
from novelai.server.model.job import DOORS
from novelai.server.model.problems import ProblemError
from novelai.types.base import SEEDS

__all__ = ["Column", "Field", "Query", "Term", "parse_query"]

Column = Literal["wanted", "unwanted"]

PIECE = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"|(\S*))')
QUOTES = str.maketrans("“”„«»", '"""""')
SIZE = re.compile(r"(\d{1,5})[x×*](\d{1,5})", re.ASCII)
IMAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
VERSION = re.compile(r"^v(?=\d)")
HYPHENS = str.maketrans("._ ", "---")
REST = {4: "-01-01T00Z", 7: "-01T00Z", 10: "T00Z"}
"""What makes a year, a month and a day the moment at which they begin, by their length."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that a text must have, or must not have.

    Attributes:
        phrase: the words.
        column: in what was wanted of the picture, or in what was not.
        there: they must be there.
    """

    phrase: Phrase
    column: Column
    there: bool


@dataclass(frozen=True, slots=True)
class Field:
    """What must be so of a picture, or must not.

    Attributes:
        name: of the field.
        value: whole number, id, names of models, two sides, or unix seconds.
        there: it must be so.
    """

    name: str
    value: Any
    there: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, taken apart."""

    terms: tuple[Term, ...] = ()
    fields: tuple[Field, ...] = ()


def parse_query(text: str) -> Query:
    """Take apart what was typed.

    Raises:
        ProblemError: 422; a field has no value that it could have.
    """
    terms: list[Term] = []
    fields: list[Field] = []
    plain = unicodedata.normalize("NFKC", text.translate(QUOTES))
    pieces = [found for found in PIECE.finditer(plain) if found[0]]
    for place, found in enumerate(pieces, start=1):
        minus, name, quoted, bare = found.groups()
        lowered = (name or "").lower()
        value = bare if quoted is None else quoted
        if lowered in READERS:
            fields.append(Field(lowered, READERS[lowered](value.strip()), not minus))
            continue
        column: Column = "unwanted" if lowered == "neg" else "wanted"
        front = f"{name}:" if name and lowered != "neg" else ""
        begun = quoted is None and not minus and place == len(pieces)
        terms += [
            Term(phrase, column, not minus)
            for phrase in _phrases(front + value, quoted=quoted is not None, begun=begun)
        ]
    return Query(tuple(terms), tuple(fields))


def _phrases(text: str, *, quoted: bool, begun: bool) -> list[Phrase]:
    """Return what must be there: a prompt that is pasted with its commas is many words."""
    parts = [text] if quoted else [part for part in SEPARATORS.split(text) if part]
    found = [
        phrase_of(part, begun=begun and place == len(parts))
        for place, part in enumerate(parts, start=1)
    ]
    return [one for one in found if one is not None]


def _seed(value: str) -> int:
    if value.isascii() and value.isdecimal() and len(value) < 12 and int(value) < SEEDS:
        return int(value)
    raise _refusal("seed", f"takes a whole number below {SEEDS}")


def _model(value: str) -> tuple[str, ...]:
    known = image_models()
    if known_model(value):
        return (value,)
    part = VERSION.sub("", value.lower()).translate(HYPHENS)
    # A part begins where a part of the name does: 5 is not the 5 of 4.5.
    begun = re.compile((r"(?<!\d)-" if part[:1].isdigit() else "-") + re.escape(part))
    found = tuple(name for name in known if part and begun.search(f"-{name}"))
    if found:
        return found
    raise _refusal("model", f"takes a model or a part of its name: {', '.join(known)}")


def _size(value: str) -> tuple[int, int]:
    if found := SIZE.fullmatch(value.lower()):
        return int(found[1]), int(found[2])
    raise _refusal("size", "takes width and height in pixels, such as size:832x1216")


def _door(value: str) -> str:
    if value.lower() in DOORS:
        return value.lower()
    raise _refusal("door", f"takes one of {', '.join(DOORS)}")


def _from(value: str) -> str:
    if IMAGE_ID.fullmatch(value):
        return value
    raise _refusal("from", "takes the id of a picture, such as from:img_0123456789")


def _day(name: str) -> Callable[[str], float]:
    def read(value: str) -> float:
        if DAY.fullmatch(value):
            with suppress(ValueError):  # a month has not so many days
                return datetime.fromisoformat(value + REST[len(value)]).timestamp()
        raise _refusal(name, f"takes a day such as {name}:2026-11-30, or a month or a year (UTC)")

    return read


READERS: Mapping[str, Callable[[str], Any]] = {
    "seed": _seed,
    "model": _model,
    "size": _size,
    "door": _door,
    "from": _from,
    "after": _day("after"),
    "before": _day("before"),
}
"""Fields by name, and how their values are read."""


def _refusal(name: str, what: str) -> ProblemError:
    sentence = f"{name}: {what}. To look for the word itself, put it in quotes."
    return ProblemError(422, "invalid_params", sentence, errors=[("q", sentence)])
