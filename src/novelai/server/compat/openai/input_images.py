"""Pictures that come with a request: files of a form, data URLs, or pictures of the gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

import anyio.to_thread
from PIL import Image

from novelai._images import picture_size
from novelai.server.compat.input_images import decode_bytes, inspect
from novelai.server.compat.openai.document import Document
from novelai.server.compat.openai.errors import refusal
from novelai.server.http.context import RequestContext
from novelai.server.services import Services

__all__ = ["InputImage", "read_images"]


@dataclass(frozen=True, slots=True)
class InputImage:
    """A picture that was handed in.

    Attributes:
        data: its bytes.
        size: width and height in pixels, upright as its EXIF says.
    """

    data: bytes = field(repr=False)
    size: tuple[int, int]


async def read_images(
    context: RequestContext, document: Document, name: str, *others: str
) -> list[InputImage]:
    """Return the pictures of a request under one of several names.

    Raises:
        ProblemError: 400 or 422; one cannot be read, or is an address: nothing is fetched.
    """
    given: list[tuple[str, bytes]] = []
    for one in (name, *others):
        given += [(one, data) for data in document.files.get(one, ())]
        listed = _as_list(document.fields.get(one))
        given += [(one, await _bytes(context, value, one)) for value in listed]
    return [await _inspect(context.services, data, one) for one, data in given]


def _as_list(value: Any) -> Sequence[Any]:
    if value is None or value == "":
        return ()
    return cast("list[Any]", value) if isinstance(value, list) else (value,)


async def _bytes(context: RequestContext, value: Any, field: str) -> bytes:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        image = members.get("file_id")
        if isinstance(image, str):
            return await _of_gallery(context, image, field)
        value = members.get("image_url") or members.get("b64_json") or members.get("url")
        if isinstance(value, Mapping):
            value = cast("Mapping[str, Any]", value).get("url")
    if not isinstance(value, str) or not value:
        raise refusal(field, "must be a file, a data URL, or the file_id of a picture here")
    return await decode_bytes(value, field=field)


async def _of_gallery(context: RequestContext, image_id: str, field: str) -> bytes:
    found = await context.services.images.read(context.key, image_id)
    if found is None:
        raise refusal(field, "names no picture of the gallery (img_...)")
    return await context.services.images.data(found)


async def _inspect(services: Services, data: bytes, field: str) -> InputImage:
    await inspect(data, pixel_limit=services.uploads.pixel_limit, field=field)
    fault = await anyio.to_thread.run_sync(_fault_of, data)
    if fault is not None:
        raise refusal(field, fault)
    return InputImage(data, picture_size(data, field))


def _fault_of(data: bytes) -> str | None:
    """Tell why a picture cannot be edited; ``None`` if it can."""
    try:
        with Image.open(BytesIO(data)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError):
        return "cannot be read to its end"
    return None
