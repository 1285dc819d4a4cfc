"""The body of a native request: JSON, or a form whose part ``request`` is that JSON."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from novelai.server.http.json_body import parse_json
from novelai.server.jobs.request_pictures import without_front
from novelai.server.model.problems import ProblemError
from novelai.server.storage.image_info import read_image_info

__all__ = ["Body", "read_body", "refuse"]

MAX_PARTS = 100
MAX_PART = 1 << 30
"""The server's own limit of a whole body comes first."""

SHOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request carried.

    Attributes:
        document: the decoded JSON.
        parts: the other parts of a form by name.
        is_form: pictures are named by their parts, not written in base64.
        pixel_limit: the most pixels a picture may have.
    """

    document: Mapping[str, Any] = field(repr=False)
    parts: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    is_form: bool = False
    pixel_limit: int

    def image(self, value: Any, name: str) -> bytes:
        """Return the bytes of a picture.

        Raises:
            ProblemError: 400 or 422; there is none, or it cannot be read.
        """
        data = self.binary(value, name)
        read_image_info(data, pixel_limit=self.pixel_limit, field=name)
        return data

    def binary(self, value: Any, name: str) -> bytes:
        """Return the bytes that a field stands for.

        Raises:
            ProblemError: 400; there are none.
        """
        if not isinstance(value, str) or not value:
            refuse(f"{name} must be base64 text")
        if self.is_form:
            if value not in self.parts:
                shown = value if len(value) <= SHOWN else f"{value[:5]}…"
                refuse(f'{name} field references unknown form part "{shown}"')
            return self.parts[value]
        if value.startswith(("http://", "https://")):
            refuse(f"{name} is an address: nothing is fetched; send the picture itself")
        try:
            data = base64.b64decode(without_front(value), validate=True)
        except (binascii.Error, ValueError):
            refuse(f"{name} is not base64")
        return data or refuse(f"{name} is empty")


async def read_body(request: Request, *, pixel_limit: int) -> Body:
    """Read a request's body.

    Raises:
        ProblemError: 400; it is not what it should be.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        content = await request.body()
        return Body(document=await parse_json(content, _decode), pixel_limit=pixel_limit)
    parts: dict[str, bytes] = {}
    try:
        async with request.form(
            max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=MAX_PART
        ) as form:
            for name, value in form.multi_items():
                is_file = isinstance(value, UploadFile)
                parts[name] = await value.read() if is_file else value.encode()
    except MultiPartException:
        refuse("error parsing multipart form")
    if "request" not in parts:
        refuse("missing request form part")
    document = await parse_json(parts.pop("request"), _decode)
    return Body(document=document, parts=parts, is_form=True, pixel_limit=pixel_limit)


def refuse(message: str) -> NoReturn:
    """Say no to a body, in the service's words where it has any.

    Raises:
        ProblemError: 400, always.
    """
    raise ProblemError(400, "invalid_params", f"Validation error: {message}")


def _decode(content: bytes) -> Mapping[str, Any]:
    try:
        document: object = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        refuse("the body is not JSON in UTF-8")
    if not isinstance(document, dict):
        refuse("the body is not an object")
    return cast("Mapping[str, Any]", document)


def _no_constant(_name: str) -> NoReturn:
    raise ValueError
