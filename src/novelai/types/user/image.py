"""Parameters of a generation; `novelai.types` has them too."""

from novelai.types.character import Character
from novelai.types.controlnet import ControlNet, ControlNetImage
from novelai.types.generation import GenerateImageParams, UCPreset
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.reference import CharacterReference
from novelai.types.source import ImageInput
from novelai.types.stream import GenerateImageStreamParams

__all__ = [
    "Character",
    "CharacterReference",
    "ControlNet",
    "ControlNetImage",
    "GenerateImageParams",
    "GenerateImageStreamParams",
    "I2iParams",
    "ImageInput",
    "InpaintParams",
    "UCPreset",
]
