"""Bodies of requests and answers: JSON that may hold megabytes of pictures."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import anyio.to_thread
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from novelai.server.http.error_handlers import invalid
from novelai.server.http.json_body import parse_json
from novelai.types.base import problems_of

__all__ = [
    "as_base64",
    "in_base64",
    "json_answer",
    "json_object",
    "members_of",
    "read_model",
    "with_notes",
]

M = TypeVar("M", bound=BaseModel)


async def json_object(request: Request) -> dict[str, Any]:
    """Return the object in a body, without members that are null; an empty body is an empty object.

    Raises:
        ProblemError: 422; it is no JSON object.
    """
    body = await request.body()
    try:
        found = await parse_json(body or b"{}")
    except (ValueError, RecursionError):
        raise invalid([("body", "is not JSON in UTF-8")]) from None
    if not isinstance(found, dict):
        raise invalid([("body", "is not a JSON object")])
    members = cast("dict[str, Any]", found)
    return {name: value for name, value in members.items() if value is not None}


def members_of(value: Any) -> Mapping[str, Any]:
    """Return the members of a JSON object; none of what is no object."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def read_model(kind: type[M], fields: Mapping[str, Any]) -> M:
    """Check the fields of a body.

    Raises:
        ProblemError: 422; it names what is wrong. A model that does not fit elsewhere is a bug.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise invalid(problems_of(error)) from None


async def json_answer(
    content: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer that holds pictures, written off the event loop."""
    data = await anyio.to_thread.run_sync(lambda: json.dumps(content).encode())
    return Response(data, headers=dict(headers or {}), media_type="application/json")


def with_notes(document: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """Return the document of an answer, with its notes if there are any."""
    return {**document, "notes": list(notes)} if notes else dict(document)


async def in_base64(data: bytes) -> str:
    """Base64 text; of megabytes, so in a thread."""
    return (await as_base64([data]))[0]


async def as_base64(images: Sequence[bytes]) -> list[str]:
    """Pictures as base64 text."""
    return await anyio.to_thread.run_sync(
        lambda: [base64.b64encode(data).decode() for data in images]
    )
