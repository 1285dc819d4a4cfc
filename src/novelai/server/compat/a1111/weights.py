r"""How strongly parts of a prompt count, between A1111's way of writing it and NovelAI's.

A1111                     NovelAI
(tag:1.2)                 1.2::tag::
(tag) ((tag))             1.1::tag:: 1.21::tag::
[tag]                     0.9091::tag::
\(literal\)                 (literal)
(V3 and older)            {tag} [tag], 1.05 a brace

Both are read into spans of text with a weight, and written from them.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Span",
    "Syntax",
    "from_a1111",
    "from_novelai",
    "network_tags",
    "to_a1111",
    "to_novelai",
    "translate",
]

Syntax = Literal["auto", "a1111", "novelai"]

PARENTHESIS = 1.1
BRACE = 1.05
NUMBER = r"[+-]?(?:\d{1,4}(?:\.\d{0,8})?|\.\d{1,8})"
TOKEN = re.compile(rf"\\[()\[\]{{}}\\]|\(|\[|:\s*({NUMBER})\s*\)|\)|\]|[^\\()\[\]:]+|.", re.DOTALL)
MARK = re.compile(r"(-?(?:\d{1,4}(?:\.\d{0,8})?|\.\d{1,8}))?::|[{}\[\]]")
NETWORK = re.compile(r"<(?:lora|lyco|hypernet|ti):[^<>]*>", re.IGNORECASE)
BREAK = re.compile(r" ?\bBREAK\b")
STATED = re.compile(rf"(?<!\\)\([^()]*:\s*{NUMBER}\s*\)")
NESTED = re.compile(r"(?<!\\)\(\(")
ESCAPED = re.compile(r"\\[()\[\]]")
SPECIAL = re.compile(r"[\\()\[\]]")
NOVELAI_ONLY = re.compile(r"\d::|[{}]")
MOST = 1000.0
DEEPEST = 100
ROUND = str.maketrans("[]{}", "()()")


@dataclass(frozen=True, slots=True)
class Span:
    """Some text, and how strongly it counts; 1 is as usual."""

    text: str
    weight: float = 1.0


def translate(prompt: str, syntax: Syntax, *, numeric: bool = True) -> str:
    """Return a prompt as NovelAI reads it.

    Args:
        prompt: as it was typed.
        syntax: ``novelai`` leaves it as it is and ``a1111`` translates it. ``auto`` translates
            one that only A1111 can mean: ``(tag:1.2)``, ``((tag))`` or an escaped parenthesis is
            in it, and nothing that only NovelAI writes. A single ``(tag)`` is left alone: it is
            part of many tags' names.
        numeric: the model knows ``1.2::tag::`` (V4 and later); others get braces.
    """
    if syntax == "novelai":
        return prompt
    text = NETWORK.sub("", prompt)
    if syntax == "auto" and not _means_a1111(prompt):
        return text
    text = BREAK.sub(",", text)
    return to_novelai(from_a1111(text), numeric=numeric)


def network_tags(prompt: str) -> list[str]:
    """Return the tags that name a LoRA or another network: NovelAI has none."""
    return NETWORK.findall(prompt)


def from_a1111(prompt: str) -> list[Span]:
    """Read A1111's way. What is opened and not closed counts to the end, as there."""
    parts = list(TOKEN.finditer(prompt))
    factors, closing = _factors(parts)
    weights = [1.0]
    found: list[tuple[str, float]] = []
    for place, match in enumerate(parts):
        piece = match[0]
        if place in factors:
            weights.append(weights[-1] * factors[place])
        elif place in closing:
            weights.pop()
        else:
            literal = piece[1:] if len(piece) == 2 and piece[0] == "\\" else piece
            found.append((literal, max(min(weights[-1], MOST), -MOST)))
    return _join(found)


