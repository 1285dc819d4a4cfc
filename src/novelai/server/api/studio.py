"""What a page asks while somebody writes a prompt."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from novelai.fastapi.query import GenerationQuery
from novelai.server.fields import Line
from novelai.server.http.context import AnyContext, ReaderContext, RequestContext
from novelai.server.http.dependencies import Caller
from novelai.server.http.json_body import JSONRoute
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
)
from novelai.server.studio.tags import Language
from novelai.server.studio.tokens import (
    TokensView,
    count_tokens,
    params_with_text,
    params_with_texts,
)
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams

__all__ = ["router"]

router: APIRouter = APIRouter(
    prefix="/api", tags=["studio"], responses=PROBLEMS, route_class=JSONRoute
)


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
    return await context.services.costs.cost(context.key, _with_default_model(params, context))


@router.post("/tokens")
async def tokens(body: TokensIn, caller: Caller) -> TokensView:
    """Count the tokens of a job's texts as they would be sent, as NovelAI's page does."""
    given = body.params
    if given is None:
        given = params_with_text(body.prompt or "", body.model)
    params = {"model": default_model(caller)} | given
    return await count_tokens(params_with_texts(params))


@router.get("/tokens")
async def tokens_of_query(params: GenerationQuery, context: AnyContext) -> TokensView:
    """Count the tokens of what ``GET /generate`` would send with the same query."""
    return await count_tokens(_with_default_model(params, context))


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


def _with_default_model(
    params: GenerateImageParams, context: RequestContext
) -> GenerateImageParams:
    """Return the parameters of a query with the model that a key draws with, if it names none."""
    if "model" in context.http.query_params:
        return params
    return with_model(params, default_model(context.key))
