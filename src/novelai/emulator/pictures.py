"""Pictures that came with a request: opened safely, and told apart from other bytes."""

from io import BytesIO

from PIL import Image

from novelai.emulator.errors import internal_error

_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
# Four times the largest picture the service draws.
MAX_PIXELS = 4 * 3_145_728


def looks_like_picture(data: bytes) -> bool:
    """Return whether bytes start like a PNG, JPEG, GIF or WebP file."""
    return data.startswith(_MAGICS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def open_picture(data: bytes) -> Image.Image:
    """Decode a picture.

    Raises:
        Refusal: 500 when the bytes are no picture, or one of absurd size.
    """
    try:
        picture = Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF"))
        if picture.width * picture.height > MAX_PIXELS:
            raise internal_error()
        picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise internal_error() from None
    return picture


def has_alpha(picture: Image.Image) -> bool:
    """Return whether a picture carries transparency in any form."""
    return picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info


def fit(picture: Image.Image, size: tuple[int, int], *, keep_alpha: bool = False) -> Image.Image:
    """Return the picture at `size`: RGB flattened on white, or RGBA when `keep_alpha`.

    The web client sends sources in the right size already; others are stretched.
    """
    if keep_alpha:
        picture = picture.convert("RGBA")
    elif has_alpha(picture):
        layer = picture.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
    else:
        picture = picture.convert("RGB")
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
