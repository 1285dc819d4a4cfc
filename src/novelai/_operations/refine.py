"""Enhancing a picture and varying it: image to image with settings taken from the picture."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack, cast

from novelai._images import picture_size
from novelai._operations.image import ImageContext, generate
from novelai._sizes import MAX_AREA, nearest_size
from novelai._wire import Flow, work
from novelai.enhancing import LEVELS, VARIATION, EnhanceScale, enhance_sizes, offered_scales
from novelai.errors import InvalidParamsError
from novelai.types.base import construct, ensure_checked
from novelai.types.generation import GenerateImageParams
from novelai.types.source import ImageInput

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage
    from novelai.types.fields import GenerateImageFields

__all__ = ["enhance", "enhance_params", "pick_given", "variation_params", "variations"]

SCALES = (1, 1.5, 2, "max")


def enhance(
    picture: ImageInput,
    context: ImageContext,
    *,
    magnitude: int,
    scale: EnhanceScale | None,
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
            **changes,
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
    chosen = yield from work(partial(variation_params, picture, params=params, **changes))
    return (yield from generate(chosen, context))


def enhance_params(
    picture: ImageInput,
    *,
    magnitude: int = 3,
    scale: EnhanceScale | None = None,
    params: GenerateImageParams | None = None,
    **changes: "Unpack[GenerateImageFields]",
) -> GenerateImageParams:
    """Return the generation that enhances a picture, to be priced before it is asked for.

    ``client.image.generate`` makes of it what ``client.image.enhance`` makes of the same values.

    Args:
        picture: the picture.
        magnitude: 1 to 5: strength 0.2, 0.4, 0.5, 0.6 or 0.7.
        scale: 1, 1.5, 2 or ``"max"``; by default the first that NovelAI's page offers for the
            picture, see `novelai.enhancing.offered_scales`.
        params: settings instead of those embedded in the picture.
        **changes: fields of `GenerateImageParams` that differ from those settings.

    Raises:
        InvalidParamsError: a value is wrong, or the picture has no settings and there is no
            prompt.
    """
    if magnitude not in range(1, len(LEVELS) + 1):
        raise InvalidParamsError([("magnitude", f"must be 1 to 5, got {magnitude!r}"[:60])])
    if scale is not None and scale not in SCALES:
        raise InvalidParamsError([("scale", f"must be 1, 1.5, 2 or max, got {scale!r}"[:60])])
    base, _ = _base(picture, params, cast("dict[str, Any]", changes))
    width, height = _size(picture, base)
    if scale is None:
        scale = next(iter(offered_scales(base.spec, width, height)), 1)
    sizes = enhance_sizes(width, height, scale)
    source = {"enhance": "max" if scale == "max" else "plain"}
    fields = {"size": sizes.size, "n_samples": 1}
    return _from_picture(picture, base, fields, source, LEVELS[magnitude - 1], sizes.image)


def variation_params(
    picture: ImageInput,
    *,
    params: GenerateImageParams | None = None,
    **changes: "Unpack[GenerateImageFields]",
) -> GenerateImageParams:
    """Return the generation that varies a picture, to be priced before it is asked for.

    ``client.image.generate`` makes of it what ``client.image.variations`` makes of the same values,
    but for ``n_samples``, which are three there, and as in the settings here.

    Args:
        picture: the picture.
        params: settings instead of those embedded in the picture.
        **changes: fields of `GenerateImageParams` that differ from those settings.

    Raises:
        InvalidParamsError: a value is wrong, or the picture has no settings and there is no
            prompt.
    """
    base, noise_seed = _base(picture, params, cast("dict[str, Any]", changes))
    own = _size(picture, base)
    source = {"seed": noise_seed}
    return _from_picture(picture, base, {"size": nearest_size(*own)}, source, VARIATION, own)


def pick_given(**changes: Any) -> dict[str, Any]:
    """Return the keywords that were given."""
    return {name: value for name, value in changes.items() if value is not None}


def _base(
    picture: ImageInput, params: GenerateImageParams | None, changes: Mapping[str, Any]
) -> tuple[GenerateImageParams, int | None]:
    """Return the settings to start from, with the changes, and the picture's own noise seed.

    The settings are those given, the picture's own, or the defaults.
    """
    given = None if params is None else ensure_checked(params)
    noise_seed: int | None = None
    if given is None:
        from novelai.metadata import recover_params

        try:
            found = recover_params(picture, drawn="prompt" not in changes)
        except InvalidParamsError as error:
            if "prompt" not in changes:
                raise InvalidParamsError([*error.problems, ("prompt", "give it")]) from None
            return construct(GenerateImageParams, changes), None
        # The seed led to this very picture; another one is wanted.
        given, noise_seed = found.params.replace(seed=None), found.noise_seed
    base = construct(
        GenerateImageParams, {**_fields(given), "i2i": None, "inpaint": None, **changes}
    )
    return base, noise_seed


def _fields(params: GenerateImageParams) -> dict[str, Any]:
    names = params.model_fields_set & GenerateImageParams.model_fields.keys()
    return {name: getattr(params, name) for name in names}


def _size(picture: ImageInput, base: GenerateImageParams) -> tuple[int, int]:
    """Return the picture's own size, unless it was upscaled beyond what is generated."""
    width, height = picture_size(picture, "picture")
    return (width, height) if width * height <= MAX_AREA else base.dimensions


def _from_picture(
    picture: ImageInput,
    base: GenerateImageParams,
    fields: Mapping[str, Any],
    source: Mapping[str, Any],
    amount: tuple[float, float],
    sent: tuple[int, int],
) -> GenerateImageParams:
    strength, noise = amount
    start = {"image": picture, "strength": strength, "noise": noise, **source}
    # A size that is too large is refused as the one asked for.
    if sent != fields["size"] and sent[0] * sent[1] <= MAX_AREA:
        start["size"] = sent
    # SMEA is for text to image only.
    plain = {"smea": False, "smea_dyn": False} if base.smea else {}
    return construct(
        GenerateImageParams, {**_fields(base), **fields, **plain, "i2i": start, "inpaint": None}
    )
