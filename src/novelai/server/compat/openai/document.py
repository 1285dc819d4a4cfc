"""The body of a request: JSON, or a form with files."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request

from novelai.server.compat.openai.errors import refusal
from novelai.server.http.json_body import parse_json
from novelai.server.model.problems import ProblemError

__all__ = ["Document", "read_document"]

FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
MOST_FILES = 20
MOST_FIELDS = 200
IN_LIST = re.compile(r"(.+?)\[\d{0,3}\]", re.ASCII)
"""A name of one of several values in a form: ``image[]``, ``image[0]``."""

HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
"""A half of a character, or the half of a pair, in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was sent.

    Attributes:
        fields: by name. From a form they are texts.
        files: bytes of the files of a form by name, without the ``[]`` or ``[0]`` of a list.
    """

    fields: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, Sequence[bytes]] = field(repr=False)


async def read_document(request: Request) -> Document:
    """Read a body, whatever it calls itself.

    Raises:
        ProblemError: 400; it is neither a JSON object nor a form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind in FORMS:
            async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
                return await _of_form(form)
        body = await request.body()
    except ClientDisconnect:
        raise ProblemError(499, "caller_gone", "The caller went away. Not taken.") from None
    return Document(fields=await parse_json(body, _object), files={})


async def _of_form(form: FormData) -> Document:
    fields: dict[str, Any] = {}
    files: dict[str, list[bytes]] = {}
    for name, value in form.multi_items():
        listed = IN_LIST.fullmatch(name)
        plain = listed[1] if listed else name
        if isinstance(value, UploadFile):
            files.setdefault(plain, []).append(await value.read())
        else:
            fields[plain] = value
    return Document(fields=fields, files=files)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document: Any = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise refusal("body", "is no JSON in UTF-8", code="invalid_json") from None
    if HALVES.search(body) and not _is_text(document):
        raise refusal("body", "holds half of a character", code="invalid_json")
    if not isinstance(document, dict):
        raise refusal("body", "must be a JSON object", code="invalid_json")
    return cast("dict[str, Any]", document)


def _is_text(document: Any) -> bool:
    """Tell whether a document has whole characters only, as all that stores or sends it needs."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(name: str) -> Any:
    raise ValueError(name)
