"""Pictures as content that fits into a conversation."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal, TypeAlias

import anyio.to_thread
from mcp_types import ContentBlock, ImageContent, TextContent
from PIL import Image as Pillow

from novelai.server.compat.bodies import in_base64
from novelai.server.http.context import RequestContext
from novelai.server.model.image import Image

__all__ = ["View", "image_content", "text_content"]

View: TypeAlias = Literal["thumbnail", "full", "none"]
"""How a picture is shown: at most 384 pixels; whole, as a JPEG when it is large; not at all."""

LARGEST = 700_000
"""Bytes: clients refuse results of more than a megabyte, and base64 adds a third."""

QUALITIES = (92, 85, 75)
HALVINGS = 4


def text_content(*lines: str | None) -> TextContent:
    """Lines of text."""
    return TextContent(type="text", text="\n".join(line for line in lines if line))


async def image_content(
    caller: RequestContext, images: Sequence[Image], view: View
) -> list[ContentBlock]:
    """Pictures of the gallery, in the form that was asked for.

    Raises:
        BlobMissingError: the bytes are not in the store.
    """
    found: list[ContentBlock] = []
    for image in images if view != "none" else ():
        if view == "thumbnail":
            data, kind = await caller.services.images.thumbnail(image), "image/webp"
        else:
            data, kind = await caller.services.images.data(image), image.media_type
            if len(data) > LARGEST:
                data = await anyio.to_thread.run_sync(_fitting, data)
                kind = "image/jpeg"
        found.append(ImageContent(type="image", data=await in_base64(data), mime_type=kind))
    return found


def _fitting(data: bytes) -> bytes:
    """Return a JPEG of the whole picture, smaller where it must be."""
    with Pillow.open(BytesIO(data)) as opened:
        image = opened.convert("RGB")
    encoded = b""
    for _ in range(HALVINGS):
        for quality in QUALITIES:
            buffer = BytesIO()
            image.save(buffer, "JPEG", quality=quality)
            encoded = buffer.getvalue()
            if len(encoded) <= LARGEST:
                return encoded
        image.thumbnail((image.width // 2, image.height // 2))
    return encoded
