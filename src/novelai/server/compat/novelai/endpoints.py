"""NovelAI's paths, at the root and under ``/native``."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Header
from starlette.responses import Response

from novelai.server.compat.job_batch import JobBatch
from novelai.server.compat.novelai import tools
from novelai.server.compat.novelai.account_endpoints import account_routes
from novelai.server.compat.novelai.body import Body, read_body
from novelai.server.compat.novelai.errors import unknown_keys_answer
from novelai.server.compat.novelai.frames import Framing
from novelai.server.compat.novelai.image_cache import KnownImages, UnknownKeysError
from novelai.server.compat.novelai.job_requests import framing_of, generations
from novelai.server.compat.novelai.relay_endpoints import relay_routes
from novelai.server.compat.novelai.replies import images_answer
from novelai.server.compat.novelai.stream import FrameStream, frames_of
from novelai.server.http.context import MakerContext, RequestContext
from novelai.server.http.job_results import headers_of, headers_of_all
from novelai.server.model.native_params import NativeParams

__all__ = ["PREFIX", "native_router"]

PREFIX = "/native"
DOOR = "native"

IdempotencyKey = Annotated[str | None, Header(max_length=190)]


def native_router() -> APIRouter:
    """Everything that NovelAI answers, from jobs."""
    own = APIRouter(include_in_schema=False)
    _generation_routes(own, KnownImages())
    _tool_routes(own)
    account_routes(own)
    relay_routes(own)
    router = APIRouter(include_in_schema=False)
    router.include_router(own)
    router.include_router(own, prefix=PREFIX)
    return router


async def _body(context: RequestContext) -> Body:
    return await read_body(context.http, pixel_limit=context.services.uploads.pixel_limit)


def _batch(context: RequestContext, idempotency_key: str | None) -> JobBatch:
    return JobBatch(
        context=context,
        door=DOOR,
        dedupe_key=idempotency_key,
        all_or_none=True,
        received=True,
    )


def _generation_routes(router: APIRouter, known: KnownImages) -> None:
    async def read(context: RequestContext) -> tuple[list[NativeParams], Framing]:
        body = await _body(context)
        found = await anyio.to_thread.run_sync(generations, body, known, context.key)
        return found, framing_of(body)

    @router.post("/ai/generate-image")
    async def generate_image(
        context: MakerContext, idempotency_key: IdempotencyKey = None
    ) -> Response:
        try:
            params, _ = await read(context)
        except UnknownKeysError as error:
            return unknown_keys_answer(error)
        return await images_answer(context.http, await _batch(context, idempotency_key).run(params))

    @router.post("/ai/generate-image-stream")
    async def generate_image_stream(
        context: MakerContext, idempotency_key: IdempotencyKey = None
    ) -> Response:
        try:
            params, framing = await read(context)
        except UnknownKeysError as error:
            return unknown_keys_answer(error)
        batch = _batch(context, idempotency_key)
        jobs = await batch.submit(params)
        frames = frames_of(context, jobs, framing)
        return FrameStream(frames, framing, headers_of_all(jobs, notes=batch.notes))

    del generate_image, generate_image_stream  # the router holds them


def _tool_routes(router: APIRouter) -> None:
    @router.post("/ai/augment-image")
    async def augment_image(
        context: MakerContext, idempotency_key: IdempotencyKey = None
    ) -> Response:
        params = await anyio.to_thread.run_sync(tools.tool, await _body(context))
        return await images_answer(
            context.http, await _batch(context, idempotency_key).run([params]), stored=True
        )

    @router.post("/ai/upscale")
    async def upscale(context: MakerContext, idempotency_key: IdempotencyKey = None) -> Response:
        params = await anyio.to_thread.run_sync(tools.upscale, await _body(context))
        return await images_answer(
            context.http, await _batch(context, idempotency_key).run([params])
        )

    @router.post("/ai/encode-vibe")
    async def encode_vibe(
        context: MakerContext, idempotency_key: IdempotencyKey = None
    ) -> Response:
        params = await anyio.to_thread.run_sync(tools.encode_vibe, await _body(context))
        encoded = (await _batch(context, idempotency_key).run([params])).images[0]
        name = f"{encoded.job.id[-8:]}.vibe40"
        headers = {
            "Content-Disposition": f"attachment; filename={name}",
            **headers_of(encoded.job),
        }
        data = encoded.image.data
        return Response(data, 200, headers, media_type="application/binary")

    del augment_image, upscale, encode_vibe  # the router holds them
