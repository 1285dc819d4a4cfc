"""Token numbers: made up, but as many as there are tokens, in the right range and byte width."""

import base64
import binascii
import hashlib

from novelai.emulator.errors import Refusal

NEWLINE = 198
END_OF_TURN = 151_336
_SPECIAL = {"\n": NEWLINE}


def token_id(piece: str, size: int) -> int:
    """Return the number of a piece in a vocabulary of `size` tokens.

    Equal pieces have equal numbers.
    """
    if piece in _SPECIAL:
        return _SPECIAL[piece]
    digest = hashlib.sha256(piece.encode("utf-8", errors="surrogatepass")).digest()
    return 256 + int.from_bytes(digest[:8], "big") % (size - 256)


def pack_tokens(tokens: list[int], width: int) -> str:
    """Tokens as base64 of little-endian numbers of `width` bytes."""
    return base64.b64encode(b"".join(t.to_bytes(width, "little") for t in tokens)).decode()


def count_packed(text: str, width: int) -> int:
    """Return how many tokens a packed input holds.

    Raises:
        Refusal: 400 when it is not base64 or not a whole number of tokens.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, "Invalid request: Invalid packed input") from None
    if not data or len(data) % width:
        raise Refusal(400, "Invalid request: Invalid packed input size")
    return len(data) // width
