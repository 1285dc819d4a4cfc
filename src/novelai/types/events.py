"""What a generation stream yields."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["FinalEvent", "ImageEvent", "PreviewEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEvent:
    """A picture in the making.

    Attributes:
        sample: which picture of the call, from 0.
        step: how many steps are done, from 1.
        steps: how many there are in all (asked for; img2img does fewer).
        sigma: the noise left; falls from about 20000 towards 0.
        data: a JPEG of the picture so far.
        generation_id: the service's number for the call.
    """

    sample: int
    step: int
    steps: int
    sigma: float | None
    data: bytes = field(repr=False)
    generation_id: int | None = None
    event_type: Literal["intermediate"] = "intermediate"

    @property
    def image(self) -> str:
        """The JPEG in base64."""
        return b64encode(self.data).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalEvent:
    """A finished picture.

    Attributes:
        sample: which picture of the call, from 0.
        data: the received bytes, PNG or WebP, with the embedded settings.
        picture: the same as a Pillow image that keeps these bytes.
        generation_id: the service's number for the call.
    """

    sample: int
    picture: "GeneratedImage" = field(repr=False)
    generation_id: int | None = None
    event_type: Literal["final"] = "final"

    @property
    def data(self) -> bytes:
        """The received bytes."""
        return self.picture.data

    @property
    def image(self) -> str:
        """The received bytes in base64."""
        return b64encode(self.data).decode("ascii")


ImageEvent: TypeAlias = PreviewEvent | FinalEvent
