"""The settings of a picture, back as parameters."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from novelai._metadata.extraction import ImageMeta, extract_metadata
from novelai._metadata.value import ImageMetadata
from novelai.catalogue import (
    MAX_AREA,
    ModelSpec,
    inpainting_spec,
    model_of_source,
    model_spec,
    sampler_takes_schedule,
)
from novelai.errors import InvalidParamsError
from novelai.metadata.captions import (
    draw_prompts,
    items,
    recover_characters,
    recover_prompts,
    uses_coords,
)
from novelai.types.base import SEEDS, construct
from novelai.types.generation import GenerateImageParams
from novelai.types.vibe import Vibe

if TYPE_CHECKING:
    from novelai.types.reference import CharacterReference
    from novelai.types.source import ImageInput

__all__ = [
    "RecoveredParams",
    "params_from_image",
    "recover_fields",
    "recover_from",
    "recover_params",
]

SIZE_STEP = 64
"""Sides of pictures are multiples of it, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredParams:
    """What could be read back from a picture, and what could not.

    Attributes:
        params: the parameters.
        missing: what the picture was also made from, and holds no copy of: ``"i2i.image"``,
            ``"inpaint.image"``, ``"inpaint.mask"``, ``"vibes"``, ``"character_references"``; and
            ``"negative_prompt"`` for one that no preset of the model can lead to (V3).
        noise_seed: the seed of the noise added to the picture it was made from, if there was one.
    """

    params: GenerateImageParams
    missing: tuple[str, ...]
    noise_seed: int | None = None

    @property
    def reproducible(self) -> bool:
        """Whether the parameters lead to this very picture: nothing is missing from them.

        The web client makes no such promise for image to image, inpainting, vibes without
        encodings and precise references. Even so, equal requests may draw slightly different
        pictures on different days.
        """
        return not self.missing


def params_from_image(
    image: "ImageInput",
    *,
    model: str | None = None,
    source: "ImageInput | None" = None,
    mask: "ImageInput | None" = None,
    vibes: "Sequence[Vibe] | None" = None,
    character_references: "Sequence[CharacterReference] | None" = None,
) -> GenerateImageParams:
    """Return the parameters that lead to a picture.

    See `recover_params`, which also says what is missing.

    Raises:
        InvalidParamsError: the picture holds no settings of a generation, or such as the model
            does not take.
    """
    return recover_params(
        image,
        model=model,
        source=source,
        mask=mask,
        vibes=vibes,
        character_references=character_references,
    ).params


def recover_params(
    image: "ImageInput",
    *,
    model: str | None = None,
    source: "ImageInput | None" = None,
    mask: "ImageInput | None" = None,
    vibes: "Sequence[Vibe] | None" = None,
    character_references: "Sequence[CharacterReference] | None" = None,
    drawn: bool = False,
) -> RecoveredParams:
    """Return the parameters that lead to a picture, and what is missing from them.

    Settings are read from PNG text, WebP EXIF or the alpha channel. Quality text and undesired
    content preset are recognised and taken out of the prompts again. What equals the model's
    default is left out: a size has its name, a scale of 5 on V4.5 is ``None``. Positions of
    characters come back as x and y, disabled characters not at all. The automatic text section of
    V5 and furry mode's word are taken off the prompt, too.

    One picture of a batch leads to that picture: its own seed, and a count of one. Where the first
    models wrote no width and height, the file's own are taken.

    A picture holds no copy of the pictures it was made from, at most the encodings of its vibes.
    Hand them in again to have them in the parameters; otherwise those of a generation without them
    are returned, and ``reproducible`` is false. Not embedded at
    all: the strength of an inpainting (1 is assumed), and that V5 Curated inpainted (its
    inpainting runs on V4.5 Curated).

    Args:
        image: the generated picture.
        model: the model it was made with, when the picture does not say so, or not truly.
        source: the picture it was made from by image to image or inpainting.
        mask: the mask it was inpainted with.
        vibes: the vibes it was made with.
        character_references: the precise references it was made with.
        drawn: take what NovelAI took of a randomiser (``||a|b||``), as far as the picture says
            so, and not the prompt that has it.

    Raises:
        InvalidParamsError: the picture cannot be read, holds no settings of a generation, or such
            as the model does not take.
    """
    return recover_from(
        extract_metadata(image),
        model=model,
        source=source,
        mask=mask,
        vibes=vibes,
        character_references=character_references,
        drawn=drawn,
    )


