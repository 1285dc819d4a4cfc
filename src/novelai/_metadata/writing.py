"""Putting settings into a picture, and taking them out."""

import json
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from novelai._images import ImageInput, open_image
from novelai._marker import MAGIC
from novelai._metadata.exif import EXIF_POINTER, TAGS, USER_COMMENT
from novelai._metadata.reading import open_texts
from novelai.errors import InvalidParamsError

if TYPE_CHECKING:
    from PIL.Image import Exif, Image
    from PIL.PngImagePlugin import PngInfo

__all__ = ["carry_settings", "erase_metadata", "settings_as_chunks", "write_metadata"]

Target: TypeAlias = Literal["alpha", "png_info", "both"]

NO_CORRECTION = b"\xff\xff\xff\xff"
JPEG_BLOCK = 65_533
"""Most bytes of EXIF that a JPEG has room for."""

HIDDEN = ("Description", "Software", "Source", "Generation time", "Comment")
"""What the alpha channel holds, in this order; the title is only in the open."""


def erase_metadata(image: ImageInput, target: Target = "both") -> "Image":
    """Return a picture without the settings embedded in it.

    Args:
        image: the picture.
        target: ``"alpha"``: what is hidden in the alpha channel; transparency is kept, to within
            one of 255 levels. ``"png_info"``: text chunks, EXIF and whatever else a file carries
            beside its pixels. ``"both"``: all of it.

    Returns:
        a plain Pillow image; what was handed in stays as it is.

    Raises:
        InvalidParamsError: it cannot be read.
    """
    erased = open_image(image, "image")
    if target != "png_info" and erased.mode == "RGBA":
        # What is all but opaque becomes opaque; below, the lowest bit goes: no message is left.
        shown = [255 if value >= 254 else value & 254 for value in range(256)]
        erased.putalpha(erased.getchannel("A").point(shown))
    if target != "alpha":
        erased.info = {}
    return erased


def write_metadata(
    image: ImageInput,
    texts: Mapping[str, str],
    *,
    target: Target = "both",
    image_format: Literal["png", "webp"] = "png",
) -> bytes:
    """Return a picture file with settings in it, laid out as NovelAI does.

    Args:
        image: the picture; what is embedded in it is not carried over.
        texts: by NovelAI's names: ``Comment`` (the settings, JSON), ``Title``, ``Description``,
            ``Software``, ``Source``, ``Generation_time``.
        target: ``"png_info"``: in the open, as PNG text chunks or WebP EXIF; ``"alpha"``: hidden
            in the lowest bit of the alpha channel; ``"both"``.
        image_format: of the file; WebP is lossless. EXIF has no place for ``Software`` and
            ``Generation_time``.

    Raises:
        InvalidParamsError: the picture cannot be read, or is too small to hide the texts in.
    """
    picture = erase_metadata(image)
    if target != "png_info":
        picture = _with_hidden(picture, texts)
    shown: Mapping[str, str] = {} if target == "alpha" else texts
    file = BytesIO()
    if image_format == "png":
        picture.save(file, "PNG", pnginfo=png_texts(shown))
    else:
        exif = _exif(shown).tobytes() if shown else b""
        picture.save(file, "WEBP", lossless=True, exact=True, exif=exif)
    return file.getvalue()


def png_texts(texts: Mapping[str, str]) -> "PngInfo":
    """Texts as PNG chunks, for Pillow to save: plain where ASCII will do, else as UTF-8."""
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for keyword, text in texts.items():
        add = chunks.add_text if text.isascii() else chunks.add_itxt
        add(keyword, text)
    return chunks


def settings_as_chunks(data: bytes) -> "PngInfo":
    """Return the settings of a file as PNG chunks."""
    texts = open_texts(data)
    return png_texts({"Software": "NovelAI", **texts} if texts else {})


def carry_settings(data: bytes, image_format: str) -> dict[str, Any]:
    """Return the options with which Pillow puts a file's settings into another file.

    Args:
        data: the file whose settings they are.
        image_format: of the other one: ``"PNG"``, ``"WEBP"`` or ``"JPEG"``.
    """
    if image_format == "PNG":
        return {"pnginfo": settings_as_chunks(data)}
    texts = open_texts(data)
    block = _exif(texts).tobytes() if texts else b""
    if image_format == "JPEG" and len(block) > JPEG_BLOCK:
        # The description is the prompt once more. Without it all but the longest fit.
        texts = {name: texts[name] for name in ("Source", "Comment") if name in texts}
        block = _exif(texts).tobytes()
    if image_format == "JPEG" and len(block) > JPEG_BLOCK:
        return {}
    return {"exif": block} if block else {}


def _exif(texts: Mapping[str, str]) -> "Exif":
    from PIL.Image import Exif

    exif = Exif()
    for tag, name in TAGS.items():
        if name not in texts:
            continue
        # As bytes: Pillow replaces what ASCII cannot hold when it is given text.
        text = texts[name].encode("utf-8", errors="replace")
        if tag == USER_COMMENT:
            exif.get_ifd(EXIF_POINTER)[tag] = b"ASCII\0\0\0" + text
        else:
            exif[tag] = text
    return exif


def _with_hidden(picture: "Image", texts: Mapping[str, str]) -> "Image":
    from PIL.Image import Transpose, frombytes
    from PIL.ImageChops import add

    named = {name.replace("_", " "): text for name, text in texts.items()}
    document = json.dumps({name: named[name] for name in HIDDEN if name in named})
    packer = zlib.compressobj(wbits=31)  # gzip, without the time of day
    packed = packer.compress(document.encode()) + packer.flush()
    message = MAGIC + (len(packed) * 8).to_bytes(4, "big") + packed + NO_CORRECTION
    picture = picture.convert("RGBA")
    room = picture.width * picture.height
    if len(message) * 8 > room:
        raise InvalidParamsError(
            [("image", f"is too small to hide {len(message)} bytes in: {room // 8} fit")]
        )
    # A row of the transposed channel is a column of the picture: the order the format asks for.
    alpha = picture.getchannel("A").transpose(Transpose.TRANSPOSE)
    used = frombytes("L", (len(message) * 8, 1), alpha.tobytes()[: len(message) * 8])
    bits = frombytes("1", used.size, message).convert("L").point([0] + [1] * 255)
    hidden = add(used.point([value & 254 for value in range(256)]), bits).tobytes()
    plane = frombytes("L", alpha.size, hidden + alpha.tobytes()[len(hidden) :])
    picture.putalpha(plane.transpose(Transpose.TRANSPOSE))
    return picture
