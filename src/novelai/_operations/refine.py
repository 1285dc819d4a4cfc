"""Enhancing a picture and varying it: image to image with settings taken from the picture."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from novelai._images import picture_size
from novelai._operations.image import ImageContext, generate
from novelai._wire import Flow, work
from novelai.catalogue import MAX_AREA
from novelai.errors import InvalidParamsError
from novelai.prompt import enhanced_prompt
from novelai.types.base import construct, ensure_checked
from novelai.types.generation import GenerateImageParams
from novelai.types.source import ImageInput

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = [
    "MAGNITUDES",
    "SCALES",
    "VARIATION",
    "enhance",
    "pick_given",
    "snap_size",
    "variations",
]

MAGNITUDES = ((0.2, 0.0), (0.4, 0.0), (0.5, 0.0), (0.6, 0.0), (0.7, 0.1))
"""Strength and noise of the web client's five magnitudes."""

SCALES = (1, 1.5)
VARIATION = (0.8, 0.1)
STEP = 64


def enhance(
    picture: ImageInput,
    context: ImageContext,
    *,
    magnitude: int,
    scale: float,
    params: GenerateImageParams | None,
    changes: Mapping[str, Any],
) -> "Flow[list[GeneratedImage]]":
    """Draw a picture again, cleaner, and larger if asked for."""
    chosen = yield from work(
        partial(
            enhance_params,
            picture,
            magnitude=magnitude,
            scale=scale,
            params=params,
            changes=changes,
        )
    )
    return (yield from generate(chosen, context))


def variations(
    picture: ImageInput,
    context: ImageContext,
    *,
    params: GenerateImageParams | None,
    changes: Mapping[str, Any],
) -> "Flow[list[GeneratedImage]]":
    """Draw pictures that resemble one."""
    chosen = yield from work(partial(variation_params, picture, params=params, changes=changes))
    return (yield from generate(chosen, context))


def enhance_params(
    picture: ImageInput,
    *,
    magnitude: int,
    scale: float,
    params: GenerateImageParams | None,
    changes: Mapping[str, Any],
) -> GenerateImageParams:
    """Return the generation that enhances a picture.

    For the meaning of all this see `Images.enhance`.
    """
    if magnitude not in range(1, len(MAGNITUDES) + 1):
        raise InvalidParamsError([("magnitude", f"must be 1 to 5, got {magnitude!r}"[:60])])
    if scale not in SCALES:
        raise InvalidParamsError([("scale", f"must be 1 or 1.5, got {scale!r}"[:60])])
    base = _base(picture, params, changes)
    size = snap_size(_size(picture, base), scale)
    prompt = enhanced_prompt(base.prompt, base.spec)
    fields = {"size": size, "n_samples": 1, "prompt": prompt}
    return _from_picture(picture, base, fields, MAGNITUDES[magnitude - 1])


def variation_params(
    picture: ImageInput, *, params: GenerateImageParams | None, changes: Mapping[str, Any]
) -> GenerateImageParams:
    """Return the generation that varies a picture.

    For the meaning of all this see `Images.variations`.
    """
    base = _base(picture, params, changes)
    size = snap_size(_size(picture, base), 1)
    return _from_picture(picture, base, {"size": size}, VARIATION)


def pick_given(**changes: Any) -> dict[str, Any]:
    """Return the keywords that were given."""
    return {name: value for name, value in changes.items() if value is not None}


def _base(
    picture: ImageInput, params: GenerateImageParams | None, changes: Mapping[str, Any]
) -> GenerateImageParams:
    """Return the settings to start from: given, the picture's own, or the defaults.

    With the changes.
    """
    from novelai.metadata import params_from_image

    given = None if params is None else ensure_checked(params)
    if given is None:
        try:
            # The seed led to this very picture; another one is wanted.
            given = params_from_image(picture).replace(seed=None)
        except InvalidParamsError as error:
            if "prompt" not in changes:
                raise InvalidParamsError([*error.problems, ("prompt", "give it")]) from None
            return construct(GenerateImageParams, changes)
    return construct(
        GenerateImageParams, {**_fields(given), "i2i": None, "inpaint": None, **changes}
    )


def _fields(params: GenerateImageParams) -> dict[str, Any]:
    names = params.model_fields_set & GenerateImageParams.model_fields.keys()
    return {name: getattr(params, name) for name in names}


def _size(picture: ImageInput, base: GenerateImageParams) -> tuple[int, int]:
    """Return the picture's own size, unless it was upscaled beyond what is generated."""
    width, height = picture_size(picture, "picture")
    return (width, height) if width * height <= MAX_AREA else base.dimensions


def snap_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return a size times a factor, on the grid of sizes."""
    width, height = (max(int(side * scale / STEP + 0.5), 1) * STEP for side in size)
    return width, height


def _from_picture(
    picture: ImageInput,
    base: GenerateImageParams,
    fields: Mapping[str, Any],
    amount: tuple[float, float],
) -> GenerateImageParams:
    strength, noise = amount
    source = {"image": picture, "strength": strength, "noise": noise}
    # SMEA is for text to image only.
    plain = {"smea": False, "smea_dyn": False} if base.smea else {}
    return construct(
        GenerateImageParams, {**_fields(base), **fields, **plain, "i2i": source, "inpaint": None}
    )
