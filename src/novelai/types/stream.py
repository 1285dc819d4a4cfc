"""What a watched generation is asked for."""

from typing import TYPE_CHECKING, Annotated, Literal, Self, Unpack

from novelai.types.base import Kind
from novelai.types.generation import GenerateImageParams

if TYPE_CHECKING:
    from novelai.types.fields import GenerateImageStreamFields

__all__ = ["GenerateImageStreamParams"]


class GenerateImageStreamParams(GenerateImageParams):
    """`GenerateImageParams`, with the way in which the service packs the events.

    Args:
        stream: ``"msgpack"`` is smaller, ``"sse"`` is text. The events are the same.
    """

    stream: Annotated[Literal["msgpack", "sse"], Kind("msgpack or sse")] = "msgpack"

    if TYPE_CHECKING:

        def replace(  # pyright: ignore[reportIncompatibleMethodOverride] - one more keyword
            self, **changes: Unpack[GenerateImageStreamFields]
        ) -> Self:
            """Return a copy with other values, checked like a new object."""
            ...
