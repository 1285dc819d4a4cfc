"""One job as one call of the SDK."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from novelai.async_client import AsyncNovelAI
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.types.base import seed_at
from novelai.types.events import ImageEvent, PreviewEvent
from novelai.types.generation import GenerateImageParams
from novelai.types.tools import ToolParams

__all__ = ["ENCODING", "Output", "perform"]

ENCODING = "application/octet-stream"
"""The media type of an encoded vibe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Something a job made.

    Attributes:
        position: which of the job's, from 0.
        data: the received bytes.
        media_type: of these bytes; an encoded vibe is ``application/octet-stream``.
        seed: the seed of a generated picture.
        width: in pixels; 0 for an encoded vibe.
        height: in pixels; 0 for an encoded vibe.
    """

    position: int
    data: bytes = field(repr=False)
    media_type: str
    seed: int | None = None
    width: int = 0
    height: int = 0


async def perform(client: AsyncNovelAI, params: JobParams) -> AsyncGenerator[PreviewEvent | Output]:
    """Do what a job says; gives previews and products as they come, as NovelAI sends them.

    Raises:
        NovelAIError: it failed; ``charged`` says whether it may have cost something.
    """
    if isinstance(params, GenerateImageParams):
        if params.inpaint is not None:  # what came is kept first, and then put together
            params = params.replace(inpaint=params.inpaint.replace(compose=False))
        async with client.image.generate_stream(params) as events:
            async for event in events:
                yield _convert(event, params)
    elif isinstance(params, EncodeVibeParams):
        encoding = await client.image.encode_vibe(
            params.image, model=params.model, info_extracted=params.info_extracted
        )
        yield Output(position=0, data=encoding, media_type=ENCODING)
    else:
        tools = client.tools
        made = await (
            tools.augment(params)  # pyright: ignore[reportArgumentType] - every tool's class
            if isinstance(params, ToolParams)
            else tools.upscale(params)
        )
        for position, image in enumerate(made):
            width, height = image.size
            yield Output(
                position=position,
                data=image.data,
                media_type=image.media_type,
                width=width,
                height=height,
            )


def _convert(event: ImageEvent, params: GenerateImageParams) -> PreviewEvent | Output:
    if isinstance(event, PreviewEvent):
        return event
    image = event.picture
    width, height = image.size
    first = params.seed
    return Output(
        position=event.sample,
        data=image.data,
        media_type=image.media_type,
        seed=image.seed if first is None else seed_at(first, event.sample),
        width=width,
        height=height,
    )
