"""Takes secrets out of texts that are about to be logged."""

import re

__all__ = ["redact"]

LEFT_OUT = "…"

HEADER = (
    r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)\b"
    r"(['\"]?\s*[:=,]\s*b?['\"]?)[^'\"\r\n]+"
)
"""A header with its value, as a line, in a dictionary or in a list of pairs of bytes."""

RUN = r"(?<![\w-])((?>[\w-]*?\b(?=ey)))"
JWT = r"ey[\w-]{8,}+\.[\w-]++\.[\w-]++"
"""A token of NovelAI, behind what stands in front of it without a gap."""

RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (HEADER, rf"\1\2{LEFT_OUT}"),
        (r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", rf"\1 {LEFT_OUT}"),
        (r"\b(novelai_session=)[^\s;'\"]+", rf"\1{LEFT_OUT}"),
        # Keys of this server, in paths too, tokens of NovelAI, and secrets of webhooks.
        (r"(nvs_|nvp_|whs_|pst-)[\w-]+", rf"\1{LEFT_OUT}"),
        (r"(whsec_)[\w+/=-]+", rf"\1{LEFT_OUT}"),
        # The first "ey" of a run of such letters decides, so that none is read twice.
        (rf"{RUN}{JWT}", rf"\1{LEFT_OUT}"),
        # User and password of an address.
        (r"(\w://)[^\s/@'\"]+@", rf"\1{LEFT_OUT}@"),
        # Prompts come in query strings.
        (r"(?<=[\w/%)\]-])\?[^\s'\"<>]+", f"?{LEFT_OUT}"),
    )
)


def redact(text: str) -> str:
    """Return the text without secrets: what they were stands as ``…``."""
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text
