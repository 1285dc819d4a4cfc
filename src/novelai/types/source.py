"""A picture handed in: a path, bytes, an open file, a Pillow image or an array."""

from os import PathLike
from typing import Annotated, Any, TypeAlias, cast

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from novelai._images import ImageInput

__all__ = ["ImageInput", "ImageSource"]


def _check_kind(value: Any) -> Any:
    """Accept what can be read later; a picture is opened only when it is about to be sent."""
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        raise PydanticCustomError("image", "is a URL: download it first, nothing is fetched here")
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


def _is_file(value: Any) -> bool:
    # Apart, and not in front of what follows it: an array is neither true nor false.
    return isinstance(value, (str, bytes, PathLike))


ImageSource: TypeAlias = Annotated[
    ImageInput,
    PlainValidator(_check_kind),
    WithJsonSchema({"type": "string", "description": "Path, or data URL, of a picture."}),
]
