"""Requests for director tools, upscaling and vibe encoding, as parameters."""

from collections.abc import Mapping
from typing import Any

from novelai.catalogue import base_model, model_spec
from novelai.server.compat.novelai.body import Body, refuse
from novelai.server.model.params import EncodeVibeParams
from novelai.types.base import construct
from novelai.types.tools import (
    UPSCALE_MODEL,
    BackgroundRemovalParams,
    ColorizeParams,
    DeclutterParams,
    EmotionParams,
    LineArtParams,
    SketchParams,
    ToolParams,
    UpscaleParams,
)

__all__ = ["encode_vibe", "tool", "upscale"]

TOOLS: Mapping[str, type[ToolParams]] = {
    "bg-removal": BackgroundRemovalParams,
    "lineart": LineArtParams,
    "sketch": SketchParams,
    "colorize": ColorizeParams,
    "emotion": EmotionParams,
    "declutter": DeclutterParams,
    "declutter-keep-bubbles": DeclutterParams,
}

UNMET = ("mask", "crop_to_mask")
"""What of a vibe's picture is read: known by name only, and it would change the result unseen."""


def tool(body: Body) -> ToolParams:
    """Return the parameters of ``/ai/augment-image``.

    Raises:
        ProblemError: 400 or 422; there is no such tool, or its picture cannot be read.
        InvalidParamsError: a value is wrong.
    """
    document = body.document
    name = document.get("req_type")
    if not isinstance(name, str) or name not in TOOLS:
        refuse(f"Model doesn't support action {str(name)[:40]}")
    fields: dict[str, Any] = {"image": body.image(document.get("image"), "image")}
    if name == "declutter-keep-bubbles":
        fields["keep_bubbles"] = True
    if name in ("colorize", "emotion"):
        prompt = document.get("prompt") or ""
        if not isinstance(prompt, str):
            refuse("prompt must be text")
        if name == "emotion":
            mood, _, prompt = prompt.partition(";;")
            fields["emotion"] = mood.strip() or "neutral"
        fields |= {"prompt": prompt, "defry": document.get("defry") or 0}
    return construct(TOOLS[name], fields)


def upscale(body: Body) -> UpscaleParams:
    """Return the parameters of ``/ai/upscale``, of older clients too.

    Raises:
        ProblemError: 400 or 422; its picture cannot be read, or another factor is asked for.
        InvalidParamsError: a value is wrong.
    """
    document = body.document
    if document.get("scale") not in (None, 2):
        refuse("scale: pictures become twice as large, and by no other factor")
    model = document.get("model") or UPSCALE_MODEL
    if not isinstance(model, str) or model_spec(model).generation not in ("v5", "unknown"):
        refuse(f"model {str(model)[:60]} doesn't support standalone upscaling")
    image = body.image(document.get("image"), "image")
    return construct(UpscaleParams, {"image": image, "model": model})


def encode_vibe(body: Body) -> EncodeVibeParams:
    """Return the parameters of ``/ai/encode-vibe``.

    Raises:
        ProblemError: 400 or 422; its picture cannot be read, or the model takes no encodings.
        InvalidParamsError: a value is wrong.
    """
    document = body.document
    model = document.get("model")
    if not document.get("image"):
        refuse("Error verifying request: image is required")
    if not isinstance(model, str) or model_spec(model).vibes != "encoded":
        refuse("This model does not support vibe transfer through this endpoint")
    for name in UNMET:
        if document.get(name):
            refuse(f"{name} is not supported here")
    fields = {
        "image": body.image(document["image"], "image"),
        "model": base_model(model),
        "info_extracted": document.get("information_extracted", 1.0),
    }
    return construct(EncodeVibeParams, fields)
