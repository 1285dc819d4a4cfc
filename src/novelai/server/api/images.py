"""``/api/images``: the gallery."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from novelai.fastapi.disposition import attachment
from novelai.server.fields import Line, PathName, Since, Until
from novelai.server.http.context import MakerContext, ReaderContext
from novelai.server.http.dependencies import ServicesDep
from novelai.server.http.file_responses import (
    FOR_NOW,
    IMAGE,
    Known,
    file_response,
    is_cached_by,
    is_named_by,
    not_modified,
)
from novelai.server.http.json_body import JSONRoute
from novelai.server.images.export import file_name, zip_images
from novelai.server.images.filter import COUNTED, Filter, Sort
from novelai.server.images.schemas import (
    AT_ONCE,
    BatchDone,
    BatchIn,
    ExportIn,
    ImageChangeIn,
    ImageDetails,
    ImagePage,
    ImageView,
    image_details,
    image_view,
)
from novelai.server.inspection.reading import inspect
from novelai.server.inspection.schemas import Inspection
from novelai.server.model.image import Image
from novelai.server.model.key import Key
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found
from novelai.types.base import SEEDS

__all__ = ["router"]

LARGEST = 2**63 - 1
WIDEST = 2**31 - 1

ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The pictures as they are, and as NovelAI sent them where that differs",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
THUMBNAIL: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A small WebP",
        "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
    },
    304: IMAGE[304],
}

router: APIRouter = APIRouter(
    prefix="/api/images", tags=["gallery"], responses=PROBLEMS, route_class=JSONRoute
)


@router.get("")
async def list_images(
    context: ReaderContext,
    *,
    q: Annotated[
        str,
        Query(
            max_length=1000,
            description='Words of the prompts, the last may be begun only; -word; "a phrase"; '
            "neg:word of what was not wanted; seed:1, model:4.5, size:832x1216, "
            "after:2026-11-01, before:2026-12-01, door:openai, from:img_….",
        ),
    ] = "",
    model: Annotated[Line | None, Query(max_length=100)] = None,
    seed: Annotated[int | None, Query(ge=0, le=SEEDS - 1)] = None,
    width: Annotated[int | None, Query(ge=0, le=WIDEST)] = None,
    height: Annotated[int | None, Query(ge=0, le=WIDEST)] = None,
    kind: Annotated[Line | None, Query(max_length=20)] = None,
    favourite: bool | None = None,
    since: Since = None,
    until: Until = None,
    job: Annotated[Line | None, Query(max_length=100)] = None,
    collection: Annotated[Line | None, Query(max_length=100, description="Its id.")] = None,
    series: Annotated[Line | None, Query(max_length=100)] = None,
    sort: Annotated[
        Sort,
        Query(
            description="As they came, the newest or the oldest first; by series, cell and take; "
            "the dearest first; or mixed."
        ),
    ] = "new",
    bin: Annotated[bool, Query(description="Those in the bin instead of the others.")] = False,
    stacked: Annotated[
        bool, Query(description="Without those that are versions of another one that is there.")
    ] = False,
    before: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 60,
) -> ImagePage:
    """List pictures, newest first unless another order is asked for."""
    wanted = Filter(
        query=q,
        model=model,
        seed=seed,
        width=width,
        height=height,
        kind=kind,
        favourite=favourite,
        since=since,
        until=until,
        job_id=job,
        collection=collection,
        series_id=series,
        binned=bin,
        stacked=stacked,
    )
    found, total = await context.services.images.find_and_count(
        context.key, wanted, before=before, limit=limit, sort=sort
    )
    last = None
    if len(found) == limit:
        last = found[-1].seq if sort == "new" else (before or 0) + limit
    relations = await context.services.images.relations(context.key, found)
    return ImagePage(
        images=[image_view(one, relations) for one in found],
        next=last,
        total=total,
        counted=total < COUNTED,
    )


@router.post("/batch")
async def batch(body: BatchIn, context: MakerContext) -> BatchDone:
    """Do the same with several pictures. Those that are not the caller's are left out."""
    images = context.services.images
    match body.action:
        case "favourite" | "unfavourite":
            wanted = body.action == "favourite"
            changed = await images.favourite(context.key, body.ids, favourite=wanted)
        case "bin":
            changed = await images.bin(context.key, body.ids)
        case "restore":
            changed = await images.restore(context.key, body.ids)
        case "delete":
            changed = await images.purge(context.key, body.ids)
    return BatchDone(changed=changed)


@router.get("/export", response_class=StreamingResponse, responses=ARCHIVE)
async def export_named(
    ids: Annotated[str, Query(min_length=1, max_length=AT_ONCE * 50, description="With commas.")],
    context: ReaderContext,
) -> StreamingResponse:
    """Get pictures as one archive; for a link."""
    names = [part.strip() for part in ids.split(",") if part.strip()]
    if len(names) > AT_ONCE:
        raise ProblemError(
            422, "invalid_params", f"ids: at most {AT_ONCE}.", errors=[("ids", f"{AT_ONCE}")]
        )
    return await _archive(context.services, context.key, names)


