"""``/api/draft``: what somebody is working on."""

import json
from typing import Any

from fastapi import APIRouter

from novelai.server.drafts.schemas import DraftConflict, DraftIn, DraftSaved, DraftView, draft_view
from novelai.server.drafts.service import DraftConflictError
from novelai.server.http.context import AnyContext, MakerContext
from novelai.server.http.json_body import JSONRoute
from novelai.server.model.problems import PROBLEMS, ProblemError

__all__ = ["router"]

LARGEST = 2_000_000
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": DraftConflict, "description": "Somebody saved in between"}
}

router: APIRouter = APIRouter(
    prefix="/api", tags=["studio"], responses=PROBLEMS, route_class=JSONRoute
)


@router.get("/draft")
async def draft(context: AnyContext) -> DraftView:
    """Read the draft of the caller's key."""
    return draft_view(await context.services.drafts.read(context.key))


@router.put("/draft", responses=CONFLICT)
async def save(body: DraftIn, context: MakerContext) -> DraftSaved:
    """Save the draft. 409 when somebody saved in between: ``current`` is theirs."""
    _check(body.document)
    try:
        saved = await context.services.drafts.save(context.key, body.document, body.revision)
    except DraftConflictError as error:
        raise ProblemError(
            409,
            "conflict",
            "Somebody saved in between. Nothing was overwritten; their draft is in “current”.",
            members={"current": draft_view(error.current).model_dump(mode="json")},
        ) from None
    return DraftSaved(revision=saved.revision)


def _check(document: Any) -> None:
    """Refuse what is too large, or what databases do not take as JSON."""
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except (ValueError, RecursionError):
        raise _refusal("is no JSON that can be kept") from None
    if size > LARGEST:
        raise ProblemError(413, "too_large", f"A draft may have {LARGEST:,} bytes. Not saved.")
    if "\\u0000" in text.replace("\\\\", ""):
        raise _refusal("must not hold the character U+0000")


def _refusal(message: str) -> ProblemError:
    return ProblemError(
        422, "invalid_params", f"document {message}. Not saved.", errors=[("document", message)]
    )
