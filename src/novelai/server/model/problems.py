"""What the server refuses, in one JSON shape: the problem documents of `novelai.fastapi`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from novelai.fastapi.problems import Problem

__all__ = ["PROBLEMS", "TITLES", "ProblemError", "not_found"]

Charged = Literal["no", "yes", "unknown"]

TITLES: Mapping[int, str] = {
    400: "Bad request",
    401: "Not logged in",
    402: "Over the limit",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported",
    422: "Invalid parameters",
    429: "Too many requests",
    500: "Server error",
    502: "NovelAI failed",
    503: "Not available",
    504: "Not in time",
}
"""By status: the same words each time."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "Not taken; the problem document says why"},
    "5XX": {"model": Problem, "description": "Not possible at the moment"},
}
"""What any route may answer, for its description."""


class ProblemError(Exception):
    """An answer that is not what was asked for.

    Args:
        status: of HTTP.
        code: for programs; see the table in the documentation.
        detail: for people: what happened, and what to do.
        charged: whether it may have cost Anlas.
        errors: what is wrong with which field.
        retry_after: seconds after which it may work.
        headers: further headers.
        members: further members of the document.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        charged: Charged = "no",
        errors: Sequence[tuple[str, str]] = (),
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.charged: Charged = charged
        self.errors = errors
        self.retry_after = retry_after
        self.headers: dict[str, str] = dict(headers or {})
        self.members: dict[str, Any] = dict(members or {})
        if retry_after is not None:
            self.headers["Retry-After"] = f"{max(retry_after, 1):.0f}"
            self.members["retry_after"] = retry_after


def not_found(what: str) -> ProblemError:
    """There is no such thing, or it is somebody else's: the answer is the same."""
    return ProblemError(404, "not_found", f"There is no such {what}.")
