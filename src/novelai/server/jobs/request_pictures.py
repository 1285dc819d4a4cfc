"""Parameters as callers write them in JSON: pictures as text or by name become bytes."""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import anyio.to_thread

from novelai.server.storage.image_info import read_image_info, unsupported_image

__all__ = ["Named", "decode_base64", "with_images", "without_front"]

IMAGES = frozenset({"image", "mask"})
"""Fields that hold a picture, wherever they stand."""

BYTES = frozenset({"encoding"})
"""Fields that hold other bytes."""

DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,", re.ASCII)
SHORT = 1_000_000
"""Text up to this length is decoded where it is; more goes to a thread."""

Named = Callable[[str, str, str], Awaitable[bytes]]
"""Gives the bytes of a picture: kind (``upload``, ``image``, ``sha256`` or ``job``), name, field.

The name of one of a job is the job's id and the picture's sha256, with a slash between."""

KINDS = ("upload", "image", "sha256")
OF_JOB = {"job", "sha256"}


async def with_images(params: Any, *, named: Named, pixel_limit: int, field: str = "") -> Any:
    """Return the same parameters with bytes in place of pictures.

    Args:
        params: JSON. A picture is base64 text, a data URL, ``{"upload": sha256}``,
            ``{"image": id}``, ``{"job": id, "sha256": …}`` for one that a job was given, or
            ``{"sha256": …}`` as the parameters of a job name it.
        named: finds what is given by name.
        pixel_limit: the most pixels a picture may have.
        field: where in the parameters this is.

    Raises:
        ProblemError: 422; a picture cannot be read. The field is named.
    """
    if isinstance(params, Mapping):
        found: dict[str, Any] = {}
        for name, value in cast("Mapping[str, Any]", params).items():
            where = f"{field}.{name}" if field else name
            if name in IMAGES and value is not None:
                found[name] = await _image(value, named, pixel_limit, where)
            elif name in BYTES and isinstance(value, str):
                found[name] = await decode_base64(value, where)
            elif name in BYTES and isinstance(value, Mapping):
                found[name] = await _by_name(cast("Mapping[str, Any]", value), named, where)
            else:
                found[name] = await with_images(
                    value, named=named, pixel_limit=pixel_limit, field=where
                )
        return found
    if isinstance(params, list):
        return [
            await with_images(value, named=named, pixel_limit=pixel_limit, field=f"{field}.{index}")
            for index, value in enumerate(cast("list[Any]", params))
        ]
    return params


def without_front(text: str) -> str:
    """Base64 text, without the front that makes it a data URL."""
    front = DATA_URL.match(text)
    return text[front.end() :] if front else text


async def decode_base64(text: str, field: str) -> bytes:
    """Return the bytes of base64 text, with or without the front of a data URL.

    Raises:
        ProblemError: 422; it is no base64.
    """
    if len(text) <= SHORT:
        return _decode(text, field)
    return await anyio.to_thread.run_sync(_decode, text, field)


async def _image(value: Any, named: Named, pixel_limit: int, field: str) -> bytes:
    if isinstance(value, Mapping):
        return await _by_name(cast("Mapping[str, Any]", value), named, field)
    if not isinstance(value, str) or not value:
        raise unsupported_image(field, "must be base64 text, a data URL, or the name of a picture")
    data = await decode_base64(value, field)
    read_image_info(data, pixel_limit=pixel_limit, field=field)
    return data


async def _by_name(value: Mapping[str, Any], named: Named, field: str) -> bytes:
    if set(value) == OF_JOB and all(isinstance(part, str) for part in value.values()):
        return await named("job", f"{value['job']}/{value['sha256']}", field)
    for kind in KINDS:
        name = value.get(kind)
        if set(value) == {kind} and isinstance(name, str):
            return await named(kind, name, field)
    raise unsupported_image(field, 'is named by {"upload": sha256} or {"image": id}')


def _decode(text: str, field: str) -> bytes:
    try:
        data = base64.b64decode("".join(without_front(text).split()), validate=True)
    except (binascii.Error, ValueError):
        raise unsupported_image(field, "is not base64") from None
    if not data:
        raise unsupported_image(field, "is empty")
    return data
