"""``/api/uploads`` and ``/api/metadata``: pictures that callers hand in."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Response

from novelai.server.fields import ByteBody
from novelai.server.http.context import AnyContext, MakerContext
from novelai.server.http.file_responses import (
    IMAGE,
    Known,
    file_response,
    is_cached_by,
    not_modified,
)
from novelai.server.inspection.reading import inspect, read_settings
from novelai.server.inspection.schemas import Inspection
from novelai.server.model.problems import PROBLEMS, not_found
from novelai.server.uploads.schemas import UploadView

__all__ = ["router"]

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]

router: APIRouter = APIRouter(prefix="/api", tags=["pictures"], responses=PROBLEMS)


@router.post("/uploads", status_code=201, openapi_extra=ByteBody)
async def upload(context: MakerContext) -> UploadView:
    """Hand in a picture for jobs to come. It is kept for days after it was used last."""
    data = await context.http.body()
    added = await context.services.uploads.add(context.key, data)
    settings, _ = await anyio.to_thread.run_sync(read_settings, data)
    return UploadView(
        sha256=added.sha256,
        media_type=added.seen.media_type,
        width=added.seen.width,
        height=added.seen.height,
        bytes=added.size,
        url=f"/api/uploads/{added.sha256}",
        settings=settings,
    )


@router.get("/uploads/{sha256}", response_class=Response, responses=IMAGE)
async def read_upload(sha256: Sha256, context: AnyContext, *, known: Known = None) -> Response:
    """Get a picture that was handed in with the same key."""
    found = await context.services.uploads.read(context.key, sha256)
    if found is None:
        raise not_found("upload")
    if is_cached_by(known, sha256):
        return not_modified(sha256)
    data, media_type = found
    return file_response(data, media_type=media_type, tag=sha256)


@router.post("/metadata", openapi_extra=ByteBody)
async def metadata(context: AnyContext) -> Inspection:
    """Read what is embedded in a picture. It is not kept."""
    data = await context.http.body()
    limit = context.services.uploads.pixel_limit
    return await anyio.to_thread.run_sync(lambda: inspect(data, pixel_limit=limit))
