"""Director tools and upscaling."""

from functools import partial
from typing import TYPE_CHECKING, Any

from novelai._codecs.body import Blob, Upload, encode_body
from novelai._images import fit_base, open_image, png_bytes
from novelai._metadata.originals import original_png
from novelai._operations.answers import read_pictures
from novelai._wire import Flow, Request, send, work
from novelai.catalogue import base_model
from novelai.cost import augment_size
from novelai.errors import InvalidParamsError, InvalidResponseError
from novelai.types.base import construct, ensure_checked
from novelai.types.layers import BackgroundLayers
from novelai.types.source import ImageInput
from novelai.types.tools import BackgroundRemovalParams, DirectorToolParams, UpscaleParams

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["augment", "remove_background", "upscale", "upscale_params"]

AUGMENT = "/ai/augment-image"
UPSCALE = "/ai/upscale"

MAX_TOOL_PIXELS = 12_582_912
"""Four times what is sent: a larger picture would lose three quarters of its detail or more."""

MAX_UPSCALE_PIXELS = 3_145_728
LAYERS = 3


def augment(params: DirectorToolParams, upload: Upload) -> "Flow[list[GeneratedImage]]":
    """Apply a director tool."""
    request = yield from work(partial(augment_request, params, upload))
    reply = yield from send(request)
    pictures = yield from work(partial(read_pictures, reply.content))
    if params.req_type != "bg-removal":
        return pictures
    if len(pictures) != LAYERS:
        raise InvalidResponseError(
            f"NovelAI answered {len(pictures)} layers instead of {LAYERS}. "
            "Whether it was charged is unknown; check the balance before sending it again.",
            status=200,
            charged="unknown",
        )
    return BackgroundLayers(pictures)


def remove_background(params: BackgroundRemovalParams, upload: Upload) -> Flow[BackgroundLayers]:
    """Cut a background away."""
    return BackgroundLayers((yield from augment(params, upload)))


def upscale(params: UpscaleParams) -> "Flow[list[GeneratedImage]]":
    """Enlarge a picture to twice its width and height."""
    request = yield from work(partial(upscale_request, params))
    reply = yield from send(request)
    return (yield from work(partial(read_pictures, reply.content)))


def upscale_params(params: UpscaleParams | ImageInput, model: str) -> UpscaleParams:
    """Parameters that were given, or made for a picture that was given.

    Raises:
        InvalidParamsError: a value is wrong.
    """
    if isinstance(params, UpscaleParams):
        return ensure_checked(params)
    return construct(UpscaleParams, {"image": params, "model": model})


def augment_request(params: DirectorToolParams, upload: Upload) -> Request:
    """Return the request for a director tool, its picture brought to the size the web page sends.

    Raises:
        InvalidParamsError: the picture cannot be used.
    """
    params = ensure_checked(params)
    image = open_image(params.image, "image")
    if params.size not in (None, image.size):
        raise InvalidParamsError(
            [("size", f"is not the picture's, which is {_format_size(image.size)}")]
        )
    _limit(image.size, MAX_TOOL_PIXELS, "; reduce it first")
    size = augment_size(*image.size)
    body: dict[str, Any] = {
        "req_type": params.req_type,
        **params.extras,
        "width": size[0],
        "height": size[1],
        "image": Blob("image", png_bytes(fit_base(image, size, keep_alpha=False))),
    }
    return _paying_request(AUGMENT, body, upload)


def upscale_request(params: UpscaleParams) -> Request:
    """Return the request for an upscale.

    Raises:
        InvalidParamsError: the picture cannot be used.
    """
    params = ensure_checked(params)
    size, data = original_png(params.image, "image")
    _limit(size, MAX_UPSCALE_PIXELS, "")
    body: dict[str, Any] = {
        "image": Blob("image", data),
        "model": base_model(params.model),
        "declared_blur_sigma": 0,
    }
    # As JSON: unlike for the other endpoints, nobody was seen to send this one a form.
    return _paying_request(UPSCALE, body, "json")


def _paying_request(path: str, body: dict[str, Any], upload: Upload) -> Request:
    content, content_type = encode_body(body, upload)
    return Request(
        "POST",
        "image",
        path,
        content=content,
        content_type=content_type,
        paid=True,
        generation=True,
    )


def _limit(size: tuple[int, int], pixels: int, advice: str) -> None:
    if size[0] * size[1] > pixels:
        raise InvalidParamsError(
            [("image", f"must be at most {pixels} pixels, got {_format_size(size)}{advice}")]
        )


def _format_size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
