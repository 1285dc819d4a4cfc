"""Putting an inpainting result together with its picture, as the web client does.

NovelAI answers with the whole picture, a little changed everywhere. The web client lays it over the
picture through a matte: the mask, grown by 4 cells of 8 pixels, its edge blurred. Outside of it the
picture stays what it was, and the edge fades over about 40 pixels. The whole numbers and roundings
are the web client's, so the result is, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from novelai._marker import clear_marker
from novelai._metadata.png import SIGNATURE, raw_text_chunks

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Composition", "NotComposedError"]

CELL = 8
"""Edge of a cell of the mask in pixels."""

GROWTH = 4
"""Cells by which the mask grows on every side."""

RADIUS = 20
"""Pixels on each side of one that a blur adds up; it is done twice."""

WEIGHT = 39
"""In 65,536ths: about one by the 1,681 pixels that a blur adds up."""

LANE = 24
"""Bits for one pixel of a blur: 39 times 1,681 times 255 needs no more."""

HEADER = 33
"""Bytes of a PNG file up to the end of IHDR, behind which its texts go."""

LEVEL = 1
"""Of a PNG's compression: a higher one takes four times as long for an eighth less."""

FORMATS = ("PNG", "WEBP")


class NotComposedError(ValueError):
    """A result cannot be laid over its picture; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A picture that is repainted, and where.

    Attributes:
        original: the picture, RGBA, as large as the result.
        mask: as it is sent, as large: white is repainted.
    """

    original: "Image" = field(repr=False)
    mask: "Image" = field(repr=False)

    def compose(self, received: bytes) -> bytes:
        """Return the file of the picture with the result in it, and the result's settings.

        The texts are carried over as they are, and so is the lowest bit of alpha, which may hide
        settings. Takes a fifth of a second at 832x1216: not for an event loop.

        Args:
            received: the PNG or lossless WebP that NovelAI sent.

        Raises:
            NotComposedError: it is damaged, or has another size than the picture.
        """
        from PIL import Image

        result, exif = _read_result(received, self.original.size)
        cells = self.mask.resize(
            (self.mask.width // CELL, self.mask.height // CELL), Image.Resampling.NEAREST
        )
        matte = Image.new("L", result.size)
        matte.paste(make_matte(cells))
        composed = overlay(result, self.original, matte)
        if received.startswith(SIGNATURE):
            return _png(composed, raw_text_chunks(received))
        buffer = BytesIO()
        composed.save(buffer, "WEBP", lossless=True, exact=True, quality=20, method=1, exif=exif)
        return buffer.getvalue()


def _read_result(received: bytes, size: tuple[int, int]) -> tuple["Image", bytes]:
    """Return the pixels of a result, RGBA, and its EXIF block; they have to have a size."""
    from PIL import Image

    try:
        with Image.open(BytesIO(received), formats=FORMATS) as opened:
            found = opened.size
            if found == size:
                return opened.convert("RGBA"), opened.info.get("exif", b"")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise NotComposedError("the result is damaged") from None
    got, wanted = (f"{width}x{height}" for width, height in (found, size))
    raise NotComposedError(f"the result has {got} pixels, the picture {wanted}")


def make_matte(cells: "Image") -> "Image":
    """Return how much of the result shows in each pixel, 0 to 255.

    Args:
        cells: the mask with one pixel for each cell: 255 is repainted, 0 is not.

    Returns:
        8 bits for each pixel, eight times as wide and high.
    """
    from PIL.Image import Resampling
    from PIL.ImageFilter import MaxFilter

    grown = cells.filter(MaxFilter(2 * GROWTH + 1))
    return _blur(_blur(grown.resize((cells.width * CELL, cells.height * CELL), Resampling.NEAREST)))


def overlay(result: "Image", original: "Image", matte: "Image") -> "Image":
    """Return the picture with the result laid over it.

    The lowest bit of alpha is the result's everywhere.

    Args:
        result: as it came, RGBA.
        original: RGBA, as large.
        matte: how much of the result shows, 8 bits.
    """
    from PIL.Image import composite

    shown = clear_marker(result)
    alphas = shown.getchannel("A"), original.getchannel("A")
    if all(alpha.getextrema() == (255, 255) for alpha in alphas):
        composed = composite(shown, original, matte)
    else:
        composed = _blend(shown, original, matte)
    composed.putalpha(_with_lowest_bit(composed.getchannel("A"), result.getchannel("A")))
    return composed


def _blur(image: "Image") -> "Image":
    """Return the average around each pixel, rounded down, beyond the edges as at the edges.

    Sums of all pixels are taken at once, each in its bits of one large whole number: adding it to
    itself, shifted, adds up neighbours, exactly, and faster than pixel by pixel.
    """
    from PIL.Image import frombytes, merge, new

    spread = _repeat_edges(image, RADIUS)
    nothing = new("L", spread.size)
    pixels = merge("RGB", (spread, nothing, nothing)).tobytes()
    sums = _add_neighbours(int.from_bytes(pixels, "little"), LANE)
    sums = _add_neighbours(sums, LANE * spread.width) * WEIGHT
    averages = frombytes("RGB", spread.size, sums.to_bytes(len(pixels), "little"))
    # The highest of three bytes is the sum by 65,536; it stands where its window begins.
    return averages.getchannel("B").crop((0, 0, *image.size))


def _add_neighbours(numbers: int, distance: int) -> int:
    """Return the sum of 41 neighbours for each, itself the first, in few steps by doubling."""
    total = start = 0
    run, rest = 1, 2 * RADIUS + 1
    while rest:
        if rest & 1:
            total += numbers >> start * distance
            start += run
        rest >>= 1
        if rest:
            numbers += numbers >> run * distance
            run *= 2
    return total


def _repeat_edges(image: "Image", by: int) -> "Image":
    """Return a picture made larger on every side by repeating its outermost pixels."""
    from PIL.Image import new

    width, height = image.size
    right, bottom = by + width, by + height
    spread = new(image.mode, (right + by, bottom + by))
    spread.paste(image, (by, by))
    for at, edge in ((0, by), (right, right - 1)):
        spread.paste(spread.crop((edge, by, edge + 1, bottom)).resize((by, height)), (at, by))
    for at, edge in ((0, by), (bottom, bottom - 1)):
        spread.paste(spread.crop((0, edge, right + by, edge + 1)).resize((right + by, by)), (0, at))
    return spread


def _with_lowest_bit(alpha: "Image", bits: "Image") -> "Image":
    from PIL.ImageChops import add

    return add(alpha.point([value & 254 for value in range(256)]), bits.point([0, 1] * 128))


def _blend(result: "Image", original: "Image", matte: "Image") -> "Image":
    """Return both together where one of them is transparent."""
    from PIL.Image import composite, merge, new
    from PIL.ImageChops import add

    # Not by `multiply`, which rounds down.
    nothing = new("L", matte.size)
    upper = composite(result.getchannel("A"), nothing, matte)
    lower = composite(nothing, original.getchannel("A"), matte)
    alpha = add(upper, lower)  # 255 at most
    colours = [
        _mix(one, upper, other, lower)
        for one, other in zip(result.split()[:3], original.split()[:3], strict=True)
    ]
    # Where both are transparent the picture stays, with the colour that is not seen.
    seen = alpha.point([0] + [255] * 255)
    return composite(merge("RGBA", (*colours, alpha)), original, seen)


def _mix(one: "Image", upper: "Image", other: "Image", lower: "Image") -> "Image":
    """Return the average of two bands, weighted with alpha, to the nearest whole number."""
    from PIL.Image import frombytes
    from PIL.ImageMath import lambda_eval

    bands = {"one": one, "upper": upper, "other": other, "lower": lower}
    numbers = {name: band.convert("I") for name, band in bands.items()}
    whole = lambda_eval(lambda of: 2 * of["max"](of["upper"] + of["lower"], 1), **numbers)
    rounded = lambda_eval(
        lambda of: 2 * (of["one"] * of["upper"] + of["other"] * of["lower"]) + of["whole"] / 2,
        whole=whole,
        **numbers,
    )
    mixed = lambda_eval(lambda of: of["sum"] / of["whole"], sum=rounded, whole=whole)
    halves = lambda_eval(lambda of: (of["sum"] % of["whole"] == 0) * 255, sum=rounded, whole=whole)
    settled = _round_halves(mixed.convert("L").tobytes(), halves.convert("L").tobytes(), bands)
    return frombytes("L", one.size, settled)


def _round_halves(mixed: bytes, halves: bytes, bands: Mapping[str, "Image"]) -> bytes:
    """Return the averages with those right between two numbers rounded as the web client does.

    Its floating-point numbers miss some of them, so which way one goes is found by the same steps.
    """
    settled = bytearray(mixed)
    one, upper, other, lower = (band.tobytes() for band in bands.values())
    at = halves.find(255)
    while at >= 0:
        above, below = upper[at] / 255, lower[at] / 255
        settled[at] = round((one[at] * above + other[at] * below) / min(1.0, above + below))
        at = halves.find(255, at + 1)
    return bytes(settled)


def _png(image: "Image", texts: bytes) -> bytes:
    buffer = BytesIO()
    image.info = {}
    image.save(buffer, "PNG", compress_level=LEVEL)
    data = buffer.getvalue()
    return data[:HEADER] + texts + data[HEADER:]
