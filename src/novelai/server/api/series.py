"""``/api/series``: many pictures from one order."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.responses import StreamingResponse

from novelai.errors import SeriesError
from novelai.fastapi.disposition import attachment
from novelai.server.fields import PathName
from novelai.server.http.context import MakerContext, ReaderContext
from novelai.server.http.dependencies import ServerSettings, require_proof
from novelai.server.jobs.series_schemas import SeriesView
from novelai.server.model.problems import PROBLEMS, ProblemError
from novelai.server.model.series import SeriesState
from novelai.server.series.plan_schemas import PlanView
from novelai.server.series.schemas import (
    AgainCellsIn,
    CellPage,
    ResumeIn,
    SeriesChangeIn,
    SeriesDetails,
    SeriesIn,
    SeriesPage,
    SheetIn,
    SheetView,
)
from novelai.server.webhooks.address import check_webhook

__all__ = ["router"]

LARGEST = 2**63 - 1

ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Pictures of all takes, the sheet, and `series.json`",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}

router: APIRouter = APIRouter(prefix="/api/series", tags=["series"], responses=PROBLEMS)


@router.post("/plan")
async def plan(body: SeriesIn, context: MakerContext) -> PlanView:
    """Tell all about a series before it is ordered: cells, price, time. Nothing is sent or kept.

    What stops the order is among ``problems``.
    """
    return await context.services.series_orders.plan(context.key, body)


@router.post("", status_code=202)
async def order(
    body: SeriesIn,
    response: Response,
    settings: ServerSettings,
    context: MakerContext,
    *,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200,
            description="The same key with the same body gives the same series: nothing is paid "
            "twice.",
        ),
    ] = None,
) -> SeriesView:
    """Order a series. All of it is reserved at once: what was accepted can be paid to the end.

    402 ``price_not_accepted`` when it costs something and ``accept_anlas`` is missing.
    """
    if body.webhook is not None:
        require_proof(context.key)
        reason = check_webhook(body.webhook, private=settings.webhook_private)
        if reason is not None:
            raise ProblemError(422, "invalid_params", reason, errors=[("webhook", reason)])
    if body.collection is not None:
        await context.services.collections.check_target(context.key, body.collection)
    try:
        found = await context.services.series_orders.order(context.key, body, idempotency_key)
    except SeriesError as error:
        raise ProblemError(
            422, error.kind, f"{error.message} Nothing was sent or charged."
        ) from None
    response.headers["Location"] = f"/api/series/{found.id}"
    return await context.services.series.view(context.key, found.id)


@router.get("")
async def list_series(
    context: ReaderContext,
    *,
    state: Annotated[SeriesState | None, Query(description="Only those that stand so.")] = None,
    before: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SeriesPage:
    """List series, newest first."""
    return await context.services.series.list(context.key, state, before=before, limit=limit)


@router.get("/{series_id}")
async def read(series_id: PathName, context: ReaderContext) -> SeriesDetails:
    """Read a series, with what was ordered."""
    return await context.services.series.details(context.key, series_id)


@router.get("/{series_id}/cells")
async def cells(
    series_id: PathName,
    context: ReaderContext,
    *,
    first: Annotated[int, Query(alias="from", ge=0, le=10_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> CellPage:
    """List the cells of a series in order: where each is, how it stands, and its pictures."""
    return await context.services.series.cells(context.key, series_id, first, limit)


@router.patch("/{series_id}")
async def change(series_id: PathName, body: SeriesChangeIn, context: MakerContext) -> SeriesView:
    """Pause a series or let it go on, call it something else, move it, make it more urgent."""
    service = context.services.series
    if body.paused is not None:
        await service.pause(context.key, series_id, paused=body.paused)
    if body.name is not None or body.priority is not None:
        await service.change(context.key, series_id, name=body.name, priority=body.priority)
    if body.before is not None:
        await service.move(context.key, series_id, body.before)
    return await service.view(context.key, series_id)


@router.post("/{series_id}/resume")
async def resume(series_id: PathName, body: ResumeIn, context: MakerContext) -> SeriesView:
    """Let a series go on that halted. Where the price rose, ``accept_anlas`` reserves it anew."""
    await context.services.series_again.resume(context.key, series_id, body.accept_anlas)
    return await context.services.series.view(context.key, series_id)


@router.post("/{series_id}/cells", status_code=202)
async def again(series_id: PathName, body: AgainCellsIn, context: MakerContext) -> SeriesView:
    """Do cells of a series again; the newest take is shown, all are kept."""
    await context.services.series_again.cells(context.key, series_id, body)
    return await context.services.series.view(context.key, series_id)


@router.delete("/{series_id}")
async def cancel(series_id: PathName, context: MakerContext) -> SeriesView:
    """Take back what waits, and what was set aside for it. What runs ends; pictures stay."""
    await context.services.series.cancel(context.key, series_id)
    return await context.services.series.view(context.key, series_id)


@router.post("/{series_id}/sheet", status_code=201)
async def draw_sheet(
    series_id: PathName, response: Response, context: MakerContext, body: SheetIn | None = None
) -> SheetView:
    """Draw all cells of a series as they are now in one labelled picture of the gallery."""
    edge = (body or SheetIn()).cell
    ids, missing = await context.services.sheets.draw(context.key, series_id, edge)
    if missing:
        response.headers["X-Sheet-Missing"] = " ".join(missing)
    return SheetView(image=ids[0], images=ids, missing=missing)


@router.get("/{series_id}/export", response_class=StreamingResponse, responses=ARCHIVE)
async def export(series_id: PathName, context: ReaderContext) -> StreamingResponse:
    """Get a series as one archive: its pictures, its sheet, and what was ordered."""
    return StreamingResponse(
        await context.services.sheets.archive(context.key, series_id),
        media_type="application/zip",
        headers={"Content-Disposition": attachment("series.zip"), "Cache-Control": "no-store"},
    )
