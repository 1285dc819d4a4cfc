"""From what a workflow asks for to the parameters of its job."""

from collections.abc import Mapping
from typing import Any

from novelai.catalogue import max_samples
from novelai.errors import InvalidParamsError
from novelai.server.compat.a1111.choices import choices_of, model_named
from novelai.server.compat.a1111.clamps import at_most
from novelai.server.compat.a1111.plan import plan_of
from novelai.server.compat.a1111.schemas import ImageRequest, ImageToImageRequest
from novelai.server.compat.a1111.source import CENTRED, STRETCHED
from novelai.server.compat.bodies import in_base64, read_model
from novelai.server.compat.comfyui.graph import Node
from novelai.server.compat.comfyui.pictures import load_mask, load_picture
from novelai.server.compat.comfyui.refusals import refuse_input, refuse_values
from novelai.server.compat.comfyui.workflow import CHECKPOINTS, Wanted, WorkflowImage
from novelai.server.http.context import RequestContext
from novelai.server.model.key import Key, list_allowed_models
from novelai.server.model.params import JobParams
from novelai.server.model.problems import ProblemError
from novelai.types.generation import GenerateImageParams

__all__ = ["plan_prompt"]

INPUTS: Mapping[str, str] = {
    "scale": "cfg",
    "sampler": "sampler_name",
    "noise_schedule": "scheduler",
    "size": "width and height",
    "n_samples": "batch_size",
    "prompt": "positive",
    "negative_prompt": "negative",
    "i2i.strength": "denoise",
}
"""What ComfyUI calls our parameters, where it has another name."""

NOT_FOUND = 404


async def plan_prompt(context: RequestContext, image: WorkflowImage, notes: list[str]) -> JobParams:
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
            return await _sampled(context, image.node, image.wanted, notes)
        return await context.services.params.read(context.key, "generate", image.wanted)
    except InvalidParamsError as error:
        raise refuse_values(image.node, error.problems) from None


async def _sampled(
    context: RequestContext, node: Node, wanted: Wanted, notes: list[str]
) -> GenerateImageParams:
    fields: dict[str, Any] = {
        "prompt": wanted.prompt,
        "negative_prompt": wanted.negative,
        "seed": wanted.seed,
        "steps": wanted.steps,
        "cfg_scale": wanted.cfg,
        "sampler_name": wanted.sampler_name,
        "scheduler": wanted.scheduler,
        "model": _model(context.key, wanted.loader, notes),
    }
    kind = ImageRequest if wanted.latent.is_empty else ImageToImageRequest
    fields |= await _source(context, wanted)
    try:
        plan = await plan_of(context, read_model(kind, fields), names=INPUTS)
    except ProblemError as problem:
        if problem.status == NOT_FOUND:  # the model was found above
            words = "there is none of this name; /object_info/KSampler lists those there are"
            raise refuse_input(node, "sampler_name", "value_not_in_list", words) from None
        if not problem.errors:
            raise
        raise refuse_values(node, problem.errors) from None
    notes += plan.notes
    params = plan.wanted[0]
    most = max_samples(params.dimensions[0] * params.dimensions[1])
    return params.replace(n_samples=at_most("batch_size", wanted.latent.batch_size, most, notes))


async def _source(context: RequestContext, wanted: Wanted) -> dict[str, Any]:
    """Return the size, and the picture that it starts from."""
    latent, size = wanted.latent, wanted.size
    fields: dict[str, Any] = {}
    if not latent.is_empty:
        picture, own_size = await load_picture(context, latent.node)
        size = size or own_size
        centred = latent.scaled is not None and latent.scaled.inputs.get("crop") == "center"
        fields |= {
            "init_images": [await in_base64(picture)],
            "denoising_strength": wanted.strength,
            "resize_mode": CENTRED if centred else STRETCHED,
        }
    if latent.mask is not None:
        fields["mask"] = await in_base64(await load_mask(context, latent.mask))
    width, height = size or (0, 0)
    return fields | {"width": width, "height": height}


def _model(key: Key, loader: Node | None, notes: list[str]) -> str:
    if loader is None:
        return choices_of(key).model
    name = next(name for name in CHECKPOINTS if isinstance(loader.inputs.get(name), str))
    if not loader.inputs[name].strip():
        model = choices_of(key).model
        notes.append(f"{name} was empty: {model} was taken.")
        return model
    try:
        return model_named(loader.inputs[name])
    except ProblemError:
        known = ", ".join(list_allowed_models(key))
        words = f"names no model of NovelAI; there are {known}"
        raise refuse_input(loader, name, "value_not_in_list", words) from None
