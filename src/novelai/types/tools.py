"""What the director tools and the upscaler are asked for."""

from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Field

from novelai._images import picture_size
from novelai.cost import AugmentAnlasEstimate, calculate_augment_anlas, upscale_cost
from novelai.types.api.tools import AugmentImageRequest, UpscaleImageRequest
from novelai.types.base import Params, ensure_checked
from novelai.types.limits import Between, Kind, Text, one_of
from novelai.types.source import ImageSource

__all__ = [
    "UPSCALE_MODEL",
    "BackgroundRemovalParams",
    "ColorizeParams",
    "DeclutterParams",
    "DirectorTool",
    "DirectorToolParams",
    "Emotion",
    "EmotionParams",
    "LineArtParams",
    "SketchParams",
    "ToolParams",
    "UpscaleParams",
]

DirectorTool: TypeAlias = Literal[
    "bg-removal",
    "lineart",
    "sketch",
    "colorize",
    "emotion",
    "declutter",
    "declutter-keep-bubbles",
]
"""The tools as requests name them."""

Emotion: TypeAlias = Literal[
    "neutral", "happy", "sad", "angry", "scared", "surprised", "tired", "excited", "nervous",
    "thinking", "confused", "shy", "disgusted", "smug", "bored", "laughing", "irritated",
    "aroused", "embarrassed", "worried", "love", "determined", "hurt", "playful",
]  # fmt: skip
"""The 24 moods that NovelAI's page offers."""

Defry: TypeAlias = Annotated[int, Between(0, 5)]

UPSCALE_MODEL = "nai-diffusion-5-curated"


class ToolParams(Params):
    """What every director tool takes.

    Args:
        image: the picture, at most 12,582,912 pixels. It is sent without transparency, on white;
            up to 1,011,712 pixels it is enlarged towards 1,048,576, above 3,143,728 reduced to
            that, as on the web, and the result has that size too.
        size: the picture's width and height in pixels, to know the price without opening it.
    """

    image: ImageSource = Field(repr=False)
    size: tuple[Annotated[int, Between(1, 65_535)], Annotated[int, Between(1, 65_535)]] | None = (
        None
    )

    @property
    def req_type(self) -> DirectorTool:
        """The tool as a request names it."""
        tool: DirectorTool = getattr(self, "tool")  # noqa: B009 - each subclass states its own
        return tool

    @property
    def extras(self) -> dict[str, Any]:
        """The fields of the request that only some tools have, in the order they are sent."""
        return {}

    def calculate_anlas(self, *, is_opus: bool = False) -> AugmentAnlasEstimate:
        """Return the price in Anlas, without asking the service.

        Opens the picture when ``size`` is unset.

        Args:
            is_opus: the account has an active Opus subscription.

        Raises:
            InvalidParamsError: the picture cannot be read.
        """
        params = ensure_checked(self)
        width, height = params.size or picture_size(params.image, "image")
        return calculate_augment_anlas(params.req_type, width, height, is_opus=is_opus)

    def to_api_request(self) -> AugmentImageRequest:
        """Build the request that `Tools.augment` would send; opens the picture.

        Raises:
            InvalidParamsError: the picture cannot be used.
        """
        from novelai._operations.tools import augment_request

        request = augment_request(cast("DirectorToolParams", self), "json")
        return AugmentImageRequest.model_validate_json(request.content or b"")


class LineArtParams(ToolParams):
    """Turn a picture into line art."""

    tool: Literal["lineart"] = "lineart"


class SketchParams(ToolParams):
    """Turn a picture into a pencil sketch."""

    tool: Literal["sketch"] = "sketch"


class BackgroundRemovalParams(ToolParams):
    """Cut the background away; gives three layers."""

    tool: Literal["bg-removal"] = "bg-removal"


class DeclutterParams(ToolParams):
    """Remove text, speech bubbles and other additions from a picture.

    Args:
        image: as for every tool.
        size: as for every tool.
        keep_bubbles: leave speech bubbles where they are.
    """

    tool: Literal["declutter"] = "declutter"
    keep_bubbles: bool = False

    @property
    def req_type(self) -> DirectorTool:
        """The tool as a request names it."""
        return "declutter-keep-bubbles" if self.keep_bubbles else "declutter"


class ColorizeParams(ToolParams):
    """Colour a drawing.

    Args:
        image: as for every tool.
        size: as for every tool.
        prompt: tags that say how.
        defry: 0 (full effect) to 5 (weakest).
    """

    tool: Literal["colorize"] = "colorize"
    prompt: Text = Field(default="", repr=False)
    defry: Defry = 0

    @property
    def extras(self) -> dict[str, Any]:
        """The fields of the request that only some tools have, in the order they are sent."""
        return {"prompt": self.prompt, "defry": self.defry}


class EmotionParams(ToolParams):
    """Change the mood of a face. The service fails on a picture without one.

    Args:
        image: as for every tool.
        size: as for every tool.
        emotion: one of the 24 moods.
        prompt: further tags.
        defry: 0 (full effect) to 5 (weakest).
    """

    tool: Literal["emotion"] = "emotion"
    emotion: Annotated[Emotion, Kind(one_of(Emotion))]
    prompt: Text = Field(default="", repr=False)
    defry: Defry = 0

    @property
    def extras(self) -> dict[str, Any]:
        """The fields of the request that only some tools have, in the order they are sent."""
        return {"prompt": f"{self.emotion};;{self.prompt}", "defry": self.defry}


DirectorToolParams: TypeAlias = (
    LineArtParams
    | SketchParams
    | BackgroundRemovalParams
    | DeclutterParams
    | ColorizeParams
    | EmotionParams
)
"""What `Tools.augment` takes."""


class UpscaleParams(Params):
    """Enlarge a picture to twice its width and height.

    Args:
        image: the picture, at most 3,145,728 pixels. A PNG is sent as it is, and the settings
            embedded in it are in the result too.
        model: a V5 model; others do not upscale.
    """

    image: ImageSource = Field(repr=False)
    model: str = UPSCALE_MODEL

    def calculate_anlas(self) -> int:
        """Return the price in Anlas, 1 to 4 by the picture's size; Opus pays it too.

        Raises:
            InvalidParamsError: the picture cannot be read.
        """
        return upscale_cost(*picture_size(ensure_checked(self).image, "image"))

    def to_api_request(self) -> UpscaleImageRequest:
        """Build the request that `Tools.upscale` would send; opens the picture.

        Raises:
            InvalidParamsError: the picture cannot be used.
        """
        from novelai._operations.tools import upscale_request

        return UpscaleImageRequest.model_validate_json(upscale_request(self).content or b"")
