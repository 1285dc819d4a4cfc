"""The one place where an outcome becomes a reply or an error."""

import json
from collections.abc import Mapping
from typing import Any, cast

from novelai._wire import Outcome, Reply, Request, Unreachable
from novelai.errors import (
    AuthenticationError,
    Charged,
    ConcurrentGenerationError,
    ConflictError,
    ConnectionFailedError,
    ConnectionLostError,
    InsufficientAnlasError,
    InvalidRequestError,
    InvalidResponseError,
    NetworkError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)

__all__ = ["error_message", "is_locked", "retry_after", "settle"]

EXCERPT = 500

BY_STATUS: dict[int, tuple[type[NovelAIError], str]] = {
    400: (InvalidRequestError, "NovelAI refused the request"),
    401: (AuthenticationError, "NovelAI does not accept this token"),
    402: (InsufficientAnlasError, "Not enough Anlas, or no active subscription"),
    403: (PermissionDeniedError, "NovelAI does not allow this"),
    404: (NotFoundError, "NovelAI does not have this address"),
    409: (ConflictError, "The request collides with another one"),
    413: (InvalidRequestError, "The request is too large"),
    429: (RateLimitError, "Too many requests"),
}

ADVICE: dict[int, str] = {
    401: "Make a new persistent token in NovelAI's account settings and set NOVELAI_API_KEY.",
    402: "Nothing was charged. Lower size, steps or samples, or buy Anlas.",
    429: "Nothing was charged. Wait a moment and try again.",
}


def settle(outcome: Outcome, request: Request, request_id: str, *, waited: float = 0.0) -> Reply:
    """Return the reply of a call that succeeded; raise the error of one that did not.

    ``waited`` is how many seconds were spent on earlier attempts; it is named in the message of a
    rate-limit error so that a reader sees the retries were used up.
    """
    if isinstance(outcome, Unreachable):
        raise unreachable(outcome, request, request_id)
    if 200 <= outcome.status < 300:
        return outcome
    raise refusal(outcome, request, request_id, waited)


def unreachable(outcome: Unreachable, request: Request, request_id: str) -> NetworkError:
    if not outcome.sent:
        return ConnectionFailedError(
            f"Could not reach NovelAI: {outcome.reason}. Nothing was sent, nothing was charged.",
            request_id=request_id,
        )
    charged: Charged = "unknown" if request.paid else "no"
    kind = RequestTimeoutError if outcome.kind == "timeout" else ConnectionLostError
    happened = "No answer in time" if outcome.kind == "timeout" else "The connection broke"
    return kind(
        f"{happened}: {outcome.reason}.{_paid_note(charged)}",
        request_id=request_id,
        charged=charged,
    )


def refusal(reply: Reply, request: Request, request_id: str, waited: float) -> NovelAIError:
    said = error_message(reply)
    charged: Charged = "no"
    if reply.status >= 500:
        cls, summary = ServerError, "NovelAI failed"
        charged = "unknown" if request.paid else "no"
    elif is_locked(reply):
        cls, summary = ConcurrentGenerationError, "Another generation is running on this account"
    elif reply.status in BY_STATUS:
        cls, summary = BY_STATUS[reply.status]
    elif 400 <= reply.status < 500:
        cls, summary = InvalidRequestError, "NovelAI refused the request"
    else:
        cls, summary = InvalidResponseError, "NovelAI answered in an unexpected way"
        charged = "unknown" if request.paid else "no"
    message = f"{summary} ({reply.status})"
    if said:
        message += f": {said.rstrip('.')}"
    message += "."
    if waited and reply.status == 429:
        message += f" Waited {waited:.0f} s for it."
    advice = ADVICE.get(reply.status, "")
    message += f" {advice}" if advice else _paid_note(charged)
    return cls(
        message,
        status=reply.status,
        request_id=request_id,
        retry_after=retry_after(reply),
        body=_text(reply)[:EXCERPT],
        charged=charged,
    )


def is_locked(reply: Reply) -> bool:
    """Whether this is the answer to a second generation while one is running."""
    return reply.status == 429 and "locked" in error_message(reply).lower()


def retry_after(reply: Reply) -> float | None:
    """The ``Retry-After`` header in seconds; NovelAI was not seen to send it, proxies do."""
    value = reply.headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def error_message(reply: Reply) -> str:
    """What the answer says of its failure: from JSON of any known shape, or short plain text."""
    text = _text(reply).strip()
    try:
        document: Any = json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        looks_like_text = text and "<" not in text and len(text) <= EXCERPT
        return text if looks_like_text else ""
    return _said(document)


def _said(document: Any) -> str:
    if isinstance(document, str):
        return document[:EXCERPT]
    if not isinstance(document, Mapping):
        return ""
    fields = cast("Mapping[str, Any]", document)
    for key in ("message", "error", "detail"):
        found = fields.get(key)
        if found:
            said = _said(found)
            return f"{said} {_details(fields)}".strip() if said else ""
    return ""


def _details(fields: Mapping[str, Any]) -> str:
    details = fields.get("details")
    return json.dumps(details)[:EXCERPT] if details else ""


def _text(reply: Reply) -> str:
    return reply.content[: 8 * EXCERPT].decode("utf-8", errors="replace")


def _paid_note(charged: Charged) -> str:
    if charged == "no":
        return ""
    return " Whether it was charged is unknown; check the balance before sending it again."
