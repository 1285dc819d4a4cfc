"""Lists of other programs in the syntax of dynamic prompts, as templates.

``{a|b}`` becomes ``<a|b>``, ``2$$`` stays, ``0.5::a`` becomes a whole weight, ``##name##`` becomes
``__name__``. Braces without a bar or a take are NovelAI's own and stay.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

__all__ = ["UnreadableError", "convert_line"]

HEAVIEST = 100
MOST_TAKEN = 100
DEEPEST = 8

TAKE = re.compile(
    r"(?P<low>[0-9]{1,3})?(?P<range>-)?(?P<high>[0-9]{1,3})?\$\$(?P<rest>.*)", re.DOTALL
)
WEIGHT = re.compile(r"(?P<weight>[0-9]{1,9}(?:\.[0-9]{1,9})?)::(?P<rest>.*)", re.DOTALL)
HASHED = re.compile(r"##([^#\n]{1,64})##")
SIGNS = {"<": "\x01", ">": "\x02", "\\": "\x03"}
"""What counts in a template, and what stands for it until it is known whether it does."""

REFUSED = (
    (re.compile(r"[\x01-\x03]"), "it holds control characters"),
    (re.compile(r"\$\{"), "variables are not known here"),
    (re.compile(r"\{%|\{#"), "programs of Jinja are not known here"),
    (re.compile(r"__[^\s_*]*\*[^\s*]*__"), "a name stands for one list; write each of them"),
)


class UnreadableError(ValueError):
    """A line that cannot be converted; its text is the reason."""


@dataclass(slots=True)
class _Frame:
    """A brace that is open.

    Attributes:
        start: where it stands.
        options: the texts between its bars; the last one is not complete.
    """

    start: int
    options: list[str] = field(default_factory=lambda: [""])


def convert_line(line: str) -> str:
    """Convert one line.

    Raises:
        UnreadableError: it holds what has no counterpart.
    """
    for sign, reason in REFUSED:
        if sign.search(line):
            raise UnreadableError(reason)
    line = HASHED.sub(r"__\1__", line)
    frames = [_Frame(0)]
    for place, sign in enumerate(line):
        if sign == "{":
            frames.append(_Frame(place))
            if len(frames) > 2 * DEEPEST + 1:
                raise UnreadableError(f"choices stand in choices more than {DEEPEST} deep")
        elif sign == "}" and len(frames) > 1:
            done = _close(frames.pop())
            frames[-1].options[-1] += done
        elif sign == "|" and len(frames) > 1:
            frames[-1].options.append("")
        else:
            frames[-1].options[-1] += SIGNS.get(sign, sign)
    while len(frames) > 1:  # braces that are never closed are text
        frame = frames.pop()
        frames[-1].options[-1] += "{" + "|".join(frame.options)
    opens = "|" in line and ">" in line
    return _written(frames[0].options[0], {"<": "\\<"} if opens else {})


def _written(text: str, escapes: Mapping[str, str]) -> str:
    for sign, mark in SIGNS.items():
        text = text.replace(mark, escapes.get(sign, sign))
    return text


def _close(frame: _Frame) -> str:
    """Return what becomes of a pair of braces."""
    take, options = _cut_take(frame.options)
    if take is None and len(options) == 1:
        return f"{{{options[0]}}}"
    weighted = _whole_weights([_cut_weight(option) for option in options])
    inner = _written("|".join(weighted), {sign: f"\\{sign}" for sign in SIGNS})
    return f"<{take or ''}{inner}>"


def _cut_take(options: list[str]) -> tuple[str | None, list[str]]:
    found = TAKE.fullmatch(options[0].lstrip())
    if found is None or not (found["low"] or found["high"]):
        return None, options
    low, high = int(found["low"] or 0), int(found["high"] or found["low"] or 0)
    if found["range"] and not found["high"]:
        high = MOST_TAKEN
    if low > high or high > MOST_TAKEN:
        raise UnreadableError(f"{low} to {high} is no number of options")
    joiner, sign, rest = found["rest"].partition("$$")
    take = f"{low}$$" if low == high else f"{low}-{high}$$"
    return (f"{take}{joiner}$$", [rest, *options[1:]]) if sign else (take, [joiner, *options[1:]])


def _cut_weight(option: str) -> tuple[Fraction, str]:
    found = WEIGHT.fullmatch(option.lstrip())
    return (Fraction(found["weight"]), found["rest"]) if found else (Fraction(1), option)


def _whole_weights(options: list[tuple[Fraction, str]]) -> list[str]:
    """Write weights as the smallest whole numbers; what never comes is left out."""
    kept = [(weight, text) for weight, text in options if weight]
    if not kept:
        raise UnreadableError("all weights are 0")
    common = lcm(*(weight.denominator for weight, _ in kept))
    whole = [int(weight * common) for weight, _ in kept]
    divisor = reduce(gcd, whole)
    smallest = [weight // divisor for weight in whole]
    if max(smallest) > HEAVIEST:
        raise UnreadableError(f"a weight would be {max(smallest)}; they are 1 to {HEAVIEST}")
    return [
        text if weight == 1 else f"{weight}x {text.lstrip()}"
        for weight, (_, text) in zip(smallest, kept, strict=True)
    ]
