"""The one place where an outcome becomes a reply or an error."""

import json
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, cast

from novelai._wire import Outcome, Reply, Request, Unreachable
from novelai.catalogue import model_names
from novelai.errors import (
    AuthenticationError,
    Charged,
    ConcurrentGenerationError,
    ConfigurationError,
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
from novelai.types.findings import meant

__all__ = ["UNKNOWN_CHARGE", "is_locked", "read_message", "retry_after", "settle"]

EXCERPT = 500
MAX_DATE = 64
"""Characters of a header that may be a date, or a number of seconds."""

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
UNKNOWN_CHARGE = " Whether it was charged is unknown; check the balance before sending it again."
"""The end of a message."""

SHORTAGE = re.compile(r"Required: (\d{1,9})\b.{0,3}Available: (-?\d{1,9})\b", re.IGNORECASE)
"""How NovelAI says what is missing: ``Not enough Anlas. Required: 20, Available: 5``."""

NO_MODEL = re.compile(r"model (\S{1,100}) doesn't exist", re.IGNORECASE)
"""How NovelAI refuses a model: ``Validation error: model nai-difusion-3 doesn't exist``."""

TEXT_ADVICE = ADVICE | {402: "Text needs an active subscription, or a trial; it costs no Anlas."}
LOGIN_ADVICE = ADVICE | {
    401: "Check e-mail and password. Accounts that sign in with Google have no password here: "
    "make a persistent token in NovelAI's account settings instead."
}
SESSION_ADVICE = "This needs the session token that login gives, not a persistent one."

MOVED = "update to the image url"
"""Part of the sentence with which the old host answers account calls (since July 2026)."""


def settle(outcome: Outcome, request: Request, request_id: str, *, waited: float = 0.0) -> Reply:
    """Return the reply of a call that succeeded; raise the error of one that did not.

    ``waited`` is how many seconds were spent on earlier attempts; it is named in the message of a
    rate-limit error so that a reader sees the retries were used up.
    """
    if isinstance(outcome, Unreachable):
        raise unreachable(outcome, request, request_id) from outcome.cause
    if has_moved(outcome, request):
        raise redirect_error(outcome, request_id)
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
        f"{happened}: {outcome.reason}.{_charge_note(charged)}",
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
    advice = _advice(reply.status, request, said)
    message += f" {advice}" if advice else _charge_note(charged)
    error = cls(
        message,
        status=reply.status,
        request_id=request_id,
        retry_after=retry_after(reply),
        body=_text(reply)[:EXCERPT],
        charged=charged,
    )
    if isinstance(error, InsufficientAnlasError) and (told := SHORTAGE.search(said)):
        error.required, error.available = int(told[1]), int(told[2])
    return error


def has_moved(reply: Reply, request: Request) -> bool:
    """Return whether a host answers, with any status, that account calls are served elsewhere."""
    return request.path.startswith("/user/") and MOVED in _text(reply).lower()


def redirect_error(reply: Reply, request_id: str) -> ConfigurationError:
    return ConfigurationError(
        f"{reply.origin or 'This address'} serves no account calls any more ({reply.status}: "
        f"{error_message(reply).rstrip('.')}). Set image_base, or NOVELAI_IMAGE_BASE, to "
        "https://image.novelai.net.",
        status=reply.status,
        request_id=request_id,
        body=_text(reply)[:EXCERPT],
    )


def is_locked(reply: Reply) -> bool:
    """Return whether this is the answer to a second generation while one is running."""
    return reply.status == 429 and "locked" in error_message(reply).lower()


def retry_after(reply: Reply) -> float | None:
    """Return the seconds that ``Retry-After`` asks for; NovelAI was not seen to ask, proxies do.

    A date is counted from the answer's own ``Date``, so that a clock that is wrong here matters
    only where an answer has none.
    """
    value = reply.headers.get("retry-after", "")
    if len(value) > MAX_DATE:
        return None
    try:
        seconds = float(value)
    except ValueError:
        then, now = _read_date(value), _read_date(reply.headers.get("date", ""))
        now = reply.received if now is None else now
        return None if then is None or now is None else max(0.0, then - now)
    return seconds if 0 <= seconds < float("inf") else None


def _read_date(value: str) -> float | None:
    """Return an HTTP date as unix time; ``None`` if it is none."""
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def error_message(reply: Reply) -> str:
    """Read the reason of a failure from JSON of any known shape, or from short plain text."""
    text = _text(reply).strip()
    if text[:1] in {"{", "[", '"'}:  # "404 page not found" begins like JSON, too
        try:
            return read_message(json.JSONDecoder().raw_decode(text)[0])
        except (ValueError, RecursionError):
            pass  # cut off, or not JSON after all
    return text if "<" not in text and len(text) <= EXCERPT else ""


def read_message(document: Any) -> str:
    """Read the reason of a failure from a JSON document; an empty text without one."""
    if isinstance(document, str):
        return document[:EXCERPT]
    if not isinstance(document, Mapping):
        return ""
    fields = cast("Mapping[str, Any]", document)
    for key in ("message", "error", "detail"):
        found = fields.get(key)
        if found:
            said = read_message(found)
            return f"{said} {_details(fields)}".strip() if said else ""
    return ""


def _details(fields: Mapping[str, Any]) -> str:
    details = fields.get("details")
    return json.dumps(details)[:EXCERPT] if details else ""


def _text(reply: Reply) -> str:
    return reply.content[: 8 * EXCERPT].decode("utf-8", errors="replace")


def _advice(status: int, request: Request, said: str) -> str:
    if status == 400 and (named := NO_MODEL.search(said)):
        return meant(named[1], model_names()).removeprefix("; ").capitalize()
    if status == 401 and "persistent access token" in said.lower():
        return SESSION_ADVICE
    if not request.authorized:
        return LOGIN_ADVICE.get(status, "")
    is_text = request.generation and not request.paid
    return (TEXT_ADVICE if is_text else ADVICE).get(status, "")


def _charge_note(charged: Charged) -> str:
    return "" if charged == "no" else UNKNOWN_CHARGE
