"""Director tools and upscaling."""

from functools import partial
from typing import TYPE_CHECKING, Any

from novelai._codecs.archive import read_pictures
from novelai._codecs.body import Blob, Upload, encode_body
from novelai._images import picture_size
from novelai._wire import Flow, Request, Tariff, send, work
from novelai.cost import calculate_augment_anlas, upscale_cost
from novelai.errors import InvalidResponseError
from novelai.types.base import construct, ensure_checked
from novelai.types.layers import BackgroundLayers
from novelai.types.source import ImageInput
from novelai.types.tools import (
    BackgroundRemovalParams,
    DirectorToolParams,
    UpscaleParams,
    augment_fields,
    upscale_fields,
)

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = [
    "AUGMENT",
    "UPSCALE",
    "augment",
    "paying_request",
    "remove_background",
    "upscale",
    "upscale_params",
]

AUGMENT = "/ai/augment-image"
UPSCALE = "/ai/upscale"

LAYERS = 3


def augment(params: DirectorToolParams, upload: Upload) -> "Flow[list[GeneratedImage]]":
    """Apply a director tool."""
    request = yield from work(partial(augment_request, params, upload))
    reply = yield from send(request)
    pictures = yield from work(partial(read_pictures, reply.content, request_id=reply.request_id))
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
    return (yield from work(partial(read_pictures, reply.content, request_id=reply.request_id)))


def upscale_params(params: UpscaleParams | ImageInput, model: str) -> UpscaleParams:
    """Parameters that were given, or made for a picture that was given.

    Raises:
        InvalidParamsError: a value is wrong.
    """
    if isinstance(params, UpscaleParams):
        return ensure_checked(params)
    return construct(UpscaleParams, {"image": params, "model": model})


def augment_request(params: DirectorToolParams, upload: Upload) -> Request:
    """Return the request for a director tool.

    Raises:
        InvalidParamsError: the picture cannot be used.
    """
    return paying_request(AUGMENT, augment_fields(params), upload)


def upscale_request(params: UpscaleParams) -> Request:
    """Return the request for an upscale.

    Raises:
        InvalidParamsError: the picture cannot be used.
    """
    # As JSON: unlike for the other endpoints, nobody was seen to send this one a form.
    return paying_request(UPSCALE, upscale_fields(params), "json")


def paying_request(path: str, fields: dict[str, Any], upload: Upload) -> Request:
    """Return the request that carries fields, one of which is ``image``, a picture."""
    body = fields | {"image": Blob("image", fields["image"])}
    content, content_type = encode_body(body, upload)
    price = _upscale_price if path == UPSCALE else _augment_price
    tariff: Tariff = partial(price, fields)
    return Request(
        "POST",
        "image",
        path,
        content=content,
        content_type=content_type,
        paid=True,
        generation=True,
        tariff=tariff,
        pictures=LAYERS if fields.get("req_type") == "bg-removal" else 1,
    )


def _augment_price(fields: dict[str, Any], opus: bool, _exhausted: bool) -> int | None:  # noqa: FBT001 - a `Tariff`
    tool, width, height = fields["req_type"], fields["width"], fields["height"]
    return calculate_augment_anlas(tool, width, height, is_opus=opus).total_anlas


def _upscale_price(fields: dict[str, Any], _opus: bool, _exhausted: bool) -> int | None:  # noqa: FBT001 - a `Tariff`
    return upscale_cost(*picture_size(fields["image"], "image"))
