"""Parameters of a job as JSON: pictures become references to stored bytes, and back."""

from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from typing import Annotated, Any, Literal, TypeAlias, cast

from PIL import Image
from pydantic import Field, TypeAdapter

from novelai.catalogue import inpainting_spec, model_spec, size_presets
from novelai.server.model.native_params import NativeParams
from novelai.types.base import Between, Params
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams
from novelai.types.source import ImageSource
from novelai.types.tools import DirectorToolParams, ToolParams, UpscaleParams

__all__ = [
    "READERS",
    "EncodeVibeParams",
    "JobKind",
    "JobParams",
    "fields_of",
    "kind_of",
    "order_of",
    "pack",
    "pack_value",
    "references",
    "resolved",
    "settings_of",
    "settings_to_keep",
    "unpack",
]

JobKind = Literal["generate", "tool", "upscale", "encode_vibe"]

BLOB = "sha256"


class EncodeVibeParams(Params):
    """A picture to encode for vibe transfer (V4, V4.5). Costs 2 Anlas.

    Args:
        image: the picture.
        model: the model the vibe will be used with.
        info_extracted: 0.01 to 1; how much is read from the picture.
    """

    image: ImageSource = Field(repr=False)
    model: str = DEFAULT_MODEL
    info_extracted: Annotated[float, Between(0.01, 1)] = 0.7


JobParams: TypeAlias = GenerateImageParams | ToolParams | UpscaleParams | EncodeVibeParams

READERS: Mapping[JobKind, TypeAdapter[Any]] = {
    "generate": TypeAdapter(GenerateImageParams),
    "tool": TypeAdapter(DirectorToolParams),
    "upscale": TypeAdapter(UpscaleParams),
    "encode_vibe": TypeAdapter(EncodeVibeParams),
}


def kind_of(params: JobParams) -> JobKind:
    """Return the kind of job that has these parameters."""
    if isinstance(params, GenerateImageParams):
        return "generate"
    if isinstance(params, ToolParams):
        return "tool"
    return "upscale" if isinstance(params, UpscaleParams) else "encode_vibe"


async def pack(params: JobParams, keep: Callable[[bytes], Awaitable[str]]) -> dict[str, Any]:
    """Parameters as JSON.

    Args:
        params: pictures in them are bytes or Pillow images; a caller's paths are not followed.
        keep: stores bytes and returns their sha256.

    Raises:
        TypeError: a picture is a path or an open file.
    """
    document = params.model_dump()
    if isinstance(params, GenerateImageParams) and params.follows_source:
        document["size"] = params.dimensions  # the default that is written down would count
    if isinstance(params, GenerateImageParams) and "uc_preset" not in params.model_fields_set:
        document["uc_preset"] = params.effective_uc_preset  # likewise
    return cast("dict[str, Any]", await pack_value(document, keep))


async def unpack(
    kind: JobKind, document: Mapping[str, Any], read: Callable[[str], Awaitable[bytes]]
) -> JobParams:
    """Rebuild parameters from what `pack` made.

    Args:
        kind: of the job.
        document: the JSON.
        read: gives the bytes with a sha256.
    """
    fields = await _unpack(document, read)
    if "native" in fields:
        return NativeParams.model_validate(fields)
    return READERS[kind].validate_python(fields)


def fields_of(params: JobParams) -> dict[str, Any]:
    """Parameters by name, to be changed: a native client's own body does not fit them any more."""
    return {name: getattr(params, name) for name in type(params).model_fields if name != "native"}


def references(document: Any) -> list[str]:
    """Return the sha256 of everything that packed parameters refer to, in order."""
    if isinstance(document, Mapping):
        members = cast("Mapping[str, Any]", document)
        if set(members) == {BLOB}:
            return [members[BLOB]]
        return [found for value in members.values() for found in references(value)]
    if isinstance(document, list):
        return [found for value in cast("list[Any]", document) for found in references(value)]
    return []


async def pack_value(value: Any, keep: Callable[[bytes], Awaitable[str]]) -> Any:
    """Return a value as JSON, with the sha256 of pictures in their place; see `pack`."""
    if isinstance(value, Image.Image):
        value = _png(value)
    if isinstance(value, bytes):
        return {BLOB: await keep(value)}
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {name: await pack_value(member, keep) for name, member in items}
    if isinstance(value, (list, tuple)):
        return [await pack_value(member, keep) for member in cast("list[Any]", value)]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError("A job takes pictures as bytes or Pillow images.")


async def _unpack(value: Any, read: Callable[[str], Awaitable[bytes]]) -> Any:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        if set(members) == {BLOB}:
            return await read(members[BLOB])
        return {name: await _unpack(member, read) for name, member in members.items()}
    if isinstance(value, list):
        return [await _unpack(member, read) for member in cast("list[Any]", value)]
    return value


def _png(image: Image.Image) -> bytes:
    data = getattr(image, "data", None)
    if isinstance(data, bytes):
        return data
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


IMAGES: Mapping[str, tuple[str, ...]] = {
    "image": ("image",),
    "i2i": ("i2i.image",),
    "inpaint": ("inpaint.image", "inpaint.mask"),
    "vibes": ("vibes",),
    "controlnet": ("vibes",),
    "character_references": ("character_references",),
}
"""Parameters that hold pictures, and what is missing without them."""

MISSING = "missing"


def settings_to_keep(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a job's packed parameters that is kept with its picture.

    Args:
        params: of the job.
    """
    kept = {name: value for name, value in params.items() if name not in IMAGES}
    missing = [part for name, parts in IMAGES.items() if params.get(name) for part in parts]
    return kept | {MISSING: list(dict.fromkeys(missing))}


def settings_of(kept: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Return the parameters that lead to one picture of a job.

    Args:
        kept: what `settings_to_keep` gave for the job.
        seed: of this picture.
    """
    settings = resolved({MISSING: [], **kept})
    if seed is not None:
        settings |= {"seed": seed, "n_samples": 1}
    return settings


def resolved(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the values that the model chose where none was given.

    Args:
        settings: of a generation; others are returned as they are.
    """
    model = settings.get("model")
    if not isinstance(model, str) or "prompt" not in settings:
        return dict(settings)
    spec = model_spec(model)
    if settings.get("inpaint") or "inpaint.image" in settings.get(MISSING, ()):
        spec = inpainting_spec(spec)
    size = settings.get("size")
    own = {
        "scale": spec.scale,
        "noise_schedule": spec.noise_schedule,
        "negative_prompt": "",
        "size": size_presets()[size] if isinstance(size, str) else size,
    }
    missing = {name: value for name, value in own.items() if settings.get(name) is None}
    return {**settings, **missing, "size": own["size"]}


def order_of(job_id: str, params: Mapping[str, Any], seed: int | None) -> dict[str, Any]:
    """Return the parameters of a job for an order like it, with its pictures by name.

    Args:
        job_id: of the job, which its pictures are named with.
        params: of the job.
        seed: of the picture that is to be drawn again.
    """

    def named(value: Any) -> Any:
        if isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            if set(members) == {BLOB}:
                return {"job": job_id, **members}
            return {name: named(member) for name, member in members.items()}
        if isinstance(value, list):
            return [named(member) for member in cast("list[Any]", value)]
        return value

    own = {name: named(value) for name, value in params.items() if name != "native"}
    return resolved(own) | {"seed": seed, "n_samples": 1}
