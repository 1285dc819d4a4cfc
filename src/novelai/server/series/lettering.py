"""Text in pictures, whatever its script: a chain of fonts, and what none of them can write."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from PIL import ImageDraw, ImageFont

__all__ = ["Lettering", "Run", "load_lettering", "trim_common"]

MISSING = "\U0010ffff"
"""What no font has: each draws it as it draws whatever it lacks."""

DEJAVU = ("DejaVuSans.ttf",)
OTHERS = (
    "NotoSansCJK-Regular.ttc", "SourceHanSans-Regular.ttc", "ipagp.ttf", "ipag.ttf",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "Hiragino Sans GB.ttc", "PingFang.ttc",
    "YuGothM.ttc", "msyh.ttc", "malgun.ttf", "NotoEmoji-Regular.ttf", "Symbola.ttf",
)  # fmt: skip
"""Fonts that systems have, those of more scripts first."""

FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts",
    "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts",
)  # fmt: skip

BREAKS = ", "

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that one font writes."""

    text: str = field(repr=False)
    font: Font


class Lettering:
    """Measures and draws text with the first font of a chain that has its signs.

    A word is written in one font where one has all of it: a single foreign letter in its middle
    looks like a mistake.

    Args:
        fonts: the chain.

    Attributes:
        size: of the letters, in pixels.
        lacked: what no font could write.
    """

    def __init__(self, fonts: Sequence[Font]) -> None:
        self._fonts = fonts
        self._has: dict[tuple[int, str], bool] = {}
        self.size = int(fonts[0].size)
        self.lacked: set[str] = set()

    @property
    def line(self) -> int:
        """The height of a line, in pixels."""
        return self.size * 13 // 10

    def can_write(self, text: str) -> bool:
        """Return whether there is a font for every sign."""
        return all(self._font_of(sign) is not None for sign in text)

    def runs(self, text: str) -> list[Run]:
        """Return a text as pieces of one font each; what none has is left out."""
        found: list[Run] = []
        for word in _words(text):
            font = next((one for one in self._fonts if self._has_all(one, word)), None)
            if font is not None:
                found.append(Run(word, font))
                continue
            for sign in word:
                other = self._font_of(sign)
                if other is None:
                    self.lacked.add(sign)
                else:
                    found.append(Run(sign, other))
        return found

    def width(self, text: str) -> int:
        """Return how wide a text is, in pixels."""
        return round(sum(run.font.getlength(run.text) for run in self.runs(text)))

    def wrap(self, text: str, width: int) -> list[str]:
        """Return a text in lines: broken at commas and blanks, then inside of words."""
        lines = [""]
        for word in _words(text):
            if self.width(lines[-1] + word.rstrip()) <= width:
                lines[-1] += word
            elif self.width(word.rstrip()) <= width:
                lines.append(word)
            else:
                for sign in word:
                    if lines[-1] and self.width(lines[-1] + sign) > width:
                        lines.append("")
                    lines[-1] += sign
        return [line.strip() for line in lines if line.strip()] or [""]

    def write(self, canvas: ImageDraw.ImageDraw, at: tuple[int, int], text: str, fill: str) -> None:
        """Draw one line of text from its upper left corner on."""
        x: float = at[0]
        for run in self.runs(text):
            canvas.text((x, at[1] + self.size), run.text, font=run.font, fill=fill, anchor="ls")
            x += run.font.getlength(run.text)

    def _font_of(self, sign: str) -> Font | None:
        return next((one for one in self._fonts if self._has_all(one, sign)), None)

    def _has_all(self, font: Font, text: str) -> bool:
        return all(sign.isspace() or self._has_sign(font, sign) for sign in text)

    def _has_sign(self, font: Font, sign: str) -> bool:
        key = id(font), sign
        if key not in self._has:
            drawn, lack = _look_of(font, sign), _look_of(font, MISSING)
            self._has[key] = drawn != lack
        return self._has[key]


def load_lettering(size: int, own: Path | None = None) -> Lettering:
    """Return letters of a size: of somebody's own font first, then of what the system has.

    Args:
        size: in pixels.
        own: a font file.

    Raises:
        OSError: that file is no font.
    """
    fonts: list[Font] = [] if own is None else [ImageFont.truetype(str(own), size)]
    plain = ImageFont.load_default(size)
    if isinstance(plain, ImageFont.FreeTypeFont):
        fonts.append(plain)
    fonts += [ImageFont.truetype(path, size) for path in _system_fonts()]
    return Lettering(fonts)


def trim_common(labels: Sequence[str]) -> tuple[str, str, list[str]]:
    """Take the beginning and the end that all labels have in common off them.

    Returns:
        both, as far as whole words go, and what is left of each label.
    """
    if len(labels) < 2:
        return "", "", [*labels]
    words = [[*_words(label)] for label in labels]
    front = _common(words)
    rest = [one[front:] for one in words]
    back = _common([one[::-1] for one in rest])
    middle = ["".join(one[: len(one) - back]).strip(BREAKS) for one in rest]
    if not all(middle):  # one would be nothing but what is common
        return "", "", [*labels]
    before, behind = words[0][:front], rest[0][len(rest[0]) - back :]
    return "".join(before).strip(BREAKS), "".join(behind).strip(BREAKS), middle


def _look_of(font: Font, sign: str) -> tuple[Any, bytes]:
    mask: Any = font.getmask(sign)
    return mask.size, bytes(mask)


def _common(words: Sequence[Sequence[str]]) -> int:
    together = (set(map(str.strip, ones)) for ones in zip(*words, strict=False))
    return sum(1 for _ in takewhile(lambda ones: len(ones) == 1, together))


def _words(text: str) -> Iterator[str]:
    """Yield a text in pieces behind which a line may end; together they are the text."""
    start = 0
    for place, sign in enumerate(text, start=1):
        if sign in BREAKS and (place == len(text) or text[place] not in BREAKS):
            yield text[start:place]
            start = place
    if start < len(text):
        yield text[start:]


@cache
def _system_fonts() -> tuple[str, ...]:
    """Find the fonts of the chain that are here."""
    there: dict[str, str] = {}
    for folder in FOLDERS:
        for root, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                if name in DEJAVU or name in OTHERS:
                    there.setdefault(name, str(Path(root, name)))
    return tuple(there[name] for name in (*DEJAVU, *OTHERS) if name in there)
