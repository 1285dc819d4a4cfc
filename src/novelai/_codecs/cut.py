"""The two ways a stream can be wrong."""

from novelai.errors import ConnectionLostError, InvalidResponseError

__all__ = ["broken_stream", "cut_stream"]

NOTE = "Whether it was charged is unknown; check the balance before sending it again."


def cut_stream() -> ConnectionLostError:
    """The stream ended before its last event."""
    return ConnectionLostError(
        f"The stream ended before the picture was complete. {NOTE}", status=200, charged="unknown"
    )


def broken_stream(why: str) -> InvalidResponseError:
    """The stream holds something that is not an event."""
    return InvalidResponseError(
        f"NovelAI's stream cannot be understood: {why}. {NOTE}", status=200, charged="unknown"
    )
