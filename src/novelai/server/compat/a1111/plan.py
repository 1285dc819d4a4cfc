"""From what an A1111 client sends to the jobs that do it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import anyio.to_thread

from novelai._model_table import MAX_STEPS
from novelai.catalogue import ModelSpec, model_spec
from novelai.errors import InvalidParamsError
from novelai.server.compat.a1111.choices import Choices, choices_of, model_named
from novelai.server.compat.a1111.clamps import (
    FIELDS,
    at_most,
    fit_size,
    fit_strength,
    hires_size,
    note_fixed,
)
from novelai.server.compat.a1111.ignored import NATIVE_SCRIPT
from novelai.server.compat.a1111.schemas import MOST, ImageRequest, ImageToImageRequest
from novelai.server.compat.a1111.source import MOST_STRENGTH, source_of
from novelai.server.compat.a1111.weights import translate
from novelai.server.compat.job_batch import FollowUp
from novelai.server.compat.samplers import UnknownSamplerError, read_sampling
from novelai.server.compat.seeds import seed_each
from novelai.server.http.context import RequestContext
from novelai.server.http.error_handlers import invalid
from novelai.server.http.job_results import Image
from novelai.server.model.budget import refusal
from novelai.server.model.job import JobRefusedError
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError
from novelai.types.base import construct
from novelai.types.generation import GenerateImageParams
from novelai.types.i2i import I2iParams

__all__ = ["Plan", "plan_of"]

LONGEST_PROMPT = 51_200
HIRES_STRENGTH = 0.5
NOTHING = Image(data=b"\x00", media_type="image/png", seed=None, headers={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be made.

    Attributes:
        wanted: one for each picture.
        follow_up: the hires fix: makes the follow_up job's parameters from the first picture.
        notes: what was done otherwise than asked for, in sentences.
    """

    wanted: Sequence[GenerateImageParams]
    follow_up: FollowUp | None = None
    notes: Sequence[str] = field(default_factory=list[str])


async def plan_of(
    context: RequestContext,
    image_request: ImageRequest,
    *,
    names: Mapping[str, str] = FIELDS,
) -> Plan:
    """Plan the jobs of a request. Nothing is submitted.

    Args:
        context: who asks.
        image_request: what is wanted.
        names: what the client calls our parameters, where it has another name: for notes and
            refusals.

    Raises:
        ProblemError: 404, no such sampler or model; 422, a value is wrong.
        InvalidParamsError: a picture cannot be read.
        JobRefusedError: the hires fix is more than the key may spend.
    """
    if image_request.count > MOST:
        raise invalid([("n_iter", f"times batch_size is more than {MOST} pictures")])
    notes: list[str] = []
    choices = choices_of(context.key)
    spec = _spec(image_request, choices)
    fields = _fields(image_request, choices, spec, names, notes)
    if isinstance(image_request, ImageToImageRequest):
        limit = context.services.uploads.pixel_limit
        fields |= await source_of(
            image_request,
            fields.get("size"),
            notes,
            pixel_limit=limit,
            strength_name=names.get("i2i.strength", "strength"),
        )
    params = await _read(context, fields, _native(image_request), names)
    size = await anyio.to_thread.run_sync(lambda: params.dimensions)
    if params.follows_source:
        params = params.replace(size=size)
    follow_up = None
    if image_request.enable_hr and not isinstance(image_request, ImageToImageRequest):
        follow_up = _enlargement(image_request, params, size, notes)
    if follow_up is not None:
        await _affordable(context, follow_up(NOTHING))
    wanted = seed_each(params, image_request.count)
    return Plan(wanted=wanted, follow_up=follow_up, notes=notes)


async def _read(
    context: RequestContext,
    fields: Mapping[str, Any],
    native: Mapping[str, Any],
    names: Mapping[str, str],
) -> GenerateImageParams:
    if not native:
        try:
            return construct(GenerateImageParams, fields)
        except InvalidParamsError as error:
            found = [(names.get(name, name), message) for name, message in error.problems]
            raise invalid(found) from None
    params = await context.services.params.change(context.key, "generate", fields, native)
    assert isinstance(params, GenerateImageParams)
    return params


def _spec(image_request: ImageRequest, choices: Choices) -> ModelSpec:
    override = image_request.override_settings.get("sd_model_checkpoint")
    named = override or image_request.model
    return model_spec(model_named(named) if named else choices.model)


