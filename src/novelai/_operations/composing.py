"""Results of inpainting, laid over the picture that was handed in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from novelai._images import fit_mask, fit_original, open_image
from novelai._inpainting import Composition, NotComposedError
from novelai._wire import Decoder
from novelai.types.events import FinalEvent, ImageEvent
from novelai.types.inpaint import InpaintParams

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["ComposingDecoder", "compose_image", "composition_of"]

LARGE = 2**30
"""Composing a picture takes longer than decoding one, however few bytes it has."""


def composition_of(inpaint: InpaintParams, size: tuple[int, int]) -> Composition:
    """Return what an inpainting starts from: picture and mask at the size asked for.

    Args:
        inpaint: the picture and the mask that were handed in.
        size: width and height in pixels.

    Raises:
        InvalidParamsError: one of them cannot be used.
    """
    image = open_image(inpaint.image, "inpaint.image")
    painted = open_image(inpaint.mask, "inpaint.mask")
    return Composition(original=fit_original(image, size), mask=fit_mask(painted, image.size, size))


def compose_image(image: "GeneratedImage", composition: Composition) -> "GeneratedImage":
    """Return a result laid over its picture; itself, with a note, where that is not possible.

    It is paid for, so nothing that goes wrong here may lose it.
    """
    from novelai.pictures import GeneratedImage

    try:
        data = composition.compose(image.data)
        return GeneratedImage(
            data, seed=image.seed, received=image.data, request_id=image.request_id
        )
    except NotComposedError as error:
        image.note = f"It is as received, and not laid over its picture: {error}."
    except Exception as error:  # noqa: BLE001 - as with too little memory
        image.note = f"It is as received, and not laid over its picture: {type(error).__name__}."
    return image


@dataclass(frozen=True, slots=True)
class ComposingDecoder:
    """A stream's events, each finished picture laid over what it was painted in."""

    decoder: Decoder[ImageEvent]
    composition: Composition

    def begin(self, request_id: str) -> None:
        """Take the id of the request that is answered."""
        self.decoder.begin(request_id)

    def completing(self, data: bytes) -> int:
        """Return much, if anything is completed: composing does not belong on an event loop."""
        return LARGE if self.decoder.completing(data) else 0

    def feed(self, data: bytes) -> Iterator[ImageEvent]:
        """Take the next bytes; give the events they complete, one by one."""
        return self._finished(self.decoder.feed(data))

    def finish(self) -> Iterator[ImageEvent]:
        """Say that the stream ended; raise if a picture is missing or failed."""
        return self._finished(self.decoder.finish())

    def _finished(self, events: Iterable[ImageEvent]) -> Iterator[ImageEvent]:
        for event in events:
            if isinstance(event, FinalEvent):
                yield replace(event, picture=compose_image(event.picture, self.composition))
            else:
                yield event
