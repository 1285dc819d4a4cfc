"""What each image model can do and defaults to: one table, read from ``catalogue.json``.

``NOVELAI_CATALOGUE`` names a file that is used in its place; ``novelai catalogue`` prints one.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from novelai._model_table import (
    DEFAULT_MODEL,
    MAX_AREA,
    SIZE_STEP,
    Hint,
    ModelSpec,
    table_in_use,
)

__all__ = [
    "DEFAULT_MODEL",
    "MAX_AREA",
    "SIZE_STEP",
    "Hint",
    "ModelSpec",
    "base_model",
    "catalogue_document",
    "image_models",
    "inpainting_spec",
    "kindred_model",
    "known_model",
    "max_samples",
    "model_names",
    "model_of_source",
    "model_spec",
    "nearest_size",
    "quality_hint",
    "sampler_takes_schedule",
    "size_presets",
    "uc_hint",
    "vibe_key",
    "vibe_model",
]


def catalogue_document() -> Mapping[str, Any]:
    """Return the whole table in use, in the form of a file for ``NOVELAI_CATALOGUE``."""
    return table_in_use().document


def image_models() -> Mapping[str, ModelSpec]:
    """Every model of the catalogue by id, newest first."""
    return table_in_use().models


def model_names() -> tuple[str, ...]:
    """Every name that a model is called by: ids, newest first, then other spellings.

    Without ids for inpainting, which nobody has to know.
    """
    names = (*image_models(), *table_in_use().aliases)
    return tuple(name for name in names if not name.endswith("-inpainting"))


def base_model(model: str) -> str:
    """Return the model id that other spellings stand for.

    Resolves ids that NovelAI does not have but other packages use, and inpainting ids of known
    models (the inpainting id is chosen by the action, never by the caller).
    """
    model = table_in_use().aliases.get(model, model)
    owners = [spec.id for spec in image_models().values() if spec.inpainting == model]
    return owners[-1] if owners else model


def known_model(model: str) -> bool:
    """Return whether the catalogue has a row for this id (aliases included)."""
    return base_model(model) in image_models()


def kindred_model(model: str) -> str | None:
    """Return the known model whose id an unknown id extends; ``None`` if there is none.

    ``nai-diffusion-5-full-low`` would be a kind of V5 Full. The ids of the first models begin
    every other, so they count for nothing.
    """
    model = base_model(model)
    kin = [
        spec.id
        for spec in image_models().values()
        if spec.generation != "legacy" and model.startswith(f"{spec.id}-")
    ]
    return max(kin, key=len, default=None)


def model_spec(model: str) -> ModelSpec:
    """Return the row of a model.

    An id that the catalogue does not know gets the traits of the model whose id it extends, or
    lenient ones.
    """
    model = base_model(model)
    return image_models().get(model) or _unknown(model)


def inpainting_spec(spec: ModelSpec) -> ModelSpec:
    """Return the row of the model that inpaints for a model: texts and switches are that one's."""
    model = base_model(spec.inpainting or spec.id)
    return model_spec(model) if known_model(model) else spec


@lru_cache(maxsize=64)
def _unknown(model: str) -> ModelSpec:
    kin = kindred_model(model)
    spec = table_in_use().unknown if kin is None else image_models()[kin]
    own = model if model.endswith("-inpainting") else f"{model}-inpainting"
    borrowed = spec.inpainting if kin and spec.inpainting != f"{kin}-inpainting" else own
    name = spec.name if kin is None else f"{spec.name} ({model.removeprefix(kin).strip('-')})"
    return replace(
        spec,
        id=model,
        name=name,
        inpainting=borrowed,
        hashes=(),
        since=None,
        effort=None,
        variant_of=None,
    )


def model_of_source(source: str) -> str | None:
    """Return the model behind a picture's ``Source``, by the hash that ends it.

    ``None`` if unknown.

    A V5 hash that is not in the table is taken for V5 Curated's, as the web client does.
    """
    name, _, digest = source.rpartition(" ")
    for spec in image_models().values():
        if digest in spec.hashes:
            return spec.id
    return "nai-diffusion-5-curated" if name == "NovelAI Diffusion V5" else None


def vibe_key(model: str) -> str | None:
    """Return the name of a model in vibe files, or ``None`` for one without a name there."""
    model = base_model(model)
    return next((key for key, owner in table_in_use().vibe_keys.items() if owner == model), None)


def vibe_model(key: str) -> str | None:
    """Return the model that vibe files call by this name."""
    return table_in_use().vibe_keys.get(key)


def size_presets() -> Mapping[str, tuple[int, int]]:
    """Named sizes as (width, height) in pixels."""
    return table_in_use().sizes


def uc_hint(preset: str) -> Hint:
    """Return the request's name for an undesired-content preset."""
    return table_in_use().uc_presets[preset]


def quality_hint(preset: str) -> Hint:
    """Return the request's name for a quality preset."""
    return table_in_use().quality_presets[preset]


def sampler_takes_schedule(sampler: str) -> bool:
    """Return whether a noise schedule is sent with this sampler; the web leaves it out for some."""
    return sampler not in table_in_use().samplers_without_schedule


def nearest_size(width: float, height: float) -> tuple[int, int]:
    """Return the nearest size on the grid: ties go up, and a side has 64 pixels at least."""
    return _nearest(width), _nearest(height)


def max_samples(area: int) -> int:
    """Return how many pictures of this area in pixels one call may make; the web client's limit."""
    if area <= 360_448:
        return 8
    return 6 if area <= 409_600 else 4


def _nearest(side: float) -> int:
    return max(int(side / SIZE_STEP + 0.5), 1) * SIZE_STEP
