"""``/ws``: a client connects, queues its prompt, and is told when the picture is there."""

import secrets
from contextlib import aclosing, suppress
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from novelai.server.compat.comfyui import messages
from novelai.server.compat.comfyui.websocket_session import DeliveredSet, WebSocketSession
from novelai.server.http.dependencies import Caller, Live, ServicesDep
from novelai.server.http.error_handlers import FAILURES
from novelai.server.stopping import Stopping

__all__ = ["socket_router"]

GOING_AWAY = 1001
FAILED = 1011
LONGEST = 10_000
"""Characters of a message that is read."""


def socket_router() -> APIRouter:
    """Return the socket of this API."""
    router = APIRouter(include_in_schema=False)
    delivered = DeliveredSet()

    @router.websocket("/ws")
    async def ws(
        socket: WebSocket,
        caller: Caller,
        services: ServicesDep,
        live: Live,
        client_id: Annotated[str, Query(alias="clientId", max_length=200)] = "",
    ) -> None:
        await _follow(
            socket,
            WebSocketSession(services, caller, client_id or secrets.token_hex(16), delivered),
            live,
        )

    del ws  # the router holds it
    return router


async def _follow(socket: WebSocket, session: WebSocketSession, stopping: Stopping) -> None:
    """Tell a client of its prompts until it goes or the server stops."""
    try:
        await socket.accept()
    except WebSocketDisconnect:
        return
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_listen, socket, session, tasks.cancel_scope)
        tasks.start_soon(_until_stopping, stopping, tasks.cancel_scope)
        with suppress(WebSocketDisconnect, *FAILURES):
            await _send(socket, session)
        tasks.cancel_scope.cancel()
    if WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state):
        return
    if stopping.begun:
        await socket.close(GOING_AWAY, "The server stops.")
    else:
        await socket.close(FAILED, "The server cannot follow; what was queued goes on.")


async def _send(socket: WebSocket, session: WebSocketSession) -> None:
    async with aclosing(session.messages()) as told:
        async for message in told:
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)


async def _listen(socket: WebSocket, session: WebSocketSession, scope: anyio.CancelScope) -> None:
    """Note what the client can do, and cancel when it goes; nothing else it says matters here."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        text = message.get("text") or ""
        told = messages.describes_previews(text) if len(text) <= LONGEST else None
        if told is not None:
            session.describes_previews = told
            with suppress(WebSocketDisconnect):
                await socket.send_text(messages.features())
    scope.cancel()


async def _until_stopping(stopping: Stopping, scope: anyio.CancelScope) -> None:
    await stopping.wait()
    scope.cancel()
