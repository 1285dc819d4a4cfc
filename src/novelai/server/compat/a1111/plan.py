"""From what an A1111 client sends to the jobs that do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import anyio.to_thread

from novelai.catalogue import MAX_AREA, ModelSpec, model_spec
from novelai.server.compat.a1111.choices import choices_of, model_named
from novelai.server.compat.a1111.samplers import sampling_of
from novelai.server.compat.a1111.schemas import MOST, ImageRequest, ImageToImageRequest
from novelai.server.compat.a1111.weights import translate
from novelai.server.compat.input_images import crop, decode_image, extend
from novelai.server.compat.job_batch import FollowUp
from novelai.server.compat.masks import white_repaints
from novelai.server.compat.seeds import seed_each
from novelai.server.http.context import RequestContext
from novelai.server.http.error_handlers import invalid
from novelai.server.http.job_results import Image
from novelai.server.model.budget import refusal
from novelai.server.model.job import JobRefusedError
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.types.base import construct
from novelai.types.generation import GenerateImageParams
from novelai.types.i2i import I2iParams

__all__ = ["Plan", "plan_of"]

GRID = 64
LONGEST_PROMPT = 51_200
IMG2IMG_STRENGTH = 0.75
HIRES_STRENGTH = 0.5
NOTHING = Image(data=b"\x00", media_type="image/png", seed=None, headers={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be made.

    Attributes:
        wanted: one for each picture.
        size: of the pictures that are answered, in pixels.
        follow_up: the hires fix: makes the follow_up job's parameters from the first picture.
        notes: what was done otherwise than asked for, in sentences.
    """

    wanted: Sequence[GenerateImageParams]
    size: tuple[int, int]
    follow_up: FollowUp | None = None
    notes: Sequence[str] = field(default_factory=list[str])


async def plan_of(context: RequestContext, image_request: ImageRequest) -> Plan:
    """Plan the jobs of a request. Nothing is submitted.

    Raises:
        ProblemError: 404, no such sampler or model; 422, a value is wrong.
        InvalidParamsError: the model does not take a value.
        JobRefusedError: the hires fix is more than the key may spend.
    """
    if image_request.count > MOST:
        raise invalid([("n_iter", f"with batch_size asks for more than {MOST} pictures")])
    notes: list[str] = []
    fields = _fields(context.key, image_request, notes)
    if isinstance(image_request, ImageToImageRequest):
        fields |= await _source(context.services, image_request, fields.get("size"), notes)
    params = await _read(context, fields, _native(image_request))
    size = await anyio.to_thread.run_sync(lambda: params.dimensions)
    if params.follows_source:
        params = params.replace(size=size)
    follow_up = None
    if image_request.enable_hr and not isinstance(image_request, ImageToImageRequest):
        size = _hires_size(image_request, size, notes)
        follow_up = _enlargement(image_request, params, size)
        await _affordable(context, follow_up(NOTHING))
    return Plan(
        wanted=seed_each(params, image_request.count), size=size, follow_up=follow_up, notes=notes
    )


async def _read(
    context: RequestContext, fields: Mapping[str, Any], native: Mapping[str, Any]
) -> GenerateImageParams:
    if not native:
        return construct(GenerateImageParams, fields)
    params = await context.services.params.change(context.key, "generate", fields, native)
    assert isinstance(params, GenerateImageParams)
    return params


def _fields(key: Key, image_request: ImageRequest, notes: list[str]) -> dict[str, Any]:
    choices = choices_of(key)
    override = image_request.override_settings.get("sd_model_checkpoint")
    named = override or image_request.model
    model = model_named(named) if named else choices.model
    spec = model_spec(model)
    for name, text in (
        ("prompt", image_request.prompt),
        ("negative_prompt", image_request.negative_prompt),
    ):
        if len(text) > LONGEST_PROMPT:
            raise invalid([(name, f"has more than {LONGEST_PROMPT:,} characters")])
    syntax = image_request.prompt_syntax or choices.prompt_syntax
    numeric = spec.structured_prompt
    fields: dict[str, Any] = {
        "prompt": translate(image_request.prompt, syntax, numeric=numeric),
        "model": model,
        "quality": choices.quality and bool(spec.quality),
        "uc_preset": choices.uc_preset,
        **_sampling(image_request, spec, notes),
    }
    if image_request.negative_prompt:
        fields["negative_prompt"] = translate(
            image_request.negative_prompt, syntax, numeric=numeric
        )
    if image_request.steps is not None:
        fields["steps"] = image_request.steps
    if image_request.cfg_scale is not None:
        fields["scale"] = image_request.cfg_scale
    if image_request.seed >= 0:
        fields["seed"] = image_request.seed
    size = _size(image_request, notes)
    return fields if size is None else fields | {"size": size}


