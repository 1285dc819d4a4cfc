"""Byte-pair encoding: neighbours are put together, the pair of the lowest rank first."""

import heapq
from collections.abc import Callable
from typing import TypeVar

__all__ = ["BYTE_CHARACTERS", "count_merged"]

S = TypeVar("S", str, bytes)


def _byte_characters() -> tuple[str, ...]:
    """Return the visible character by which vocabularies write each of the 256 bytes."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte if byte in visible else next(others)) for byte in range(256))


BYTE_CHARACTERS = _byte_characters()


def count_merged(symbols: list[S], rank: Callable[[S, S], int | None]) -> int:
    """Return how many symbols are left when no pair can be put together any more.

    Of pairs with the same rank the leftmost is first. Takes n·log n steps for n symbols.

    Args:
        symbols: what the word begins as, none of them empty; the list is used up.
        rank: of a pair; ``None`` for one that stays apart.
    """
    count = len(symbols)
    following = list(range(1, count + 1))
    before = list(range(-1, count - 1))
    waiting: list[tuple[int, int]] = []

    def look(left: int, right: int) -> None:
        found = rank(symbols[left], symbols[right])
        if found is not None:
            heapq.heappush(waiting, (found, left))

    last = count
    for left in range(last - 1):
        look(left, left + 1)
    while waiting:
        ranked, left = heapq.heappop(waiting)
        right = following[left]
        # What was put together meanwhile has another rank, or none.
        if not symbols[left] or right == last or rank(symbols[left], symbols[right]) != ranked:
            continue
        symbols[left] += symbols[right]
        symbols[right] = symbols[right][:0]
        after = following[left] = following[right]
        count -= 1
        if after < last:
            before[after] = left
            look(left, after)
        if before[left] >= 0:
            look(before[left], left)
    return count
