"""Enhancing a picture and varying it: image to image with settings taken from the picture."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from novelai._images import picture_size
from novelai._operations.image import ImageContext, generate
from novelai._wire import Flow, work
from novelai.catalogue import MAX_AREA, nearest_size
from novelai.enhancing import LEVELS, VARIATION, EnhanceScale, enhance_sizes, offered_scales
from novelai.errors import InvalidParamsError
from novelai.types.base import construct, ensure_checked
from novelai.types.generation import GenerateImageParams
from novelai.types.source import ImageInput

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["enhance", "enhance_params", "variation_params", "variations"]

SCALES = (1, 1.5, 2, "max")


def enhance(
    picture: ImageInput, context: ImageContext, **settings: Any
) -> "Flow[list[GeneratedImage]]":
    """Draw a picture again, cleaner, and larger if asked for; settings as of `enhance_params`."""
    params = yield from work(partial(enhance_params, picture, **settings))
    return (yield from generate(params, context))


def variations(
    picture: ImageInput, context: ImageContext, **settings: Any
) -> "Flow[list[GeneratedImage]]":
    """Draw pictures that resemble one; settings as of `variation_params`."""
    params = yield from work(partial(variation_params, picture, **settings))
    return (yield from generate(params, context))


def enhance_params(
    picture: ImageInput,
    *,
    magnitude: int = 3,
    scale: EnhanceScale | None = None,
    params: GenerateImageParams | None = None,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    seed: int | None = None,
) -> GenerateImageParams:
    """Return the generation that enhances a picture, to be priced before it is asked for.

    ``client.image.generate`` makes of it what ``client.image.enhance`` makes of the same values.

    Args:
        picture: the picture.
        magnitude: 1 to 5: strength 0.2, 0.4, 0.5, 0.6 or 0.7.
        scale: 1, 1.5, 2 or ``"max"``; by default the first that NovelAI's page offers for the
            picture, see `novelai.enhancing.offered_scales`.
        params: settings instead of those embedded in the picture.
        prompt: another prompt; needed for a picture without settings.
        negative_prompt: other undesired content.
        seed: 0 to 4294967295; drawn for each call when left out.

    Raises:
        InvalidParamsError: a value is wrong, or the picture has no settings and there is no
            prompt.
    """
    if magnitude not in range(1, len(LEVELS) + 1):
        raise InvalidParamsError([("magnitude", f"must be 1 to 5, got {magnitude!r}"[:60])])
    if scale is not None and scale not in SCALES:
        raise InvalidParamsError([("scale", f"must be 1, 1.5, 2 or max, got {scale!r}"[:60])])
    changes = _pick_given(prompt=prompt, negative_prompt=negative_prompt, seed=seed)
    base, _ = _base(picture, params, changes)
    width, height = _size(picture, base)
    if scale is None:
        scale = next(iter(offered_scales(base.spec, width, height)), 1)
    sizes = enhance_sizes(width, height, scale)
    strength, noise = LEVELS[magnitude - 1]
    source = {
        "strength": strength,
        "noise": noise,
        "enhance": "max" if scale == "max" else "plain",
        **_sent_size(sizes.image, sizes.size),
    }
    return _from_picture(picture, base, source, {"size": sizes.size, "n_samples": 1})


def variation_params(
    picture: ImageInput,
    *,
    n_samples: int = 3,
    params: GenerateImageParams | None = None,
    prompt: str | None = None,
    negative_prompt: str | None = None,
    seed: int | None = None,
) -> GenerateImageParams:
    """Return the generation that varies a picture, to be priced before it is asked for.

    ``client.image.generate`` makes of it what ``client.image.variations`` makes of the same values.

    Args:
        picture: the picture.
        n_samples: how many pictures, 1 to 8; at most 4 above 409,600 pixels.
        params: settings instead of those embedded in the picture.
        prompt: another prompt; needed for a picture without settings.
        negative_prompt: other undesired content.
        seed: 0 to 4294967295; drawn for each call when left out.

    Raises:
        InvalidParamsError: a value is wrong, or the picture has no settings and there is no
            prompt.
    """
    changes = _pick_given(prompt=prompt, negative_prompt=negative_prompt, seed=seed)
    base, noise_seed = _base(picture, params, changes)
    own = _size(picture, base)
    size = nearest_size(*own)
    strength, noise = VARIATION
    source = {
        "strength": strength,
        "noise": noise,
        "seed": noise_seed,
        **_sent_size(own, size),
    }
    return _from_picture(picture, base, source, {"size": size, "n_samples": n_samples})


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


def _pick_given(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if value is not None}


def _sent_size(sent: tuple[int, int], size: tuple[int, int]) -> dict[str, Any]:
    """Return the size at which a picture is sent, where it is not the one that is asked for.

    One that is too large is left out: then the one asked for is refused.
    """
    return {"size": sent} if sent != size and sent[0] * sent[1] <= MAX_AREA else {}


def _from_picture(
    picture: ImageInput,
    base: GenerateImageParams,
    source: Mapping[str, Any],
    fields: Mapping[str, Any],
) -> GenerateImageParams:
    start = {"image": picture, **source}
    # SMEA is for text to image only.
    plain = {"smea": False, "smea_dyn": False} if base.smea else {}
    return construct(
        GenerateImageParams, {**_fields(base), **fields, **plain, "i2i": start, "inpaint": None}
    )
