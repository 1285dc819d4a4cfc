"""What a watched generation is asked for."""

from typing import Annotated, Literal

from novelai.types.base import Kind
from novelai.types.generation import GenerateImageParams

__all__ = ["GenerateImageStreamParams"]


class GenerateImageStreamParams(GenerateImageParams):
    """`GenerateImageParams`, with the way in which the service packs the events.

    Args:
        stream: ``"msgpack"`` is smaller, ``"sse"`` is text. The events are the same.
    """

    stream: Annotated[Literal["msgpack", "sse"], Kind("msgpack or sse")] = "msgpack"
