"""What a client wants, read from its request."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import anyio.to_thread
from starlette.datastructures import Headers

from novelai.catalogue import model_spec
from novelai.server.compat.bodies import members_of
from novelai.server.compat.openai.document import Document
from novelai.server.compat.openai.errors import refusal
from novelai.server.compat.openai.image_notes import notes_of
from novelai.server.compat.openai.image_source import prompt_of, read_source, start_from
from novelai.server.compat.openai.models import answer_forms, image_model
from novelai.server.compat.openai.schemas import ImageBody, read_as
from novelai.server.compat.samplers import UnknownSamplerError, read_sampling
from novelai.server.compat.seeds import seed_each
from novelai.server.http.context import RequestContext
from novelai.server.model.key import Key
from novelai.types.generation import GenerateImageParams

__all__ = ["ImageRequest", "Operation", "read_image_request"]

Operation = Literal["generation", "edit", "variation"]

PAID = frozenset(
    {
        "n_samples", "vibes", "controlnet", "character_references", "i2i", "inpaint", "smea",
        "smea_dyn", "reference_image_multiple", "director_reference_images", "enhance", "upscale",
    }
)  # fmt: skip
"""Fields that change the price, and belong into ``novelai``: not passed over in silence."""

HEADERS: Mapping[str, str] = {
    "x-steps": "steps",
    "x-seed": "seed",
    "x-scale": "scale",
    "x-sampler": "sampler",
    "x-size": "size",
}
"""For relays that drop fields they do not know."""

SELECTORS: Mapping[str, Operation] = {
    "generate": "generation",
    "generation": "generation",
    "txt2img": "generation",
    "img2img": "edit",
    "edit": "edit",
    "inpaint": "edit",
    "infill": "edit",
    "variation": "variation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """Pictures that are wanted.

    Attributes:
        params: of each; with a seed, the next one's is one higher.
        count: how many.
        as_url: answer with addresses instead of bytes.
        output_format: of the files; ``jpeg`` is converted.
        compression: quality of a JPEG, 0 to 100.
        stream: tell while it is drawn.
        partial_images: how many pictures in the making to show, 0 to 3.
        operation: what is done.
        digest: the same for the same request.
        notes: what was taken otherwise than it was asked for.
    """

    params: GenerateImageParams = field(repr=False)
    count: int
    as_url: bool
    output_format: Literal["png", "webp", "jpeg"]
    compression: int
    stream: bool
    partial_images: int
    operation: Operation
    digest: str
    notes: Sequence[str] = ()

    @property
    def shown(self) -> dict[str, Any]:
        """What each picture is, in OpenAI's words."""
        width, height = self.params.dimensions
        qualities = {"standard": "high", "light": "medium"}
        return {
            "size": f"{width}x{height}",
            "quality": qualities.get(self.params.quality_preset or "", "low"),
            "background": "transparent" if self.params.transparent_background else "opaque",
            "output_format": self.output_format,
        }

    @property
    def each(self) -> list[GenerateImageParams]:
        """The parameters of every picture."""
        return seed_each(self.params, self.count)


