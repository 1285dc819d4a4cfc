"""Precise reference: keep a character or a style from another picture."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from novelai.types.base import Between, Kind, Params, one_of
from novelai.types.source import ImageSource

__all__ = ["CharacterReference"]

ReferenceType: TypeAlias = Literal["character", "style", "character&style"]


class CharacterReference(Params):
    """A picture whose character or style is kept (V4.5). Costs 5 Anlas per picture, always.

    Args:
        image: the picture; it is fitted on a black canvas of one of the three sizes that the
            service takes (1024x1536, 1536x1024, 1472x1472).
        type: what to keep.
        fidelity: 0 to 1; how exactly.
        strength: 0 to 1; how strongly.
    """

    image: ImageSource = Field(repr=False)
    type: Annotated[ReferenceType, Kind(one_of(ReferenceType))] = "character&style"
    fidelity: Annotated[float, Between(0, 1)] = 1.0
    strength: Annotated[float, Between(0, 1)] = 1.0