def recover_from(
    meta: ImageMeta,
    *,
    model: str | None = None,
    source: "ImageInput | None" = None,
    mask: "ImageInput | None" = None,
    vibes: "Sequence[Vibe] | None" = None,
    character_references: "Sequence[CharacterReference] | None" = None,
    drawn: bool = False,
) -> RecoveredParams:
    """Return the parameters that lead to a picture whose texts were read.

    For the meaning of all this see `recover_params`.
    """
    settings = meta.settings
    if settings is None or not settings.comment:
        raise InvalidParamsError([("image", "holds no settings of NovelAI")])
    if settings.action == "augment":
        raise InvalidParamsError([("image", "was made by a director tool, not a generation")])
    spec = model_spec(model or _model(settings))
    if drawn:
        settings = replace(settings, comment=draw_prompts(settings.comment))
    comment = _with_size(settings.comment, meta)
    found, lost = recover_fields(
        comment, spec, prompt=settings.prompt or "", negative_prompt=settings.negative_prompt or ""
    )
    pictures, missing = _pictures(
        comment,
        source=source,
        mask=mask,
        vibes=vibes or _embedded_vibes(comment, spec),
        references=character_references,
    )
    # Each picture of a batch names the batch's count, and its own seed.
    single = {"n_samples": 1, "image_format": "webp" if meta.webp else "png"}
    params = construct(GenerateImageParams, {**found, **pictures, **single})
    return RecoveredParams(params=params, missing=missing + lost, noise_seed=_noise_seed(comment))


def _with_size(comment: Mapping[str, Any], meta: ImageMeta) -> Mapping[str, Any]:
    """Add the file's own size where none is stated, as the first models did, if it can be drawn."""
    if "width" in comment or "height" in comment:
        return comment
    width, height = meta.size
    if width % SIZE_STEP or height % SIZE_STEP or width * height > MAX_AREA:
        return comment
    return {**comment, "width": width, "height": height}


def _embedded_vibes(comment: Mapping[str, Any], spec: ModelSpec) -> "Sequence[Vibe] | None":
    """Return the vibes whose encodings the settings hold; ``None`` unless they hold all."""
    encoded = [_decoded(text) for text in items(comment.get("reference_image_multiple"))]
    strengths = items(comment.get("reference_strength_multiple"))
    if spec.vibes != "encoded" or not all(encoded) or not 0 < len(encoded) == len(strengths):
        return None
    return [
        construct(Vibe, {"encoding": encoding, "strength": strength})
        for encoding, strength in zip(encoded, strengths, strict=True)
    ]


def _decoded(text: object) -> bytes:
    try:
        return b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return b""


