"""The sheet of a series: all its cells in one picture, with labels. Drawn in a thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from novelai.server.series.lettering import Lettering, load_lettering, trim_common

__all__ = ["CELL", "Dimension", "DrawnSheet", "SheetCell", "SheetPlan", "draw_sheets"]

CELL, SMALLEST, LARGEST = 384, 96, 768
LETTERS = 22
GAP, MARGIN = 12, 32
MOST_LINES = 3
MOST_PIXELS, MOST_SIDE = 40_000_000, 16_383
AS_PNG = 20_000_000
"""More pixels than these become WebP."""

PAPER, INK, QUIET, EMPTY, HATCH = "#ffffff", "#1c1c22", "#66666e", "#ececf0", "#c9c9d2"
DESCRIPTION = 0x010E
"""EXIF's tag of what a picture is about."""

NAME = "novelai-series"
FOLD = 10
"""Columns at most of what varies in one way only."""


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What is shown in a place.

    Attributes:
        picture: the bytes of a picture.
        note: what is written where there is none.
        skipped: it was never to be drawn.
    """

    picture: bytes | None = field(default=None, repr=False)
    note: str = field(default="", repr=False)
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """What varies: its title, and what its values are called."""

    title: str = field(repr=False)
    labels: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPlan:
    """What a sheet shows.

    Attributes:
        title: of the series.
        facts: what is the same in all cells.
        dimensions: what varies, the fastest first.
        cells: all of them, in their order.
        document: what brings the series back, as JSON.
        edge: width of a cell in pixels, 96 to 768.
        font: somebody's own font file.
    """

    title: str = field(repr=False)
    facts: str = field(repr=False)
    dimensions: Sequence[Dimension] = field(repr=False)
    cells: Sequence[SheetCell] = field(repr=False)
    document: str = field(repr=False)
    edge: int = CELL
    font: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSheet:
    """A sheet, or a part of one that would be too large.

    Attributes:
        lacked: signs that no font could write, as ``U+1F600``.
    """

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    lacked: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows that stand under the same labels."""

    title: str = field(repr=False)
    columns: Sequence[str] = field(repr=False)
    rows: Sequence[tuple[str, Sequence[SheetCell]]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Measures:
    """Sizes in pixels."""

    width: int
    height: int
    row_label: int


@dataclass(frozen=True, slots=True)
class _Style:
    """What all parts of a sheet share.

    Attributes:
        head: lines above all.
        legend: texts of labels that are too long.
        height_left: how high rows and their labels may be in all.
    """

    letters: Lettering
    measures: _Measures
    head: Sequence[str] = field(repr=False)
    legend: Sequence[str] = field(repr=False)
    height_left: int


def draw_sheets(plan: SheetPlan) -> list[DrawnSheet]:
    """Draw a series: one picture if it is not too large, else several.

    Raises:
        OSError: the font cannot be read.
    """
    letters = load_lettering(LETTERS, plan.font)
    legend: list[str] = []
    shown = [_shorten(one, letters, plan.edge, legend) for one in plan.dimensions]
    bands = [*_bands(plan, shown)]
    head = _head(plan, shown)
    fixed = 2 * MARGIN + (4 * len(head) + 4 * len(legend) + 4) * letters.line
    measures = _measure(plan, bands, letters, MOST_SIDE - fixed)
    style = _Style(letters, measures, head, legend, MOST_SIDE - fixed)
    return [_draw(page, style, plan.document) for page in _pages(bands, style)]


def _shorten(one: Dimension, letters: Lettering, width: int, legend: list[str]) -> Dimension:
    """Return labels that fit: what they share goes into the title, what is long to the legend."""
    before, behind, labels = trim_common(one.labels)
    found: list[str] = []
    for full, label in zip(one.labels, labels, strict=True):
        if letters.can_write(label) and len(letters.wrap(label, width)) <= MOST_LINES:
            found.append(label)
            continue
        legend.append(_with_code_points(full, letters))
        found.append(f"({len(legend)})")
    around = " … ".join(part for part in (before, behind) if part)
    return Dimension(f"{one.title}: {around}" if around else one.title, found)


def _with_code_points(text: str, letters: Lettering) -> str:
    """Return a text in which signs that cannot be written are named."""
    return "".join(sign if letters.can_write(sign) else f"[U+{ord(sign):04X}]" for sign in text)


def _bands(plan: SheetPlan, shown: Sequence[Dimension]) -> Iterator[_Band]:
    varied = [one for one in shown if len(one.labels) > 1]
    x, y, *blocks = [*varied, *[Dimension("", [""])] * 2][: max(len(varied), 2)]
    most = max((MOST_SIDE - 8 * MARGIN) // (SMALLEST + GAP) - 3, 1)
    wide = min(len(x.labels), FOLD if len(varied) == 1 else most)
    size = len(x.labels) * len(y.labels)
    for number in range(-(-len(plan.cells) // size)):
        cells = plan.cells[number * size : (number + 1) * size]
        title = " · ".join(_block_titles(blocks, number))
        for start in range(0, len(x.labels), wide):
            rows = [
                (label, cells[at * len(x.labels) :][start : min(start + wide, len(x.labels))])
                for at, label in enumerate(y.labels)
            ]
            yield _Band(
                "" if start else title,
                x.labels[start : start + wide],
                [row for row in rows if row[1]],
            )


def _block_titles(blocks: Sequence[Dimension], number: int) -> Iterator[str]:
    for one in blocks:
        number, at = divmod(number, len(one.labels))
        yield f"{one.title} {one.labels[at]}".strip()


def _measure(
    plan: SheetPlan, bands: Sequence[_Band], letters: Lettering, height_left: int
) -> _Measures:
    """Return the sizes with which all fits, as large as wanted if they can be."""
    wide = max(len(band.columns) for band in bands)
    labels = [label for band in bands for label, _ in band.rows]
    longest = max((letters.width(label) for label in labels), default=0)
    shape = _shape(plan.cells)
    edge = min(max(plan.edge, SMALLEST), LARGEST)
    rows = sum(len(band.rows) for band in bands)
    while True:
        row_label = min(longest, edge) + GAP if longest else 0
        width = 2 * MARGIN + row_label + wide * (edge + GAP)
        height = rows * (round(edge * shape) + GAP) + len(bands) * 5 * letters.line
        fits = width <= MOST_SIDE and height <= height_left and width * height <= MOST_PIXELS
        if fits or edge <= SMALLEST:
            return _Measures(edge, round(edge * shape), row_label)
        edge = max(edge * 4 // 5, SMALLEST)


def _shape(cells: Sequence[SheetCell]) -> float:
    """Return how high a cell is for its width: as the pictures are."""
    shapes: list[float] = []
    for cell in cells:
        if cell.picture is not None:
            with Image.open(BytesIO(cell.picture)) as image:
                shapes.append(image.height / image.width)
    return min(max([*shapes, 0.5]), 2.0) if shapes else 1.0


def _head(plan: SheetPlan, shown: Sequence[Dimension]) -> list[str]:
    varied = [one for one in shown if len(one.labels) > 1]
    names = zip(("→", "↓"), varied[:2], strict=False)
    axes = "   ".join(f"{arrow} {one.title}" for arrow, one in names if one.title)
    return [line for line in (plan.title, plan.facts, axes) if line]


def _pages(bands: Sequence[_Band], style: _Style) -> Iterator[list[_Band]]:
    """Put bands on as few sheets as hold them."""
    line = style.letters.line
    row = style.measures.height + GAP
    most = max((style.height_left - 5 * line) // row, 1)
    page: list[_Band] = []
    used = 0
    for band in bands:
        for start in range(0, len(band.rows), most):
            part = _Band(band.title, band.columns, band.rows[start : start + most])
            high = len(part.rows) * row + 5 * line
            if page and used + high > style.height_left:
                yield page
                page, used = [], 0
            page.append(part)
            used += high
    yield page


def _draw(bands: Sequence[_Band], style: _Style, document: str) -> DrawnSheet:
    letters, measures = style.letters, style.measures
    wide = max(len(band.columns) for band in bands)
    width = max(2 * MARGIN + measures.row_label + wide * (measures.width + GAP), 480)
    inside = width - 2 * MARGIN
    above = [line for text in style.head for line in letters.wrap(text, inside)]
    numbered = [f"({number}) {text}" for number, text in enumerate(style.legend, start=1)]
    below = [line for text in numbered for line in letters.wrap(text, inside)]
    height = 2 * MARGIN + (len(above) + len(below) + 1) * letters.line + 2 * GAP
    height += sum(_height(band, style, inside) for band in bands)
    sheet = Image.new("RGB", (width, min(height, MOST_SIDE)), PAPER)
    pen = _Pen(sheet, style)
    y = pen.lines(above, (MARGIN, MARGIN), INK) + GAP
    for band in bands:
        y = pen.band(band, y, inside)
    pen.lines(below, (MARGIN, y + GAP), QUIET)
    return _encode(sheet, document, letters)


def _height(band: _Band, style: _Style, inside: int) -> int:
    titles = len(style.letters.wrap(band.title, inside)) if band.title else 0
    rows = len(band.rows) * (style.measures.height + GAP)
    return (titles + _strip(band, style)) * style.letters.line + GAP + rows


def _strip(band: _Band, style: _Style) -> int:
    """Return how many lines the labels of the columns take."""
    named = [label for label in band.columns if label]
    wide = style.measures.width
    return max((len(style.letters.wrap(label, wide)) for label in named), default=0)


class _Pen:
    """Draws parts of a sheet."""

    def __init__(self, sheet: Image.Image, style: _Style) -> None:
        self._sheet = sheet
        self._canvas = ImageDraw.Draw(sheet)
        self._letters = style.letters
        self._measures = style.measures
        self._style = style

    def lines(self, lines: Sequence[str], at: tuple[int, int], fill: str) -> int:
        """Draw lines under each other; return where the next one would begin."""
        x, y = at
        for line in lines:
            self._letters.write(self._canvas, (x, y), line, fill)
            y += self._letters.line
        return y

    def band(self, band: _Band, y: int, inside: int) -> int:
        """Draw rows with their labels; return where the next ones would begin."""
        letters, measures = self._letters, self._measures
        if band.title:
            y = self.lines(letters.wrap(band.title, inside), (MARGIN, y), INK)
        for at, label in enumerate(band.columns):
            self.lines(letters.wrap(label, measures.width), (self._x(at), y), QUIET)
        y += _strip(band, self._style) * letters.line + GAP
        for label, cells in band.rows:
            if label:
                wrapped = letters.wrap(label, measures.row_label - GAP)
                self.lines(wrapped, (MARGIN, y), QUIET)
            for at, cell in enumerate(cells):
                self._cell(cell, (self._x(at), y))
            y += measures.height + GAP
        return y

    def _x(self, column: int) -> int:
        return MARGIN + self._measures.row_label + column * (self._measures.width + GAP)

    def _cell(self, cell: SheetCell, at: tuple[int, int]) -> None:
        x, y = at
        width, height = self._measures.width, self._measures.height
        if cell.picture is not None:
            with Image.open(BytesIO(cell.picture)) as image:
                image.thumbnail((width, height))
                place = (x + (width - image.width) // 2, y + (height - image.height) // 2)
                self._sheet.paste(image.convert("RGB"), place)
            return
        box = Image.new("RGB", (width, height), EMPTY)
        if cell.skipped:
            canvas = ImageDraw.Draw(box)
            for start in range(-height, width, 16):
                canvas.line((start, height, start + height, 0), fill=HATCH)
        self._sheet.paste(box, (x, y))
        most = max((height - 2 * GAP) // self._letters.line, 1)
        note = self._letters.wrap(cell.note, width - 2 * GAP)[:most]
        self.lines(note, (x + GAP, y + GAP), QUIET)


def _encode(sheet: Image.Image, document: str, letters: Lettering) -> DrawnSheet:
    buffer = BytesIO()
    if sheet.width * sheet.height <= AS_PNG:
        media_type, info = "image/png", PngInfo()
        info.add_itxt(NAME, document, zip=True)
        sheet.save(buffer, "PNG", pnginfo=info)
    else:
        media_type, exif = "image/webp", Image.Exif()
        exif[DESCRIPTION] = f"{NAME}: {document}"
        sheet.save(buffer, "WEBP", quality=90, exif=exif)
    return DrawnSheet(
        data=buffer.getvalue(),
        media_type=media_type,
        width=sheet.width,
        height=sheet.height,
        lacked=sorted(f"U+{ord(sign):04X}" for sign in letters.lacked),
    )
