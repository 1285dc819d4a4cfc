"""Pictures as responses."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.responses import Response

from novelai.fastapi.disposition import attachment

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ImageResponse"]


class ImageResponse(Response):
    """One picture, sent as it was received: not decoded, its embedded settings intact.

    Args:
        image: a picture, or what `generate` returned; of several, the first is sent.
        status_code: the HTTP status.
        headers: further headers.
        filename: offer it for download under this name, in any alphabet.
        background: what to do after it was sent.

    The header ``X-Seed`` carries the seed when it is known.
    """

    media_type = "image/png"

    def __init__(
        self,
        image: "Image | Sequence[Image]",
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        filename: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        picture = image[0] if isinstance(image, Sequence) else image
        content, media_type = _encode(picture)
        super().__init__(content, status_code, headers, media_type, background)
        seed: int | None = getattr(picture, "seed", None)
        if seed is not None:
            self.headers["X-Seed"] = str(seed)
        if filename is not None:
            self.headers["Content-Disposition"] = attachment(filename)


def _encode(picture: "Image") -> tuple[bytes, str]:
    from novelai.pictures import GeneratedImage

    if isinstance(picture, GeneratedImage) and not picture.touched:
        return picture.data, picture.media_type
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue(), "image/png"
