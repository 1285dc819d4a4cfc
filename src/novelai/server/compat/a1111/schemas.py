"""What A1111's clients send. What has no meaning at NovelAI and costs nothing is not read."""

from math import isfinite
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from novelai.server.compat.a1111.weights import Syntax

__all__ = ["MOST", "ExtrasRequest", "ImageRequest", "ImageToImageRequest"]

MOST = 32
"""Pictures that one request may ask for."""


def _whole(value: Any) -> Any:
    """Sliders send 832.0 and 832.4 for 832."""
    return round(value) if isinstance(value, float) and isfinite(value) else value


Whole = Annotated[int, BeforeValidator(_whole)]
Side = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=16_384)]
Steps = Annotated[int, BeforeValidator(_whole), Field(ge=1)]
Scale = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ImageRequest(BaseModel):
    """The body of ``txt2img``.

    Attributes:
        model: stable-diffusion.cpp's clients name it here.
        prompt_syntax: an addition of ours, for this request only.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", hide_input_in_errors=True)

    prompt: str = ""
    negative_prompt: str = ""
    prompt_syntax: Syntax | None = None
    sampler_name: str | None = None
    sampler_index: str | int | None = None
    scheduler: str | None = None
    steps: Steps | None = None
    cfg_scale: Scale | None = None
    width: Side | None = None
    height: Side | None = None
    seed: Whole = -1
    batch_size: Annotated[int, Field(ge=1, le=MOST)] = 1
    n_iter: Annotated[int, Field(ge=1, le=MOST)] = 1
    enable_hr: bool = False
    hr_scale: Annotated[float, Field(gt=0, le=8)] = 2.0
    hr_resize_x: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=16_384)] = 0
    hr_resize_y: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=16_384)] = 0
    hr_second_pass_steps: Annotated[int, BeforeValidator(_whole), Field(ge=0)] = 0
    denoising_strength: Annotated[float, Field(ge=0, le=1)] | None = None
    model: str | None = None
    override_settings: dict[str, Any] = {}
    alwayson_scripts: dict[str, Any] = {}
    send_images: bool = True

    @property
    def count(self) -> int:
        """Return the number of pictures that are wanted."""
        return self.batch_size * self.n_iter

    @property
    def sampler(self) -> str | None:
        """The sampler, under either of its names."""
        if self.sampler_name:
            return self.sampler_name
        return self.sampler_index if isinstance(self.sampler_index, str) else None


class ImageToImageRequest(ImageRequest):
    """The body of ``img2img``."""

    init_images: list[str] = []
    mask: str | None = None
    inpainting_mask_invert: int = 0
    resize_mode: int = 0
    include_init_images: bool = False


class ExtrasRequest(BaseModel):
    """The body of ``extra-single-image``."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", hide_input_in_errors=True)

    image: str
    upscaler_1: str = "None"
    upscaling_resize: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0
    resize_mode: int = 0

    @property
    def enlarges(self) -> bool:
        """Return whether anything is to be done: that costs."""
        by_size = self.resize_mode != 0
        return self.upscaler_1 != "None" and (by_size or self.upscaling_resize > 1)
