"""The table of models as it is written down: read, and checked when it is not the built-in one."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, cast

from novelai.errors import ConfigurationError

__all__ = [
    "DEFAULT_MODEL",
    "MAX_AREA",
    "SIZE_STEP",
    "Hint",
    "ModelSpec",
    "table_in_use",
]

DEFAULT_MODEL = "nai-diffusion-4-5-full"

MAX_AREA = 3_145_728
"""Largest picture in pixels (1536 x 2048); the web client's limit and the service's."""

SIZE_STEP = 64
"""Width and height of what is generated are multiples of it, in pixels."""

MAX_STEPS = 50

BUILT_IN = Path(__file__).with_name("catalogue.json")
VARIABLE = "NOVELAI_CATALOGUE"

STRICT = {"extra": "forbid", "strict": True, "hide_input_in_errors": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model's row of the catalogue.

    Attributes:
        id: the id that requests carry.
        name: what NovelAI's page calls it.
        generation: ``"v5"``, ``"v4.5"``, ``"v4"``, ``"v3"``, ``"legacy"`` or ``"unknown"``.
        since: the day it came out, as ``YYYY-MM-DD``; ``None`` = not written down.
        effort: what NovelAI's page calls this strength of a model that comes in several.
        variant_of: the id of the model that it is another effort of.
        hashes: what ends the ``Source`` of its pictures, those of its inpainting model included.
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
        automatic_text: whether words in quotation marks get a text section of their own.
        enhance_words: whether enhancing adds words to the prompt.
        enhance_max: whether pictures can be enhanced to the largest size.
        inpaint_strength: whether inpainting takes a strength below 1.
        streams: whether the stream endpoint sends previews for it.
        price_factor: factor on the price of a V3 picture; ``None`` = unknown.
        step_price: factor on what each step adds to the price.
        allowance: whether its free pictures draw on Opus's allowance.
        max_scale: largest prompt guidance.
        token_limit: prompt length in tokens past which the service cuts silently.
        quality: texts of the quality presets by name.
        quality_placement: quality text goes as ``"suffix"`` or ``"prefix"``.
        uc: texts of the undesired-content presets by name, in the order of the web page.
        fixed: parameters that the model sets by itself, whatever is asked for, by name.
        omits: fields of a request's parameters that are not sent, by their names there.
    """

    __pydantic_config__: ClassVar[Any] = STRICT

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
    since: str | None = None
    effort: str | None = None
    variant_of: str | None = None
    hashes: tuple[str, ...] = ()
    automatic_text: bool = False
    enhance_words: bool = False
    enhance_max: bool = False
    step_price: float = 1.0
    fixed: Mapping[str, Any] = field(default_factory=dict[str, Any])
    omits: tuple[str, ...] = ()

    @property
    def default_uc_preset(self) -> str:
        """The preset the web page starts with: the first of the list."""
        return next(iter(self.uc))


TUPLES = frozenset({"samplers", "noise_schedules", "hashes", "omits"})


@dataclass(frozen=True, slots=True)
class Hint:
    """How a preset is named in a request: an id, and a number the service may log."""

    __pydantic_config__: ClassVar[Any] = STRICT

    id: str
    hint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable:
    """The catalogue.

    Attributes:
        about: what it holds, and as of when.
        aliases: ids that NovelAI does not have, and the models they stand for.
        vibe_keys: what vibe files call models.
        sizes: named sizes as width and height in pixels.
        uc_presets: how presets of undesired content are named in requests.
        quality_presets: the same of quality presets.
        samplers_without_schedule: samplers with which no noise schedule is sent.
        unknown: what is taken for true of a model without a row.
        models: the rows by id, newest first.
        document: all of it as it was read.
    """

    __pydantic_config__: ClassVar[Any] = STRICT

    about: str
    aliases: Mapping[str, str]
    vibe_keys: Mapping[str, str]
    sizes: Mapping[str, tuple[int, int]]
    uc_presets: Mapping[str, Hint]
    quality_presets: Mapping[str, Hint]
    samplers_without_schedule: tuple[str, ...]
    unknown: ModelSpec
    models: Mapping[str, ModelSpec]
    document: Mapping[str, Any]


