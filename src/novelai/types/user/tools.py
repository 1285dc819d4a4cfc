"""Parameters of the tools; `novelai.types` has them too."""

from novelai.types.tools import (
    BackgroundRemovalParams,
    ColorizeParams,
    DeclutterParams,
    DirectorToolParams,
    EmotionParams,
    LineArtParams,
    SketchParams,
    UpscaleParams,
)

__all__ = [
    "BackgroundRemovalParams",
    "ColorizeParams",
    "DeclutterParams",
    "DirectorToolParams",
    "EmotionParams",
    "LineArtParams",
    "SketchParams",
    "UpscaleParams",
]
