"""A refusal: the one way a handler says no.

The service answers errors as compact JSON with a newline at the end, `{"statusCode", "message"}`,
and `details` for cache keys only.
"""

import json
from typing import Any


class Refusal(Exception):  # noqa: N818 - it says what it is
    """The request is answered with an error; nothing is charged.

    Args:
        status: HTTP status, 400 to 599.
        message: The text the service uses.
        details: Extra member of the body, used for unknown cache keys.
    """

    def __init__(self, status: int, message: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details

    def body(self) -> bytes:
        """Return the body as the service writes it."""
        return error_body(self.status, self.message, self.details)


class RenderFailure(Refusal):
    """The service fails while it draws: a bare 500, or on a stream an `error` frame in a 200.

    Nothing is charged.
    """

    def __init__(self) -> None:
        super().__init__(500, "Internal Server Error")


FAILED_FRAME = "Error generating image, an internal error occurred"
"""What such a frame says."""


def error_body(status: int, message: str, details: dict[str, Any] | None = None) -> bytes:
    """Write an error as compact JSON and a newline (a length of 53 bytes for the plain 500)."""
    document: dict[str, Any] = {"statusCode": status, "message": message}
    if details is not None:
        document["details"] = details
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def internal_error() -> Refusal:
    """Return the 500 with which the service refuses most impossible parameters."""
    return Refusal(500, "Internal Server Error")


def invalid(rule: str) -> Refusal:
    """Return a 400 for a broken field rule."""
    return Refusal(400, f"Validation error: error validating request: {rule}")
