"""What a picture says of its making, in A1111's words."""

from typing import Any

from novelai.errors import InvalidParamsError
from novelai.metadata import ImageMeta, ImageMetadata, extract_metadata
from novelai.metadata.recovery import recover_from
from novelai.server.compat.a1111.info import infotext
from novelai.server.compat.a1111.weights import from_novelai, to_a1111
from novelai.server.compat.samplers import sampler_label

__all__ = ["png_info"]


def png_info(data: bytes) -> dict[str, Any]:
    """``info``, ``items`` and ``parameters`` of a picture.

    NovelAI's settings are found in the open or hidden in the alpha channel, and told with
    A1111's weights, also beside a text of A1111's own, as A1111 prefers them. Of other programs'
    pictures their own text is told.

    Raises:
        InvalidParamsError: it is not a picture.
    """
    meta = extract_metadata(data)
    items: dict[str, Any] = dict(meta.png_info or meta.alpha_info or {})
    settings, other = meta.settings, meta.other
    if settings is not None and settings.comment:
        return {"info": _text(meta, settings), "items": items, "parameters": _parameters(settings)}
    return {"info": (other and other.text) or "", "items": items, "parameters": {}}


def _text(meta: ImageMeta, settings: ImageMetadata) -> str:
    try:
        params = recover_from(meta).params
    except InvalidParamsError:
        found = _parameters(settings)
        return "\n".join(f"{name}: {value}" for name, value in found.items())
    return infotext(
        params,
        prompt=to_a1111(from_novelai(params.prompt)),
        negative_prompt=to_a1111(from_novelai(params.negative_prompt or "")),
        seed=params.seed,
        size=params.dimensions,
    )


def _parameters(settings: ImageMetadata) -> dict[str, Any]:
    comment = settings.comment
    found = {
        "Prompt": to_a1111(from_novelai(settings.prompt or "")),
        "Negative prompt": to_a1111(from_novelai(settings.negative_prompt or "")),
        "Steps": comment.get("steps"),
        "Sampler": sampler_label(str(comment.get("sampler") or "")),
        "CFG scale": comment.get("scale"),
        "Seed": settings.seed,
        "Size-1": comment.get("width"),
        "Size-2": comment.get("height"),
        "Model": settings.source,
    }
    return {name: value for name, value in found.items() if value not in (None, "")}
