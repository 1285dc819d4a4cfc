"""Token numbers as bytes: two each on the older vocabularies, four each on Llama 3's."""

from base64 import b64decode, b64encode
from collections.abc import Iterable

__all__ = ["pack_tokens", "token_width", "unpack_tokens"]


def token_width(model: str) -> int:
    """Return how many bytes a token of a model takes: 4 for Erato, which speaks Llama 3, else 2."""
    return 4 if model.startswith("llama-3") else 2


def pack_tokens(tokens: Iterable[int], width: int) -> str:
    """Tokens as base64 of little-endian numbers of ``width`` bytes.

    Raises:
        ValueError: a token does not fit.
    """
    try:
        packed = b"".join(token.to_bytes(width, "little") for token in tokens)
    except OverflowError:
        raise ValueError(f"a token does not fit into {width} bytes") from None
    return b64encode(packed).decode("ascii")


def unpack_tokens(packed: str, width: int) -> tuple[int, ...]:
    """Return the tokens of `pack_tokens`.

    Raises:
        ValueError: it is not base64, or not a whole number of tokens.
    """
    try:
        data = b64decode(packed, validate=True)
    except ValueError as error:  # binascii's own is one too
        raise ValueError("the tokens are not base64") from error
    if len(data) % width:
        raise ValueError(f"the tokens are {len(data)} bytes, not a multiple of {width}")
    return tuple(
        int.from_bytes(data[start : start + width], "little")
        for start in range(0, len(data), width)
    )
