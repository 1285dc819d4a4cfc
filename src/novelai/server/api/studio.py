"""What a page asks while somebody writes a prompt."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from novelai.catalogue import model_spec
from novelai.fastapi.query import GenerationQuery
from novelai.server.fields import Line
from novelai.server.http.context import AnyContext, ReaderContext
from novelai.server.http.dependencies import Caller
from novelai.server.model.key import default_model, with_model
from novelai.server.model.params import references
from novelai.server.model.problems import PROBLEMS, not_found
from novelai.server.studio.cost import CostView
from novelai.server.studio.models import ModelsView, models_view
from novelai.server.studio.schemas import (
    CostIn,
    PromptsView,
    PromptView,
    TagsView,
    TagView,
    TokensIn,
    TokensView,
)
from novelai.server.studio.tags import Language
from novelai.server.studio.tokens import estimate_tokens
from novelai.types.generation import DEFAULT_MODEL

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["studio"], responses=PROBLEMS)


@router.get("/models")
async def models(caller: Caller, response: Response) -> ModelsView:
    """List models and tools with what they can do."""
    response.headers["Cache-Control"] = "private, max-age=300"
    return models_view(caller)


@router.post("/cost")
async def cost(body: CostIn, context: AnyContext) -> CostView:
    """Price a job, or one that was ordered before. Nothing is sent to NovelAI, nor reserved."""
    job = None if body.job is None else await context.services.jobs.read(context.key, body.job)
    if body.params is None:
        if job is None:
            raise not_found("job")
        params = await context.services.queue.params(job)
    else:
        own = () if job is None else references(job.params)
        params = await context.services.params.read(context.key, body.kind, body.params, own=own)
    return await context.services.costs.cost(context.key, params)


@router.get("/cost")
async def cost_of_query(params: GenerationQuery, context: AnyContext) -> CostView:
    """Price what ``GET /generate`` would do with the same query."""
    if "model" not in context.http.query_params:
        params = with_model(params, default_model(context.key))
    return await context.services.costs.cost(context.key, params)


@router.post("/tokens")
async def tokens(body: TokensIn, _caller: Caller) -> TokensView:
    """Estimate how many tokens a prompt has."""
    limit = model_spec(body.model).token_limit
    return TokensView(tokens=estimate_tokens(body.prompt), limit=limit)


@router.get("/tags")
async def tags(
    response: Response,
    context: AnyContext,
    *,
    q: Annotated[Line, Query(max_length=200, description="What was typed.")],
    model: Annotated[Line, Query(max_length=100)] = DEFAULT_MODEL,
    lang: Language = "en",
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> TagsView:
    """Suggest tags. ``X-Tags-Source`` says from where, ``X-Tags-Failure`` why not from NovelAI."""
    if not q.strip():
        return TagsView(tags=[])
    found = await context.services.tags.suggest(
        context.key, q, model=model, language=lang, limit=limit
    )
    response.headers["X-Tags-Source"] = found.source
    if found.failure is not None:
        response.headers["X-Tags-Failure"] = found.failure
    return TagsView(
        tags=[
            TagView(
                tag=one.tag,
                count=one.count,
                confidence=one.confidence,
                alias=None,
                translation=one.translation,
            )
            for one in found.tags
        ]
    )


@router.get("/prompts")
async def prompts(
    context: ReaderContext,
    *,
    q: Annotated[str, Query(max_length=1000, description="Words that must be in it.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> PromptsView:
    """List earlier prompts, each once, newest first."""
    found = await context.services.prompts.history(context.key, q, limit)
    return PromptsView(
        prompts=[
            PromptView(
                prompt=one.prompt,
                negative_prompt=one.negative_prompt,
                used_at=one.used_at,
                image=one.image,
            )
            for one in found
        ]
    )
