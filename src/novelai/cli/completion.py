"""What the shell offers when Tab is pressed."""

from collections.abc import Iterable
from typing import get_args

__all__ = ["chat_models", "emotions", "models", "sizes", "text_models", "uc_presets", "voices"]


def models(incomplete: str) -> list[str]:
    """Ids of image models."""
    from novelai.catalogue import image_models

    return _beginning(image_models(), incomplete)


def sizes(incomplete: str) -> list[str]:
    """Names of sizes."""
    from novelai.catalogue import size_presets

    return _beginning(size_presets(), incomplete)


def uc_presets(incomplete: str) -> list[str]:
    """Names of undesired-content presets."""
    from novelai.types.generation import UCPreset

    return _beginning(get_args(UCPreset), incomplete)


def chat_models(incomplete: str) -> list[str]:
    """Ids of instruction models."""
    return _beginning(("glm-4-6", "xialong-v1"), incomplete)


def text_models(incomplete: str) -> list[str]:
    """Ids of story models."""
    return _beginning(("kayra-v1", "llama-3-erato-v1"), incomplete)


def emotions(incomplete: str) -> list[str]:
    """Moods of the emotion tool."""
    from novelai.types.tools import Emotion

    return _beginning(get_args(Emotion), incomplete)


def voices(incomplete: str) -> list[str]:
    """Names of ready voices."""
    from novelai.types.voice import V1_VOICES, V2_VOICES

    return _beginning((*V2_VOICES, *V1_VOICES), incomplete)


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.lower().startswith(incomplete.lower())]
