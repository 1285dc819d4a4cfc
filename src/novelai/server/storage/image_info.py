"""What a picture is, read from its first bytes: no pixel is decoded."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from novelai.server.model.problems import ProblemError

__all__ = ["MEDIA_TYPES", "ImageInfo", "read_image_info"]

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInfo:
    """A picture's form.

    Attributes:
        media_type: of its bytes.
        width: in pixels.
        height: in pixels.
    """

    media_type: str
    width: int
    height: int


def read_image_info(data: bytes, *, pixel_limit: int, field: str = "image") -> ImageInfo:
    """Tell what some bytes are.

    Args:
        data: a PNG, JPEG or WebP file.
        pixel_limit: the most pixels it may have.
        field: what to call it in an error.

    Raises:
        ProblemError: 422; it is no such picture, moves, or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of bombs; ours has a limit of its own
            with Image.open(BytesIO(data), formats=list(MEDIA_TYPES)) as image:
                media_type = MEDIA_TYPES[image.format or ""]
                width, height = image.size
                animated = getattr(image, "is_animated", False)
    except Image.DecompressionBombError:
        message = f"has far too many pixels; at most {pixel_limit:,} are taken"
        raise unsupported_image(field, message) from None
    except (OSError, ValueError, SyntaxError, KeyError):
        raise unsupported_image(field, "is not a PNG, JPEG or WebP picture") from None
    if animated:
        raise unsupported_image(field, "is animated: a single picture is taken")
    if width * height > pixel_limit:
        message = f"has {width} x {height} pixels; at most {pixel_limit:,} are taken"
        raise unsupported_image(field, message)
    return ImageInfo(media_type=media_type, width=width, height=height)


def unsupported_image(field: str, message: str) -> ProblemError:
    """Return a picture that is not taken."""
    return ProblemError(
        422,
        "unsupported_picture",
        f"{field} {message}. Nothing was sent or charged.",
        errors=[(field, message)],
    )
