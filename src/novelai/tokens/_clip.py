"""The tokenizer of V3 and older: CLIP's byte pairs, as NovelAI's web client runs them."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from novelai.tokens._characters import BLANK_RUN, BLANKS, whole
from novelai.tokens._pairs import BYTE_CHARACTERS, count_merged

__all__ = ["MERGES", "Clip"]

MERGES = 48_894
"""How many of the listed merges are used: with 512 bytes and two marks, 49,408 tokens."""

BRACKETS = str.maketrans("[]{}", "    ")
WORD_END = "</w>"
ENTITY = re.compile(r"&(?:#(?:([0-9]+)|[xX]([0-9a-fA-F]+));?|[0-9A-Za-z]{1,32};?)")
MARKS = ("<|startoftext|>", "<|endoftext|>")
WORD = re.compile(
    rf"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d"
    rf"|[^\W_]+|(?:[^\w{BLANKS}]|_)+"
)
"""Letters are told from numbers afterwards: `re` has no class for either."""

REPLACEMENT = "\ufffd"
LAST = 0x10FFFF
"""From here on a numeric reference stands for U+FFFD in the web client."""

LONGEST_NUMBER = 7
"""More digits than this are beyond it."""

WINDOWS = {
    code: ord(bytes([code]).decode("cp1252"))
    for code in {*range(0x80, 0xA0)} - {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
"""What HTML makes of numeric references to control characters."""

WORDS, LONGEST_WORD = 8192, 32
"""How many words are remembered, and up to which length."""


class Clip:
    """Counts by putting neighbours together, in the order in which the pairs are listed.

    Args:
        ranks: of each pair that may be put together.
    """

    def __init__(self, ranks: Mapping[tuple[str, str], int]) -> None:
        self._ranks = ranks
        self._count_common = lru_cache(WORDS)(self._count_word)

    @classmethod
    def from_merges(cls, lines: Sequence[str]) -> "Clip":
        """Read lines of two symbols each, the first of the lowest rank.

        Raises:
            ValueError: a line is none.
        """
        pairs = (line.split(" ") for line in lines)
        return cls({(left, right): rank for rank, (left, right) in enumerate(pairs)})

    def count(self, text: str) -> int:
        """Return the number of tokens of one part of a prompt."""
        text = text.translate(BRACKETS).strip(BLANKS)
        text = ENTITY.sub(_entity, ENTITY.sub(_entity, text)).strip(BLANKS)
        text = BLANK_RUN.sub(" ", text).lower()
        return sum(map(self._count, _words(whole(text))))

    def _count(self, word: str) -> int:
        if word in MARKS:
            return 1
        return self._count_common(word) if len(word) <= LONGEST_WORD else self._count_word(word)

    def _count_word(self, word: str) -> int:
        symbols = [BYTE_CHARACTERS[byte] for byte in word.encode()]
        symbols[-1] += WORD_END
        return count_merged(symbols, lambda left, right: self._ranks.get((left, right)))


def _words(text: str) -> Iterator[str]:
    """Cut into runs of letters, single numbers, and runs of what is neither."""
    for found in WORD.finditer(text):
        word = found[0]
        if word.isalpha() or not word[0].isalnum():
            yield word
            continue
        for letters, run in groupby(word, str.isalpha):
            text = "".join(run)
            yield from (text,) if letters else text


def _entity(found: re.Match[str]) -> str:
    """Return what a reference of HTML stands for, numeric ones as the web client reads them."""
    decimal, hexadecimal = found.groups()
    if decimal is None and hexadecimal is None:
        return html.unescape(found[0])
    digits = (decimal or hexadecimal).lstrip("0")
    if len(digits) > LONGEST_NUMBER:
        return REPLACEMENT
    code = int(digits or "0", 16 if decimal is None else 10)
    return REPLACEMENT if code == 0 or code >= LAST else chr(WINDOWS.get(code, code))
