"""``/nai2api/...``: jobs, pictures by plain address, and what chat front ends send."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from novelai.server.compat.bodies import as_base64, json_answer, json_object, read_model, with_notes
from novelai.server.compat.job_batch import JobBatch, submit_fitted
from novelai.server.compat.nai2api.busy import busy_image
from novelai.server.compat.nai2api.schemas import BotRequest, fields_of
from novelai.server.compat.nai2api.tavern import read_addition
from novelai.server.http.context import RequestContext, context_for
from novelai.server.http.credentials import PATH_SECRET, Credential, shows_key_in_body
from novelai.server.http.dependencies import Needs, ServerSettings, identify
from novelai.server.http.job_results import (
    failure,
    headers_of,
    images_of,
    notes_header,
)
from novelai.server.jobs.fitting import Fitted
from novelai.server.links.address import public_base
from novelai.server.model.job import Job, JobRequest, State
from novelai.server.model.key import Key, default_model
from novelai.server.model.params import JobParams
from novelai.server.model.problems import not_found
from novelai.server.services import Services
from novelai.types.generation import DEFAULT_MODEL

__all__ = ["nai2api_router"]

DOOR = "nai2api"
PREFIX = "/nai2api"
WAIT = 60.0
LINK_SECONDS = 7 * 86_400
ATTEMPTS = 5

STATUS = {State.QUEUED: "queued", State.RUNNING: "running", State.SUCCEEDED: "done"}
"""Any other state is ``failed``."""

router: APIRouter = APIRouter(prefix=PREFIX, include_in_schema=False)


def nai2api_router() -> APIRouter:
    """Return the routes of this API."""
    return router


async def bot(request: Request) -> Key:
    """Return the key of a bot: in a header, the query, or the body."""
    also = None
    if request.method == "POST" and shows_key_in_body(request.scope):
        found: object = (await json_object(request)).get("token")
        token = found.strip() if isinstance(found, str) else ""
        shown = Credential(secret=token, means="token")
        if token and (shown.is_ours or PATH_SECRET not in request.scope):
            also = shown
    return (await identify(request.scope, also=also)).key


Bot = Annotated[Key, Depends(bot)]


class BotNeeds(Needs):
    """Lets the keys of bots with a scope pass."""

    async def __call__(self, key: Bot) -> Key:
        """Return the bot's key, or refuse it."""
        return await super().__call__(key)


BotContext = Annotated[RequestContext, context_for(bot)]
BotMakerContext = Annotated[RequestContext, context_for(BotNeeds("generate"))]


