"""The tokenizer of V4 and V4.5: T5's unigrams, as NovelAI's web client runs them."""

import re
from array import array
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import isfinite

from novelai.tokens._characters import BLANK_RUN

__all__ = ["T5"]

BRACKETS = str.maketrans("", "", "[]{}")
DIGITS = "0123456789"
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
TWO_UNITS = "\ud800\udc00"
"""What a browser makes of a character beyond U+FFFF; no piece holds such a half."""

SPACE = "▁"
END = 1
"""Every part ends with a token of its own."""

UNKNOWN = "<unk>"
PENALTY = 10.0
WORDS, LONGEST_WORD = 8192, 32
"""How many words are remembered, and up to which length."""


class T5:
    """Counts by the best-scored cut of each word into pieces; on equal scores the first found.

    Args:
        scores: the score of each piece.
    """

    def __init__(self, scores: Mapping[str, float]) -> None:
        self._unknown = min(scores.values()) - PENALTY
        self._scores = {**scores, UNKNOWN: self._unknown}
        self._longest = max(map(len, scores))
        # Prompts are counted again and again while they are written, and say the same words.
        self._count_common = lru_cache(WORDS)(self._count_word)

    @classmethod
    def from_vocabulary(cls, vocabulary: Iterable[tuple[str, float]]) -> "T5":
        """Read pieces with scores as a definition lists them; scores are of single precision.

        Raises:
            ValueError: a score is none.
        """
        pieces, numbers = zip(*vocabulary, strict=True)
        scores = array("f", numbers)
        if not all(map(isfinite, scores)):
            raise ValueError("a score is not finite")
        return cls(dict(zip(pieces, scores, strict=True)))

    def count(self, text: str) -> int:
        """Return the number of tokens of one part of a prompt, its end included."""
        if not text:
            return END
        text = ASTRAL.sub(TWO_UNITS, _without_weights(text.translate(BRACKETS)))
        return END + sum(map(self._count, BLANK_RUN.split(text)))

    def _count(self, word: str) -> int:
        word = word if word.startswith(SPACE) else SPACE + word
        return self._count_common(word) if len(word) <= LONGEST_WORD else self._count_word(word)

    def _count_word(self, word: str) -> int:
        length, longest, score_of = len(word), self._longest, self._scores.get
        best = [float("-inf")] * (length + 1)
        best[0] = 0.0
        counts = [0] * (length + 1)
        for start in range(length):
            base, count = best[start], counts[start] + 1
            for end in range(start + 1, min(start + longest, length) + 1):
                score = score_of(word[start:end])
                if score is None and end == start + 1:
                    score = self._unknown
                if score is not None and base + score > best[end]:
                    best[end], counts[end] = base + score, count
        return counts[length]


def _without_weights(text: str) -> str:
    """Take out ``1.2::``: an optional minus, digits, an optional dot, digits, two colons."""
    *weighted, rest = text.split("::")
    return "".join(map(_without_number, weighted)) + rest


def _without_number(text: str) -> str:
    # Backwards, as a regular expression would look at long rows of digits again and again.
    text = text.rstrip(DIGITS)
    if text.endswith("."):
        text = text[:-1].rstrip(DIGITS)
    return text.removesuffix("-")
