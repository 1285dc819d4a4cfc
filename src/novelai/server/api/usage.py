"""``/api/usage``: what was used, by day, key or model."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from novelai.fastapi.disposition import attachment
from novelai.server.fields import Since, Until
from novelai.server.http.context import ReaderContext
from novelai.server.model.problems import PROBLEMS
from novelai.server.usage.schemas import Group, UsageRowView, UsageTotal, UsageView
from novelai.server.usage.service import NUMBERS, csv_of

__all__ = ["router"]

TABLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}

router: APIRouter = APIRouter(prefix="/api", tags=["usage"], responses=PROBLEMS)


@router.get("/usage", response_model_exclude_none=True, responses=TABLE)
async def usage(
    context: ReaderContext,
    *,
    by: Group = "day",
    since: Since = None,
    until: Until = None,
    format: Annotated[Literal["json", "csv"], Query(description="csv is for tables.")] = "json",
) -> UsageView:
    """Add up what the caller's keys used; days are in UTC."""
    found = await context.services.usage.rows(context.key, by=by, since=since, until=until)
    names: Mapping[str, str] = (
        await context.services.usage.names(context.key) if by == "key" else {}
    )
    rows = [
        UsageRowView(
            **{by: row.group},
            name=names.get(row.group),
            **{number: getattr(row, number) for number in NUMBERS},
        )
        for row in found
    ]
    if format == "csv":
        headers = {"Content-Disposition": attachment(f"usage-by-{by}.csv")}
        return Response(  # pyright: ignore[reportReturnType] - passed on as it is
            csv_of(rows, by), media_type="text/csv; charset=utf-8", headers=headers
        )
    total = {number: sum(getattr(row, number) for row in rows) for number in NUMBERS}
    return UsageView(rows=rows, total=UsageTotal(**total))
