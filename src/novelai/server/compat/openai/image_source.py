"""The picture that an edit or a variation starts from, and the part of it that is painted anew."""

from typing import Any

import anyio.to_thread

from novelai.server.compat.masks import split_transparency, transparent_repaints
from novelai.server.compat.openai.document import Document
from novelai.server.compat.openai.errors import refusal
from novelai.server.compat.openai.input_images import InputImage, read_images
from novelai.server.compat.openai.schemas import ImageBody
from novelai.server.http.context import RequestContext
from novelai.server.inspection.reading import read_settings

__all__ = ["prompt_of", "read_source", "start_from"]

STRENGTHS = {"high": 0.4, "low": 0.7}
"""How far an edit goes from its picture, by ``input_fidelity``."""

ANYTHING = "illustration"
"""NovelAI draws nothing from an empty prompt."""

BY_TRANSPARENCY = (
    "image: it has no mask, so its transparent part was painted anew; without transparency the "
    "whole picture is changed."
)


async def read_source(context: RequestContext, document: Document) -> InputImage:
    """Return the one picture to start from.

    Raises:
        ProblemError: 400 or 422; there is none, there are several, or it cannot be read.
    """
    images = await read_images(context, document, "image", "images")
    if not images:
        raise refusal("image", "is missing")
    if len(images) > 1:
        raise refusal(
            "image",
            f"must be one picture, and there are {len(images)}: NovelAI edits one at a time",
        )
    return images[0]


async def start_from(
    context: RequestContext, document: Document, body: ImageBody, image: InputImage, *, masked: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a generation that starts from a picture, and what is to be told of it.

    Without a mask, a transparent part of the picture is the mask, as OpenAI's dall-e-2 takes it.

    Args:
        context: who asks.
        document: of the request, with its mask.
        body: its fields.
        image: the picture.
        masked: a part of it may be painted anew.
    """
    masks = await read_images(context, document, "mask") if masked else []
    if masks:
        mask = await anyio.to_thread.run_sync(transparent_repaints, masks[0].data, image.size)
        return _inpaint(image.data, mask, body), []
    parts = await anyio.to_thread.run_sync(split_transparency, image.data) if masked else None
    if parts is not None:
        return _inpaint(*parts, body), [BY_TRANSPARENCY]
    strength = body.strength
    if strength is None:
        strength = STRENGTHS.get(str(body.input_fidelity), STRENGTHS["low"])
    return {"i2i": {"image": image.data, "strength": strength, "noise": body.noise or 0.0}}, []


async def prompt_of(image: InputImage) -> str:
    """Return the prompt that the picture itself carries, for a variation; or as good as nothing."""
    settings, _ = await anyio.to_thread.run_sync(read_settings, image.data)
    found = (settings or {}).get("prompt")
    return found if isinstance(found, str) and found.strip() else ANYTHING


def _inpaint(image: bytes, mask: bytes, body: ImageBody) -> dict[str, Any]:
    painted: dict[str, Any] = {"image": image, "mask": mask}
    return {"inpaint": painted if body.strength is None else painted | {"strength": body.strength}}
