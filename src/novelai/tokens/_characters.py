"""Kinds of characters, as browsers and tokenizers tell them apart."""

import re

__all__ = ["BLANKS", "BLANK_RUN", "utf16_length", "whole"]

BLANKS = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space as a browser counts it."""

BLANK_RUN = re.compile(f"[{BLANKS}]+")


def whole(text: str) -> str:
    """Return text that can be written as UTF-8: halves of characters become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def utf16_length(text: str) -> int:
    """Return the length as a browser counts it: characters beyond U+FFFF are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
