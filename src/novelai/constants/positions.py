"""Places of characters."""

from novelai.types.character import GridCell, Position

__all__ = ["Position", "PositionPreset"]

PositionPreset = GridCell
