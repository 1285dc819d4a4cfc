"""What a generation may combine, and what each model allows."""

from typing import TYPE_CHECKING

from novelai.catalogue import MAX_AREA, SIZE_STEP, ModelSpec, max_samples, nearest_size
from novelai.cost import MAX_PICTURE_ANLAS
from novelai.errors import ConfigurationError
from novelai.types.findings import Problems, Whole, meant

if TYPE_CHECKING:
    from novelai.types.generation import GenerateImageParams

__all__ = ["WHOLE", "broken_rules", "certainly_fit", "cut_texts"]

MAX_PROMPT = 51_200
MAX_REFERENCES = 16
MOST_ENDS = 12
"""The most tokens that begin and end of a text's parts add: a space and an end, six times."""


SIZE = frozenset({"size", "i2i", "inpaint"})
"""What decides about the size."""

WHOLE = Whole(
    reads={
        "": frozenset({"model"}),
        "character_references": frozenset({"inpaint"}),
        "n_samples": SIZE,
        "negative_prompt": frozenset({"uc_preset"}),
        "prompt": frozenset({"characters", "quality"}),
        "smea_dyn": frozenset({"smea"}),
        "steps": SIZE | {"sampler", "smea", "smea_dyn"},
        "vibes": frozenset({"inpaint"}),
    },
    stand_ins={"prompt": "-"},
)


def broken_rules(params: "GenerateImageParams") -> Problems:
    """Everything about these parameters that the service or the model refuses."""
    problems = Problems()
    spec = params.spec
    _prompt(params, problems)
    # A size that follows from a picture is checked when the picture is read.
    if not params.follows_source and _size(params, problems):
        _samples(params, problems)
        _price(params, problems)
    _combinations(params, problems)
    if spec.generation != "unknown":
        _sampling(params, spec, problems)
        _presets(params, spec, problems)
        _switches(params, spec, problems)
        _pictures(params, spec, problems)
    return problems


def _prompt(params: "GenerateImageParams", problems: Problems) -> None:
    if not params.prompt.strip() and not (
        params.spec.structured_prompt and params.enabled_characters
    ):
        problems.add("prompt", "must not be empty")
    texts = {"prompt": params.processed_prompt, "negative_prompt": params.processed_negative_prompt}
    for field, text in texts.items():
        if len(text) > MAX_PROMPT:
            added = len(text) - len(getattr(params, field) or "")
            problems.add(
                field,
                f"must be at most {MAX_PROMPT} characters, got {len(text)}"
                + (f" ({added} of them added to yours)" if added else ""),
            )


def _size(params: "GenerateImageParams", problems: Problems) -> bool:
    width, height = params.dimensions
    shown = f"{width}x{height}"
    if width < SIZE_STEP or height < SIZE_STEP:
        problems.add("size", f"must be at least {SIZE_STEP}x{SIZE_STEP} pixels, got {shown}")
    elif width % SIZE_STEP or height % SIZE_STEP:
        near = "x".join(map(str, nearest_size(width, height)))
        problems.add("size", f"must be multiples of {SIZE_STEP}, got {shown}; nearest is {near}")
    elif width * height > MAX_AREA:
        problems.add("size", f"must be at most {MAX_AREA} pixels, got {shown} = {width * height}")
    else:
        return True
    return False


def _samples(params: "GenerateImageParams", problems: Problems) -> None:
    width, height = params.dimensions
    limit = max_samples(width * height)
    if params.n_samples > limit:
        problems.add(
            "n_samples", f"must be 1 to {limit} at {width}x{height}, got {params.n_samples}"
        )


def _price(params: "GenerateImageParams", problems: Problems) -> None:
    price = params.calculate_anlas().per_image_anlas
    if price is not None and price > MAX_PICTURE_ANLAS:
        problems.add(
            "steps",
            f"{params.steps} steps at this size would cost {price} Anlas a picture; "
            f"the service allows {MAX_PICTURE_ANLAS}",
        )


def _combinations(params: "GenerateImageParams", problems: Problems) -> None:
    if params.i2i is not None and params.inpaint is not None:
        problems.add("inpaint", "cannot be combined with i2i: choose one")
    if params.effective_vibes and params.character_references:
        problems.add("character_references", "cannot be combined with vibes: choose one")
    if params.smea_dyn and not params.smea:
        problems.add("smea_dyn", "needs smea")
    references = len(params.character_references or ())
    counts = {"vibes": len(params.effective_vibes), "character_references": references}
    for field, count in counts.items():
        if count > MAX_REFERENCES:
            problems.add(field, f"must be at most {MAX_REFERENCES}, got {count}")