def _factors(parts: list[re.Match[str]]) -> tuple[dict[int, float], set[int]]:
    """By the place of each opening piece what it does to the weight, and the closing places."""
    usual = {"(": PARENTHESIS, "[": 1 / PARENTHESIS}
    factors: dict[int, float] = {}
    closing: set[int] = set()
    opened: list[int] = []
    for place, match in enumerate(parts):
        piece = match[0]
        if piece in usual:
            factors[place] = usual[piece]
            opened.append(place)
            continue
        last = parts[opened[-1]][0] if opened else ""
        if last == "(" and (piece == ")" or match[1] is not None):
            factors[opened.pop()] = PARENTHESIS if match[1] is None else float(match[1])
            closing.add(place)
        elif last == "[" and piece == "]":
            opened.pop()
            closing.add(place)
    return factors, closing


def from_novelai(prompt: str) -> list[Span]:
    """Read NovelAI's way: numbers before ``::``, ``{`` and ``[``."""
    found: list[tuple[str, float]] = []
    stated, braces, at = 1.0, 0, 0
    for match in MARK.finditer(prompt):
        found.append((prompt[at : match.start()], stated * BRACE**braces))
        at = match.end()
        mark = match[0]
        if mark.endswith("::"):
            stated = float(match[1]) if match[1] else 1.0
        else:
            braces = max(min(braces + (1 if mark in "{]" else -1), DEEPEST), -DEEPEST)
    found.append((prompt[at:], stated * BRACE**braces))
    return _join(found)


def to_novelai(spans: list[Span], *, numeric: bool = True) -> str:
    """Write NovelAI's way.

    Args:
        spans: what to write. Brackets and braces in a text become round: they have no other way
            to be literal there.
        numeric: with numbers (V4 and later), else in braces, to the nearest.
    """
    written = ""
    for span in spans:
        text = span.text.translate(ROUND)
        while "::" in text:
            text = text.replace("::", ":")
        if not numeric:
            written += _brace(text, span.weight)
        elif _is_usual(span.weight) or not text.strip():
            written += text
        else:
            front, text, back = _trim(text)
            # A digit next to a mark would become a part of its number.
            gap = " " if text[-1].isdigit() or text[-1] in ".:" else ""
            before = written + front
            space = " " if before and (before[-1].isdigit() or before[-1] in ".-:") else ""
            written = f"{before}{space}{_number(span.weight)}::{text}{gap}::{back}"
    return written


def to_a1111(spans: list[Span]) -> str:
    """Write A1111's way; parentheses and brackets in a text are escaped."""
    written = ""
    for span in spans:
        text = SPECIAL.sub(r"\\\g<0>", span.text)
        if _is_usual(span.weight) or not text.strip():
            written += text
        else:
            front, text, back = _trim(text)
            written += f"{front}({text}:{_number(span.weight)}){back}"
    return written


def _means_a1111(prompt: str) -> bool:
    if NOVELAI_ONLY.search(prompt):
        return False
    forms = (STATED, NESTED, ESCAPED, NETWORK)
    return any(form.search(prompt) is not None for form in forms)


def _join(pieces: list[tuple[str, float]]) -> list[Span]:
    spans: list[Span] = []
    for text, weight in pieces:
        if not text:
            continue
        if spans and math.isclose(spans[-1].weight, weight, abs_tol=1e-9):
            spans[-1] = Span(spans[-1].text + text, spans[-1].weight)
        else:
            spans.append(Span(text, weight))
    return spans


def _is_usual(weight: float) -> bool:
    return _number(weight) == "1"


def _number(weight: float) -> str:
    text = f"{weight:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _trim(text: str) -> tuple[str, str, str]:
    """Blanks and commas around a text, which do not count, and the text."""
    core = text.strip(" \n\t,")
    if not core:
        return "", text, ""
    start = text.index(core)
    return text[:start], core, text[start + len(core) :]


def _brace(text: str, weight: float) -> str:
    core = text.strip()
    if not core or weight <= 0:
        return text if weight > 0 else ""
    count = round(math.log(weight) / math.log(BRACE))
    front, core, back = _trim(text)
    opening, closing = ("{", "}") if count > 0 else ("[", "]")
    return f"{front}{opening * abs(count)}{core}{closing * abs(count)}{back}"
