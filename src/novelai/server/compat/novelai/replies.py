"""Finished pictures as NovelAI sends them: a ZIP, or JSON for who accepts that."""

import base64
import json
import zipfile
from collections.abc import Sequence
from io import BytesIO

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from novelai.server.compat.job_batch import BatchResult
from novelai.server.http.job_results import Image

__all__ = ["images_answer"]

ENTRY_DATE = (2026, 1, 1, 0, 0, 0)
EXTENSIONS = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}


async def images_answer(request: Request, result: BatchResult, *, stored: bool = False) -> Response:
    """Return the answer that carries pictures.

    Args:
        request: ``Accept: application/json`` asks for JSON.
        result: the pictures, as they were received.
        stored: the archive holds them as they are, as for director tools; else deflated.
    """
    headers = result.headers
    images = [one.image for one in result.images]
    if "application/json" in request.headers.get("accept", ""):
        content = await anyio.to_thread.run_sync(_document, images)
        return Response(content, 200, headers, media_type="application/json")
    content = await anyio.to_thread.run_sync(lambda: _archive(images, stored=stored))
    headers["Content-Disposition"] = "attachment; filename=images.zip"
    return Response(content, 200, headers, media_type="binary/octet-stream")


def _document(pictures: Sequence[Image]) -> bytes:
    images = [
        {
            "image": base64.b64encode(image.data).decode("ascii"),
            "index": index,
            "seed": image.seed or 0,
        }
        for index, image in enumerate(pictures)
    ]
    return json.dumps({"images": images}, separators=(",", ":")).encode() + b"\n"


def _archive(images: Sequence[Image], *, stored: bool) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for index, image in enumerate(images):
            extension = EXTENSIONS.get(image.media_type, "png")
            entry = zipfile.ZipInfo(f"image_{index}.{extension}", ENTRY_DATE)
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            # Pictures are compressed already; level 0 is deflate all the same.
            packed.writestr(entry, image.data, compresslevel=None if stored else 0)
    return file.getvalue()
