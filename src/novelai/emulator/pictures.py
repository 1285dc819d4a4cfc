"""Pictures that came with a request: opened safely, and told apart from other bytes."""

from io import BytesIO

from PIL import Image

from novelai.emulator.errors import internal_error

_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
# Four times the largest picture the service draws.
MAX_PIXELS = 4 * 3_145_728


def looks_like_image(data: bytes) -> bool:
    """Return whether bytes start like a PNG, JPEG, GIF or WebP file."""
    return data.startswith(_MAGICS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def open_image(data: bytes) -> Image.Image:
    """Decode a picture.

    Raises:
        Refusal: 500 when the bytes are no picture, or one of absurd size.
    """
    try:
        image = Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF"))
        if image.width * image.height > MAX_PIXELS:
            raise internal_error()
        image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise internal_error() from None
    return image


def has_alpha(image: Image.Image) -> bool:
    """Return whether a picture carries transparency in any form."""
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def fit(image: Image.Image, size: tuple[int, int], *, keep_alpha: bool = False) -> Image.Image:
    """Return the picture at `size`: RGB flattened on white, or RGBA when `keep_alpha`.

    The web client sends sources in the right size already; others are stretched.
    """
    if keep_alpha:
        image = image.convert("RGBA")
    elif has_alpha(image):
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    else:
        image = image.convert("RGB")
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
