"""A director tool or an upscale as the service is asked for it."""

from pydantic import Field

from novelai.types.api.image import Document

__all__ = ["AugmentImageRequest", "UpscaleImageRequest"]


class AugmentImageRequest(Document):
    """The body of ``/ai/augment-image``.

    Attributes:
        req_type: the tool.
        prompt: of colorize and emotion.
        defry: of colorize and emotion; 0 (full effect) to 5.
        width: in pixels, as sent.
        height: in pixels, as sent.
        image: the picture in base64.
    """

    req_type: str
    prompt: str | None = Field(default=None, repr=False)
    defry: int | None = None
    width: int
    height: int
    image: str = Field(repr=False)


class UpscaleImageRequest(Document):
    """The body of ``/ai/upscale``.

    Attributes:
        image: the picture in base64.
        model: a V5 model.
    """

    image: str = Field(repr=False)
    model: str
