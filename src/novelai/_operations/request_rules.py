"""What a request that a program built itself must have, before it is sent.

The service checks little and answers many faults with a bare 500 (observed 2026); what is refused
here is what it refuses, fails on, or would charge an unknown price for.
"""

from collections.abc import Iterator
from typing import TypeAlias

from novelai.catalogue import MAX_AREA, ModelSpec, base_model, known_model, model_spec
from novelai.cost import MAX_PICTURE_ANLAS
from novelai.errors import InvalidParamsError
from novelai.types.api.image import ImageGenerationRequest, ImageParameters
from novelai.types.api.price import request_price
from novelai.types.base import SEEDS
from novelai.types.rules import MAX_PROMPT, SIZE_STEP, max_samples

__all__ = ["check_request"]

Problem: TypeAlias = tuple[str, str]
"""Dotted name of a field, and a sentence about it."""

ACTIONS = ("generate", "img2img", "infill")
TOP = frozenset({"input", "model", "action"})


def check_request(request: ImageGenerationRequest) -> None:
    """Refuse what the service refuses, fails on, or would charge an unknown price for.

    Raises:
        InvalidParamsError: a value is wrong; every finding is named.
    """
    params = request.parameters
    problems = [*_top(request), *_numbers(params)]
    problems = problems or [*_price(request), *_images(params)]
    if known_model(request.model):
        problems += [*_model(request, model_spec(request.model))]
    if problems:
        raise InvalidParamsError(
            [(field if field in TOP else f"parameters.{field}", text) for field, text in problems]
        )


def _top(request: ImageGenerationRequest) -> Iterator[Problem]:
    if len(request.input) > MAX_PROMPT:
        yield "input", f"must be at most {MAX_PROMPT} characters, got {len(request.input)}"
    if request.action not in ACTIONS:
        yield "action", f"must be one of {', '.join(ACTIONS)}"
    params = request.parameters
    if request.action == "generate" and params.image is not None:
        yield "image", "belongs to the actions img2img and infill"
    if request.action in ("img2img", "infill") and params.image is None:
        yield "image", f"is needed by the action {request.action}"
    if request.action == "infill" and params.mask is None:
        yield "mask", "is needed by the action infill"


def _numbers(params: ImageParameters) -> Iterator[Problem]:
    for name in ("width", "height"):
        side = getattr(params, name)
        if side is None:
            yield name, "is needed: it decides the price"
        elif side < SIZE_STEP or side % SIZE_STEP:
            yield name, f"must be a multiple of {SIZE_STEP}, got {side}"
    area = (params.width or 0) * (params.height or 0)
    if area > MAX_AREA:
        yield "width", f"width times height must be at most {MAX_AREA} pixels, got {area}"
    ranges = {
        "steps": (1, 50),
        "n_samples": (1, max_samples(area)),
        "seed": (0, SEEDS - 1),
        "scale": (0, 25),
    }
    for name, (low, high) in ranges.items():
        value = getattr(params, name)
        if value is not None and not low <= value <= high:
            yield name, f"must be {low} to {high}, got {value}"
    for name in ("steps", "n_samples"):
        if getattr(params, name) is None:
            yield name, "is needed: it decides the price"


def _price(request: ImageGenerationRequest) -> Iterator[Problem]:
    price = request_price(request.model, request.parameters).per_image_anlas
    if price is not None and price > MAX_PICTURE_ANLAS:
        yield (
            "steps",
            f"this would cost {price} Anlas a picture; the service allows {MAX_PICTURE_ANLAS}",
        )


def _images(params: ImageParameters) -> Iterator[Problem]:
    given = {
        "image": [params.image],
        "mask": [params.mask],
        "reference_image_multiple": params.reference_image_multiple or [],
        "director_reference_images": params.director_reference_images or [],
    }
    for name, images in given.items():
        if any(image is not None and image.startswith("data:") for image in images):
            yield name, "must be base64 without a data: prefix, which the service fails on"
    if params.reference_image_multiple and params.director_reference_images:
        yield "director_reference_images", "cannot be combined with vibes: choose one"


def _model(request: ImageGenerationRequest, spec: ModelSpec) -> Iterator[Problem]:
    params = request.parameters
    inpaints = base_model(request.model) != request.model and request.model == spec.inpainting
    if inpaints and request.action != "infill":
        yield "model", f"{request.model} is for the action infill only"
    if request.action == "infill" and not inpaints:
        yield "model", f"must be that of an inpainting model, here {spec.inpainting}"
    if spec.structured_prompt:
        for name in ("v4_prompt", "v4_negative_prompt"):
            if getattr(params, name) is None:
                yield name, f"{spec.name} needs it"
    if params.sm and not spec.smea:
        yield "sm", f"{spec.name} does not have it"
    if params.reference_image_multiple and spec.vibes is None:
        yield "reference_image_multiple", f"{spec.name} does not take vibes"
    if params.director_reference_images and not spec.references:
        yield "director_reference_images", f"{spec.name} does not take precise references"
