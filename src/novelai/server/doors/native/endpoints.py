"""NovelAI's paths, at the root and under ``/native``."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from novelai.server.access.caller import Caller, Room, ServerSettings
from novelai.server.doors.native import tools
from novelai.server.doors.native.account_endpoints import account_routes
from novelai.server.doors.native.body import read_body
from novelai.server.doors.native.errors import NativeRoute, unknown_keys_answer
from novelai.server.doors.native.frames import Framing
from novelai.server.doors.native.known_pictures import KnownPictures, UnknownKeysError
from novelai.server.doors.native.orders import framing_of, generations
from novelai.server.doors.native.relay_endpoints import relay_routes
from novelai.server.doors.native.replies import pictures_answer, told
from novelai.server.doors.native.stream import FrameStream, frames_of
from novelai.server.doors.native.submitting import finished, submitted
from novelai.server.problems import ProblemError
from novelai.server.upstream.native import NativeParams

__all__ = ["PREFIX", "native_router"]

PREFIX = "/native"

IdempotencyKey = Annotated[str | None, Header(max_length=190)]


def native_router() -> APIRouter:
    """Everything that NovelAI answers, from jobs."""
    own = APIRouter(route_class=NativeRoute, include_in_schema=False)
    _generation_routes(own, KnownPictures())
    _tool_routes(own)
    account_routes(own)
    relay_routes(own)
    _nothing_else(own)
    router = APIRouter(route_class=NativeRoute, include_in_schema=False)
    router.include_router(own)
    router.include_router(own, prefix=PREFIX)
    return router


def _generation_routes(router: APIRouter, known: KnownPictures) -> None:
    async def orders(
        request: Request, caller: Caller, settings: ServerSettings
    ) -> tuple[list[NativeParams], Framing]:
        body = await read_body(request, pixel_limit=settings.pixel_limit)
        found = await anyio.to_thread.run_sync(generations, body, known, caller.id)
        return found, framing_of(body)

    @router.post("/ai/generate-image")
    async def generate_image(
        request: Request,
        caller: Caller,
        room: Room,
        settings: ServerSettings,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        try:
            params, _ = await orders(request, caller, settings)
        except UnknownKeysError as error:
            return unknown_keys_answer(error)
        jobs = await submitted(room, caller, params, idempotency_key)
        done, pictures = await finished(room, caller, jobs)
        return await pictures_answer(request, pictures, told(done, pictures))

    @router.post("/ai/generate-image-stream")
    async def generate_image_stream(
        request: Request,
        caller: Caller,
        room: Room,
        settings: ServerSettings,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        try:
            params, framing = await orders(request, caller, settings)
        except UnknownKeysError as error:
            return unknown_keys_answer(error)
        jobs = await submitted(room, caller, params, idempotency_key)
        frames = frames_of(room, caller, jobs, framing)
        return FrameStream(frames, framing, told(jobs, ()))

    del generate_image, generate_image_stream  # the router holds them


def _tool_routes(router: APIRouter) -> None:
    @router.post("/ai/augment-image")
    async def augment_image(
        request: Request,
        caller: Caller,
        room: Room,
        settings: ServerSettings,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        body = await read_body(request, pixel_limit=settings.pixel_limit)
        params = await anyio.to_thread.run_sync(tools.tool, body)
        jobs = await submitted(room, caller, [params], idempotency_key)
        done, pictures = await finished(room, caller, jobs)
        return await pictures_answer(request, pictures, told(done, pictures), stored=True)

    @router.post("/ai/upscale")
    async def upscale(
        request: Request,
        caller: Caller,
        room: Room,
        settings: ServerSettings,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        body = await read_body(request, pixel_limit=settings.pixel_limit)
        params = await anyio.to_thread.run_sync(tools.upscale, body)
        jobs = await submitted(room, caller, [params], idempotency_key)
        done, pictures = await finished(room, caller, jobs)
        return await pictures_answer(request, pictures, told(done, pictures))

    @router.post("/ai/encode-vibe")
    async def encode_vibe(
        request: Request,
        caller: Caller,
        room: Room,
        settings: ServerSettings,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        body = await read_body(request, pixel_limit=settings.pixel_limit)
        params = await anyio.to_thread.run_sync(tools.encode_vibe, body)
        jobs = await submitted(room, caller, [params], idempotency_key)
        done, (encoding, *_) = await finished(room, caller, jobs)
        name = f"{done[0].id[-8:]}.vibe40"
        headers = {
            "Content-Disposition": f"attachment; filename={name}",
            **told(done, ()),
        }
        return Response(encoding.data, 200, headers, media_type="application/binary")

    del augment_image, upscale, encode_vibe  # the router holds them


def _nothing_else(router: APIRouter) -> None:
    @router.api_route("/ai/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    @router.api_route("/user/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    @router.api_route("/oa/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def nothing(path: str) -> Response:
        del path
        raise ProblemError(404, "not_found", "Not Found")

    del nothing
