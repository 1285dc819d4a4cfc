"""Noticing that a caller has left."""

from collections import deque
from collections.abc import Awaitable, Callable

import anyio
from starlette.requests import HTTPConnection, Request
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketState

__all__ = ["departure"]

KEPT = 32
"""Messages of a socket that are kept for the endpoint at most."""


def departure(connection: HTTPConnection) -> Callable[[], Awaitable[None]]:
    """Return what returns when the caller of a request or a WebSocket has left.

    It is to be asked for before the endpoint begins.
    """
    if isinstance(connection, WebSocket):
        return Listener(connection).left
    assert isinstance(connection, Request)

    async def left() -> None:
        while (await connection.receive())["type"] != "http.disconnect":
            pass

    return left


class Listener:
    """Hears the caller of a WebSocket leave, and takes no message from the endpoint.

    That a caller leaves is told by a message behind all others, so those that come first are kept
    until the endpoint asks for them.

    Args:
        socket: whatever receives from it receives through this from now on.
    """

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._receive = socket.receive
        self._kept: deque[Message] = deque()
        self._turn = anyio.Lock()  # two that receive at once would take each other's messages
        self._has_left = False
        socket.receive = self.receive

    async def receive(self) -> Message:
        """Return the next message, in the order they came."""
        if not self._kept:
            async with self._turn:
                if not self._kept:
                    return await self._next()
        return self._kept.popleft()

    async def left(self) -> None:
        """Return when the caller has left.

        An endpoint that has not accepted the socket yet, or has closed it itself, has no caller to
        lose; and of one who sends more than is kept nothing is known.
        """
        while not self._has_left and self._is_open and len(self._kept) < KEPT:
            async with self._turn:
                if not self._has_left:
                    self._kept.append(await self._next())
        if not (self._has_left and self._is_open):
            await anyio.sleep_forever()

    @property
    def _is_open(self) -> bool:
        return self._socket.application_state is WebSocketState.CONNECTED

    async def _next(self) -> Message:
        message = await self._receive()
        self._has_left = message["type"] == "websocket.disconnect"
        return message
