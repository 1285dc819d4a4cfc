"""``/api/collections``: named sets of pictures."""

from typing import Annotated

from fastapi import APIRouter, Query

from novelai.server.collections.schemas import (
    CollectionChangeIn,
    CollectionFilled,
    CollectionIn,
    CollectionList,
    CollectionView,
    FillIn,
    collection_view,
    fill_view,
)
from novelai.server.fields import Line, PathName
from novelai.server.http.context import MakerContext, ReaderContext
from novelai.server.http.json_body import JSONRoute
from novelai.server.model.problems import PROBLEMS

__all__ = ["router"]

router: APIRouter = APIRouter(
    prefix="/api/collections", tags=["gallery"], responses=PROBLEMS, route_class=JSONRoute
)


@router.get("")
async def list_collections(
    context: ReaderContext,
    *,
    image: Annotated[
        Line | None, Query(max_length=100, description="Only those that hold this picture.")
    ] = None,
    bin: Annotated[bool, Query(description="Those in the bin instead of the others.")] = False,
) -> CollectionList:
    """List the caller's collections, the last used first; for administrators all of the owner's."""
    found = await context.services.collections.list(context.key, image_id=image, binned=bin)
    return CollectionList(collections=[collection_view(context.key, one) for one in found])


@router.post("", status_code=201)
async def add(body: CollectionIn, context: MakerContext) -> CollectionView:
    """Make a collection. 409 ``name_taken``: the caller has one of this name."""
    made = await context.services.collections.add(context.key, body.name)
    return collection_view(context.key, made)


@router.get("/{collection_id}")
async def read(collection_id: PathName, context: ReaderContext) -> CollectionView:
    """Read a collection. ``GET /api/images?collection=…`` lists its pictures."""
    found = await context.services.collections.read(context.key, collection_id)
    return collection_view(context.key, found)


@router.patch("/{collection_id}")
async def change(
    collection_id: PathName, body: CollectionChangeIn, context: MakerContext
) -> CollectionView:
    """Give a collection another name or cover."""
    changed = await context.services.collections.change(
        context.key, collection_id, name=body.name, cover=body.cover
    )
    return collection_view(context.key, changed)


@router.delete("/{collection_id}")
async def delete(collection_id: PathName, context: MakerContext) -> CollectionView:
    """Put a collection into the bin. Its pictures stay in the gallery."""
    binned = await context.services.collections.bin(context.key, collection_id)
    return collection_view(context.key, binned)


@router.post("/{collection_id}/restore")
async def restore(collection_id: PathName, context: MakerContext) -> CollectionView:
    """Take a collection out of the bin, with the pictures that were in it."""
    found = await context.services.collections.restore(context.key, collection_id)
    return collection_view(context.key, found)


@router.post("/{collection_id}/images")
async def fill(collection_id: PathName, body: FillIn, context: MakerContext) -> CollectionFilled:
    """Put pictures in and take others out. Those that are not the caller's are left out."""
    filled = await context.services.collections.fill(
        context.key, collection_id, add=body.add, remove=body.remove
    )
    return fill_view(context.key, filled)
