"""``/api/library``: lists and snippets that templates call by name."""

from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Query

from novelai.server.fields import Line, PathName
from novelai.server.http.context import MakerContext, ReaderContext, RequestContext
from novelai.server.http.json_body import JSONRoute
from novelai.server.library.entry import EntryFilter, EntryKind
from novelai.server.library.schemas import (
    EntryChangeIn,
    EntryConflict,
    EntryIn,
    EntryView,
    LibraryPage,
    entry_line,
    entry_view,
)
from novelai.server.library.service import EntryConflictError
from novelai.server.model.problems import PROBLEMS, ProblemError
from novelai.templates.grammar import name_key

__all__ = ["router"]

CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": EntryConflict, "description": "Somebody changed it, or the name is taken"}
}

router: APIRouter = APIRouter(
    prefix="/api/library", tags=["library"], responses=PROBLEMS, route_class=JSONRoute
)


@router.get("")
async def list_entries(
    context: ReaderContext,
    *,
    kind: Annotated[EntryKind | None, Query(description="Only these.")] = None,
    q: Annotated[Line, Query(max_length=64, description="A part of the name.")] = "",
    binned: Annotated[bool, Query(description="Those in the bin instead.")] = False,
    after: Annotated[Line | None, Query(max_length=300, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> LibraryPage:
    """List the caller's own and shared entries by name; for administrators all of the owner's."""
    wanted = EntryFilter(kind=kind, query=name_key(q), binned=binned, after=_place(after))
    page = await context.services.library.list(context.key, wanted, limit)
    last = page.entries[-1] if page.more else None
    return LibraryPage(
        entries=[entry_line(context.key, entry) for entry in page.entries],
        next=None if last is None else f"{last.id}/{last.content.name_key}",
    )


@router.post("", status_code=201)
async def add(body: EntryIn, context: MakerContext) -> EntryView:
    """Keep a new entry. 409 ``name_taken``: the caller has one of this name."""
    return entry_view(context.key, await context.services.library.add(context.key, body.content()))


@router.get("/{entry_id}")
async def read(entry_id: PathName, context: ReaderContext) -> EntryView:
    """Read an entry."""
    return entry_view(context.key, await context.services.library.read(context.key, entry_id))


@router.put("/{entry_id}", responses=CONFLICT)
async def change(entry_id: PathName, body: EntryChangeIn, context: MakerContext) -> EntryView:
    """Put other content in an entry's place; one in the bin comes back.

    409 ``conflict`` when somebody changed it in between: ``current`` is theirs.
    """
    try:
        changed = await context.services.library.change(
            context.key, entry_id, body.content(), body.revision
        )
    except EntryConflictError as error:
        _raise_conflict(context, error)
    return entry_view(context.key, changed)


@router.delete("/{entry_id}", status_code=204, responses=CONFLICT)
async def delete(
    entry_id: PathName,
    context: MakerContext,
    *,
    revision: Annotated[int | None, Query(ge=1, description="Only if it is at this one.")] = None,
) -> None:
    """Put an entry into the bin. Prompts that call its name are refused from now on."""
    try:
        await context.services.library.delete(context.key, entry_id, revision)
    except EntryConflictError as error:
        _raise_conflict(context, error)


def _raise_conflict(context: RequestContext, error: EntryConflictError) -> NoReturn:
    current = entry_view(context.key, error.current).model_dump(mode="json")
    raise ProblemError(
        409,
        "conflict",
        "Somebody changed this entry in between. Nothing was overwritten; theirs is in “current”.",
        members={"current": current},
    ) from None


def _place(after: str | None) -> tuple[str, str] | None:
    if after is None:
        return None
    entry_id, _, name = after.partition("/")
    return name, entry_id
