"""What the web client takes a prompt apart by: bars, and the marks of sections."""

import re

__all__ = ["SECTION", "SECTION_LEADS", "WHITE_SPACE", "section_pattern", "split_mix"]

WHITE_SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space as a browser counts it."""

SECTION_LEADS = re.escape(f"{WHITE_SPACE},.:[]{{}}、。")

MIX_PARTS = 6


def section_pattern(word: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return the expression of a section's mark; ``text::`` is the end of a weight, and none."""
    return re.compile(rf"(?:^|[{SECTION_LEADS}]){word}:(?!:)", flags)


SECTION = section_pattern("text", re.IGNORECASE)
"""Where text that is to be written in the picture begins."""

BAR = re.compile(r"\|\|.*?(?:\|\||\Z)|(\|)", re.DOTALL)


def split_mix(prompt: str) -> list[str]:
    """Cut at single bars, into at most six parts, the last of which keeps its bars.

    ``||a|b||`` is the randomiser and stays whole, also without its end.
    """
    bars: list[int] = []
    for match in BAR.finditer(prompt):
        if match.group(1):
            bars.append(match.start())
            if len(bars) == MIX_PARTS - 1:
                break
    starts = [0, *(bar + 1 for bar in bars)]
    return [prompt[start:end] for start, end in zip(starts, [*bars, None], strict=True)]
