"""The values people build and receive."""

from typing import TYPE_CHECKING, Any

from novelai.cost import AnlasEstimate, AugmentAnlasEstimate
from novelai.types.account import AccountData, AccountInformation, AccountPriority
from novelai.types.character import Character, Position
from novelai.types.chat import ChatMessage, ChatParams, CompletionParams
from novelai.types.controlnet import ControlNet, ControlNetImage
from novelai.types.events import FinalEvent, ImageEvent, PreviewEvent
from novelai.types.generation import GenerateImageParams, ImageSize, UCPreset
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.layers import BackgroundLayers
from novelai.types.names import ModelName, NoiseScheduleName, SamplerName
from novelai.types.options import AsyncOnWait, CallOptions, OnWait, WaitReason
from novelai.types.raw import RawReply, RawResponse
from novelai.types.reference import CharacterReference
from novelai.types.source import ImageInput
from novelai.types.stream import GenerateImageStreamParams
from novelai.types.subscription import (
    Subscription,
    SubscriptionPerks,
    TrainingStepsLeft,
    UnlimitedImageGenerationLimit,
)
from novelai.types.tags import JpTagSuggestion, SuggestTagsParams, TagSuggestion
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
from novelai.types.tools import (
    BackgroundRemovalParams,
    ColorizeParams,
    DeclutterParams,
    DirectorTool,
    DirectorToolParams,
    Emotion,
    EmotionParams,
    LineArtParams,
    SketchParams,
    UpscaleParams,
)
from novelai.types.vibe import Vibe, VibeEncoding
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
    "AsyncOnWait",
    "AugmentAnlasEstimate",
    "BackgroundLayers",
    "BackgroundRemovalParams",
    "CallOptions",
    "Character",
    "CharacterReference",
    "ChatChoice",
    "ChatEvent",
    "ChatMessage",
    "ChatParams",
    "ChatResult",
    "ColorizeParams",
    "CompletionParams",
    "ControlNet",
    "ControlNetImage",
    "DeclutterParams",
    "DirectorTool",
    "DirectorToolParams",
    "Emotion",
    "EmotionParams",
    "FinalEvent",
    "GenerateImageParams",
    "GenerateImageStreamParams",
    "GeneratedImage",
    "I2iParams",
    "ImageEvent",
    "ImageInput",
    "ImageSize",
    "InpaintParams",
    "JpTagSuggestion",
    "LineArtParams",
    "LogitBias",
    "ModelName",
    "NoiseScheduleName",
    "OnWait",
    "Position",
    "PreviewEvent",
    "RawReply",
    "RawResponse",
    "SamplerName",
    "SketchParams",
    "SpeechResult",
    "Subscription",
    "SubscriptionPerks",
    "SuggestTagsParams",
    "TagSuggestion",
    "TextEvent",
    "TextModel",
    "TextParams",
    "TextResult",
    "TokenChance",
    "TokenLogprobs",
    "TokenUsage",
    "TrainingStepsLeft",
    "UCPreset",
    "UnlimitedImageGenerationLimit",
    "UpscaleParams",
    "Vibe",
    "VibeEncoding",
    "WaitReason",
]


def __getattr__(name: str) -> Any:
    if name == "GeneratedImage":  # needs Pillow, which is loaded only when a picture is there
        from novelai.pictures import GeneratedImage

        return GeneratedImage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