def recover_fields(
    comment: Mapping[str, Any], spec: ModelSpec, *, prompt: str, negative_prompt: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Fields of `GenerateImageParams`, but for pictures, from the settings of a generation.

    Args:
        comment: the settings, by the names that requests and pictures give them.
        spec: the model's row of the catalogue.
        prompt: as it was sent, for settings without a structured prompt.
        negative_prompt: as it was sent, likewise.

    Returns:
        the fields, and the names of those that no value could be found for.

    Raises:
        InvalidParamsError: width or height is missing.
    """
    inpainted = comment.get("request_type") == "NativeInfillingRequest"
    drawing = inpainting_spec(spec) if inpainted else spec
    prompts, lost = recover_prompts(comment, drawing, prompt, negative_prompt)
    fields = {
        "model": spec.id,
        **prompts,
        **_sampling(comment, drawing),
        **_switches(comment, drawing),
        **_characters(comment, spec),
    }
    # What the model sets by itself needs not be asked for.
    return {name: value for name, value in fields.items() if name not in spec.fixed}, lost


def _noise_seed(comment: Mapping[str, Any]) -> int | None:
    seed = comment.get("extra_noise_seed")
    return seed if isinstance(seed, int) and -1 <= seed < SEEDS else None


def _characters(comment: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    characters = recover_characters(comment) if spec.structured_prompt else None
    placed = any(one["prompt"] and one["position"] is not None for one in characters or ())
    fields: dict[str, Any] = {"characters": characters}
    return fields | ({} if placed == uses_coords(comment) else {"use_coords": not placed})


def _model(settings: ImageMetadata) -> str:
    comment = settings.comment
    named = f"{comment.get('model_name')} {comment.get('model_hash')}"
    model = model_of_source(settings.source or named) or model_of_source(named)
    if model is None:
        raise InvalidParamsError([("model", "is not named in the picture: give it")])
    return model


def _sampling(comment: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    sampler = comment.get("sampler", spec.sampler)
    scale, schedule = comment.get("scale"), comment.get("noise_schedule")
    scheduled = isinstance(sampler, str) and sampler_takes_schedule(sampler)
    fields: dict[str, Any] = {
        "size": _size(comment),
        "steps": comment.get("steps", spec.steps),
        "scale": None if scale == spec.scale else scale,
        "sampler": sampler,
        "noise_schedule": schedule if scheduled and schedule != spec.noise_schedule else None,
        "seed": comment.get("seed"),
        "n_samples": comment.get("n_samples", 1),
    }
    return fields | ({"cfg_rescale": comment.get("cfg_rescale", 0.0)} if spec.cfg_rescale else {})


def _size(comment: Mapping[str, Any]) -> tuple[int, int]:
    width, height = comment.get("width"), comment.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        raise InvalidParamsError([("image", "does not state its width and height")])
    return width, height


def _switches(comment: Mapping[str, Any], spec: ModelSpec) -> dict[str, Any]:
    smea = spec.smea and bool(comment.get("sm"))
    switches: dict[str, Any] = {
        "variety_boost": spec.variety_sigma is not None
        and comment.get("skip_cfg_above_sigma") is not None,
        "smea": smea,
        "smea_dyn": smea and bool(comment.get("sm_dyn")),
        "decrisp": spec.decrisp and bool(comment.get("dynamic_thresholding")),
    }
    if spec.transparency and comment.get("straight_alpha") is False:
        switches["straight_alpha"] = False
    return switches


def _pictures(
    comment: Mapping[str, Any],
    *,
    source: "ImageInput | None",
    mask: "ImageInput | None",
    vibes: "Sequence[Vibe] | None",
    references: "Sequence[CharacterReference] | None",
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Put the pictures that were handed in into their places; name those that were not."""
    needed = {
        "vibes": (vibes, bool(items(comment.get("reference_strength_multiple")))),
        "character_references": (references, bool(comment.get("director_reference_strengths"))),
    }
    fields: dict[str, Any] = {name: given for name, (given, used) in needed.items() if used}
    missing = [name for name, (given, used) in needed.items() if used and not given]
    seed, noise_seed = comment.get("seed"), comment.get("extra_noise_seed")
    usual = isinstance(seed, int) and noise_seed in (seed - 1, (seed - 1) % SEEDS)
    start: dict[str, Any] = {"image": source, "seed": None if usual else noise_seed}
    action = comment.get("request_type")
    if action == "Img2ImgRequest":
        start |= {name: comment[name] for name in ("strength", "noise") if name in comment}
        if source is None:
            missing.append("i2i.image")
        else:
            fields["i2i"] = start
    elif action == "NativeInfillingRequest":
        given = {"inpaint.image": source, "inpaint.mask": mask}
        missing += [name for name, picture in given.items() if picture is None]
        if source is not None and mask is not None:
            fields["inpaint"] = start | {"mask": mask}
    return fields, tuple(missing)
