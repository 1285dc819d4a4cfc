"""What chat front ends of this API add to a request: pictures, vibes, characters."""

from collections.abc import Mapping
from typing import Any, cast

import anyio.to_thread

from novelai.server.compat.bodies import members_of
from novelai.server.compat.input_images import decode_image
from novelai.server.compat.masks import white_repaints

__all__ = ["read_addition"]

STRENGTH = 0.7


async def read_addition(body: Mapping[str, Any], *, pixel_limit: int) -> dict[str, Any]:
    """Parameters that come of ``addition``, ``mask`` and ``inpaintStrength``.

    Raises:
        ProblemError: 422; a picture cannot be read.
    """
    addition = members_of(body.get("addition"))
    fields: dict[str, Any] = {}
    base = addition.get("imageToImageBase64")
    if isinstance(base, str) and base:
        image = await decode_image(
            base, pixel_limit=pixel_limit, field="addition.imageToImageBase64"
        )
        fields |= await _start(body, addition, image, pixel_limit)
    vibes = [
        {
            "image": await _image(one, pixel_limit, "addition.vibeTransferList"),
            "info_extracted": one.get("infoExtract", 0.7),
            "strength": one.get("refStrength", 0.6),
        }
        for one in _objects(addition.get("vibeTransferList"))
        if one.get("base64")
    ]
    kept = [
        {
            "image": await _image(one, pixel_limit, "addition.characterKeep"),
            "type": "character&style" if one.get("keepVibe") else "character",
            "strength": one.get("strength", 1.0),
            "fidelity": one.get("fidelity", 1.0),
        }
        for one in _objects([addition.get("characterKeep")])
        if one.get("base64")
    ]
    roles = [_role(one) for one in _objects(addition.get("multiRoleList"))]
    further = {
        "vibes": vibes,
        "character_references": kept,
        "characters": [one for one in roles if one["prompt"]],
    }
    return fields | {name: value for name, value in further.items() if value}


async def _start(
    body: Mapping[str, Any], addition: Mapping[str, Any], image: bytes, pixel_limit: int
) -> dict[str, Any]:
    mask = body.get("mask")
    if isinstance(mask, str) and mask:
        drawn = await decode_image(mask, pixel_limit=pixel_limit, field="mask")
        white = await anyio.to_thread.run_sync(white_repaints, drawn, image)
        strength = body.get("inpaintStrength", 1.0)
        return {"inpaint": {"image": image, "mask": white, "strength": strength}}
    strength, noise = addition.get("i2iforce", STRENGTH), addition.get("i2icl", 0.0)
    return {"i2i": {"image": image, "strength": strength, "noise": noise}}


async def _image(one: Mapping[str, Any], pixel_limit: int, field: str) -> bytes:
    return await decode_image(str(one["base64"]), pixel_limit=pixel_limit, field=field)


def _role(one: Mapping[str, Any]) -> dict[str, Any]:
    prompt = one.get("prompt") or one.get("tag") or one.get("input") or ""
    role: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": one.get("negative") or one.get("uc") or "",
    }
    if one.get("x") is not None and one.get("y") is not None:
        role["position"] = one["x"], one["y"]
    elif isinstance(one.get("position"), str) and one["position"]:
        role["position"] = one["position"]
    return role


def _objects(value: object) -> list[Mapping[str, Any]]:
    members = cast("list[Any]", value) if isinstance(value, list) else []
    return [found for one in members if (found := members_of(one))]
