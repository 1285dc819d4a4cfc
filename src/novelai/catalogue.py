"""What each image model can do and defaults to: one table, read from ``catalogue.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "Hint",
    "ModelSpec",
    "base_model",
    "image_models",
    "inpainting_spec",
    "known_model",
    "model_of_source",
    "model_spec",
    "quality_hint",
    "sampler_takes_schedule",
    "size_presets",
    "uc_hint",
    "vibe_key",
    "vibe_model",
]

MAX_AREA = 3_145_728
"""Largest picture in pixels (1536 x 2048); the web client's limit and the service's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model's row of the catalogue.

    Attributes:
        id: the id that requests carry.
        name: what NovelAI's page calls it.
        generation: ``"v5"``, ``"v4.5"``, ``"v4"``, ``"v3"``, ``"legacy"`` or ``"unknown"``.
        inpainting: the id for inpainting, or ``None`` where there is none. V5 Curated uses V4.5
            Curated's, as its own is refused (observed October 2026).
        structured_prompt: whether requests carry ``v4_prompt`` (V4 and later refuse without).
        curated: trained on safe pictures only; no ``nsfw`` goes before the undesired content.
        characters: how many character prompts it takes.
        positions: ``"free"`` x,y, the 5x5 ``"grid"``, or ``None``.
        vibes: vibe transfer from an ``"encoded"`` or ``"raw"`` picture, or ``None``.
        references: whether precise references work.
        variety_sigma: the sigma behind Variety+, or ``None`` where it is not offered.
        cfg_rescale: whether prompt guidance rescale works.
        smea: whether SMEA and SMEA DYN work.
        decrisp: whether dynamic thresholding works.
        transparency: whether pictures with a transparent background can be asked for.
        inpaint_strength: whether inpainting takes a strength below 1.
        streams: whether the stream endpoint sends previews for it.
        price_factor: factor on the price of a V3 picture; ``None`` = unknown.
        effort: factor on what each step adds to the price.
        allowance: whether its free pictures draw on Opus's allowance.
        max_scale: largest prompt guidance.
        token_limit: prompt length in tokens past which the service cuts silently.
        quality: texts of the quality presets by name.
        quality_placement: quality text goes as ``"suffix"`` or ``"prefix"``.
        uc: texts of the undesired-content presets by name, in the order of the web page.
        fixed: parameters that the model sets by itself, whatever is asked for, by name.
    """

    id: str
    name: str
    generation: Literal["v5", "v4.5", "v4", "v3", "legacy", "unknown"]
    inpainting: str | None
    structured_prompt: bool
    curated: bool
    characters: int
    positions: Literal["free", "grid"] | None
    vibes: Literal["encoded", "raw"] | None
    references: bool
    variety_sigma: float | None
    cfg_rescale: bool
    smea: bool
    decrisp: bool
    transparency: bool
    inpaint_strength: bool
    streams: bool
    price_factor: float | None
    allowance: bool
    scale: float
    steps: int
    sampler: str
    noise_schedule: str
    max_scale: float
    token_limit: int | None
    samplers: tuple[str, ...]
    noise_schedules: tuple[str, ...]
    quality: Mapping[str, str]
    quality_placement: Literal["suffix", "prefix"]
    uc: Mapping[str, str]
    effort: float = 1.0
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def default_uc_preset(self) -> str:
        """The preset the web page starts with: the first of the list."""
        return next(iter(self.uc))


@dataclass(frozen=True, slots=True)
class Hint:
    """How a preset is named in a request: an id, and a number the service may log."""

    id: str
    hint: int


@cache
def _table() -> dict[str, Any]:
    return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def _spec(model: str, row: Mapping[str, Any]) -> ModelSpec:
    fields = dict(row)
    for name in ("samplers", "noise_schedules"):
        fields[name] = tuple(fields[name])
    return ModelSpec(id=model, **fields)


@cache
def image_models() -> Mapping[str, ModelSpec]:
    """Every model of the catalogue by id, newest first."""
    return {model: _spec(model, row) for model, row in _table()["models"].items()}


def base_model(model: str) -> str:
    """Return the model id that other spellings stand for.

    Resolves ids that NovelAI does not have but other packages use, and inpainting ids of known
    models (the inpainting id is chosen by the action, never by the caller).
    """
    model = _table()["aliases"].get(model, model)
    owners = [spec.id for spec in image_models().values() if spec.inpainting == model]
    return owners[-1] if owners else model


def known_model(model: str) -> bool:
    """Return whether the catalogue has a row for this id (aliases included)."""
    return base_model(model) in image_models()


def model_spec(model: str) -> ModelSpec:
    """Return the row of a model; a lenient one for an id the catalogue does not know."""
    model = base_model(model)
    return image_models().get(model) or _unknown(model)


def inpainting_spec(spec: ModelSpec) -> ModelSpec:
    """Return the row of the model that inpaints for a model: texts and switches are that one's."""
    model = base_model(spec.inpainting or spec.id)
    return model_spec(model) if known_model(model) else spec


@cache
def _unknown(model: str) -> ModelSpec:
    row = dict(_table()["unknown"])
    row["inpainting"] = model if model.endswith("-inpainting") else f"{model}-inpainting"
    return _spec(model, row)


def model_of_source(source: str) -> str | None:
    """Return the model behind a picture's ``Source``, by the hash that ends it.

    ``None`` if unknown.

    A V5 hash that is not in the table is taken for V5 Curated's, as the web client does.
    """
    name, _, digest = source.rpartition(" ")
    for model, hashes in _table()["source_hashes"].items():
        if digest in hashes:
            return model
    return "nai-diffusion-5-curated" if name == "NovelAI Diffusion V5" else None


def vibe_key(model: str) -> str | None:
    """Return the name of a model in vibe files, or ``None`` for one without a name there."""
    model = base_model(model)
    return next((key for key, owner in _table()["vibe_keys"].items() if owner == model), None)


def vibe_model(key: str) -> str | None:
    """Return the model that vibe files call by this name."""
    return _table()["vibe_keys"].get(key)


@cache
def size_presets() -> Mapping[str, tuple[int, int]]:
    """Named sizes as (width, height) in pixels."""
    return {name: (size[0], size[1]) for name, size in _table()["sizes"].items()}


@cache
def uc_hint(preset: str) -> Hint:
    """Return the request's name for an undesired-content preset."""
    return Hint(**_table()["uc_presets"][preset])


@cache
def quality_hint(preset: str) -> Hint:
    """Return the request's name for a quality preset."""
    return Hint(**_table()["quality_presets"][preset])


@cache
def sampler_takes_schedule(sampler: str) -> bool:
    """Return whether a noise schedule is sent with this sampler; the web leaves it out for some."""
    return sampler not in _table()["samplers_without_schedule"]
