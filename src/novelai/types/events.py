"""What a generation stream yields."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["FinalEvent", "ImageEvent", "PreviewEvent"]


class ServiceNames:
    """What every event has, under the service's own names too."""

    __slots__ = ()

    sample: int
    generation_id: int | None

    @property
    def samp_ix(self) -> int:
        """The same as ``sample``."""
        return self.sample

    @property
    def gen_id(self) -> int | None:
        """The same as ``generation_id``."""
        return self.generation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEvent(ServiceNames):
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

    def _repr_jpeg_(self) -> bytes:
        return self.data  # for notebooks

    @property
    def step_ix(self) -> int:
        """The step as the service counts it, from 0."""
        return self.step - 1

    @property
    def image(self) -> str:
        """The JPEG in base64."""
        return b64encode(self.data).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalEvent(ServiceNames):
    """A finished picture.

    Attributes:
        sample: which picture of the call, from 0.
        data: its file, PNG or WebP, with the embedded settings: the bytes received, or where an
            inpainting result was laid over its picture, the composed ones.
        picture: the same as a Pillow image that keeps these bytes, and those received.
        generation_id: the service's number for the call.
    """

    sample: int
    picture: "GeneratedImage" = field(repr=False)
    generation_id: int | None = None
    event_type: Literal["final"] = "final"

    def _repr_png_(self) -> bytes | None:
        return self.picture._repr_png_()  # pyright: ignore[reportPrivateUsage] - notebooks' own name

    @property
    def step_ix(self) -> int:
        """No step: -1."""
        return -1

    @property
    def sigma(self) -> float:
        """No step, so no noise to tell of: -1."""
        return -1.0

    @property
    def request_id(self) -> str | None:
        """The id of the request that it answers."""
        return self.picture.request_id

    @property
    def data(self) -> bytes:
        """The bytes of its file."""
        return self.picture.data

    @property
    def image(self) -> str:
        """The bytes of its file in base64."""
        return b64encode(self.data).decode("ascii")


ImageEvent: TypeAlias = PreviewEvent | FinalEvent
