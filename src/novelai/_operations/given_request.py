"""Requests that a program built itself: checked, then sent as they are, with pictures in base64."""

from base64 import b64decode, b64encode
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from pydantic_core import to_json

from novelai._codecs.archive import read_pictures
from novelai._images import picture_size
from novelai._operations.image import Framing, ImageContext, image_request, watch
from novelai._operations.request_rules import check_request
from novelai._operations.tools import AUGMENT, UPSCALE, paying_request
from novelai._operations.vibe import encode_vibe
from novelai._wire import Flow, Request, Streaming, send, work
from novelai.catalogue import MAX_AREA, model_spec
from novelai.errors import InvalidParamsError
from novelai.types.api.image import EncodeVibeRequest, ImageGenerationRequest
from novelai.types.api.price import request_price
from novelai.types.api.tools import AugmentImageRequest, UpscaleImageRequest
from novelai.types.events import ImageEvent
from novelai.types.tools import DirectorTool

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = [
    "augment_given",
    "check_request",
    "encode_given",
    "generate_given",
    "stream_given",
    "upscale_given",
]

MOST_DEFRY = 5


def generate_given(
    request: ImageGenerationRequest, context: ImageContext
) -> "Flow[list[GeneratedImage]]":
    """Generate pictures; the request was checked."""
    body, seed = _body(request, context)
    content = yield from work(partial(to_json, body))
    reply = yield from send(_image_request(request, content, None))
    read = partial(read_pictures, reply.body, seed=seed, request_id=reply.request_id)
    return (yield from work(read))


def stream_given(
    request: ImageGenerationRequest, context: ImageContext
) -> Flow[Streaming[ImageEvent]]:
    """Prepare a generation that is watched while it runs; the request was checked."""
    params = request.parameters
    body, seed = _body(request, context)
    framing = body["parameters"]["stream"] = params.stream or "msgpack"
    content = yield from work(partial(to_json, body))
    sent = _image_request(request, content, framing)
    steps, samples = params.steps or 1, params.n_samples or 1
    return (yield from watch(sent, framing, steps=steps, samples=samples, seed=seed))


def encode_given(request: EncodeVibeRequest, context: ImageContext) -> Flow[str]:
    """Encode a picture for vibe transfer; one that was paid for before is not paid for again."""
    encoding = yield from encode_vibe(
        _decode(request.image),
        model=request.model,
        info_extracted=request.information_extracted,
        cache=context.vibes,
    )
    return b64encode(encoding).decode("ascii")


def augment_given(request: AugmentImageRequest) -> "Flow[list[GeneratedImage]]":
    """Apply a director tool."""
    yield from work(partial(_check_augment, request))
    return (yield from _use(AUGMENT, request))


def upscale_given(request: UpscaleImageRequest) -> "Flow[list[GeneratedImage]]":
    """Enlarge a picture to twice its width and height."""
    yield from work(partial(_size_of, request.image))
    return (yield from _use(UPSCALE, request))


def _image_request(
    request: ImageGenerationRequest, content: bytes, framing: Framing | None
) -> Request:
    return image_request(
        content,
        "application/json",
        framing,
        tariff=partial(_price, request),
        pictures=request.parameters.n_samples or 1,
    )


def _price(request: ImageGenerationRequest, opus: bool, exhausted: bool) -> int | None:  # noqa: FBT001 - a `Tariff`
    free = opus and not (exhausted and model_spec(request.model).allowance)
    return request_price(request.model, request.parameters, is_opus=free).total_anlas


def _use(
    path: str, request: AugmentImageRequest | UpscaleImageRequest
) -> "Flow[list[GeneratedImage]]":
    sent = yield from work(partial(_tool_request, path, request))
    reply = yield from send(sent)
    return (yield from work(partial(read_pictures, reply.content, request_id=reply.request_id)))


def _tool_request(path: str, request: AugmentImageRequest | UpscaleImageRequest) -> Request:
    fields = request.model_dump(exclude_unset=True) | {"image": _decode(request.image)}
    return paying_request(path, fields, "json")


def _body(request: ImageGenerationRequest, context: ImageContext) -> tuple[dict[str, Any], int]:
    """Return the document as it is sent, and its seed: one is drawn when it names none."""
    body = request.model_dump(exclude_unset=True)
    seed = request.parameters.seed
    if seed is None:
        seed = body["parameters"]["seed"] = context.draw_seed()
    return body, seed


def _check_augment(request: AugmentImageRequest) -> None:
    problems: list[tuple[str, str]] = []
    if request.req_type not in get_args(DirectorTool):
        problems.append(("req_type", f"must be one of {', '.join(get_args(DirectorTool))}"))
    if not 0 <= (request.defry or 0) <= MOST_DEFRY:
        problems.append(("defry", f"must be 0 to {MOST_DEFRY}, got {request.defry}"))
    size = _size_of(request.image)
    if (request.width, request.height) != size:
        problems.append(("width", f"width and height must be the picture's: {size[0]}x{size[1]}"))
    if problems:
        raise InvalidParamsError(problems)


def _size_of(image: str) -> tuple[int, int]:
    width, height = picture_size(_decode(image), "image")
    if width * height > MAX_AREA:
        raise InvalidParamsError(
            [("image", f"must be at most {MAX_AREA} pixels, got {width}x{height}")]
        )
    return width, height


def _decode(image: str) -> bytes:
    try:
        return b64decode(image, validate=True)
    except ValueError:
        raise InvalidParamsError([("image", "must be base64, without a data: prefix")]) from None
