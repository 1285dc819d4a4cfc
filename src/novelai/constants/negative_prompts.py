"""Undesired-content presets, and the texts of the default model.

The texts differ from model to model; `GenerateImageParams.processed_prompt` and
`processed_negative_prompt` show what is sent. Those below are V4.5 Full's, ready to be appended
to a prompt.
"""

from typing import Final, Literal, TypeAlias

from novelai.catalogue import model_spec
from novelai.types.generation import DEFAULT_MODEL
from novelai.types.generation import UCPreset as ServiceUCPreset

__all__ = [
    "QUALITY_TAGS",
    "UC_FURRY_FOCUS",
    "UC_HEAVY",
    "UC_HUMAN_FOCUS",
    "UC_LIGHT",
    "UC_NONE",
    "UC_STRONG",
    "UNDESIRED_CONTENT_PRESETS",
    "UCPreset",
    "UndesiredContentPreset",
]

UCPreset: TypeAlias = ServiceUCPreset | Literal["strong"]
"""``"strong"`` is novelai-sdk's name for ``"heavy"``."""

UndesiredContentPreset: TypeAlias = UCPreset | Literal["not_specified"]

UC_HEAVY: Final = "heavy"
UC_STRONG: Final = "strong"
UC_LIGHT: Final = "light"
UC_FURRY_FOCUS: Final = "furry_focus"
UC_HUMAN_FOCUS: Final = "human_focus"
UC_NONE: Final = "none"

_TEXTS = {
    name: f", {text}, " if text else "" for name, text in model_spec(DEFAULT_MODEL).uc.items()
}

QUALITY_TAGS: Final = f", {model_spec(DEFAULT_MODEL).quality['standard']}"

UNDESIRED_CONTENT_PRESETS: Final[dict[str, str]] = {**_TEXTS, UC_STRONG: _TEXTS[UC_HEAVY]}
