"""A native request as the jobs it asks for: the inverse of what a client does."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

from novelai.catalogue import ModelSpec, base_model, model_spec
from novelai.metadata.recovery import recover_fields
from novelai.server.compat.masks import mask_like
from novelai.server.compat.novelai.body import Body, refuse
from novelai.server.compat.novelai.frames import Framing
from novelai.server.compat.novelai.image_cache import Images, KnownImages
from novelai.server.compat.novelai.kinds import check_kinds
from novelai.server.compat.seeds import seed_each
from novelai.server.model.key import Key, default_model
from novelai.server.model.native_params import NativeParams, find_unpriced
from novelai.types.base import construct

__all__ = ["framing_of", "generations"]

ACTIONS = ("generate", "img2img", "infill")
NUMBERS = ("scale", "cfg_rescale", "strength", "noise", "inpaintImg2ImgStrength")
COUNTS = ("width", "height", "steps", "n_samples", "seed", "extra_noise_seed")
DEFAULTS: Mapping[str, Any] = {"width": 832, "height": 1216}


def generations(body: Body, known: KnownImages, key: Key) -> list[NativeParams]:
    """Return the pictures a body asks for, one job each.

    So each may be free, and the queue stays fair.

    Picture *i* has seed + *i*, as NovelAI gives it. Takes milliseconds when there are pictures.

    Args:
        body: of ``/ai/generate-image`` or its stream.
        known: pictures that were sent before.
        key: of the caller.

    Raises:
        ProblemError: 400 or 422; it asks for what cannot be.
        InvalidParamsError: likewise, with every finding named.
        UnknownKeysError: a picture is named that is not here.
    """
    parameters = _parameters(body.document)
    model = body.document.get("model") or default_model(key)
    action = body.document.get("action") or "generate"
    prompt = body.document.get("input", "")
    if not isinstance(model, str) or not isinstance(prompt, str):
        refuse("input and model must be text")
    if action not in ACTIONS:
        refuse(f"action must be one of {', '.join(ACTIONS)}")
    if (dear := find_unpriced(parameters)) is not None:
        refuse(f"{dear} may cost Anlas that this server cannot foresee, and is not taken")
    spec = model_spec(model)
    shared, _ = recover_fields(
        _as_settings(parameters, spec),
        spec,
        prompt=prompt,
        negative_prompt=parameters.get("negative_prompt") or "",
    )
    images = _images(Images(body, parameters, known, key.id), parameters, spec, action)
    fields = shared | {
        "model": base_model(model),
        "uc_preset": shared.get("uc_preset", spec.default_uc_preset),
        "image_format": parameters.get("image_format") or "png",
        **images,
        "native": NativeParams.own_part({**body.document, "parameters": parameters}),
    }
    params = construct(NativeParams, fields)
    return seed_each(params.replace(n_samples=1), params.n_samples)


def framing_of(body: Body) -> Framing:
    """Choose how the frames of a stream are packed.

    As the body says, else as server-sent events.
    """
    parameters: object = body.document.get("parameters")
    members = cast("dict[str, Any]", parameters) if isinstance(parameters, dict) else {}
    return "msgpack" if members.get("stream") == "msgpack" else "sse"


def _parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    parameters: object = document.get("parameters", {})
    if not isinstance(parameters, dict):
        refuse("parameters must be an object")
    found: dict[str, Any] = {**DEFAULTS, **cast("dict[str, Any]", parameters)}
    check_kinds(found)
    for name in (*NUMBERS, *COUNTS):
        if found.get(name) is None:
            found.pop(name, None)
        else:
            found[name] = _number(found[name], name)
    if found.get("seed", 0) < 0:  # what other programs write for "any"
        del found["seed"]
    if "negative_prompt" not in found and "uc" in found:
        found["negative_prompt"] = found["uc"]
    return found


def _number(value: float, name: str) -> float:
    if name not in COUNTS:
        return value
    if not isfinite(value) or value != int(value):
        refuse(f"{name} must be a whole number")
    return int(value)


def _as_settings(parameters: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    """Return the parameters as a picture's settings hold them.

    What the model does not know, and what costs nothing, is left out: it is sent all the same.
    """
    settings = dict(parameters)
    if spec.structured_prompt and not settings.get("v4_prompt"):
        settings |= _structure_captions(settings)
    if spec.generation == "unknown":
        return settings
    if settings.get("noise_schedule") not in spec.noise_schedules:
        settings.pop("noise_schedule", None)
    if settings.get("scale", 0) > spec.max_scale:
        settings["scale"] = spec.max_scale
    if not spec.transparency:
        settings.pop("tag_hint_transparent_background", None)
    if settings.get("image") or parameters.get("image_cache_secret_key"):
        settings.pop("sm", None)  # forced off with a picture, as on the web
    return settings


def _structure_captions(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the captions that old clients write as ``characterPrompts`` only."""
    characters = [
        cast("dict[str, Any]", one)
        for one in _items(settings.get("characterPrompts"))
        if isinstance(one, dict) and cast("dict[str, Any]", one).get("enabled", True)
    ]
    wanted, unwanted = (
        [{"char_caption": one.get(name, ""), "centers": [one.get("center")]} for one in characters]
        for name in ("prompt", "uc")
    )
    placed = bool(settings.get("use_coords"))
    return {
        "v4_prompt": {"caption": {"char_captions": wanted}, "use_coords": placed},
        "v4_negative_prompt": {"caption": {"char_captions": unwanted}},
    }