@router.post("/export", response_class=StreamingResponse, responses=ARCHIVE)
async def export(body: ExportIn, context: ReaderContext) -> StreamingResponse:
    """Get pictures as one archive, which is made while it is sent."""
    return await _archive(context.services, context.key, body.ids)


@router.get("/{image_id}")
async def read(image_id: PathName, context: ReaderContext) -> ImageDetails:
    """Read a picture's entry, with the parameters that lead to it."""
    image = await _image(context.services, context.key, image_id)
    images = context.services.images
    relations = await images.relations(context.key, [image])
    order = await context.services.queries.order_behind(context.key, image)
    return image_details(image, relations, await images.drawn_prompts(image), order)


@router.get("/{image_id}/file", response_class=Response, responses=IMAGE)
async def file(
    image_id: PathName,
    context: ReaderContext,
    *,
    version: Annotated[
        Literal["shown", "received"],
        Query(
            description="Of an inpainting result that was laid over its picture: both together, "
            "or what NovelAI sent. Of others they are the same."
        ),
    ] = "shown",
    download: Annotated[bool, Query(description="Offer it for saving.")] = False,
    known: Known = None,
) -> Response:
    """Get a picture's bytes, with the embedded settings."""
    image = await _image(context.services, context.key, image_id)
    received = version == "received"
    tag = (image.received if received else None) or image.sha256
    if is_cached_by(known, tag):
        return not_modified(tag)
    return file_response(
        await context.services.images.data(image, received=received),
        media_type=image.media_type,
        tag=tag,
        download=file_name(image, received=received) if download else None,
    )


@router.get("/{image_id}/thumbnail", response_class=Response, responses=THUMBNAIL)
async def thumbnail(image_id: PathName, context: ReaderContext, *, known: Known = None) -> Response:
    """Get a small WebP of a picture, at most 384 pixels wide and high."""
    tag = f"{image_id}-384"
    if is_named_by(known, tag):  # it never changes: nothing is looked up
        return not_modified(tag)
    image = await _image(context.services, context.key, image_id)
    if is_cached_by(known, tag):
        return not_modified(tag)
    images = context.services.images
    small = await images.glimpse(image)
    if small is not None:
        tag = f"{image_id}-preview"
        return file_response(small, media_type="image/webp", tag=tag, cache=FOR_NOW)
    return file_response(await images.thumbnail(image), media_type="image/webp", tag=tag)


@router.get("/{image_id}/metadata")
async def metadata(image_id: PathName, context: ReaderContext) -> Inspection:
    """Read what is embedded in a picture."""
    data = await context.services.images.data(await _image(context.services, context.key, image_id))
    limit = context.services.uploads.pixel_limit
    return await anyio.to_thread.run_sync(lambda: inspect(data, pixel_limit=limit))


@router.patch("/{image_id}")
async def change(image_id: PathName, body: ImageChangeIn, context: MakerContext) -> ImageView:
    """Mark a picture as a favourite, or not."""
    await context.services.images.favourite(context.key, [image_id], favourite=body.favourite)
    return await _view(context.services, context.key, image_id)


@router.delete("/{image_id}", responses={204: {"description": "Deleted for good", "content": None}})
async def delete(
    image_id: PathName,
    context: MakerContext,
    *,
    forever: Annotated[bool, Query(description="For good, the bytes too.")] = False,
) -> ImageView:
    """Put a picture in the bin, or delete it for good."""
    if not forever:
        await context.services.images.bin(context.key, [image_id])
    elif await context.services.images.purge(context.key, [image_id]):
        return Response(status_code=204)  # pyright: ignore[reportReturnType] - passed on as it is
    return await _view(context.services, context.key, image_id)


@router.post("/{image_id}/restore")
async def restore(image_id: PathName, context: MakerContext) -> ImageView:
    """Take a picture out of the bin."""
    await context.services.images.restore(context.key, [image_id])
    return await _view(context.services, context.key, image_id)


async def _image(services: ServicesDep, caller: Key, image_id: str) -> Image:
    image = await services.images.read(caller, image_id)
    if image is None:
        raise not_found("picture")
    return image


async def _view(services: ServicesDep, caller: Key, image_id: str) -> ImageView:
    image = await _image(services, caller, image_id)
    return image_view(image, await services.images.relations(caller, [image]))


async def _archive(services: ServicesDep, caller: Key, ids: Sequence[str]) -> StreamingResponse:
    found = await services.images.find_many(caller, ids)
    if not found:
        raise not_found("picture")
    return StreamingResponse(
        zip_images(found, services.images.data),
        media_type="application/zip",
        headers={
            "Content-Disposition": attachment("pictures.zip"),
            "Cache-Control": "no-store",
        },
    )
