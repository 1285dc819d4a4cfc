"""What A1111 tells of finished pictures: ``info``, and the text it writes into files."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from novelai._version import __version__
from novelai.server.compat.a1111.schemas import ImageRequest
from novelai.server.compat.job_batch import BatchResult
from novelai.server.compat.sampler_names import SCHEDULES
from novelai.server.compat.samplers import sampler_label
from novelai.types.generation import GenerateImageParams

__all__ = ["info_of", "infotext", "parameters_of"]

VERSION = f"novelai {__version__}"
SECRET = frozenset({"url", "auth", "init_images", "mask"})
"""What is not repeated: secrets that leaked into the body, and megabytes."""


def infotext(
    params: GenerateImageParams,
    *,
    prompt: str,
    negative_prompt: str,
    seed: int | None,
    size: tuple[int, int],
) -> str:
    """Return the settings as A1111 writes them: prompt, undesired content, a line of the rest."""
    rest: dict[str, Any] = {
        "Steps": params.steps,
        "Sampler": sampler_label(params.sampler),
        "Schedule type": SCHEDULES.get(params.noise_schedule or params.request_spec.noise_schedule),
        "CFG scale": params.request_spec.scale if params.scale is None else params.scale,
        "Seed": seed,
        "Size": f"{size[0]}x{size[1]}",
        "Model": params.model,
        "Denoising strength": _strength(params),
        "Version": VERSION,
    }
    line = ", ".join(f"{name}: {value}" for name, value in rest.items() if value is not None)
    unwanted = f"\nNegative prompt: {negative_prompt}" if negative_prompt else ""
    return f"{prompt}{unwanted}\n{line}"


def info_of(image_request: ImageRequest, result: BatchResult, ignored: Sequence[str]) -> str:
    """Return the ``info`` of an answer: JSON in a string, as A1111 has it.

    Args:
        image_request: what was wanted.
        result: what came of it.
        ignored: names of what was asked for in vain.
    """
    made = [one for one in result.images if isinstance(one.params, GenerateImageParams)]
    params = made[0].params
    assert isinstance(params, GenerateImageParams)
    seeds = [one.image.seed for one in made]
    count = len(made)
    width, height = params.dimensions
    notes = [*result.notes, *(problem.detail for problem in result.problems)]
    texts = [
        infotext(
            params,
            prompt=image_request.prompt,
            negative_prompt=image_request.negative_prompt,
            seed=seed,
            size=(width, height),
        )
        for seed in seeds
    ]
    finished = max((job.finished_at or 0.0 for one in made for job in one.jobs), default=0.0)
    document: dict[str, Any] = {
        "prompt": image_request.prompt,
        "all_prompts": [image_request.prompt] * count,
        "negative_prompt": image_request.negative_prompt,
        "all_negative_prompts": [image_request.negative_prompt] * count,
        "seed": seeds[0],
        "all_seeds": seeds,
        "subseed": seeds[0],
        "all_subseeds": seeds,
        "subseed_strength": 0,
        "width": width,
        "height": height,
        "sampler_name": sampler_label(params.sampler),
        "cfg_scale": params.request_spec.scale if params.scale is None else params.scale,
        "steps": params.steps,
        "batch_size": image_request.batch_size,
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": params.model,
        "sd_model_hash": "",
        "sd_vae_name": None,
        "sd_vae_hash": None,
        "seed_resize_from_w": -1,
        "seed_resize_from_h": -1,
        "denoising_strength": _strength(params),
        "extra_generation_params": _told(notes, ignored),
        "index_of_first_image": 0,
        "infotexts": texts,
        "styles": [],
        "job_timestamp": datetime.fromtimestamp(finished, UTC).strftime("%Y%m%d%H%M%S"),
        "clip_skip": 1,
        "is_using_inpainting_conditioning": params.action == "infill",
        "version": VERSION,
        "notes": notes,
        "ignored": ignored,
        "novelai": {"jobs": [job.id for one in made for job in one.jobs], "model": params.model},
    }
    return json.dumps(document, ensure_ascii=False)


def parameters_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Repeat the client's parameters as A1111 does, without its secrets and pictures."""
    return {name: value for name, value in body.items() if name not in SECRET}


def _strength(params: GenerateImageParams) -> float | None:
    source = params.inpaint or params.i2i
    return None if source is None else source.strength


def _told(notes: Sequence[str], ignored: Sequence[str]) -> dict[str, Any]:
    """Return what A1111's own page shows beside a picture."""
    told = {"Notes": notes, "Ignored": ignored}
    return {name: found for name, found in told.items() if found}