@cache
def table_in_use() -> ModelTable:
    """Return the table of the file that ``NOVELAI_CATALOGUE`` names, else the built-in one.

    Read once. The table stands apart from any client, so it is found without one's settings.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    return read_table(os.environ.get(VARIABLE))


def read_table(path: str | None = None) -> ModelTable:
    """Read a table from a file, or the built-in one.

    A file is checked, field by field; the built-in table is the project's own.

    Args:
        path: of a file of the same form as ``catalogue.json``.

    Raises:
        ConfigurationError: it cannot be read, or a value is wrong; row and field are named.
    """
    if not path:
        return _trusted(json.loads(BUILT_IN.read_text(encoding="utf-8")))
    document = _document(Path(path))
    table = _checked(document, path)
    if found := next(_contradictions(table), None):
        _refuse(path, found)
    return table


def _trusted(document: Mapping[str, Any]) -> ModelTable:
    parts = dict(document)
    for name in ("uc_presets", "quality_presets"):
        parts[name] = {preset: Hint(**hint) for preset, hint in parts[name].items()}
    parts["sizes"] = {name: (size[0], size[1]) for name, size in parts["sizes"].items()}
    parts["samplers_without_schedule"] = tuple(parts["samplers_without_schedule"])
    parts["unknown"] = _row("", parts["unknown"])
    parts["models"] = {model: _row(model, row) for model, row in parts["models"].items()}
    return ModelTable(document=document, **parts)


def _row(model: str, row: Mapping[str, Any]) -> ModelSpec:
    fields = dict(row)
    for name in TUPLES & fields.keys():
        fields[name] = tuple(fields[name])
    return ModelSpec(id=model, **fields)


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse_number)
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror or type(error).__name__}")
    except (ValueError, RecursionError):
        _refuse(path, "is not JSON")
    if not isinstance(document, dict):
        _refuse(path, "must hold an object, as `novelai catalogue` prints it")
    return cast("dict[str, Any]", document)


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(name)


def _checked(document: Mapping[str, Any], path: str) -> ModelTable:
    from pydantic import TypeAdapter, ValidationError

    if "document" in document:
        _refuse(path, "'document': is not a field of the catalogue")
    rows = document.get("models")
    parts = {
        **document,
        "unknown": _with_id(document.get("unknown"), ""),
        "models": {
            model: _with_id(row, model) for model, row in cast("dict[str, Any]", rows).items()
        }
        if isinstance(rows, dict)
        else rows,
        "document": document,
    }
    try:
        return TypeAdapter(ModelTable).validate_json(json.dumps(parts))
    except ValidationError as error:
        finding = error.errors(include_url=False)[0]
        _refuse(path, f"{_place(finding['loc'])}: {_sentence(finding['type'], finding['msg'])}")


def _with_id(row: Any, model: str) -> Any:
    # One that names itself is found out later: its name need not be that of its row.
    return {"id": model, **cast("dict[str, Any]", row)} if isinstance(row, dict) else row


def _place(loc: tuple[int | str, ...]) -> str:
    part, *inner = loc
    if part == "models" and inner:
        row, *inner = inner
        return ", ".join([f"row {row!r}"[:80], *_field(inner)])
    return ", ".join([f"{part!r}"[:80], *_field(inner)])


def _field(loc: list[int | str]) -> list[str]:
    return [f"field {'.'.join(map(str, loc))!r}"[:120]] if loc else []


def _sentence(kind: str, message: str) -> str:
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return "is missing"
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return "is not a field of the catalogue"
    return message.replace("Input should be", "must be")


def _refuse(path: str | Path, sentence: str) -> NoReturn:
    raise ConfigurationError(f"{VARIABLE}: {path}: {sentence}.")


FIXABLE: Mapping[str, tuple[type, ...]] = {
    "steps": (int,),
    "scale": (int, float),
    "sampler": (str,),
    "noise_schedule": (str,),
    "uc_preset": (str,),
    "negative_prompt": (str, type(None)),
    "cfg_rescale": (int, float),
    "quality": (bool, str),
}
"""Parameters that a row may fix, and what their values are."""


def _contradictions(table: ModelTable) -> Iterator[str]:
    """Name values that are of the right kind, and cannot be worked with."""
    if DEFAULT_MODEL not in table.models:
        yield f"models: must hold {DEFAULT_MODEL}, the default model"
    yield from _wrong_names(table)
    yield from _wrong_sizes(table)
    for model, spec in table.models.items():
        if spec.id != model:
            yield f"row {model!r}, field 'id': is not a field of the catalogue"
        for name, sentence in _wrong_fields(spec, table):
            yield f"row {spec.id!r}, field {name!r}: {sentence}"
    for name, sentence in _wrong_fields(table.unknown, table):
        if name not in ("sampler", "noise_schedule"):
            yield f"'unknown', field {name!r}: {sentence}"


def _wrong_names(table: ModelTable) -> Iterator[str]:
    for part, names in (("aliases", table.aliases), ("vibe_keys", table.vibe_keys)):
        for name, model in names.items():
            if model not in table.models:
                yield f"{part!r}, field {name!r}: must be the id of a row"
    own = read_table()
    for part in ("sizes", "uc_presets", "quality_presets"):
        for name in getattr(own, part).keys() - getattr(table, part).keys():
            yield f"{part!r}, field {name!r}: is missing"


def _wrong_sizes(table: ModelTable) -> Iterator[str]:
    for name, (width, height) in table.sizes.items():
        steps = width % SIZE_STEP == height % SIZE_STEP == 0 < min(width, height)
        if not steps or width * height > MAX_AREA:
            yield (
                f"'sizes', field {name!r}: must be multiples of {SIZE_STEP} with at most "
                f"{MAX_AREA} pixels"
            )


def _wrong_fields(spec: ModelSpec, table: ModelTable) -> Iterator[tuple[str, str]]:
    """Yield the fields of a row that contradict others, each with a sentence."""
    if "none" not in spec.uc:
        yield "uc", "must hold 'none'"
    for name in spec.uc.keys() - table.uc_presets.keys():
        yield f"uc.{name}", "must be one of 'uc_presets'"
    for name in spec.quality.keys() - table.quality_presets.keys():
        yield f"quality.{name}", "must be one of 'quality_presets'"
    if spec.sampler not in spec.samplers:
        yield "sampler", "must be one of 'samplers'"
    if spec.noise_schedule not in spec.noise_schedules:
        yield "noise_schedule", "must be one of 'noise_schedules'"
    if spec.variant_of is not None and spec.variant_of not in table.models:
        yield "variant_of", "must be the id of a row"
    yield from _wrong_numbers(spec)
    yield from _wrong_fixed(spec)


def _wrong_numbers(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    if not 1 <= spec.steps <= MAX_STEPS:
        yield "steps", f"must be 1 to {MAX_STEPS}"
    if not 0 <= spec.scale <= spec.max_scale:
        yield "scale", "must be 0 to 'max_scale'"
    positive = ("price_factor", "step_price", "variety_sigma", "token_limit")
    for name in positive:
        value = getattr(spec, name)
        if value is not None and value <= 0:
            yield name, "must be more than 0"
    if spec.characters < 0:
        yield "characters", "must be 0 or more"


def _wrong_fixed(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    named = {
        "uc_preset": ("uc", spec.uc),
        "sampler": ("samplers", spec.samplers),
        "noise_schedule": ("noise_schedules", spec.noise_schedules),
    }
    limits = {"steps": (1, MAX_STEPS), "scale": (0, spec.max_scale), "cfg_rescale": (0, 1)}
    for name, value in spec.fixed.items():
        kinds = FIXABLE.get(name)
        where = f"fixed.{name}"
        if kinds is None:
            yield where, f"must be one of {', '.join(FIXABLE)}"
        elif not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            yield where, f"must be of type {' or '.join(kind.__name__ for kind in kinds)}"
        elif name in named and value not in named[name][1]:
            yield where, f"must be one of {named[name][0]!r}"
        elif name in limits and not limits[name][0] <= value <= limits[name][1]:
            yield where, f"must be {limits[name][0]:g} to {limits[name][1]:g}"
