"""A request body: JSON, or a multipart form whose `request` part is that JSON.

In JSON the binary fields hold base64; in a form they hold the names of other parts.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from novelai.emulator.errors import Refusal, internal_error

# The real limit is unknown (a 413 was reported for bodies somewhere above 2.7 MB in 2025).
MAX_BODY = 64 * 2**20


@dataclass(frozen=True, kw_only=True)
class Body:
    """What a request carried.

    Attributes:
        document: The decoded JSON.
        parts: The binary parts of a form by name.
        is_form: Binary fields are part names, not base64.
    """

    document: Any
    parts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    is_form: bool = False

    def binary(self, name: str, value: str) -> bytes:
        """Return the bytes a field stands for.

        Args:
            name: The field, for the error text.
            value: Base64, or in a form the name of a part.

        Raises:
            Refusal: 400 for an unknown part, 500 for broken base64 (a `data:` URL is broken).
        """
        if self.is_form:
            if value not in self.parts:
                shown = value if len(value) <= 64 else f"{value[:5]}…"
                raise Refusal(400, f'{name} field references unknown form part "{shown}"')
            return self.parts[value]
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise internal_error() from None


async def read_body(request: Request) -> Body:
    """Read the whole body of a request.

    Raises:
        Refusal: 413 when it is too large, 400 or 500 when it cannot be decoded.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise Refusal(413, "Request Entity Too Large")
        chunks.append(chunk)
    content = b"".join(chunks)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _read_form(Request(request.scope, _replay(content)))
    return Body(document=_decode(content))


def _replay(content: bytes) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return receive


async def _read_form(request: Request) -> Body:
    parts: dict[str, bytes] = {}
    try:
        async with request.form(max_part_size=MAX_BODY) as form:
            for name, value in form.multi_items():
                is_file = isinstance(value, UploadFile)
                parts[name] = await value.read() if is_file else value.encode()
    except (MultiPartException, FormParserError):  # Starlette 1.0 lets the parser's own through
        raise Refusal(400, "error parsing multipart form") from None
    if "request" not in parts:
        raise Refusal(400, "missing request form part")
    return Body(document=_decode(parts.pop("request")), parts=parts, is_form=True)


def _refuse_constant(name: str) -> Any:
    """Python reads NaN and Infinity; JSON has neither."""
    raise Refusal(500, f"invalid character {name[0]!r} looking for beginning of value")


def _decode(content: bytes) -> Any:
    if not content.strip():
        raise Refusal(500, "EOF")
    try:
        return json.loads(content, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise internal_error() from None
    except RecursionError:
        raise Refusal(500, "exceeded max depth") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(error.doc):
            raise Refusal(500, "unexpected end of JSON input") from None
        letter = error.doc[error.pos]
        raise Refusal(500, f"invalid character {letter!r} looking for beginning of value") from None
