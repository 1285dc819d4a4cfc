"""The two ways a stream can be wrong."""

from novelai.errors import Charged, ConnectionLostError, InvalidResponseError

__all__ = ["broken_stream", "cut_stream", "stakes"]

NOTE = " Whether it was charged is unknown; check the balance before sending it again."


def cut_stream(*, paid: bool = True) -> ConnectionLostError:
    """Build the error for a stream that ended too early. ``paid``: it may have cost Anlas."""
    what, charged, note = stakes(paid=paid)
    return ConnectionLostError(
        f"The stream ended before the {what} was complete.{note}", status=200, charged=charged
    )


def broken_stream(why: str, *, paid: bool = True) -> InvalidResponseError:
    """Build the error for a stream of something else. ``paid``: it may have cost Anlas."""
    _, charged, note = stakes(paid=paid)
    return InvalidResponseError(
        f"NovelAI's stream cannot be understood: {why}.{note}", status=200, charged=charged
    )


def stakes(*, paid: bool) -> tuple[str, Charged, str]:
    """Return what was cut off, whether it was charged, and a sentence about its price.

    Text costs no Anlas.
    """
    return ("picture", "unknown", NOTE) if paid else ("text", "no", "")
