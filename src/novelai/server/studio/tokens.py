"""About how many tokens a prompt has.

NovelAI publishes no tokenizer for its picture models. Tags and English text come out at about one
token for five letters of a word, one for each mark, and one for each character of Japanese or
Chinese; the estimate leans to the high side, so that a prompt that fits by it does fit.
"""

import re
from math import ceil

__all__ = ["estimate_tokens"]

PIECES = re.compile(r"[A-Za-z]+|\d|[^\sA-Za-z\d]")
LETTERS = 5
END = 1
"""A prompt ends with a token of its own."""


def estimate_tokens(prompt: str) -> int:
    """About how many tokens a prompt has; 0 for an empty one."""
    pieces = PIECES.findall(prompt)
    if not pieces:
        return 0
    return END + sum(ceil(len(piece) / LETTERS) for piece in pieces)
