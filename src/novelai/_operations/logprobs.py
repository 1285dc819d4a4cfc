"""Likelihoods of tokens, read leniently: what is not understood is left out."""

from typing import Any, cast

from novelai.types.text_results import TokenChance, TokenLogprobs

__all__ = ["token_logprobs"]


def token_logprobs(value: Any) -> tuple[TokenLogprobs, ...]:
    """Return the ``logprobs`` of a native answer, one entry for each token.

    An event has one entry.
    """
    entries: list[Any] = _items(value) if isinstance(value, list) else [value]
    return tuple(
        _entry(cast("dict[str, Any]", entry)) for entry in entries if isinstance(entry, dict)
    )


def _entry(entry: dict[str, Any]) -> TokenLogprobs:
    return TokenLogprobs(
        chosen=_chances(entry.get("chosen")),
        before=_chances(entry.get("before")),
        after=_chances(entry.get("after")),
    )


def _chances(value: Any) -> tuple[TokenChance, ...]:
    found = [_chance(item) for item in _items(value)]
    return tuple(chance for chance in found if chance is not None)


def _chance(value: Any) -> TokenChance | None:
    """Read ``[[token], [before, after]]``."""
    parts = _items(value)
    if len(parts) < 2:
        return None
    tokens = tuple(token for token in _items(parts[0]) if isinstance(token, int))
    numbers = [_number(number) for number in _items(parts[1])] + [None, None]
    return TokenChance(tokens, numbers[0], numbers[1])


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
