"""An answer that goes on: server-sent events until the caller goes or the server stops."""

from collections.abc import AsyncGenerator, Mapping

from fastapi.sse import format_sse_event

from novelai.fastapi.streaming import EVENTS, KEEPALIVE_SECONDS, PieceStream
from novelai.server.stopping import Stopping

__all__ = ["EventStream"]

RETRY_MILLISECONDS = 1_000
BYE = format_sse_event(data_str="{}", event="bye")


class EventStream(PieceStream):
    """Server-sent events.

    Args:
        events: their text; closed at the end, however it comes.
        status_code: of HTTP.
        stopping: at which the stream says ``bye`` and ends.
        keepalive: seconds of silence after which a comment is sent.
        headers: further headers.
        retry: milliseconds after which a browser connects again; ``None`` says nothing of it.
        bye: what is said when the server stops.
    """

    media_type = EVENTS

    def __init__(
        self,
        events: AsyncGenerator[bytes],
        # FastAPI describes a route by the default of this parameter.
        status_code: int = 200,
        *,
        stopping: Stopping,
        keepalive: float = KEEPALIVE_SECONDS,
        headers: Mapping[str, str] | None = None,
        retry: int | None = RETRY_MILLISECONDS,
        bye: bytes = BYE,
    ) -> None:
        async def say_bye() -> bytes:
            await stopping.wait()
            return bye

        super().__init__(
            events,
            status_code,
            headers,
            opening=b"" if retry is None else format_sse_event(retry=retry),
            closing=say_bye,
            keepalive=keepalive,
        )
