"""Pictures that ComfyUI's clients hand in: taken, and found again by the name they were given."""

import json
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio.to_thread
from PIL import ImageOps

from novelai._images import open_image
from novelai.errors import InvalidParamsError
from novelai.server.compat.comfyui.graph import Node
from novelai.server.compat.comfyui.refusals import refuse_input, refuse_values
from novelai.server.compat.comfyui.source import Mask
from novelai.server.compat.input_images import encode_png, inspect
from novelai.server.compat.masks import black_and_white
from novelai.server.http.context import RequestContext
from novelai.server.model.problems import ProblemError

__all__ = ["load_mask", "load_picture", "take_mask", "take_picture", "uploaded"]

NAME = re.compile(r"(?:.{0,200}/)?([0-9a-f]{64})\.[a-z]{3,4}(?: \[(?:input|temp)\])?")
ENDINGS: Mapping[str, str] = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}


async def take_picture(context: RequestContext, data: bytes) -> dict[str, str]:
    """Keep a picture; gives the name by which workflows name it.

    Raises:
        ProblemError: 422 or 413; it is no picture, or there are too many.
    """
    kept = await context.services.uploads.add(context.key, data)
    name = f"{kept.sha256}.{ENDINGS[kept.seen.media_type]}"
    return {"name": name, "subfolder": "", "type": "input"}


async def take_mask(context: RequestContext, data: bytes, reference: str) -> dict[str, str]:
    """Keep a picture that was handed in, with the transparency of another one, as ComfyUI does.

    Args:
        context: who asks.
        data: of the other picture.
        reference: JSON that names the first.

    Raises:
        ProblemError: 400, there is no such picture, or it has another size; 422 or 413, the other
            one is no picture, or there are too many.
        InvalidParamsError: one of them cannot be read to its end.
    """
    try:
        named: Any = json.loads(reference)
        name = str(named["filename"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _not_taken("original_ref must name a picture that was handed in.") from None
    original = await uploaded(context, name)
    if original is None:
        raise _not_taken("original_ref names no picture that was handed in with this key.")
    await inspect(data, pixel_limit=context.services.uploads.pixel_limit, field="picture")
    joined = await anyio.to_thread.run_sync(_with_transparency_of, original[0], data)
    return await take_picture(context, joined)


async def uploaded(context: RequestContext, name: object) -> tuple[bytes, str] | None:
    """Return a picture that was handed in with the same key, and its media type, if it is there."""
    match = NAME.fullmatch(name) if isinstance(name, str) else None
    return await context.services.uploads.read(context.key, match[1]) if match else None


async def load_picture(context: RequestContext, node: Node) -> tuple[bytes, tuple[int, int]]:
    """Return the picture that a node loads, without its transparency, and its size.

    Raises:
        WorkflowError: there is none of this name, or it cannot be read to its end.
    """
    data = await _loaded(context, node)
    with _refusals_at(node):
        return await anyio.to_thread.run_sync(_opaque, data)


async def load_mask(context: RequestContext, mask: Mask) -> bytes:
    """Return a mask in black and white: white is repainted.

    Raises:
        WorkflowError: there is no picture of this name, it cannot be read to its end, or it marks
            nothing.
    """
    data = await _loaded(context, mask.node)
    with _refusals_at(mask.node):
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
    return found[0]


@contextmanager
def _refusals_at(node: Node) -> Generator[None]:
    try:
        yield
    except InvalidParamsError as error:
        raise refuse_values(node, error.problems) from None


def _not_taken(sentence: str) -> ProblemError:
    return ProblemError(400, "invalid_upload", f"{sentence} Nothing was sent or charged.")


def _opaque(data: bytes) -> tuple[bytes, tuple[int, int]]:
    image = open_image(data, "image")
    if not image.has_transparency_data:
        return data, image.size
    return encode_png(image.convert("RGBA").convert("RGB")), image.size


def _with_transparency_of(original: bytes, mask: bytes) -> bytes:
    joined = open_image(original, "original_ref").convert("RGBA")
    transparent = open_image(mask, "image")
    if joined.size != transparent.size:
        raise _not_taken("The mask must be as large as the picture.")
    joined.putalpha(transparent.convert("RGBA").getchannel("A"))
    return encode_png(joined)


def _drawn(data: bytes, mask: Mask) -> bytes | None:
    channel = open_image(data, "image").convert("RGBA").getchannel(mask.channel[0].upper())
    if (mask.channel == "alpha") != mask.inverted:
        channel = ImageOps.invert(channel)
    white = black_and_white(channel)
    return None if white.getbbox() is None else encode_png(white)
