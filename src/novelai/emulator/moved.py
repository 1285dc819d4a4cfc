"""Account calls at the host they moved away from in July 2026."""

from collections.abc import Awaitable, Callable
from functools import wraps

from novelai.emulator.answer import Answer
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange

OLD_HOST = "api.novelai.net"
SENTENCE = "Please refresh NovelAI.net. If using a third-party tool, update to the image URL."

Handler = Callable[[Exchange], Awaitable[Answer]]


def unless_moved(path: str, handler: Handler) -> Handler:
    """Return a handler that refuses account calls to the old host, before it asks who calls.

    Args:
        path: The handler's path; only `/user/` has moved.
        handler: What answers elsewhere.
    """
    if not path.startswith("/user/"):
        return handler

    @wraps(handler)
    async def refusing(exchange: Exchange) -> Answer:
        if exchange.world.old_host or exchange.request.url.hostname == OLD_HOST:
            raise Refusal(400, SENTENCE)
        return await handler(exchange)

    return refusing
