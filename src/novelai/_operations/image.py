"""Image generation."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING, Literal

from novelai._codecs.archive import is_small, read_pictures
from novelai._codecs.body import Upload, encode_body
from novelai._codecs.frames import FrameDecoder, whole_frames
from novelai._images import fit_base, fit_reference, fit_vibe, open_image, png_bytes
from novelai._inpainting import Composition
from novelai._notebook import PictureList
from novelai._operations.composing import ComposingDecoder, compose_image, composition_of
from novelai._operations.events import ImageEventDecoder, SSEFrames
from novelai._operations.payload import Pictures, generation_body
from novelai._operations.vibe import VibeCache, encode_vibe
from novelai._wire import Flow, Reply, Request, Streaming, Tariff, send, work
from novelai.errors import PromptCutWarning
from novelai.types.events import ImageEvent
from novelai.types.generation import GenerateImageParams
from novelai.types.rules import certainly_fit, cut_texts
from novelai.types.stream import GenerateImageStreamParams

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = [
    "Framing",
    "ImageContext",
    "choose_seed",
    "framing_of",
    "generate",
    "generate_stream",
    "image_request",
    "prepare",
    "watch",
]

PATH = "/ai/generate-image"
PICTURES = "novelai.pictures"
STREAM_PATH = "/ai/generate-image-stream"

Framing = Literal["msgpack", "sse"]
MEDIA_TYPES: dict[Framing, str] = {
    "msgpack": "application/msgpack",
    "sse": "text/event-stream",
}


@dataclass(frozen=True, slots=True)
class ImageContext:
    """What image operations need beside their parameters.

    Attributes:
        draw_seed: gives a seed from 0 to 4294967295.
        upload: how pictures travel.
        vibes: encodings that were paid for.
        concurrency: generations in flight at once.
    """

    draw_seed: Callable[[], int]
    upload: Upload = "multipart"
    vibes: VibeCache = field(default_factory=VibeCache)
    concurrency: int = 1


def generate(params: GenerateImageParams, context: ImageContext) -> "Flow[list[GeneratedImage]]":
    """Generate pictures; each keeps the bytes it came in."""
    params, pictures = yield from prepare(params, context)
    seed = choose_seed(params, context)
    request = yield from _request(params, pictures, context, seed=seed, framing=None)
    reply = yield from send(request)
    read = partial(_read_pictures, reply, seed, pictures.composition)
    if pictures.composition is None and PICTURES in modules and is_small(reply.body):
        return read()
    return (yield from work(read))


def generate_stream(
    params: GenerateImageParams, context: ImageContext, framing: Framing
) -> Flow[Streaming[ImageEvent]]:
    """Prepare a generation that is watched while it runs."""
    params, pictures = yield from prepare(params, context)
    seed = choose_seed(params, context)
    request = yield from _request(params, pictures, context, seed=seed, framing=framing)
    steps, samples = params.steps, params.n_samples
    watched = yield from watch(request, framing, steps=steps, samples=samples, seed=seed)
    if pictures.composition is None:
        return watched
    return Streaming(request, ComposingDecoder(watched.decoder, pictures.composition))


def watch(
    request: Request, framing: Framing, *, steps: int, samples: int, seed: int
) -> Flow[Streaming[ImageEvent]]:
    """Pair a request of the stream endpoint with a decoder for what it brings."""
    if PICTURES not in modules:  # loads Pillow, once: milliseconds that the loop should not give
        yield from work(partial(import_module, PICTURES))
    frames = FrameDecoder() if framing == "msgpack" else SSEFrames()
    return Streaming(request, ImageEventDecoder(frames, steps=steps, samples=samples, seed=seed))


def framing_of(params: GenerateImageParams) -> Framing:
    """Choose how the service packs the events when the caller does not say."""
    return params.stream if isinstance(params, GenerateImageStreamParams) else "msgpack"


def choose_seed(params: GenerateImageParams, context: ImageContext) -> int:
    """Return the seed of a call: the one asked for, or one drawn for it."""
    return context.draw_seed() if params.seed is None else params.seed


def _request(
    params: GenerateImageParams,
    pictures: Pictures,
    context: ImageContext,
    *,
    seed: int,
    framing: Framing | None,
) -> Flow[Request]:
    yield from _warn_of_cuts(params)
    body = params.adapt(generation_body(params, pictures, seed=seed, stream=framing))
    encode = partial(encode_body, body, context.upload)
    # Without pictures this takes microseconds; a thread would cost more than it saves.
    content, content_type = encode() if pictures == Pictures() else (yield from work(encode))
    return image_request(
        content,
        content_type,
        framing,
        tariff=partial(_price, params),
        pictures=params.n_samples,
    )


def _price(params: GenerateImageParams, opus: bool, exhausted: bool) -> int | None:  # noqa: FBT001 - a `Tariff`
    """Return the price of the pictures alone: encodings are requests of their own."""
    return params.calculate_anlas(
        is_opus=opus, allowance_exhausted=exhausted, vibes_encoded=len(params.effective_vibes)
    ).total_anlas


def image_request(
    content: bytes,
    content_type: str,
    framing: Framing | None,
    *,
    tariff: Tariff | None = None,
    pictures: int = 1,
) -> Request:
    """Return the request that carries a body; with a framing, one of the stream endpoint."""
    return Request(
        "POST",
        "image",
        PATH if framing is None else STREAM_PATH,
        content=content,
        content_type=content_type,
        accept=None if framing is None else MEDIA_TYPES[framing],
        paid=True,
        generation=True,
        tariff=tariff,
        pictures=pictures,
        borrows=framing != "sse",
        cut=whole_frames if framing == "msgpack" else None,
    )


def _warn_of_cuts(params: GenerateImageParams) -> Flow[None]:
    """Say when a text is longer than the model reads; the service cuts it and says nothing."""
    if certainly_fit(params):
        return
    for sentence in (yield from work(partial(cut_texts, params))):
        warnings.warn(sentence, PromptCutWarning, stacklevel=2)


def prepare(
    params: GenerateImageParams, context: ImageContext
) -> Flow[tuple[GenerateImageParams, Pictures]]:
    """Make the pictures ready to be sent; encodes vibes, each of which is paid for once.

    Returns:
        the parameters, with their size where it follows from a picture, and the pictures.

    Raises:
        InvalidParamsError: a picture cannot be used.
    """
    if params.follows_source:
        params = yield from work(partial(_match_source_size, params))
    pictures = Pictures()
    if params.i2i or params.inpaint or params.character_references:
        pictures = yield from work(partial(_fit_pictures, params))
    if not params.effective_vibes:
        return params, pictures
    vibes: list[bytes] = []
    named = len(params.vibes or ())
    for index, vibe in enumerate(params.effective_vibes):
        field = f"vibes.{index}" if index < named else f"controlnet.images.{index - named}"
        source = f"{field}.image"
        known = vibe.encoding_for(params.model)
        if params.spec.vibes == "raw" and vibe.image is not None:
            vibes.append((yield from work(partial(_raw_vibe, vibe.image, source))))
        elif known is not None:
            vibes.append(known)
        elif vibe.image is not None:
            encoding = yield from encode_vibe(
                vibe.image,
                model=params.model,
                info_extracted=vibe.info_extracted,
                cache=context.vibes,
                field=source,
                follows=partial(_price, params),
            )
            vibes.append(encoding)
    return params, replace(pictures, vibes=tuple(vibes))


def _match_source_size(params: GenerateImageParams) -> GenerateImageParams:
    return params.replace(size=params.dimensions)


def _fit_pictures(params: GenerateImageParams) -> Pictures:
    base: bytes | None = None
    mask: bytes | None = None
    composition: Composition | None = None
    size = params.dimensions
    if params.i2i is not None:
        image = open_image(params.i2i.image, "i2i.image")
        to = params.i2i.size or size
        base = png_bytes(fit_base(image, to, keep_alpha=params.request_spec.transparency))
    if params.inpaint is not None:
        start = composition_of(params.inpaint, size)
        mask = png_bytes(start.mask)
        base = png_bytes(
            fit_base(start.original, size, keep_alpha=params.request_spec.transparency)
        )
        composition = start if params.inpaint.compose else None
    references = [
        png_bytes(fit_reference(open_image(one.image, f"character_references.{index}.image")))
        for index, one in enumerate(params.character_references or ())
    ]
    return Pictures(base=base, mask=mask, references=tuple(references), composition=composition)


def _read_pictures(
    reply: Reply, seed: int, composition: Composition | None
) -> "list[GeneratedImage]":
    images = read_pictures(reply.body, seed=seed, request_id=reply.request_id)
    if composition is None:
        return images
    return PictureList(compose_image(one, composition) for one in images)


def _raw_vibe(image: object, source: str) -> bytes:
    return png_bytes(fit_vibe(open_image(image, source)))  # pyright: ignore[reportArgumentType]
