"""The client of an app: opened when the app starts, or when it is first asked for."""

from collections.abc import Callable

from novelai.async_client import AsyncNovelAI

__all__ = ["STATE", "LateClient", "client_in"]

STATE = "novelai"
"""The name under which the client is found in the lifespan state and in ``app.state``."""

NO_CLIENT = (
    "No NovelAI client is open: create the app with FastAPI(lifespan=novelai.fastapi.lifespan) "
    "or enter that lifespan inside your own and yield its state."
)


class LateClient:
    """A client that is made when it is first asked for.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], AsyncNovelAI]) -> None:
        self._make = make
        self._client: AsyncNovelAI | None = None

    def get(self) -> AsyncNovelAI:
        """Return the client, made at the first call."""
        if self._client is None:
            self._client = self._make()
        return self._client

    async def close(self) -> None:
        """Close the client if there is one."""
        if self._client is not None:
            await self._client.close()


def client_in(state: object) -> AsyncNovelAI:
    """Return the client that a state holds.

    Raises:
        RuntimeError: it holds none.
    """
    held = getattr(state, STATE, None)
    client = held.get() if isinstance(held, LateClient) else held
    if isinstance(client, AsyncNovelAI):
        return client
    raise RuntimeError(NO_CLIENT)
