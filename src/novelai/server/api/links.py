"""``/api/links`` writes links; ``/links/images`` answers those to pictures."""

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from novelai.fastapi.query import generation_query
from novelai.server.http.context import MakerContext
from novelai.server.http.dependencies import ServerSettings, ServicesDep, require_proof
from novelai.server.http.file_responses import (
    IMAGE,
    LINKED,
    Known,
    file_response,
    is_cached_by,
    not_modified,
)
from novelai.server.links.address import public_base
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found

__all__ = ["router"]

DAY = 86_400
LONGEST = 90 * DAY

router: APIRouter = APIRouter(tags=["links"], responses=PROBLEMS)


class LinkIn(BaseModel):
    """A link that is asked for.

    Attributes:
        params: the query of ``GET /generate``: prompt, model, size, seed, steps, scale,
            negative_prompt, format; ``fresh: 1`` draws another picture each time.
        expires_in: seconds, at most 90 days.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    params: dict[str, Any] = Field(repr=False)
    expires_in: int = Field(default=DAY, ge=1, le=LONGEST)


class LinkView(BaseModel):
    """A link.

    Attributes:
        url: for anybody, until ``expires_at``: unix seconds.
    """

    url: str
    expires_at: int


NAMES = (
    "prompt", "model", "size", "seed", "steps", "scale", "negative_prompt", "format", "fresh",
)  # fmt: skip


@router.post("/api/links")
async def write(body: LinkIn, settings: ServerSettings, context: MakerContext) -> LinkView:
    """Write a link to a picture that is drawn when it is first looked at.

    What it costs counts against this key. The link shows the same picture each time, unless
    ``fresh`` is in its parameters.
    """
    require_proof(context.key)
    query = _query(body.params)
    generation_query(**_plain(query))  # refuses what cannot be drawn
    link = await context.services.links.to_generate(context.key, query, body.expires_in)
    return LinkView(url=public_base(context.http, settings) + link.path, expires_at=link.expires_at)


@router.get("/links/images/{image_id}", response_class=Response, responses=IMAGE)
async def image(
    image_id: str,
    services: ServicesDep,
    link: Annotated[str, Query(max_length=300)],
    known: Known = None,
) -> Response:
    """Return the bytes of a picture, for whoever has the link."""
    image_id = image_id.partition(".")[0]  # links of earlier versions have no ending
    key = await services.links.key_of("image", [("id", image_id)], link)
    found = await services.images.read(key, image_id)
    if found is None or found.deleted_at is not None:
        raise not_found("picture")
    if is_cached_by(known, found.sha256):
        return not_modified(found.sha256, cache=LINKED)
    data = await services.images.data(found)
    return file_response(data, media_type=found.media_type, tag=found.sha256, cache=LINKED)


def _query(params: dict[str, Any]) -> dict[str, str]:
    unknown = sorted(set(params) - set(NAMES))
    if unknown:
        raise ProblemError(
            422,
            "invalid_params",
            f"{unknown[0]} is no parameter of a link. They are: {', '.join(NAMES)}.",
            errors=[(unknown[0], "is no parameter of a link")],
        )
    query: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            query[name] = str(value)
        elif value is not None:
            raise ProblemError(
                422, "invalid_params", f"{name} must be text or a number.",
                errors=[(name, "must be text or a number")],
            )  # fmt: skip
    if "prompt" not in query:
        raise ProblemError(
            422, "invalid_params", "prompt is missing.", errors=[("prompt", "is missing")]
        )
    if query.get("fresh", "1") not in ("0", "1"):
        raise ProblemError(
            422, "invalid_params", "fresh must be 0 or 1.", errors=[("fresh", "must be 0 or 1")]
        )
    return query


def _plain(query: dict[str, str]) -> dict[str, Any]:
    """As FastAPI would read the query: numbers are numbers where they can be."""
    fields: dict[str, Any] = {name: value for name, value in query.items() if name != "fresh"}
    for name, kind in (("steps", int), ("seed", int), ("scale", float)):
        if name in fields:
            try:
                fields[name] = kind(fields[name])
            except ValueError:
                raise ProblemError(
                    422, "invalid_params", f"{name} must be a number.",
                    errors=[(name, "must be a number")],
                ) from None  # fmt: skip
    return fields
