"""The values people build and receive."""

from typing import TYPE_CHECKING, Any

from novelai.cost import AnlasEstimate
from novelai.types.character import Character, Position
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent
from novelai.types.generation import GenerateImageParams, ImageSize, UCPreset
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.reference import CharacterReference
from novelai.types.source import ImageInput
from novelai.types.subscription import Subscription
from novelai.types.vibe import Vibe

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = [
    "AnlasEstimate",
    "Character",
    "CharacterReference",
    "FinalEvent",
    "GenerateImageParams",
    "GeneratedImage",
    "I2iParams",
    "ImageEvent",
    "ImageInput",
    "ImageSize",
    "InpaintParams",
    "Position",
    "PreviewEvent",
    "Subscription",
    "UCPreset",
    "Vibe",
]


def __getattr__(name: str) -> Any:
    if name == "GeneratedImage":  # needs Pillow, which is loaded only when a picture is there
        from novelai.pictures import GeneratedImage

        return GeneratedImage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
