"""Pictures that ComfyUI's clients hand in: taken, and found again by the name they were given."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import anyio.to_thread
from PIL import Image, ImageOps

from novelai.server.compat.comfyui.graph import Node
from novelai.server.compat.comfyui.refusals import refuse_input
from novelai.server.compat.comfyui.source import Mask
from novelai.server.http.context import RequestContext
from novelai.server.model.problems import ProblemError

__all__ = [
    "load_mask",
    "load_picture",
    "media_type_of",
    "take_mask",
    "take_picture",
    "uploaded",
]

NAME = re.compile(r"(?:.{0,200}/)?([0-9a-f]{64})\.[a-z]{3,4}(?: \[(?:input|temp)\])?")
KINDS: Mapping[str, str] = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}
HALF = 128


async def take_picture(context: RequestContext, data: bytes) -> dict[str, str]:
    """Keep a picture; gives the name by which workflows name it.

    Raises:
        ProblemError: 422 or 413; it is no picture, or there are too many.
    """
    kept = await context.services.uploads.add(context.key, data)
    ending = KINDS.get(kept.seen.media_type, "png")
    return {"name": f"{kept.sha256}.{ending}", "subfolder": "", "type": "input"}


async def take_mask(context: RequestContext, data: bytes, reference: str) -> dict[str, str]:
    """Keep a picture that was handed in, with the transparency of another one, as ComfyUI does.

    Args:
        context: who asks.
        data: of the other picture.
        reference: JSON that names the first.

    Raises:
        ProblemError: 400; there is no such picture, or it has another size.
    """
    try:
        named: Any = json.loads(reference)
        name = str(named["filename"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _not_taken("original_ref must name a picture that was handed in.") from None
    original = await uploaded(context, name)
    if original is None:
        raise _not_taken("original_ref names no picture that was handed in with this key.")
    await context.services.uploads.add(context.key, data)  # looks at it, too
    joined = await anyio.to_thread.run_sync(_with_transparency_of, original, data)
    return await take_picture(context, joined)


async def uploaded(context: RequestContext, name: object) -> bytes | None:
    """Return the bytes of a picture that was handed in with the same key, if there is one."""
    match = NAME.fullmatch(name) if isinstance(name, str) else None
    found = await context.services.uploads.read(context.key, match[1]) if match else None
    return None if found is None else found[0]


def media_type_of(name: str) -> str:
    """Return what is behind a name that was given here."""
    ending = name.rpartition(".")[2].partition(" ")[0]
    return next((kind for kind, one in KINDS.items() if one == ending), "image/png")


async def load_picture(context: RequestContext, node: Node) -> tuple[bytes, tuple[int, int]]:
    """Return the picture that a node loads, without its transparency, and its size.

    Raises:
        WorkflowError: there is none of this name.
    """
    return await anyio.to_thread.run_sync(_opaque, await _loaded(context, node))


async def load_mask(context: RequestContext, mask: Mask) -> bytes:
    """Return a mask in black and white: white is repainted.

    Raises:
        WorkflowError: there is no picture of this name, or it marks nothing.
    """
    data = await _loaded(context, mask.node)
    drawn = await anyio.to_thread.run_sync(_drawn, data, mask)
    if drawn is None:
        words = "marks nothing that could be repainted"
        raise refuse_input(mask.node, "image", "custom_validation_failed", words)
    return drawn


async def _loaded(context: RequestContext, node: Node) -> bytes:
    found = await uploaded(context, node.inputs.get("image"))
    if found is None:
        words = "names no picture of this key; give the name that /upload/image answered with"
        raise refuse_input(node, "image", "custom_validation_failed", words)
    return found


def _not_taken(sentence: str) -> ProblemError:
    return ProblemError(400, "invalid_upload", f"{sentence} Nothing was sent or charged.")


def _opaque(data: bytes) -> tuple[bytes, tuple[int, int]]:
    with Image.open(BytesIO(data)) as opened:
        if not opened.has_transparency_data:
            return data, opened.size
        return _png(opened.convert("RGBA").convert("RGB")), opened.size


def _with_transparency_of(original: bytes, mask: bytes) -> bytes:
    with Image.open(BytesIO(original)) as first, Image.open(BytesIO(mask)) as second:
        if first.size != second.size:
            raise _not_taken("The mask must be as large as the picture.")
        joined = first.convert("RGBA")
        joined.putalpha(second.convert("RGBA").getchannel("A"))
    return _png(joined)


def _drawn(data: bytes, mask: Mask) -> bytes | None:
    with Image.open(BytesIO(data)) as opened:
        channel = opened.convert("RGBA").getchannel(mask.channel[0].upper())
    if (mask.channel == "alpha") != mask.inverted:
        channel = ImageOps.invert(channel)
    white = channel.point([0] * HALF + [255] * (256 - HALF))
    return None if white.getbbox() is None else _png(white)


def _png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
