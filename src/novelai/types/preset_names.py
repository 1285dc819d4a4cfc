"""Names of presets: of quality texts and of undesired content."""

from typing import Any, Literal, TypeAlias

__all__ = ["QualityPreset", "UCPreset", "preset_name"]

UCPreset: TypeAlias = Literal[
    "heavy",
    "light",
    "human_focus",
    "furry_focus",
    "none",
    "low_quality",
    "low_quality_bad_anatomy",
]

QualityPreset: TypeAlias = Literal["standard", "light"]

OTHER_PRESET_NAMES = {
    "strong": "heavy",
    "humanFocus": "human_focus",
    "furryFocus": "furry_focus",
    "lowQuality": "low_quality",
    "lowQualityPlusBadAnatomy": "low_quality_bad_anatomy",
}


def preset_name(value: Any) -> Any:
    """Return the name of a preset of undesired content, whatever it is called elsewhere."""
    return OTHER_PRESET_NAMES.get(value, value) if isinstance(value, str) else value
