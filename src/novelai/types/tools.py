"""What the director tools and the upscaler are asked for."""

from base64 import b64encode
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from novelai._images import fit_base, open_image, picture_size, png_bytes
from novelai._metadata.originals import original_png
from novelai.catalogue import MAX_AREA, base_model
from novelai.cost import (
    AugmentAnlasEstimate,
    augment_size,
    calculate_augment_anlas,
    upscale_cost,
)
from novelai.errors import InvalidParamsError
from novelai.types.api.tools import AugmentImageRequest, UpscaleImageRequest
from novelai.types.base import Between, Kind, Params, Text, ensure_checked, one_of
from novelai.types.names import ModelName
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
    "augment_fields",
    "upscale_fields",
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
Side: TypeAlias = Annotated[int, Between(1, 65_535)]

UPSCALE_MODEL = "nai-diffusion-5-curated"

MAX_TOOL_PIXELS = 12_582_912
"""Four times what is sent: a larger picture would lose three quarters of its detail or more."""

MAX_UPSCALE_PIXELS = MAX_AREA


def _within_limit(size: tuple[int, int]) -> tuple[int, int]:
    if size[0] * size[1] > MAX_AREA:
        raise PydanticCustomError(
            "too_large",
            "must be at most {limit} pixels, got {size}",
            {"limit": MAX_AREA, "size": _format_size(size)},
        )
    return size


class ToolParams(Params):
    """What every director tool takes.

    Args:
        image: the picture, at most 12,582,912 pixels. It is sent without transparency, on white;
            up to 1,011,712 pixels it is enlarged towards 1,048,576, above 3,143,728 reduced to
            that, as on the web, and the result has that size too.
        size: width and height in pixels at which it is sent instead, at most 3,145,728 pixels in
            all. A smaller picture than the web page sends is no cheaper.
    """

    image: ImageSource = Field(repr=False)
    size: Annotated[tuple[Side, Side], AfterValidator(_within_limit)] | None = None

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
        return AugmentImageRequest(**_in_base64(augment_fields(self)))


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
    model: ModelName = UPSCALE_MODEL

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
        return UpscaleImageRequest(**_in_base64(upscale_fields(self)))


def augment_fields(params: ToolParams) -> dict[str, Any]:
    """Return the fields of the request for a director tool.

    ``image`` is a PNG of the size asked for, else of the one that the web page sends.

    Raises:
        InvalidParamsError: the picture cannot be used.
    """
    params = ensure_checked(params)
    image = open_image(params.image, "image")
    _limit(image.size, MAX_TOOL_PIXELS, "; reduce it first")
    size = params.size or augment_size(*image.size)
    return {
        "req_type": params.req_type,
        **params.extras,
        "width": size[0],
        "height": size[1],
        "image": png_bytes(fit_base(image, size, keep_alpha=False)),
    }


def upscale_fields(params: UpscaleParams) -> dict[str, Any]:
    """Return the fields of the request for an upscale; ``image`` is a PNG.

    Raises:
        InvalidParamsError: the picture cannot be used.
    """
    params = ensure_checked(params)
    size, data = original_png(params.image, "image")
    _limit(size, MAX_UPSCALE_PIXELS, "")
    return {"image": data, "model": base_model(params.model), "declared_blur_sigma": 0}


def _in_base64(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"image": b64encode(fields["image"]).decode("ascii")}


def _limit(size: tuple[int, int], pixels: int, advice: str) -> None:
    if size[0] * size[1] > pixels:
        raise InvalidParamsError(
            [("image", f"must be at most {pixels} pixels, got {_format_size(size)}{advice}")]
        )


def _format_size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
