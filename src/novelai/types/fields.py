"""The fields of `GenerateImageParams` as keywords, for calls without the object."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from novelai.types.character import Character
from novelai.types.controlnet import ControlNet
from novelai.types.generation import ImageSize, UCPreset
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.reference import CharacterReference
from novelai.types.vibe import Vibe

__all__ = ["GenerateImageFields", "GenerateImageStreamFields"]


class GenerateImageFields(TypedDict, total=False):
    """The same names and meanings as in `GenerateImageParams`; a test keeps them equal."""

    prompt: str
    model: str
    size: ImageSize | str
    negative_prompt: str | None
    quality: bool | Literal["standard", "light"]
    uc_preset: UCPreset | Literal["strong"]
    steps: int
    scale: float | None
    sampler: str
    noise_schedule: str | None
    seed: int | None
    n_samples: int
    cfg_rescale: float
    variety_boost: bool
    smea: bool
    smea_dyn: bool
    decrisp: bool
    i2i: I2iParams | None
    inpaint: InpaintParams | None
    characters: Sequence[Character] | None
    use_coords: bool | None
    vibes: Sequence[Vibe] | None
    controlnet: ControlNet | None
    character_references: Sequence[CharacterReference] | None
    transparent_background: bool
    straight_alpha: bool | None
    furry: bool
    automatic_text: bool
    image_format: Literal["png", "webp"]


class GenerateImageStreamFields(GenerateImageFields, total=False):
    """The same names and meanings as in `GenerateImageStreamParams`; a test keeps them equal."""

    stream: Literal["msgpack", "sse"]
