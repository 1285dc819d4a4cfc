"""The tokenizer of V5: Qwen 3.5's byte pairs, as NovelAI's web client runs them."""

import re
import unicodedata
from binascii import a2b_base64
from collections.abc import Collection, Iterator, Mapping
from itertools import chain, groupby

from novelai.tokens._characters import whole
from novelai.tokens._pairs import count_merged

__all__ = ["Qwen"]

CONTROLS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)
"""What counts one token where it stands literally."""

SPACES = frozenset(
    "\t\v\f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space, but for line ends and the plain space."""

FOLLOWING = frozenset("strevmld")
"""The letters of ``'s``, ``'t``, ``'re``, ``'ve``, ``'m``, ``'ll`` and ``'d``."""

LETTERS = "Lstrevmld"
WORD = re.compile(
    rf"'(?:[stmd]|re|ve|ll)"
    rf"|[^RN{LETTERS}]?[M{LETTERS}]+"
    rf"|N"
    rf"| ?[^ RSMN{LETTERS}]+R*"
    rf"|[ RS]*R+"
    rf"|[ RS]+(?![^ RS])"
    rf"|[ RS]+"
)
"""Qwen's split expression over `_kind` of each character: `re` has no classes of Unicode."""

FEW_MARKS = 1000


class Qwen:
    """Counts by putting bytes together, those first that make the symbol of the lowest rank.

    Args:
        ranks: of each symbol of two bytes or more.
        words: symbols that a whole word is looked up among, before any byte is put to another.
        controls: what counts one token where it stands literally.
    """

    def __init__(
        self,
        ranks: Mapping[bytes, int],
        words: Collection[bytes],
        controls: Collection[str] = CONTROLS,
    ) -> None:
        self._ranks = ranks
        self._words = words
        self._controls = re.compile("|".join(map(re.escape, controls)) or r"(?!)")

    @classmethod
    def from_ranks(cls, data: bytes) -> "Qwen":
        """Read lines of a symbol in base64 and its rank.

        Raises:
            ValueError: a line is none.
        """
        columns = data.split()
        symbols = map(a2b_base64, columns[::2])
        ranks = dict(zip(symbols, map(int, columns[1::2]), strict=True))
        return cls(ranks, ranks)

    def count(self, text: str) -> int:
        """Return the number of tokens of one part of a prompt."""
        text = _compose(whole(text))
        between = self._controls.split(text)
        words = chain.from_iterable(map(_words, between))
        return len(between) - 1 + sum(map(self._count_word, words))

    def _count_word(self, word: str) -> int:
        data = word.encode()
        if data in self._words:
            return 1
        return count_merged([data[i : i + 1] for i in range(len(data))], self._rank)

    def _rank(self, left: bytes, right: bytes) -> int | None:
        return self._ranks.get(left + right)


class _Kinds(dict[int, str]):
    """Gives `_kind` of characters to `str.translate`; remembers those of ASCII alone."""

    def __missing__(self, code: int) -> str:
        return _kind(chr(code))


def _kind(character: str) -> str:
    """Return a letter for what Qwen's expression tells apart.

    ``R`` a line end, ``S`` other white space, ``L`` a letter, ``M`` a mark, ``N`` a number, ``O``
    anything else; the space, the apostrophe and the letters that may follow it stay.
    """
    if character in "\r\n":
        return "R"
    if character in " '":
        return character
    if character in SPACES:
        return "S"
    folded = character.casefold()
    if folded in FOLLOWING:
        return folded
    category = unicodedata.category(character)[0]
    return category if category in "LMN" else "O"


KINDS = _Kinds({code: _kind(chr(code)) for code in range(128)})


def _words(text: str) -> Iterator[str]:
    for found in WORD.finditer(text.translate(KINDS)):
        yield text[slice(*found.span())]


def _compose(text: str) -> str:
    """Return the text in Unicode's form NFC, in time that grows with its length alone.

    `unicodedata` takes the square of the length of a row of marks that are out of order.
    """
    if len(text) > FEW_MARKS and not text.isascii():
        apart = "".join(unicodedata.normalize("NFD", one) for one in text)
        rows = groupby(apart, lambda one: unicodedata.combining(one) > 0)
        text = "".join(
            "".join(sorted(row, key=unicodedata.combining) if marks else row) for marks, row in rows
        )
    return unicodedata.normalize("NFC", text)
