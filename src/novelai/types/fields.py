"""The fields of `GenerateImageParams` as keywords, for calls without the object."""

from collections.abc import Sequence
from typing import Literal, TypedDict

from novelai.types.character import Character
from novelai.types.controlnet import ControlNet
from novelai.types.generation import ImageSize, UCPreset
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.names import ModelName, NoiseScheduleName, SamplerName
from novelai.types.reference import CharacterReference
from novelai.types.vibe import Vibe

__all__ = ["GenerateImageFields", "GenerateImageStreamFields", "ImageFields"]


class ImageFields(TypedDict, total=False):
    """The fields of `GenerateImageParams` beside ``prompt``; a test keeps them and what is said."""

    model: ModelName
    """a NovelAI model id; an unknown one is passed through with a warning. One that extends a known
    id (``nai-diffusion-5-full-...``) has that model's traits."""
    size: ImageSize | str
    """a name or width and height in pixels, multiples of 64, at most 3,145,728 pixels; by default
    portrait, or with ``i2i`` or ``inpaint`` the size nearest to the picture's own up to 1,048,576
    pixels. It is kept as a pair of width and height."""
    negative_prompt: str | None
    """undesired content, added after the preset's text."""
    quality: bool | Literal["standard", "light"]
    """add the model's quality text; V5 also knows ``"light"``."""
    uc_preset: UCPreset | Literal["strong"]
    """which undesired-content text to put in front of ``negative_prompt``."""
    steps: int
    """1 to 50. Up to 28 are free on Opus."""
    scale: float | None
    """prompt guidance, 0 to 10 (25 on V1 and V2); by default the model's own."""
    sampler: SamplerName
    """by default ``k_euler_ancestral``, which also replaces ``ddim`` on V4 and later, as on the
    web."""
    noise_schedule: NoiseScheduleName | None
    """by default the model's own; V5 knows only ``karras``."""
    seed: int | None
    """0 to 4294967295; drawn for each call when left out. Sample *i* uses seed + *i*."""
    n_samples: int
    """1 to 8 pictures, at most 4 above 409,600 pixels and 6 above 360,448."""
    cfg_rescale: float
    """prompt guidance rescale, 0 to 1."""
    variety_boost: bool
    """Variety+: skip guidance while the noise is high (V3, V4, V4.5)."""
    smea: bool
    """SMEA (V3, V2)."""
    smea_dyn: bool
    """SMEA DYN, with ``smea`` (V3, V2)."""
    decrisp: bool
    """dynamic thresholding (V3 and older)."""
    i2i: I2iParams | None
    """start from a picture."""
    inpaint: InpaintParams | None
    """repaint a part of a picture."""
    characters: Sequence[Character] | None
    """up to 6 character prompts (V4, V4.5) or 32 (V5)."""
    use_coords: bool | None
    """send the characters' positions as places to keep to; by default if one has a position. If
    false, NovelAI chooses, and positions are sent all the same."""
    vibes: Sequence[Vibe] | None
    """up to 16 vibes (V3, V4, V4.5); 2 Anlas for each that is not encoded yet. With ``inpaint``
    none is sent on V4 and later, as on the web."""
    controlnet: ControlNet | None
    """vibes under another name; they follow those in ``vibes``."""
    character_references: Sequence[CharacterReference] | None
    """up to 16 precise references (V4.5), 5 Anlas each and picture."""
    transparent_background: bool
    """ask for a transparent background (V5); also accepted as ``tag_hint_transparent_background``.
    """
    straight_alpha: bool | None
    """how colours under transparency are stored (V5): straight, as on the web, unless this is
    false."""
    furry: bool
    """furry mode (V4 and later): ``fur dataset`` goes in front of the finished prompt, unless it
    begins with a data set."""
    automatic_text: bool
    """repeat what the prompt puts in quotation marks in a text section, which V5 writes into the
    picture, as on the web; other models get none."""
    image_format: Literal["png", "webp"]
    """``"png"`` or lossless ``"webp"``."""


class GenerateImageFields(ImageFields, total=False):
    """The fields of `GenerateImageParams`; a test keeps them equal, and what is said of them."""

    prompt: str
    """1 to 51,200 characters, the quality text included; on V4 and later it may be empty where
    there are characters."""


class GenerateImageStreamFields(GenerateImageFields, total=False):
    """The fields of `GenerateImageStreamParams`; a test keeps them equal, and what is said."""

    stream: Literal["msgpack", "sse"]
    """``"msgpack"`` is smaller, ``"sse"`` is text. The events are the same."""