def _fields(
    image_request: ImageRequest,
    choices: Choices,
    spec: ModelSpec,
    names: Mapping[str, str],
    notes: list[str],
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        **_texts(image_request, choices, spec, names),
        "model": spec.id,
        "quality": choices.quality and bool(spec.quality),
        "uc_preset": choices.uc_preset,
        **_sampling(image_request, spec, names, notes),
    }
    if image_request.steps is not None:
        fields["steps"] = at_most("steps", image_request.steps, MAX_STEPS, notes)
    if image_request.cfg_scale is not None:
        scale = names.get("scale", "scale")
        fields["scale"] = at_most(scale, image_request.cfg_scale, spec.max_scale, notes)
    if image_request.seed >= 0:
        fields["seed"] = image_request.seed
    width, height = image_request.width, image_request.height
    if width or height:
        asked = width or height or 0, height or width or 0
        fields["size"] = fit_size(names.get("size", "size"), asked, notes)
    note_fixed(fields, spec, names, notes)
    return fields


def _texts(
    image_request: ImageRequest, choices: Choices, spec: ModelSpec, names: Mapping[str, str]
) -> dict[str, str]:
    given = {"prompt": image_request.prompt, "negative_prompt": image_request.negative_prompt}
    for name, text in given.items():
        if len(text) > LONGEST_PROMPT:
            raise invalid([(names.get(name, name), f"has more than {LONGEST_PROMPT:,} characters")])
    syntax = image_request.prompt_syntax or choices.prompt_syntax
    return {
        name: translate(text, syntax, numeric=spec.structured_prompt)
        for name, text in given.items()
        if text or name == "prompt"
    }


def _sampling(
    image_request: ImageRequest, spec: ModelSpec, names: Mapping[str, str], notes: list[str]
) -> dict[str, Any]:
    called = (names.get("sampler", "sampler"), names.get("noise_schedule", "noise_schedule"))
    try:
        found = read_sampling(image_request.sampler, image_request.scheduler, spec, fields=called)
    except UnknownSamplerError as error:
        hint = f" {error.hint[0].upper()}{error.hint[1:]}" if error.hint else ""
        raise ProblemError(
            404,
            "not_found",
            f"Sampler not found.{hint} Choose one of /sdapi/v1/samplers. "
            "Nothing was sent or charged.",
        ) from None
    notes += found.notes
    fields = {"sampler": found.sampler, "noise_schedule": found.schedule}
    return {name: value for name, value in fields.items() if value is not None}


def _native(image_request: ImageRequest) -> Mapping[str, Any]:
    """NovelAI's own parameters, for which A1111 has no field."""
    script: object = image_request.alwayson_scripts.get(NATIVE_SCRIPT)
    if not isinstance(script, Mapping):
        return {}
    args: object = cast("Mapping[str, Any]", script).get("args")
    found: object = args
    if isinstance(args, list):
        members = cast("list[Any]", args)
        found = members[0] if members else {}
    if not isinstance(found, Mapping):
        raise invalid([(f"alwayson_scripts.{NATIVE_SCRIPT}.args", "is a list with one object")])
    return cast("Mapping[str, Any]", found)


def _enlargement(
    image_request: ImageRequest,
    params: GenerateImageParams,
    size: tuple[int, int],
    notes: list[str],
) -> FollowUp | None:
    larger = hires_size(image_request, size, notes)
    if larger is None:
        return None
    asked = image_request.denoising_strength
    given = HIRES_STRENGTH if asked is None else asked
    strength = fit_strength("denoising_strength", given, MOST_STRENGTH, notes)
    passes = image_request.hr_second_pass_steps
    steps = at_most("hr_second_pass_steps", passes, MAX_STEPS, notes) or params.steps

    def follow_up(image: Image) -> JobParams:
        fields = {name: getattr(params, name) for name in params.model_fields_set}
        return construct(
            GenerateImageParams,
            fields
            | {
                "i2i": I2iParams(image=image.data, strength=strength),
                "size": larger,
                "steps": steps,
                "seed": image.seed,
                "n_samples": 1,
            },
        )

    return follow_up


async def _affordable(context: RequestContext, params: JobParams) -> None:
    """Refuse a follow_up job that the key could never pay, before the first is made."""
    fitted = await context.services.fitting.fit(context.key, params)
    price = await context.services.jobs.quote(context.key, fitted.params)
    found = refusal(
        context.key.budget,
        price,
        model=getattr(params, "model", None),
        used={"day": 0, "week": 0, "month": 0},
        allowance_used=0,
    )
    if found is not None:
        raise JobRefusedError(found.code, f"The hires fix: {found.sentence}")