async def read_image_request(
    context: RequestContext, document: Document, headers: Headers, operation: Operation
) -> ImageRequest:
    """Read a request for pictures.

    Raises:
        ProblemError: 400, 404 or 422; it cannot be understood, or asks for too much.
        InvalidParamsError: a value is wrong.
    """
    given = dict(document.fields)
    for header, name in HEADERS.items():
        if header in headers and given.get(name) is None:
            given[name] = headers[header]
    document = Document(fields=given, files=document.files)
    misplaced = sorted(PAID & {name for name, value in given.items() if value is not None})
    if misplaced:
        raise refusal(misplaced[0], 'changes the price: put it into the object "novelai"')
    body = read_as(ImageBody, given)
    count = 1 if body.n is None else body.n
    if body.stream and count > 1:
        raise refusal("n", "must be 1 where stream is true")
    operation = _operation(document, operation)
    fields = _fields(context.key, body, required=operation != "variation")
    sampling, told = _sampling(body, fields["model"])
    fields |= sampling
    if operation != "generation":
        image = await read_source(context, document)
        masked = operation == "edit"
        source, notes = await start_from(context, document, body, image, masked=masked)
        fields |= source
        told += notes
        fields["prompt"] = fields["prompt"] or await prompt_of(image)
    native = _native(given)
    params = await context.services.params.change(context.key, "generate", fields, native)
    assert isinstance(params, GenerateImageParams)
    if params.n_samples != 1:
        raise refusal("novelai.n_samples", "must be 1: n says how many pictures are wanted")
    return ImageRequest(
        params=params,
        count=count,
        as_url=(body.response_format or answer_forms(body.model)[0]) == "url",
        output_format="jpeg" if body.output_format in ("jpeg", "jpg") else params.image_format,
        compression=max(1, 95 if body.output_compression is None else body.output_compression),
        stream=bool(body.stream),
        partial_images=body.partial_images or 0,
        operation=operation,
        digest=await anyio.to_thread.run_sync(_digest, document, operation),
        notes=[*told, *notes_of(given, body, params, edits=operation != "generation")],
    )


def _operation(document: Document, operation: Operation) -> Operation:
    if operation != "generation":
        return operation
    names = ("novelai_operation", "operation")
    name = next((name for name in names if document.fields.get(name) is not None), names[0])
    selector = document.fields.get(name)
    if selector is None:
        selector = members_of(document.fields.get("extra")).get("operation")
    if selector is not None:
        if str(selector) not in SELECTORS:
            raise refusal(name, f"must be one of {', '.join(SELECTORS)}")
        return SELECTORS[str(selector)]
    named = {"image", "images", "mask"}
    given = {name for name, value in document.fields.items() if value} | set(document.files)
    return "edit" if named & given else "generation"


def _fields(key: Key, body: ImageBody, *, required: bool) -> dict[str, Any]:
    if required and not (body.prompt and body.prompt.strip()):
        raise refusal("prompt", "is missing")
    fields: dict[str, Any] = {
        "prompt": body.prompt or "",
        "model": image_model(key, body.model),
        "size": body.wanted_size,
        "negative_prompt": body.negative_prompt,
        "quality": _quality(body),
        "uc_preset": body.uc_preset,
        "steps": body.steps,
        "scale": body.scale,
        "cfg_rescale": body.cfg_rescale,
        "seed": None if body.seed is not None and body.seed < 0 else body.seed,
        "transparent_background": body.background == "transparent",
        "image_format": "webp" if body.output_format == "webp" else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _quality(body: ImageBody) -> bool | str:
    if body.quality_toggle is not None:
        return body.quality_toggle
    if isinstance(body.quality, bool):
        return body.quality
    word = str(body.quality or "").lower()
    if word in ("low", "none", "false"):
        return False
    return "light" if word == "light" else True


def _sampling(body: ImageBody, model: str) -> tuple[dict[str, Any], list[str]]:
    """Return sampler and schedule, by any program's names, and what was taken otherwise."""
    try:
        found = read_sampling(
            body.sampler,
            body.noise_schedule,
            model_spec(model),
            fields=("sampler", "noise_schedule"),
        )
    except UnknownSamplerError as error:
        raise refusal(error.field, error.words) from None
    fields = {"sampler": found.sampler, "noise_schedule": found.schedule}
    return {name: value for name, value in fields.items() if value}, list(found.notes)


def _native(given: Mapping[str, Any]) -> dict[str, Any]:
    native = given.get("novelai")
    if isinstance(native, str):  # of a form
        try:
            native = json.loads(native)
        except (ValueError, RecursionError):
            raise refusal("novelai", "is no JSON") from None
    if native is None:
        return {}
    if not isinstance(native, dict):
        raise refusal("novelai", "must be an object")
    return cast("dict[str, Any]", native)


def _digest(document: Document, operation: Operation) -> str:
    files = {
        name: [hashlib.sha256(data).hexdigest() for data in datas]
        for name, datas in document.files.items()
    }
    content = json.dumps([operation, document.fields, files], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]