def _sampling(image_request: ImageRequest, spec: ModelSpec, notes: list[str]) -> dict[str, Any]:
    found = sampling_of(image_request.sampler, image_request.scheduler, spec)
    if found is None:
        raise ProblemError(
            404,
            "not_found",
            "Sampler not found: choose one of /sdapi/v1/samplers. Nothing was sent or charged.",
        )
    if found.ignored is not None:
        notes.append(f"The model has no such schedule: its own was used, {spec.noise_schedule}.")
    fields = {"sampler": found.sampler, "noise_schedule": found.schedule}
    return {name: value for name, value in fields.items() if value is not None}


def _size(image_request: ImageRequest, notes: list[str]) -> tuple[int, int] | None:
    if image_request.width is None and image_request.height is None:
        return None
    asked = (
        image_request.width or image_request.height or GRID,
        image_request.height or image_request.width or GRID,
    )
    return _snap(asked, notes)


def _snap(asked: tuple[int, int], notes: list[str]) -> tuple[int, int]:
    """Return the nearest size with sides in steps of 64."""
    width, height = (max(GRID, round(side / GRID) * GRID) for side in asked)
    if (width, height) != asked:
        notes.append(
            f"{asked[0]}x{asked[1]} became {width}x{height}: sides are multiples of {GRID}."
        )
    return width, height


def _native(image_request: ImageRequest) -> Mapping[str, Any]:
    """NovelAI's own parameters, for which A1111 has no field."""
    script: object = image_request.alwayson_scripts.get("novelai")
    if not isinstance(script, Mapping):
        return {}
    args: object = cast("Mapping[str, Any]", script).get("args")
    found: object = args
    if isinstance(args, list):
        members = cast("list[Any]", args)
        found = members[0] if members else {}
    if not isinstance(found, Mapping):
        raise invalid([("alwayson_scripts.novelai.args", "is a list with one object")])
    return cast("Mapping[str, Any]", found)


async def _source(
    services: Services,
    image_request: ImageToImageRequest,
    size: tuple[int, int] | None,
    notes: list[str],
) -> dict[str, Any]:
    if not image_request.init_images:
        raise ProblemError(404, "not_found", "Init image not found")
    if len(image_request.init_images) > 1:
        raise invalid([("init_images", "holds more than one picture: send one at a time")])
    limit = services.uploads.pixel_limit
    image = await decode_image(
        image_request.init_images[0], pixel_limit=limit, field="init_images.0"
    )
    strength = (
        IMG2IMG_STRENGTH
        if image_request.denoising_strength is None
        else image_request.denoising_strength
    )
    mask = None
    if image_request.mask:
        mask = await decode_image(image_request.mask, pixel_limit=limit, field="mask")
        drawn, invert = mask, bool(image_request.inpainting_mask_invert)
        mask = await anyio.to_thread.run_sync(lambda: white_repaints(drawn, image, invert=invert))
    fit = {1: crop, 2: extend}.get(image_request.resize_mode)
    if fit is not None and size is not None:
        image = await _fit(fit, image, size)
        mask = None if mask is None else await _fit(crop if fit is crop else fit, mask, size)
    if mask is None:
        return {"i2i": {"image": image, "strength": _strength(strength, 0.99, notes)}}
    strength = _strength(strength, 1.0, notes)
    return {"inpaint": {"image": image, "mask": mask, "strength": strength}}


async def _fit(
    fit: Callable[[bytes, tuple[int, int]], bytes], data: bytes, size: tuple[int, int]
) -> bytes:
    return await anyio.to_thread.run_sync(fit, data, size)


def _strength(asked: float, most: float, notes: list[str]) -> float:
    strength = min(max(asked, 0.01), most)
    if strength != asked:
        notes.append(f"denoising_strength {asked:g} became {strength:g}.")
    return strength


def _hires_size(
    image_request: ImageRequest, size: tuple[int, int], notes: list[str]
) -> tuple[int, int]:
    width, height = size
    if image_request.hr_resize_x or image_request.hr_resize_y:
        asked = (
            image_request.hr_resize_x or round(width * image_request.hr_resize_y / height),
            image_request.hr_resize_y or round(height * image_request.hr_resize_x / width),
        )
    else:
        asked = round(width * image_request.hr_scale), round(height * image_request.hr_scale)
    found = _snap(asked, notes)
    if found[0] * found[1] > MAX_AREA:
        most = int((MAX_AREA / (width * height)) ** 0.5 * 10) / 10
        sentence = (
            f"leads to {found[0]}x{found[1]}, more than NovelAI's {MAX_AREA:,} pixels: "
            f"at most about {most:.1f} from {width}x{height}"
        )
        raise invalid([("hr_scale", sentence)])
    return found


def _enlargement(
    image_request: ImageRequest, params: GenerateImageParams, size: tuple[int, int]
) -> FollowUp:
    given = (
        HIRES_STRENGTH
        if image_request.denoising_strength is None
        else image_request.denoising_strength
    )
    strength = _strength(given, 0.99, [])
    steps = image_request.hr_second_pass_steps or params.steps

    def follow_up(image: Image) -> JobParams:
        fields = {name: getattr(params, name) for name in params.model_fields_set}
        return construct(
            GenerateImageParams,
            fields
            | {
                "i2i": I2iParams(image=image.data, strength=strength),
                "size": size,
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
