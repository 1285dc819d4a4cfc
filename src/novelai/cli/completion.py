"""What the shell offers when Tab is pressed."""

__all__ = ["models", "sizes", "uc_presets"]


def models(incomplete: str) -> list[str]:
    """Model ids."""
    from novelai.catalogue import image_models

    return [name for name in image_models() if name.startswith(incomplete)]


def sizes(incomplete: str) -> list[str]:
    """Names of sizes."""
    from novelai.catalogue import size_presets

    return [name for name in size_presets() if name.startswith(incomplete)]


def uc_presets(incomplete: str) -> list[str]:
    """Names of undesired-content presets."""
    from typing import get_args

    from novelai.types.generation import UCPreset

    return [name for name in get_args(UCPreset) if name.startswith(incomplete)]
