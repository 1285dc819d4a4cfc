"""``/api/vibes``: encodings that were paid for."""

from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Response

from novelai.fastapi.disposition import attachment
from novelai.server.fields import PathName, file_body
from novelai.server.http.context import MakerContext, ReaderContext
from novelai.server.http.file_responses import Known, file_response, is_cached_by, not_modified
from novelai.server.http.json_body import JSONRoute
from novelai.server.images.reducing import reduce
from novelai.server.model.problems import PROBLEMS, not_found
from novelai.server.vibes.schemas import VibeChangeIn, VibeList, VibeView, vibe_view
from novelai.vibes import vibe_file

__all__ = ["router"]

FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A .naiv4vibe file, as NovelAI's page reads it",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
THUMBNAIL: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A small WebP",
        "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The caller has it already"},
}
LONGEST = 60
"""Characters of a file's name, before its ending: systems allow 255 bytes."""


router: APIRouter = APIRouter(
    prefix="/api/vibes", tags=["vibes"], responses=PROBLEMS, route_class=JSONRoute
)


@router.get("")
async def list_vibes(context: ReaderContext) -> VibeList:
    """List encoded vibes, newest first."""
    return VibeList(
        vibes=[vibe_view(one) for one in await context.services.vibes.list(context.key)]
    )


@router.post("", openapi_extra=file_body("A .naiv4vibe or .naiv4vibebundle file."))
async def take(context: MakerContext) -> VibeList:
    """Keep the encodings of a vibe file: using them with their picture costs nothing."""
    taken = await context.services.vibes.take(context.key, await context.http.body())
    return VibeList(vibes=[vibe_view(one) for one in taken])


@router.patch("/{vibe_id}")
async def rename(vibe_id: PathName, body: VibeChangeIn, context: MakerContext) -> VibeView:
    """Call a vibe something else."""
    vibe = await context.services.vibes.rename(context.key, vibe_id, body.name)
    if vibe is None:
        raise not_found("vibe")
    return vibe_view(vibe)


@router.delete("/{vibe_id}", status_code=204)
async def delete(vibe_id: PathName, context: MakerContext) -> None:
    """Forget a vibe. Encoding it again costs 2 Anlas again."""
    if not await context.services.vibes.delete(context.key, vibe_id):
        raise not_found("vibe")


@router.get("/{vibe_id}/file", response_class=Response, responses=FILE)
async def file(vibe_id: PathName, context: ReaderContext) -> Response:
    """Get a vibe as a file, with its picture where that is still here."""
    vibe = await context.services.vibes.file(context.key, vibe_id)
    if vibe is None:
        raise not_found("vibe")
    data = await anyio.to_thread.run_sync(vibe_file, vibe)
    name = (vibe.name or "").strip(" ._")[:LONGEST] or vibe_id
    headers = {
        "Content-Disposition": attachment(f"{name}.naiv4vibe"),
        "Cache-Control": "no-store",
    }
    return Response(data, media_type="application/json", headers=headers)


@router.get("/{vibe_id}/thumbnail", response_class=Response, responses=THUMBNAIL)
async def thumbnail(vibe_id: PathName, context: ReaderContext, *, known: Known = None) -> Response:
    """Get a small WebP of the picture that was encoded."""
    vibe = await context.services.vibes.read(context.key, vibe_id)
    image = None if vibe is None else await context.services.vibes.image(vibe)
    if vibe is None or image is None:
        raise not_found("picture of a vibe")
    if is_cached_by(known, vibe.source):
        return not_modified(vibe.source)
    small = await anyio.to_thread.run_sync(reduce, image)
    return file_response(small, media_type="image/webp", tag=vibe.source)
