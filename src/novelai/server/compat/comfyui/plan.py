"""From what a workflow asks for to the parameters of its job."""

from collections.abc import Mapping
from math import sqrt
from typing import Any

from novelai.catalogue import MAX_AREA, ModelSpec, max_samples, model_spec, nearest_size
from novelai.errors import InvalidParamsError
from novelai.server.compat.a1111.choices import choices_of, model_named
from novelai.server.compat.a1111.weights import translate
from novelai.server.compat.comfyui.graph import Node
from novelai.server.compat.comfyui.refusals import refuse_input, refuse_values
from novelai.server.compat.comfyui.workflow import CHECKPOINTS, Wanted, WorkflowImage
from novelai.server.compat.samplers import UnknownSamplerError, read_sampling
from novelai.server.http.context import RequestContext
from novelai.server.model.key import Key, list_allowed_models
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError
from novelai.types.base import construct
from novelai.types.generation import GenerateImageParams

__all__ = ["plan_prompt"]

MOST_STEPS = 50
LONGEST_PROMPT = 51_200
"""Characters; what is longer is not translated, either."""

STEP = 64

INPUTS: Mapping[str, str] = {
    "scale": "cfg",
    "sampler": "sampler_name",
    "noise_schedule": "scheduler",
    "size": "width and height",
    "n_samples": "batch_size",
    "prompt": "positive",
    "negative_prompt": "negative",
}
"""What ComfyUI calls our parameters; the others have the same name."""


async def plan_prompt(
    context: RequestContext, image: WorkflowImage, notes: list[str]
) -> JobParams:
    """Return the parameters of a workflow's job. Nothing is submitted.

    Args:
        context: who asks.
        image: what for.
        notes: is told what is taken otherwise than asked for.

    Raises:
        WorkflowError: NovelAI or the model does not take a value.
        ProblemError: a picture cannot be read.
    """
    try:
        if isinstance(image.wanted, Wanted):
            fields = _fields(context.key, image.node, image.wanted, notes)
            return construct(GenerateImageParams, fields)
        return await context.services.params.read(context.key, "generate", image.wanted)
    except InvalidParamsError as error:
        named = INPUTS if isinstance(image.wanted, Wanted) else {}
        found = [(named.get(field, field), words) for field, words in error.problems]
        raise refuse_values(image.node, found) from None


def _fields(key: Key, node: Node, wanted: Wanted, notes: list[str]) -> dict[str, Any]:
    choices = choices_of(key)
    model = choices.model if wanted.loader is None else _model(key, wanted.loader)
    spec = model_spec(model)
    for field, text in (("positive", wanted.prompt), ("negative", wanted.negative)):
        if len(text) > LONGEST_PROMPT:
            raise refuse_values(node, [(field, f"has more than {LONGEST_PROMPT:,} characters")])
    size = _size(wanted.size, notes)
    fields: dict[str, Any] = {
        "prompt": translate(wanted.prompt, choices.prompt_syntax, numeric=spec.structured_prompt),
        "model": model,
        "quality": choices.quality and bool(spec.quality),
        "uc_preset": choices.uc_preset,
        "steps": int(_at_most("steps", wanted.steps, MOST_STEPS, notes)),
        "scale": _at_most("cfg", wanted.cfg, spec.max_scale, notes),
        "seed": wanted.seed,
        "size": size,
        "n_samples": int(
            _at_most("batch_size", wanted.batch_size, max_samples(size[0] * size[1]), notes)
        ),
        **_sampling(node, wanted, spec, notes),
    }
    if wanted.negative:
        fields["negative_prompt"] = translate(
            wanted.negative, choices.prompt_syntax, numeric=spec.structured_prompt
        )
    return _without_fixed(fields, spec, notes)


def _model(key: Key, loader: Node) -> str:
    name = next(name for name in CHECKPOINTS if isinstance(loader.inputs.get(name), str))
    try:
        return model_named(loader.inputs[name])
    except ProblemError:
        known = ", ".join(list_allowed_models(key))
        raise refuse_input(
            loader, name, "value_not_in_list", f"names no model of NovelAI; there are {known}"
        ) from None


def _sampling(node: Node, wanted: Wanted, spec: ModelSpec, notes: list[str]) -> dict[str, Any]:
    try:
        found = read_sampling(wanted.sampler_name, wanted.scheduler, spec)
    except UnknownSamplerError as error:
        names = ", ".join(sampler.removeprefix("k_") for sampler in spec.samplers)
        words = f"there is none of this name; there are {names}"
        hint = f" ({error.hint})" if error.hint else ""
        raise refuse_input(node, error.field, "value_not_in_list", words + hint) from None
    notes.extend(found.notes)
    fields = {"sampler": found.sampler, "noise_schedule": found.schedule}
    return {name: value for name, value in fields.items() if value is not None}


def _size(asked: tuple[int, int], notes: list[str]) -> tuple[int, int]:
    """Return the nearest size that NovelAI draws."""
    scale = min(1.0, sqrt(MAX_AREA / (asked[0] * asked[1])))
    width, height = nearest_size(asked[0] * scale, asked[1] * scale)
    while width * height > MAX_AREA:  # rounded up
        width, height = (width - STEP, height) if width > height else (width, height - STEP)
    if (width, height) != asked:
        notes.append(
            f"width and height {asked[0]}x{asked[1]} became {width}x{height}: "
            f"sides are multiples of {STEP}, and {MAX_AREA:,} pixels are the most."
        )
    return width, height


def _at_most(field: str, asked: float, most: float, notes: list[str]) -> float:
    if asked > most:
        notes.append(f"{field} {asked:g} became {most:g}: that is the most at NovelAI.")
    return min(asked, most)


def _without_fixed(fields: dict[str, Any], spec: ModelSpec, notes: list[str]) -> dict[str, Any]:
    """Leave out what the model sets by itself, and say so."""
    found = [name for name in fields if name in spec.fixed]
    notes.extend(
        f"{INPUTS.get(name, name)} was left out: {spec.name} sets it by itself."
        for name in found
        if name in {"steps", "scale", "sampler", "negative_prompt"}
    )
    return {name: value for name, value in fields.items() if name not in found}