def _images(
    images: Images, parameters: dict[str, Any], spec: ModelSpec, action: str
) -> dict[str, Any]:
    image, mask = images.one("image"), images.one("mask")
    encoded = spec.vibes != "raw"
    vibes = images.read_all("reference_image_multiple", encoded=encoded)
    single = images.one("reference_image")
    references = images.read_all("director_reference_images")
    images.check()
    if single is not None and vibes:
        refuse("reference_image and reference_image_multiple cannot be set at the same time")
    if action == "generate" and image is not None:
        refuse(
            "error validating request: image is not allowed for regular generations, "
            "use img2img or infill"
        )
    seed = parameters.get("extra_noise_seed")
    start: dict[str, Any] = {"image": image, "seed": seed}
    fields: dict[str, Any] = {}
    if action != "generate" and image is None:
        refuse(f"action {action} needs an image")
    if action == "img2img":
        fields["i2i"] = start | {n: parameters[n] for n in ("strength", "noise") if n in parameters}
    elif action == "infill":
        if mask is None:
            refuse("action infill needs a mask")
        assert image is not None
        fields["inpaint"] = start | {
            "mask": mask_like(mask, image),
            "strength": parameters.get("inpaintImg2ImgStrength", 1),
        }
    fields["vibes"] = _vibes(parameters, vibes, single, encoded=encoded)
    fields["character_references"] = _references(parameters, references)
    return fields


def _vibes(
    parameters: Mapping[str, Any], vibes: list[bytes], single: bytes | None, *, encoded: bool
) -> list[dict[str, Any]] | None:
    many = "" if single is not None else "_multiple"
    strengths = parameters.get(f"reference_strength{many}")
    extracted = parameters.get(f"reference_information_extracted{many}")
    if single is not None:
        vibes, strengths, extracted = [single], [strengths], [extracted]
    return [
        {
            "encoding" if encoded else "image": data,
            "strength": _at(strengths, index, 0.6, low=-1.0),
            "info_extracted": _at(extracted, index, 1.0, low=0.01),
        }
        for index, data in enumerate(vibes)
    ] or None


def _references(
    parameters: Mapping[str, Any], references: list[bytes]
) -> list[dict[str, Any]] | None:
    name = "director_reference"
    found: list[dict[str, Any]] = []
    for index, data in enumerate(references):
        secondary = _at(parameters.get(f"{name}_secondary_strength_values"), index, 0.0)
        one: dict[str, Any] = {
            "image": data,
            "strength": _at(parameters.get(f"{name}_strength_values"), index, 1.0),
            "fidelity": round(1 - secondary, 6),
        }
        kind = _description(parameters.get(f"{name}_descriptions"), index)
        found.append(one if kind is None else one | {"type": kind})
    return found or None


def _at(values: Any, index: int, default: float, *, low: float = 0.0) -> float:
    """Return a number of a list within its range; it costs nothing, and is sent as it came."""
    items = _items(values)
    value = items[index] if index < len(items) else default
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        value = default
    return min(max(float(value), low), 1.0)


def _description(descriptions: Any, index: int) -> str | None:
    items = _items(descriptions)
    try:
        kind = items[index]["caption"]["base_caption"]
    except (IndexError, KeyError, TypeError):
        return None
    return kind if kind in ("character", "style", "character&style") else None


def _items(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
