"""Requests as native clients send them, and their answers taken apart."""

import zipfile
from io import BytesIO
from typing import Any

import httpx2
from tests.emulator.bodies import frames, generation

SECONDS = 60.0


def body(prompt: str = "1girl, red dress", **changes: Any) -> dict[str, Any]:
    """A small valid body; `changes` go where they belong."""
    return generation(prompt, **changes)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if secret else {}


def asked(
    url: str, path: str, document: Any = None, *, secret: str = "", **options: Any
) -> httpx2.Response:
    """POST a JSON body, or whatever `options` say."""
    headers = bearer(secret) | options.pop("headers", {})
    if document is not None:
        options["json"] = document
    return httpx2.post(f"{url}{path}", headers=headers, timeout=SECONDS, **options)


def told(url: str, path: str, *, secret: str = "", **options: Any) -> httpx2.Response:
    """GET."""
    headers = bearer(secret) | options.pop("headers", {})
    return httpx2.get(f"{url}{path}", headers=headers, timeout=SECONDS, **options)


def pictures_in(answer: httpx2.Response) -> list[bytes]:
    """The files of an archive."""
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        return [packed.read(name) for name in packed.namelist()]


def frames_in(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The frames of a msgpack stream."""
    return frames(answer.content)
