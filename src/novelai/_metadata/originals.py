"""Pictures sent as they are, so that what is embedded in them is not lost."""

from io import BytesIO

from novelai._images import ImageInput, file_bytes, open_image
from novelai._metadata.exif import is_webp
from novelai._metadata.png import SIGNATURE
from novelai._metadata.writing import settings_as_chunks

__all__ = ["original_png"]


def original_png(source: ImageInput, field: str) -> tuple[tuple[int, int], bytes]:
    """Return a picture as a PNG file, with the settings embedded in it.

    A PNG is given unchanged. From WebP the settings are carried over into text chunks.

    Args:
        source: the picture.
        field: dotted name of the parameter, for the error.

    Returns:
        width and height in pixels, and the file.

    Raises:
        InvalidParamsError: it cannot be read.
    """
    data = file_bytes(source, field)
    image = open_image(source if data is None else data, field)
    if data is not None and data.startswith(SIGNATURE):
        return image.size, data
    texts = settings_as_chunks(data) if data is not None and is_webp(data) else None
    buffer = BytesIO()
    # Converted, as a PNG cannot hold every kind of pixel; the copy's texts are not the file's.
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.info = {}
    image.save(buffer, "PNG", compress_level=1, pnginfo=texts)
    return image.size, buffer.getvalue()
