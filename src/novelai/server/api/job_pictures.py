"""``/api/jobs/{id}/pictures``: what a job was given."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from novelai.server.fields import PathName
from novelai.server.http.dependencies import Reader, Room
from novelai.server.http.file_responses import (
    PICTURE,
    Known,
    kept_by_caller,
    stored_file,
    unchanged,
)
from novelai.server.model.params import references
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found
from novelai.server.storage.blobs import BlobMissingError
from novelai.server.storage.image_info import look_at

__all__ = ["job_pictures_router"]

router = APIRouter(prefix="/api/jobs", tags=["jobs"], responses=PROBLEMS)


def job_pictures_router() -> APIRouter:
    """The route of pictures that jobs were given."""
    return router


@router.get("/{job_id}/pictures/{sha256}", response_class=Response, responses=PICTURE)
async def picture(
    job_id: PathName,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
    caller: Reader,
    room: Room,
    *,
    known: Known = None,
) -> Response:
    """Get a picture that a job was given; its parameters name it by sha256."""
    job = await room.jobs.read(caller, job_id)
    if job is None or sha256 not in references(job.params):
        raise not_found("picture of a job")
    if kept_by_caller(known, sha256):
        return unchanged(sha256)
    try:
        data = await room.parts.blobs.picture(sha256)
        seen = look_at(data, pixel_limit=room.uploads.pixel_limit)
    except (BlobMissingError, ProblemError):
        # Its bytes are gone, or they are an encoding.
        raise not_found("picture of a job") from None
    return stored_file(data, media_type=seen.media_type, tag=sha256)
