"""Director tools, and the moods of the emotion tool."""

from novelai.types.tools import DirectorTool, Emotion

__all__ = ["DirectorTool", "Emotion"]
