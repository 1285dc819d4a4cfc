"""Output streams that take every character.

Windows and pipes give streams that know a few hundred characters, and a prompt may hold any. A
picture that was paid for must not end in a traceback for that.
"""

import codecs
import sys
import unicodedata
from io import TextIOWrapper

__all__ = ["accept_all_characters"]

READABLE = "novelai.readable"
ASCII = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "×": "x"})


def accept_all_characters() -> None:
    """Make standard output and standard error replace what their encoding lacks."""
    codecs.register_error(READABLE, replace_unencodable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def replace_unencodable(error: UnicodeError) -> tuple[str, int]:
    """Replace é by e, … by three dots, and what has no such form by its code."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_readable, error.object[error.start : error.end])), error.end


def _readable(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character.translate(ASCII))
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    # ASCII only: every encoding that a stream may lack characters in has that much.
    return plain if plain.isascii() else character.encode("ascii", "backslashreplace").decode()
