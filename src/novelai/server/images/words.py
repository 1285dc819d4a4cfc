"""How texts become the words of the index. What is looked for is split as the texts are.

Words are runs of letters and digits, without regard to case, width and accents. In scripts that
put no space between words a run becomes its pairs of neighbours, so that any part of it is found.
What is made of signs, such as ``:3`` and ``^_^``, is a word of its own.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, cast

__all__ = [
    "BOUNDARY",
    "SEPARATORS",
    "Phrase",
    "fold",
    "index_words",
    "phrase_of",
    "quoted",
    "vector_of",
    "words_of",
]

BOUNDARY = ","
"""Between texts that are not to be read as one; nothing that is looked for holds it."""

SEPARATORS = re.compile(r"[\s,、。;]+")

MOST = 16_000
"""Words of a picture at most: Postgres counts places up to 16,383."""

MOST_CHARACTERS = 100_000
"""Of all texts at most, whose words in no script fill the mebibyte that Postgres takes."""

LONGEST = 100
"""Characters of a word at most."""

GRAMMAR = frozenset("{}[]():|<>,\"'._-/\\;`")
"""Signs by which prompts are built, and those within words."""

BRACKETS = "{}[]|\"'"
WITHOUT_QUOTES = str.maketrans("", "", "'\"")
WEIGHT = "0123456789.-"
ACCENTS = re.compile(r"([a-z])[\u0300-\u036f]+")
UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]+")

WITHOUT_SPACES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1100, 0x11FF),  # Korean
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x31FF),  # Japanese, and Chinese and Korean letters
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)

Run = tuple[str, str]
"""Characters of one kind, which stands in front: ``word``, ``dense`` or ``sign``."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow each other.

    Attributes:
        words: as `index_words` gives them.
        begun: the last one may go on.
    """

    words: tuple[str, ...]
    begun: bool


def fold(text: str) -> str:
    """Return the same for texts that differ only in case, width, accents, and what is not seen."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    bare = ACCENTS.sub(r"\1", unicodedata.normalize("NFD", UNSEEN.sub("", folded)))
    return unicodedata.normalize("NFC", bare)


def index_words(texts: Iterable[str]) -> list[str]:
    """Return the words of texts in their order, then those made of signs.

    Args:
        texts: the prompt and those of characters, for example; phrases do not go from one to the
            next.
    """
    words: list[str] = []
    signs: dict[str, None] = {}
    left = MOST_CHARACTERS
    for text in texts:
        read = text[:left]
        left -= len(read)
        for chunk in _chunks(fold(read)):
            runs = _runs(chunk)
            words += _split(runs, whole=True)
            signs.update(dict.fromkeys(_signs(chunk, runs)))
        words.append(BOUNDARY)
    return [*words[:MOST], *list(signs)[:LONGEST]]


def phrase_of(text: str, *, begun: bool) -> Phrase | None:
    """Return what has to be in the index for a text to be found; ``None`` when it says nothing.

    Args:
        text: what is looked for.
        begun: its last word may go on.
    """
    chunks = list(_chunks(fold(text)))
    if len(chunks) == 1 and (found := _sign_word(chunks[0], _runs(chunks[0]))):
        return Phrase((found,), begun)
    runs = [run for chunk in chunks for run in _runs(chunk) if run[0] != "sign"]
    if not runs:
        return None
    last_kind, last = runs[-1]
    # A part of a dense run is looked for, wherever it ends.
    return Phrase(
        tuple(_split(runs, whole=False)), begun or (last_kind == "dense" and len(last) < 2)
    )


def _chunks(folded: str) -> Iterator[str]:
    for part in SEPARATORS.split(_without_weights(folded)):
        chunk = part.strip(BRACKETS)
        if chunk and not (len(chunk) == 1 and chunk in GRAMMAR):
            yield chunk


def _without_weights(text: str) -> str:
    """Leave out what ``1.2::cat::`` says of the strength."""
    *parts, last = text.split("::")
    kept: list[str] = []
    for part in parts:
        bare = part.rstrip(WEIGHT)
        kept.append(part if bare and bare[-1].isalnum() else bare)
    return " ".join([*kept, last])


@lru_cache(maxsize=20_000)
def _kind_of(character: str) -> str:
    if unicodedata.category(character)[0] not in "LNM":
        return "sign"
    code = ord(character)
    return "dense" if any(low <= code <= high for low, high in WITHOUT_SPACES) else "word"


def _runs(chunk: str) -> list[Run]:
    if chunk.isalnum() and chunk.isascii():
        return [("word", chunk)]
    return [(kind, "".join(run)) for kind, run in groupby(chunk, _kind_of)]


def _split(runs: list[Run], *, whole: bool) -> Iterator[str]:
    """Yield words; ``whole``: the last run ends here, so that its last character counts."""
    known = [run for run in runs if run[0] != "sign"]
    for place, (kind, run) in enumerate(known, start=1):
        if kind == "word":
            yield run[:LONGEST]
            continue
        yield from (run[at : at + 2] for at in range(len(run) - 1))
        if whole or place < len(known) or len(run) == 1:
            yield run[-1]


def _sign_word(chunk: str, runs: list[Run]) -> str | None:
    """Return what is a word for its signs: they are there, and no word of two letters."""
    kinds = {kind for kind, _ in runs}
    if "sign" not in kinds or "dense" in kinds:
        return None
    long = any(kind == "word" and len(run) > 1 for kind, run in runs)
    return None if long else chunk.translate(WITHOUT_QUOTES)[:LONGEST]


def _signs(chunk: str, runs: list[Run]) -> Iterator[str]:
    if found := _sign_word(chunk, runs):
        yield found
        return
    for kind, run in runs:
        bare = "".join(one for one in run if one not in GRAMMAR) if kind == "sign" else ""
        if bare:
            yield bare[:LONGEST]


def words_of(
    prompt: str, negative_prompt: str, settings: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Return the words of what was wanted of a picture, and of what was not.

    Args:
        prompt: of the whole picture.
        negative_prompt: likewise.
        settings: hold the characters.
    """
    characters = [
        cast("Mapping[str, Any]", one)
        for one in settings.get("characters") or ()
        if isinstance(one, Mapping)
    ]
    wanted = [prompt, *(str(one.get("prompt") or "") for one in characters)]
    unwanted = [negative_prompt, *(str(one.get("negative_prompt") or "") for one in characters)]
    return index_words(wanted), index_words(unwanted)


def vector_of(words: Iterable[str]) -> str:
    """Return words with their places, as Postgres reads them."""
    return " ".join(
        f"{quoted(word)}:{place}" for place, word in enumerate(words, start=1) if word != BOUNDARY
    )


def quoted(word: str) -> str:
    """Return a word as Postgres reads it in vectors and queries."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
