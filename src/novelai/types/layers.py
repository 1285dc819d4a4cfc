"""What removing a background gives."""

from typing import TYPE_CHECKING

from novelai._notebook import PictureList

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["BackgroundLayers"]


class BackgroundLayers(PictureList["GeneratedImage"]):
    """The three pictures of a background removal: a list, and each by its name."""

    @property
    def masked(self) -> "GeneratedImage":
        """The picture with everything but the subject made transparent."""
        return self[0]

    @property
    def generated(self) -> "GeneratedImage":
        """The subject drawn anew, with clean edges."""
        return self[1]

    @property
    def blend(self) -> "GeneratedImage":
        """The two above, blended: usually the best."""
        return self[2]
