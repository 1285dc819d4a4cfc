"""A picture handed in: a path, bytes, an open file, a Pillow image or an array."""

from base64 import b64decode, b64encode
from os import PathLike
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from novelai._images import ImageInput, file_bytes
from novelai._metadata.originals import original_png

__all__ = ["EncodedBytes", "ImageInput", "ImageSource", "picture_file"]

KINDS = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}
"""How files of pictures begin; of others the media type is left open."""

BASE64 = ";base64"


def picture_file(source: ImageInput, field: str = "image") -> bytes:
    """Return a picture as a file that leads to the same request.

    Args:
        source: the picture. The bytes of a file, a path or an untouched picture of NovelAI's are
            given as they are; pixels that are in no file become a PNG.
        field: dotted name of the parameter, for the error.

    Raises:
        InvalidParamsError: it cannot be read.
    """
    data = file_bytes(source, field)
    return original_png(source, field)[1] if data is None else data


def _check_kind(value: Any) -> Any:
    """Accept what can be read later; a picture is opened only when it is about to be sent."""
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        raise PydanticCustomError("image", "is a URL: download it first, nothing is fetched here")
    if isinstance(value, str) and value.startswith("data:"):
        return _read_data_url(value)
    if _is_file(value) and value:
        return value
    if isinstance(value, (bytearray, memoryview)):
        return bytes(cast("bytearray", value))
    if hasattr(value, "read") or (hasattr(value, "getbands") and hasattr(value, "size")):
        return value
    if hasattr(value, "__array_interface__"):  # of NumPy, as OpenCV gives it
        return value
    raise PydanticCustomError(
        "image", "must be a path, bytes, an open file or a Pillow image, and not empty"
    )


def _read_data_url(url: str) -> str | bytes:
    head, _, text = url.partition(",")
    try:
        return b64decode(text, validate=True) or url if head.endswith(BASE64) else url
    except ValueError:
        return url  # what is no base64 is found, and named, when it is about to be sent


def _write_data_url(source: Any) -> str:
    data = picture_file(source)
    kind = next((kind for start, kind in KINDS.items() if data.startswith(start)), "")
    return f"data:{kind}{BASE64},{b64encode(data).decode('ascii')}"


def _read_base64(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise PydanticCustomError("base64", "must be bytes, or a text in base64") from None


def _write_base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def _is_file(value: Any) -> bool:
    # Apart, and not in front of what follows it: an array is neither true nor false.
    return isinstance(value, (str, bytes, PathLike))


EncodedBytes: TypeAlias = Annotated[
    bytes,
    BeforeValidator(_read_base64),
    PlainSerializer(_write_base64, return_type=str, when_used="json"),
]
"""Bytes, in JSON a text in base64."""

ImageSource: TypeAlias = Annotated[
    ImageInput,
    PlainValidator(_check_kind),
    PlainSerializer(_write_data_url, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "description": "Path, or data URL, of a picture."}),
]