def _sampling(params: "GenerateImageParams", spec: ModelSpec, problems: Problems) -> None:
    if params.sampler not in spec.samplers:
        problems.add(
            "sampler",
            f"{params.sampler[:40]!r} is not one of {spec.name}'s: {', '.join(spec.samplers)}"
            + meant(params.sampler, spec.samplers),
        )
    if params.noise_schedule is not None and params.noise_schedule not in spec.noise_schedules:
        problems.add(
            "noise_schedule",
            f"{params.noise_schedule[:40]!r} is not one of {spec.name}'s: "
            + ", ".join(spec.noise_schedules)
            + meant(params.noise_schedule, spec.noise_schedules),
        )
    if params.scale is not None and params.scale > spec.max_scale:
        problems.add("scale", f"must be 0 to {spec.max_scale:g}, got {params.scale:g}")


def _presets(params: "GenerateImageParams", spec: ModelSpec, problems: Problems) -> None:
    if "uc_preset" in params.model_fields_set and params.uc_preset not in spec.uc:
        problems.add(
            "uc_preset", f"{params.uc_preset!r} is not one of {spec.name}'s: {', '.join(spec.uc)}"
        )
    if params.quality_preset and params.quality_preset not in spec.quality:
        problems.add(
            "quality",
            f"{params.quality_preset!r} is not one of {spec.name}'s: {', '.join(spec.quality)}",
        )


def _switches(params: "GenerateImageParams", spec: ModelSpec, problems: Problems) -> None:
    offered = {
        "variety_boost": spec.variety_sigma is not None,
        "smea": spec.smea,
        "decrisp": spec.decrisp,
        "cfg_rescale": spec.cfg_rescale,
        "transparent_background": spec.transparency,
        "furry": spec.structured_prompt,
    }
    for field, available in offered.items():
        if getattr(params, field) and not available:
            problems.add(field, f"{spec.name} does not have it")
    if params.straight_alpha and not spec.transparency:
        problems.add("straight_alpha", f"{spec.name} does not have it")
    if params.i2i is not None and params.i2i.enhance == "max" and not spec.enhance_max:
        problems.add("i2i.enhance", f"{spec.name} does not enhance to max")


def _pictures(params: "GenerateImageParams", spec: ModelSpec, problems: Problems) -> None:
    _vibes(params, spec, problems)
    if params.character_references and not spec.references:
        problems.add("character_references", f"{spec.name} does not take precise references")
    characters = len(params.enabled_characters)
    if characters > spec.characters:
        problems.add("characters", f"{spec.name} takes at most {spec.characters}, got {characters}")
    if params.inpaint is not None:
        if spec.inpainting is None:
            problems.add("inpaint", f"{spec.name} cannot inpaint")
        elif params.inpaint.strength != 1 and not spec.inpaint_strength:
            problems.add("inpaint.strength", f"{spec.name} inpaints at strength 1 only")
    if params.smea and params.action != "generate":
        problems.add("smea", "cannot be combined with i2i or inpaint")


def _vibes(params: "GenerateImageParams", spec: ModelSpec, problems: Problems) -> None:
    vibes = params.effective_vibes
    if vibes and spec.vibes is None:
        problems.add("vibes", f"{spec.name} does not take vibes")
    if spec.vibes == "raw" and any(vibe.image is None for vibe in vibes):
        problems.add("vibes", f"{spec.name} takes pictures, not encodings")
    if spec.vibes == "encoded":
        for index, vibe in enumerate(vibes):
            if vibe.image is None and vibe.encoding_for(spec.id) is None:
                problems.add(f"vibes.{index}", f"holds no encoding for {spec.name}, and no picture")


def certainly_fit(params: "GenerateImageParams") -> bool:
    """Tell from lengths alone that no text is longer than the model reads; false: one may be.

    Of plain ASCII, each character is one token at most, whichever the tokenizer.
    """
    limit = params.request_spec.token_limit
    if limit is None:
        return True
    for texts in params.sent_texts:
        if not all(text.isascii() and "&" not in text for text in texts):
            return False
        if sum(len(text) + MOST_ENDS for text in texts) > limit:
            return False
    return True


def cut_texts(params: "GenerateImageParams") -> list[str]:
    """Say which texts the service cuts off, a sentence each; counting may take some 100 ms.

    Where the vocabulary of the model is not installed nothing is known, and nothing is said.
    """
    if certainly_fit(params):
        return []
    try:
        return params.count_tokens().cuts
    except ConfigurationError:
        return []
