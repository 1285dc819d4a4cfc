"""The moment at which the server begins to stop: long answers end themselves then."""

import anyio

__all__ = ["Stopping"]


class Stopping:
    """Told once; whoever streams waits for it."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    def begin(self) -> None:
        """Stop. Called on the event loop."""
        self._event.set()

    async def wait(self) -> None:
        """Return when the server stops."""
        await self._event.wait()
