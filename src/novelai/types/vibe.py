"""Vibe transfer: the mood and style of another picture."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from novelai.types.base import Params
from novelai.types.limits import Between, Problems
from novelai.types.source import ImageSource

__all__ = ["Vibe"]


class Vibe(Params):
    """A picture whose style is carried over (V3, V4 and V4.5).

    On V4 and V4.5 the picture is first encoded by NovelAI, which costs 2 Anlas; the client keeps
    encodings and pays once for the same picture, model and extraction.

    Args:
        image: the picture. May be left out when ``encoding`` is given.
        encoding: the bytes an earlier encoding returned, for the same model.
        info_extracted: 0.01 to 1; how much is read from the picture. Burnt into an encoding.
        strength: -1 to 1; how strongly it acts.
    """

    image: ImageSource | None = Field(default=None, repr=False)
    encoding: bytes | None = Field(default=None, repr=False)
    info_extracted: Annotated[float, Between(0.01, 1)] = 0.7
    strength: Annotated[float, Between(-1, 1)] = 0.6

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        problems = Problems()
        if self.image is None and not self.encoding:
            problems.add("image", "give a picture or an encoding")
        problems.raise_found("Vibe")
        return self
