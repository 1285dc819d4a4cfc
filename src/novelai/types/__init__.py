"""The values people build and receive."""

from typing import TYPE_CHECKING, Any

from novelai.cost import AnlasEstimate
from novelai.types.account import AccountData, AccountInformation, AccountPriority
from novelai.types.character import Character, Position
from novelai.types.chat import ChatMessage, ChatParams, CompletionParams
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent
from novelai.types.generation import GenerateImageParams, ImageSize, UCPreset
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.reference import CharacterReference
from novelai.types.source import ImageInput
from novelai.types.subscription import Subscription
from novelai.types.text import LogitBias, TextParams
from novelai.types.text_results import (
    ChatChoice,
    ChatEvent,
    ChatResult,
    TextEvent,
    TextModel,
    TextResult,
    TokenChance,
    TokenLogprobs,
    TokenUsage,
)
from novelai.types.vibe import Vibe
from novelai.types.voice import V1_VOICES, V2_VOICES, SpeechResult

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = [
    "V1_VOICES",
    "V2_VOICES",
    "AccountData",
    "AccountInformation",
    "AccountPriority",
    "AnlasEstimate",
    "Character",
    "CharacterReference",
    "ChatChoice",
    "ChatEvent",
    "ChatMessage",
    "ChatParams",
    "ChatResult",
    "CompletionParams",
    "FinalEvent",
    "GenerateImageParams",
    "GeneratedImage",
    "I2iParams",
    "ImageEvent",
    "ImageInput",
    "ImageSize",
    "InpaintParams",
    "LogitBias",
    "Position",
    "PreviewEvent",
    "SpeechResult",
    "Subscription",
    "TextEvent",
    "TextModel",
    "TextParams",
    "TextResult",
    "TokenChance",
    "TokenLogprobs",
    "TokenUsage",
    "UCPreset",
    "Vibe",
]


def __getattr__(name: str) -> Any:
    if name == "GeneratedImage":  # needs Pillow, which is loaded only when a picture is there
        from novelai.pictures import GeneratedImage

        return GeneratedImage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