@router.post("/api/jobs")
async def submit(
    context: BotMakerContext,
    settings: ServerSettings,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """Take an order. Its cost is ours to know: what the body says of it is not read."""
    params, notes = await _params(context, await json_object(context.http))
    order = JobRequest(params=params, door=DOOR, dedupe_key=idempotency_key)
    taken = await submit_fitted(context, order)
    state = await _state(context, public_base(context.http, settings), taken.job)
    notes += taken.notes
    return await json_answer(with_notes(state, notes), headers_of(taken.job) | notes_header(notes))


@router.get("/api/jobs/{job_id}")
async def read(job_id: str, context: BotContext, settings: ServerSettings) -> Response:
    """Tell how far a job is; ``imageUrl`` when it is done."""
    job = await _job(context, job_id)
    base = public_base(context.http, settings)
    return await json_answer(await _state(context, base, job), headers_of(job))


@router.get("/api/images/{job_id}/content")
async def content(job_id: str, context: BotContext) -> Response:
    """Return the picture of a job that is done."""
    job = await _job(context, job_id)
    if job.state is not State.SUCCEEDED:
        raise not_found("picture")
    return await _image(context.services, job)


@router.get("/api/me")
async def me(context: BotContext) -> dict[str, Any]:
    """Describe the owner of the token, and the Anlas of the account behind it."""
    accounts = await context.services.accounts.list(context.key.owner_id)
    known = [account.anlas for account in accounts if account.anlas is not None]
    balance = sum(known) if known else None
    return {
        "id": context.key.id,
        "name": context.key.name,
        "balance": balance,
        "points": balance,
        "freeOnly": context.key.limits.free_only,
    }


@router.get("/generate")
async def plain(bot_request: Annotated[BotRequest, Query()], context: BotMakerContext) -> Response:
    """Return the bytes of a picture, for addresses in pages and cards.

    The same address gives the same picture, paid once; ``nocache=1`` makes another one. Who has
    to wait for longer than a minute gets a picture that says so.
    """
    fields, notes = fields_of(bot_request, default_model(context.key))
    params = await context.services.params.read(context.key, "generate", fields)
    fitted = await context.services.fitting.fit(context.key, params)
    job = await _find_or_submit(context, fitted, bot_request)
    found = await context.services.jobs.wait(context.key, job.id, WAIT) or job
    if found.state in (State.QUEUED, State.RUNNING):
        headers = headers_of(found) | {"Retry-After": "30", "Cache-Control": "no-store"}
        data = await anyio.to_thread.run_sync(busy_image)
        return Response(data, 202, headers, media_type="image/png")
    if found.state is not State.SUCCEEDED:
        raise failure(found)
    return await _image(context.services, found, [*notes, *fitted.notes])


@router.post("/generate")
@router.post("/api/generate")
async def tavern(context: BotMakerContext) -> Response:
    """Return a picture for a chat front end, with what it adds: pictures, vibes, characters."""
    params, notes = await _params(context, await json_object(context.http))
    result = await JobBatch(context=context, door=DOOR, notes=notes).run([params])
    images = [one.image for one in result.images]
    texts = await as_base64([picture.data for picture in images])
    urls = [
        f"data:{image.media_type};base64,{text}" for image, text in zip(images, texts, strict=True)
    ]
    answer = {
        "success": True,
        "id": result.images[0].job.id,
        "url": urls[0],
        "image_url": urls[0],
        "image": texts[0],
        "images": urls,
        "data": [{"url": url, "b64_json": text} for url, text in zip(urls, texts, strict=True)],
    }
    return await json_answer(with_notes(answer, result.notes), result.headers)


async def _state(context: RequestContext, base: str, job: Job) -> dict[str, Any]:
    view = await context.services.queries.view(job)
    done = job.state is State.SUCCEEDED
    error = None
    if job.ended or job.state is State.UNCERTAIN:
        error = None if done else failure(job).detail
    return {
        "id": job.id,
        "status": STATUS.get(job.state, "failed"),
        "imageUrl": await _address(context, base, job) if done else None,
        "queuePosition": view.position,
        "queuedCount": await context.services.queries.waiting(job.owner_id),
        "error": error,
        "cost": job.cost,
    }


async def _address(context: RequestContext, base: str, job: Job) -> str | None:
    """Return a signed address that needs no token: bots hand it on. Without a picture, nothing."""
    images = await context.services.images.of_job(job.id)
    kept = [image for image in images if image.deleted_at is None]
    if not kept:
        return None
    return base + (await context.services.links.to_image(context.key, kept[0], LINK_SECONDS)).path


async def _params(context: RequestContext, body: dict[str, Any]) -> tuple[JobParams, list[str]]:
    """Return what a body asks for, and what was taken otherwise."""
    fields, notes = fields_of(read_model(BotRequest, body), default_model(context.key))
    fields |= await read_addition(body, pixel_limit=context.services.uploads.pixel_limit)
    return await context.services.params.change(context.key, "generate", fields, {}), notes


async def _find_or_submit(context: RequestContext, fitted: Fitted, bot_request: BotRequest) -> Job:
    """Return the job behind an address: an earlier one unless it failed."""
    jobs, params = context.services.jobs, fitted.params
    fresh = JobRequest(params=params, door=DOOR)
    if bot_request.fresh:
        return (await jobs.submit(context.key, fresh)).job
    text = bot_request.model_dump_json(exclude={"token", "nocache"})
    drawn_by = getattr(params, "model", DEFAULT_MODEL)
    if bot_request.model is None and drawn_by != DEFAULT_MODEL:
        text += drawn_by  # of a key that may not use the usual one
    if fitted.notes:
        text += " fitted"  # another picture than the one before the key wanted that
    name = f"{DOOR}:{hashlib.sha256(text.encode()).hexdigest()}"
    for attempt in range(ATTEMPTS):
        order = replace(fresh, dedupe_key=name, place=attempt)
        job = (await jobs.submit(context.key, order)).job
        if job.state not in (State.FAILED, State.CANCELLED):
            return job
    return (await jobs.submit(context.key, fresh)).job


async def _job(context: RequestContext, job_id: str) -> Job:
    job = await context.services.jobs.read(context.key, job_id)
    if job is None or job.kind != "generate":
        raise not_found("job")
    return job


async def _image(services: Services, job: Job, notes: Sequence[str] = ()) -> Response:
    image = (await images_of(services, job))[0]
    headers = dict(image.headers) | notes_header(notes)
    return Response(image.data, media_type=image.media_type, headers=headers)
